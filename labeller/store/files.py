"""Array files of a project: written to a temporary name, then renamed, so none is half there."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from labeller.data.images import DIGESTS
from labeller.data.sealed import broken, check, check_digest, seal, sealed_json
from labeller.data.sealed import read_array as read_array
from labeller.data.sealed import read_arrays as read_arrays
from labeller.data.sealed import read_json as read_json
from labeller.errors import DamagedFileError, writing
from labeller.store.temporary import scratch_folder, temporary

# What an array of a propagation says of an image that it does not know.
_NONE = {"labels": -1, "source": -1, "denied": -1, "weights": 0, "distance": np.nan, "looked": 0}

# The classifier for other programs: its files by format, and why one of them is left out.
PORTABLE = {"onnx": "classifier.onnx", "pt2": "classifier.pt2"}
LEFT_OUT = "left-out.json"


class ProjectFolder:
    """Where each file of a project lies.

    `data/` the image store; `features/` what encoders see in the images; `models/<m>/` weights,
    latents, predictions, student, the classifier for other programs; `rounds/<r>/` the space, the
    nodes, the propagation, the maps.
    """

    def __init__(self, path: Path):
        self.path = path

    @property
    def data(self) -> Path:
        """The image store."""
        return self.path / "data"

    @property
    def guidelines(self) -> Path:
        """What each class means, by its number; absent while nobody said."""
        return self.path / "guidelines.json"

    def features(self, digest: str) -> Path:
        """Features of all images by the encoder with that digest; absent while incomplete."""
        return self.path / "features" / f"{digest}.npy"

    def directions(self, digest: str) -> Path:
        """The same features as points whose distances are those of their directions."""
        return self.path / "features" / f"{digest}-directions.npy"

    def model(self, number: int) -> Path:
        """Weights, latents and predictions of one model."""
        return self.path / "models" / str(number)

    def neighbours(self, number: int, of: str) -> Path:
        """The nearest neighbours of the training images: of one model's latents, or features."""
        name = "neighbours.npz" if of == "latent" else f"neighbours-{of}.npz"
        return self.model(number) / name

    def student(self, number: int) -> Path:
        """Weights and belief of the student that belongs to a model; may not exist."""
        return self.model(number) / "student"

    def classifier(self, number: int) -> Path:
        """The weights that predict: the student's where there is one, else the model's own."""
        student = self.student(number)
        return student if student.exists() else self.model(number)

    def portable(self, number: int, columns: Sequence[int]) -> Path:
        """The classifier as files of other programs: of its weights, and of outputs summed so.

        Absent until a job has written it.
        """
        weights = self.classifier(number) / "weights.safetensors"
        check(weights)
        content = hashlib.sha256(weights.read_bytes())
        content.update(repr(list(columns)).encode())
        return self.model(number) / "portable" / content.hexdigest()[:16]

    def round(self, number: int) -> Path:
        """Arrays of one round."""
        return self.path / "rounds" / str(number)

    def candidates(self, number: int) -> Path:
        """The uncertain images that a round asks about; no file where it asks about all."""
        return self.round(number) / "crowd.npz"

    def node(self, number: int, key: str) -> Path:
        """Members, distances and decoded centre of one node."""
        return self.round(number) / "nodes" / f"{key}.npz"

    def statement(self, number: int) -> Path:
        """Labels and weights that a round's answers give by themselves."""
        return self.round(number) / "statement.npz"

    def propagation(self, number: int) -> Path:
        """Labels and weights that the answers of all rounds up to this one gave."""
        return self.round(number) / "propagation.npz"

    def counts(self, number: int) -> Path:
        """Scores that a round's number of clusters was chosen by; absent when it was given."""
        return self.round(number) / "counts.json"

    def map(self, number: int, kind: str) -> Path:
        """A two-dimensional map of a model's latents."""
        return self.model(number) / f"map-{kind}.npy"


def portable_left_out(folder: Path) -> dict[str, str] | None:
    """Why formats of `PORTABLE` are left out in a folder of them, by their names; None where the
    folder is not there yet, or a file of it is damaged, so that it is written again.
    """
    try:
        left_out = read_json(folder / LEFT_OUT)
        for name, digest in left_out.pop(DIGESTS, {}).items():
            check_digest(folder / name, digest)
    except DamagedFileError:
        return None
    return left_out


def write_file(path: Path, write: Callable[[BinaryIO], object], *, sealed: bool = False) -> None:
    """Writes through `write`, flushes to the disk and renames into place; `sealed`: with a digest
    at the end.

    Raises StorageError as `writing`, and then leaves what was there.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = temporary(path)
        try:
            with part.open("w+b") as stream:
                write(stream)
                if sealed:
                    seal(stream)
                stream.flush()
                os.fsync(stream.fileno())
            if path.is_dir():  # in the place of a damaged file
                path.rmdir()
            part.replace(path)
        finally:
            with suppress(OSError):  # else the reason would be lost
                part.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A temporary folder beside `path` that takes its place at the end, or is gone.

    `path` may be an empty folder already, or a link to one. Raises OSError, or StorageError as
    `writing`.
    """
    path = path.resolve()  # "." has no name
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(path) as folder:
            yield folder
            if path.is_dir():
                path.rmdir()
            folder.rename(path)


def write_bytes(path: Path, content: bytes) -> None:
    """What is there already as bytes."""
    write_file(path, lambda stream: stream.write(content))


def write_array(path: Path, array: np.ndarray) -> None:
    """One array as `.npy`, with its digest."""
    write_file(path, lambda stream: np.save(stream, array, allow_pickle=False), sealed=True)


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Several arrays as `.npz`, with their digest; uncompressed: pages read them often."""
    content = dict(arrays)
    write_file(path, lambda stream: np.savez(stream, allow_pickle=False, **content), sealed=True)


def write_json(path: Path, value: Mapping[str, Any], *, sealed: bool = True) -> None:
    """One JSON object, with its digest unless it is a person's own file."""
    content = sealed_json(value) if sealed else json.dumps(value, indent=1).encode()
    write_bytes(path, content)


def node_arrays(path: Path) -> dict[str, np.ndarray]:
    """Kept while the file is the same: sliders need not read all of them again."""
    try:
        found = path.stat()
    except OSError:
        return _node_arrays(path, ())
    return _node_arrays(path, (found.st_ino, found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=2048)
def _node_arrays(path: Path, _file: tuple[int, ...]) -> dict[str, np.ndarray]:
    arrays = read_arrays(path)
    if not set(arrays) >= {"members", "euclidean", "mahalanobis", "posterior"}:
        raise broken(path, "it lacks arrays")
    return arrays


def read_labels(path: Path, count: int) -> dict[str, np.ndarray]:
    """The arrays of a statement or propagation over `count` images.

    Images that came after it was written have no label in it, and the weight 0.
    """
    arrays = read_arrays(path)
    if not arrays or not set(arrays) <= set(_NONE):
        raise broken(path, "it holds other arrays than it should")
    return {name: lengthened(array, count, _NONE[name]) for name, array in arrays.items()}


def lengthened(array: np.ndarray, count: int, fill: float) -> np.ndarray:
    """An array of at least `count` rows: those that it lacks are filled."""
    missing = count - len(array)
    if missing <= 0:
        return array
    return np.concatenate([array, np.full((missing, *array.shape[1:]), fill, array.dtype)])


def remove_tree(path: Path) -> None:
    """Deletes a folder: renamed first, so that a kill never leaves half of it under its name."""
    if path.exists():
        doomed = temporary(path, "deleted")
        path.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)
