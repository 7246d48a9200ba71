"""Contract over every source that needs no network; torchvision's sets are fabricated, tiny."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import torchvision.datasets
from torchvision.datasets.utils import calculate_md5

from labeller.data.images import ImageStore
from labeller.data.ingest import IngestSummary, ingest
from labeller.data.sources.registry import describe_sources, names, open_named
from labeller.errors import JobCancelledError, NotFoundError
from labeller.evaluation.targets import read_targets
from labeller.events import Progress
from tests.data.making import (
    fabricate_cifar,
    fabricate_mnist,
    picture,
    pngs,
    take_in,
    write,
    write_zip,
)

Patch = pytest.MonkeyPatch
TEN = [str(digit) for digit in range(10)]


def _digits(tmp: Path, patch: Patch) -> str:
    return "digits"


def _idx(name: str, folder: str) -> Callable[[Path, Patch], str]:
    def make(tmp: Path, patch: Patch) -> str:
        fabricate_mnist(tmp / "data", name=folder)
        return name

    return make


def _cifar(name: str) -> Callable[[Path, Patch], str]:
    def make(tmp: Path, patch: Patch) -> str:
        dataset = getattr(torchvision.datasets, name.upper())
        classes = [f"kind {i}" for i in range(int(name.removeprefix("cifar")))]
        for key, value in fabricate_cifar(tmp / "data", dataset, classes).items():
            patch.setattr(dataset, key, value)
        return name

    return make


def _svhn(tmp: Path, patch: Patch) -> str:
    (tmp / "data").mkdir()
    rng = np.random.default_rng(0)
    lists = dict(torchvision.datasets.SVHN.split_list)
    for split in ("train", "test"):
        url, name, _ = lists[split]
        pixels = rng.integers(0, 256, (32, 32, 3, 20), dtype=np.uint8)
        labels = (np.arange(20) % 10 + 1).astype(np.uint8)[:, None]
        scipy.io.savemat(tmp / "data" / name, {"X": pixels, "y": labels})
        lists[split] = [url, name, calculate_md5(tmp / "data" / name)]
    patch.setattr(torchvision.datasets.SVHN, "split_list", lists)
    return "svhn"


def _stl(tmp: Path, patch: Patch) -> str:
    base = tmp / "data" / "stl10_binary"
    rng = np.random.default_rng(0)
    dataset = torchvision.datasets.STL10
    files = {"class_names.txt": "\n".join(f"kind {i}" for i in range(10)).encode()}
    for split in ("train", "test"):
        files[f"{split}_X.bin"] = rng.integers(0, 256, 10 * 3 * 96 * 96, dtype=np.uint8).tobytes()
        files[f"{split}_y.bin"] = bytes(range(1, 11))
    write(base, {**files, "unlabeled_X.bin": b""})
    for key in ("train_list", "test_list"):
        names = [name for name, _ in getattr(dataset, key)]
        patch.setattr(dataset, key, [[name, calculate_md5(base / name)] for name in names])
    return "stl10"


OWN = pngs(*(f"{s}/{c}/{i}.png" for s in ("train", "test") for c in ("cat", "dog") for i in (1, 2)))


def _folder(tmp: Path, patch: Patch) -> str:
    return str(write(tmp / "own", OWN))


def _zip(tmp: Path, patch: Patch) -> str:
    return str(write_zip(tmp / "own.zip", OWN))


def _npz(tmp: Path, patch: Patch) -> str:
    images = np.stack([picture(seed) for seed in range(8)])
    split = np.array(["train", "test"] * 4)
    np.savez(tmp / "own.npz", images=images, labels=np.array(["cat", "dog"] * 4), split=split)
    return str(tmp / "own.npz")


# (what makes it, train, test, side, channels, classes)
SOURCES = {
    "digits": (_digits, 1438, 359, 8, 1, 10),
    "mnist": (_idx("mnist", "MNIST"), 40, 20, 28, 1, 10),
    "fashion-mnist": (_idx("fashion-mnist", "FashionMNIST"), 40, 20, 28, 1, 10),
    "kmnist": (_idx("kmnist", "KMNIST"), 40, 20, 28, 1, 10),
    "cifar10": (_cifar("cifar10"), 50, 10, 32, 3, 10),
    "cifar100": (_cifar("cifar100"), 10, 10, 32, 3, 100),
    "svhn": (_svhn, 20, 20, 32, 3, 10),
    "stl10": (_stl, 10, 10, 96, 3, 10),
    "folder": (_folder, 4, 4, 12, 3, 2),
    "zip": (_zip, 4, 4, 12, 3, 2),
    "npz": (_npz, 4, 4, 12, 3, 2),
}


def _ingest(name: str, tmp: Path, patch: Patch, **options) -> IngestSummary:
    return take_in(SOURCES[name][0](tmp, patch), tmp, data_dir=tmp / "data", **options)


def test_every_named_source_is_tested() -> None:
    assert set(names()) <= set(SOURCES)


@pytest.mark.parametrize("name", SOURCES)
def test_source_becomes_a_store(name: str, tmp_path: Path, monkeypatch: Patch) -> None:
    _, train, test, side, channels, classes = SOURCES[name]
    summary = _ingest(name, tmp_path, monkeypatch)
    assert (summary.train, summary.test, summary.count) == (train, test, train + test)
    assert (summary.height, summary.width, summary.channels) == (side, side, channels)
    assert len(summary.classes) == classes
    assert summary.has_targets
    assert summary.left_out == []

    store = ImageStore(tmp_path / "store")
    assert store.images.shape == (train + test, side, side, channels)
    assert store.images.dtype == np.uint8
    assert isinstance(store.images, np.memmap)
    assert not store.images.flags.writeable
    assert (store.height, store.width, store.channels) == (side, side, channels)
    assert store.images.max() > 128  # the full range, not 0..1 or 0..16
    assert store.train.tolist() == list(range(train))
    assert store.test.tolist() == list(range(train, train + test))
    assert store.train.dtype == store.test.dtype == np.int64
    assert len(set(store.names)) == store.count == train + test
    assert store.classes == summary.classes
    assert store.display(1).shape == (side, side, 3)

    targets = read_targets(tmp_path / "store")
    assert targets is not None
    assert targets.shape == (train + test,)
    assert targets.dtype == np.int64
    assert set(targets) == set(range(max(targets) + 1))
    assert max(targets) < classes


@pytest.mark.parametrize("size", [8, 15, 128])
@pytest.mark.parametrize("name", ["digits", "mnist", "cifar10", "stl10", "folder", "zip", "npz"])
def test_size_is_obeyed(name: str, size: int, tmp_path: Path, monkeypatch: Patch) -> None:
    assert _ingest(name, tmp_path, monkeypatch, size=size).height == size
    assert ImageStore(tmp_path / "store").images.shape[1:3] == (size, size)


@pytest.mark.parametrize("name", SOURCES)
def test_same_source_gives_the_same_store(name: str, tmp_path: Path, monkeypatch: Patch) -> None:
    source = SOURCES[name][0](tmp_path, monkeypatch)
    for folder in ("one", "two"):
        ingest(source, tmp_path / folder, data_dir=tmp_path / "data")
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


@pytest.mark.parametrize("stage", ["ingest"])
@pytest.mark.parametrize("name", SOURCES)
def test_cancelled_import_leaves_nothing(
    name: str, stage: str, tmp_path: Path, monkeypatch: Patch
) -> None:
    source = SOURCES[name][0](tmp_path, monkeypatch)
    before = sorted(tmp_path.iterdir())

    def report(event: Progress) -> None:
        if event.stage == stage:
            raise JobCancelledError("cancelled")

    with pytest.raises(JobCancelledError):
        take_in(source, tmp_path, report, data_dir=tmp_path / "data")
    assert sorted(tmp_path.iterdir()) == before


def test_pixels_and_labels_of_mnist_are_those_of_the_files(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    _ingest("mnist", tmp_path, monkeypatch)
    raw = tmp_path / "data" / "MNIST" / "raw" / "t10k-images-idx3-ubyte"
    pixels = np.frombuffer(raw.read_bytes()[16:], dtype=np.uint8).reshape(20, 28, 28)
    store = ImageStore(tmp_path / "store")
    assert np.array_equal(store.images[store.test][..., 0], pixels)
    targets = read_targets(tmp_path / "store")
    assert targets is not None
    assert targets[store.test].tolist() == TEN_TWICE


TEN_TWICE = list(range(10)) * 2


@pytest.mark.parametrize(
    ("name", "channel_first"), [("cifar10", False), ("svhn", False), ("stl10", True)]
)
def test_axes_are_in_order(
    name: str, channel_first: bool, tmp_path: Path, monkeypatch: Patch
) -> None:
    """The store against torchvision's own reading of the first image, pixel by pixel."""
    _ingest(name, tmp_path, monkeypatch)
    which = {"train": True} if name == "cifar10" else {"split": "train"}
    image, label = getattr(torchvision.datasets, name.upper())(tmp_path / "data", **which)[0]
    assert np.array_equal(ImageStore(tmp_path / "store").images[0], np.asarray(image))
    targets = read_targets(tmp_path / "store")
    assert targets is not None
    assert targets[0] == label


def test_digits_hold_out_a_fifth_of_every_class(tmp_path: Path) -> None:
    take_in("digits", tmp_path)
    store, targets = ImageStore(tmp_path / "store"), read_targets(tmp_path / "store")
    assert targets is not None
    share = np.bincount(targets[store.test]) / np.bincount(targets)
    assert np.all(np.abs(share - 0.2) < 0.006)
    assert store.images.min() == 0
    assert store.images.max() == 255


def test_digits_of_16_steps_become_256(tmp_path: Path) -> None:
    take_in("digits", tmp_path)
    levels = np.unique(ImageStore(tmp_path / "store").images)
    assert levels.tolist() == np.rint(np.arange(17) * 255 / 16).astype(int).tolist()


def test_data_folder_comes_from_the_environment(tmp_path: Path, monkeypatch: Patch) -> None:
    fabricate_mnist(tmp_path / "sets")
    monkeypatch.setenv("LABELLER_DATA", str(tmp_path / "sets"))
    assert take_in("mnist", tmp_path).count == 60


def test_read_only_data_folder_is_enough(tmp_path: Path) -> None:
    fabricate_mnist(tmp_path / "data")
    for folder in (tmp_path / "data", *(tmp_path / "data").rglob("*")):
        folder.chmod(0o555 if folder.is_dir() else 0o444)
    before = sorted((tmp_path / "data").rglob("*"))
    assert take_in("mnist", tmp_path, data_dir=tmp_path / "data").count == 60
    assert sorted((tmp_path / "data").rglob("*")) == before
    for folder in (tmp_path / "data", *(tmp_path / "data").rglob("*")):
        folder.chmod(0o755)


def test_names_and_descriptions_agree() -> None:
    described = describe_sources()
    assert [record["name"] for record in described] == names()
    assert described[0] == {
        "name": "digits",
        "title": "Handwritten digits (scikit-learn)",
        "count": 1797,
        "size": 8,
        "channels": 1,
        "download": False,
    }
    with pytest.raises(ValueError, match=r"source must be one of digits, .*, got emnist"):
        open_named("emnist", None)


def test_store_knows_no_true_label(tmp_path: Path) -> None:
    take_in("digits", tmp_path)
    store = ImageStore(tmp_path / "store")
    public = [name for name in dir(store) if not name.startswith("_")]
    assert not [name for name in public if "target" in name.lower() or "label" in name.lower()]
    assert "targets" not in store.meta
    (tmp_path / "store" / "targets.npy").unlink()
    assert ImageStore(tmp_path / "store").display(0).shape == (8, 8, 3)
    assert read_targets(tmp_path / "store") is None


def test_reading_a_store_and_own_images_needs_no_torch(tmp_path: Path) -> None:
    write(tmp_path / "own", pngs("a.png", "b.png"))
    code = (
        "import sys; from labeller.data.images import ImageStore;"
        "from labeller.data.ingest import ingest;"
        "from labeller.data.sources.registry import names; names();"
        "ingest(sys.argv[1] + '/own', sys.argv[1] + '/s'); ImageStore(sys.argv[1] + '/s').splits;"
        "import labeller.evaluation.targets; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)


def test_store_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no images in .*; create the project from a source"):
        ImageStore(tmp_path)
