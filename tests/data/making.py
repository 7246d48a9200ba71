"""Small images, folders, archives and fabricated data sets for the tests of labeller.data."""

import hashlib
import io
import json
import pickle
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from PIL import Image

from labeller.data.images import ImageStore
from labeller.data.ingest import IngestSummary, ingest
from labeller.evaluation.targets import read_targets
from labeller.events import Report, silent


def picture(seed: int = 0, side: int = 12, channels: int = 3) -> np.ndarray:
    """uint8 noise (side, side, 3), or (side, side) for one channel."""
    shape = (side, side, 3) if channels == 3 else (side, side)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def encoded(pixels: np.ndarray | Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The bytes of an image file."""
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def write(folder: Path, files: dict[str, bytes | None]) -> Path:
    """Files by relative path in `folder`; None makes an empty folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        if content is None:
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def write_zip(path: Path, files: dict[str, bytes]) -> Path:
    """A deflated zip of files by name; a name that ends in / is a folder."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def pngs(*names: str) -> dict[str, bytes]:
    """A different little colour PNG under each name."""
    return {name: encoded(picture(seed)) for seed, name in enumerate(names)}


def save_dataset(
    folder: Path, files: list[bytes], labels: list[int], names: Sequence[str] = ("cat", "dog")
) -> Path:
    """What `datasets.Dataset.save_to_disk` writes, in two Arrow files."""
    folder.mkdir(parents=True)
    features = {
        "image": {"_type": "Image"},
        "label": {"_type": "ClassLabel", "names": list(names)},
    }
    about = json.dumps({"info": {"features": features}}).encode()
    images = [{"bytes": content, "path": None} for content in files]
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    columns = {"image": pa.array(images, kind), "label": pa.array(labels, pa.int64())}
    table = pa.table(columns).replace_schema_metadata({b"huggingface": about})
    written = []
    for part, rows in enumerate((table.slice(0, 1), table.slice(1))):
        written.append({"filename": f"data-{part:05}-of-00002.arrow"})
        with pa.ipc.new_stream(str(folder / written[-1]["filename"]), table.schema) as stream:
            stream.write_table(rows)
    state = {"_data_files": written, "_split": "train"}
    write(folder, {"state.json": json.dumps(state).encode(), "dataset_info.json": b"{}"})
    return folder


def take_in(
    source: Path | str, tmp_path: Path, report: Report = silent, **options
) -> IngestSummary:
    """Ingest into tmp_path/store."""
    return ingest(str(source), tmp_path / "store", report=report, **options)


def classes_by_name(summary: IngestSummary, tmp: Path) -> dict[str, str]:
    """The class of each image by its name, - for an unknown one."""
    targets = read_targets(tmp / "store")
    names = ImageStore(tmp / "store").names
    if targets is None:
        return dict.fromkeys(names, "-")
    known = [*summary.classes, "-"]
    return {name: known[target] for name, target in zip(names, targets, strict=True)}


def fabricate_mnist(root: Path, train: int = 40, test: int = 20, name: str = "MNIST") -> Path:
    """torchvision's layout of an MNIST with random pixels: un-gzipped idx files."""
    raw = root / name / "raw"
    raw.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for prefix, count in (("train", train), ("t10k", test)):
        images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = (np.arange(count) % 10).astype(np.uint8)
        head = struct.pack(">4i", 0x0803, count, 28, 28)
        (raw / f"{prefix}-images-idx3-ubyte").write_bytes(head + images.tobytes())
        head = struct.pack(">2i", 0x0801, count)
        (raw / f"{prefix}-labels-idx1-ubyte").write_bytes(head + labels.tobytes())
    return root


def fabricate_cifar(root: Path, dataset: type, classes: list[str]) -> dict[str, object]:
    """torchvision's layout of a tiny CIFAR; returns the checksums to give to `dataset`."""
    base = root / dataset.base_folder
    base.mkdir(parents=True)
    rng = np.random.default_rng(0)
    key = "labels" if len(classes) == 10 else "fine_labels"

    def save(name: str, content: dict) -> str:
        data = pickle.dumps(content)
        (base / name).write_bytes(data)
        return hashlib.md5(data).hexdigest()

    def batches(names: list[list[str]]) -> list[list[str]]:
        made = []
        for name, _ in names:
            pixels = rng.integers(0, 256, (10, 3072), dtype=np.uint8)
            made.append([name, save(name, {"data": pixels, key: list(range(10))})])
        return made

    meta = dict(dataset.meta)
    meta["md5"] = save(meta["filename"], {meta["key"]: classes})
    return {
        "train_list": batches(dataset.train_list),
        "test_list": batches(dataset.test_list),
        "meta": meta,
    }
