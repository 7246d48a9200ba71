"""Images for experiments: any source, or a sample of it, loaded once for all cells."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labeller.data.images import ImageStore
from labeller.data.ingest import ingest
from labeller.data.sources import registry
from labeller.evaluation.targets import read_targets
from labeller.experiments.reproduce.experiment import Bench, Settings
from labeller.runtime import drawn, stream_seed


@dataclass(frozen=True)
class Pictures:
    """Images with what is known of them, and the .npz that holds them, itself a source.

    images uint8 (N, H, W, C); labels (N,) int64, the true classes, -1 unknown: for scores, probes
    and simulated experts; train, test int64: rows; classes: their names.
    """

    path: Path
    images: np.ndarray
    labels: np.ndarray
    train: np.ndarray
    test: np.ndarray
    classes: list[str]


def pictures(
    bench: Bench, source: str, *, train: int | None = None, test: int | None = None
) -> Pictures:
    """The images of `source` (a name, or a path in the data folder or elsewhere).

    `train`, `test`: at most so many of each part, always the same ones. With `bench.held_out` the
    test images are that share of the training images, always the same ones too. Raises what
    `ingest` raises.
    """
    most = {"train": train, "test": test}

    def make(folder: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="labeller-") as scratch:
            ingest(
                _found(source, bench.data_dir),
                Path(scratch) / "images",
                data_dir=bench.data_dir,
                report=bench.report,
            )
            store = ImageStore(Path(scratch) / "images")
            parts = _parts(store, bench.held_out)
            _write_sample(store, folder, parts, most)

    settings = {"source": source, **most, "held_out": bench.held_out}
    path = bench.keep("images", settings, make) / "images.npz"
    with np.load(path, allow_pickle=False) as arrays:
        split = arrays["split"]
        return Pictures(
            path=path,
            images=arrays["images"],
            labels=arrays["labels"],
            train=np.flatnonzero(split == "train"),
            test=np.flatnonzero(split == "test"),
            classes=[str(name) for name in arrays["classes"]],
        )


def images_of(settings: Settings, bench: Bench) -> Pictures:
    """The images that a cell's settings name."""
    return pictures(bench, settings["source"], train=settings["train"], test=settings["test"])


def true_labels(folder: Path) -> np.ndarray:
    """The true classes (N,) of a project's image store, -1 unknown, to score and to colour maps."""
    targets = read_targets(folder)
    return np.full(ImageStore(folder).count, -1) if targets is None else targets


def _found(source: str, data_dir: Path | None) -> str | Path:
    if source in registry.names() or data_dir is None or Path(source).exists():
        return source
    inside = data_dir / source
    return inside if inside.exists() else source


def _parts(store: ImageStore, held_out: float) -> dict[str, np.ndarray]:
    """Rows (n,) of the training and of the test images, ascending."""
    if not held_out:
        return {"train": store.train, "test": store.test}
    draws = np.random.default_rng(stream_seed(0, "held out"))
    rows = draws.permutation(store.train)
    count = max(1, round(held_out * len(rows)))
    return {"train": np.sort(rows[count:]), "test": np.sort(rows[:count])}


def _write_sample(
    store: ImageStore, folder: Path, parts: dict[str, np.ndarray], most: dict[str, int | None]
) -> None:
    chosen = [drawn(rows, most[part], 0, f"sample/{part}") for part, rows in parts.items()]
    rows = np.concatenate(chosen)
    np.savez(
        folder / "images.npz",
        images=store.images[rows],
        labels=true_labels(store.folder)[rows],
        classes=np.array(store.classes, dtype=str),
        split=np.repeat(["train", "test"], [len(part) for part in chosen]),
    )
