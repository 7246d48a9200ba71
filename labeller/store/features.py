"""The features of a project's images: one file per encoder, that grows while it is computed.

`features/<digest>.npy` float16 (N, F), where the digest is the encoder's, and beside it
`<digest>-pictures.npy` uint8 (N, 16): digests of the pictures that were encoded, by which another
project finds those it has too. Both end in `.part` until every row is done; a row is done when its
picture's digest is there, so that a killed job goes on where it was.
"""

import os
import time
from pathlib import Path
from typing import Literal, Self

import numpy as np

from labeller.data.sealed import read_array, seal
from labeller.errors import DamagedFileError
from labeller.store.database import Store
from labeller.store.files import ProjectFolder

SETTLE_SECONDS = 1.0  # so much work may be lost by a power cut
DIGEST_BYTES = 16
ZEROS = 1 << 24  # bytes written at a time


class FeatureFile:
    """The features of one project by the encoder with that digest."""

    def __init__(self, folder: ProjectFolder, digest: str) -> None:
        self.path = folder.features(digest)
        self.pictures = self.path.with_name(f"{digest}-pictures.npy")
        self.lock = self.path.with_name(f"{digest}.lock")

    def read(self, count: int) -> np.ndarray | None:
        """All features (N, F) float16, read from the disk where they are indexed.

        None before they are complete, and for a file that is damaged or of another number of
        images than `count`.
        """
        features = _array(self.path)
        if features is None or features.ndim != 2 or features.dtype != np.float16:
            return None
        return features if len(features) == count else None

    def by_picture(self) -> dict[bytes, np.ndarray]:
        """The complete features (F,) by the digest of the picture; {} without."""
        features, digests = _array(self.path), _array(self.pictures)
        if features is None or digests is None or len(features) != len(digests):
            return {}
        rows = zip(np.asarray(digests), np.asarray(features), strict=True)
        return {digest.tobytes(): row for digest, row in rows}

    def part(self, count: int, width: int) -> "Part":
        """The features (count, width) as far as they are done; none in the beginning."""
        return Part(self, count, width)


class Part:
    """Features that are being computed. Leaving its `with` block keeps all rows that were put."""

    def __init__(self, file: FeatureFile, count: int, width: int) -> None:
        self._file = file
        file.path.parent.mkdir(parents=True, exist_ok=True)
        self._features, self._digests = self._open(count, width)
        self._waiting: list[tuple[np.ndarray, np.ndarray]] = []
        self._settled = time.monotonic()

    @property
    def missing(self) -> np.ndarray:
        """(n,) int64, rows that are not done."""
        return np.flatnonzero(~self._digests.any(axis=1)).astype(np.int64)

    def put(self, rows: np.ndarray, features: np.ndarray, digests: np.ndarray) -> None:
        """Keeps features (n, F) of pictures with digests (n, 16) in `rows` (n,)."""
        self._features[rows] = features
        self._waiting.append((rows, digests))
        if time.monotonic() - self._settled > SETTLE_SECONDS:
            self._settle()

    def finish(self) -> None:
        """Makes the features the complete ones; raises ValueError while a row is missing."""
        self._settle()
        if len(self.missing):
            raise ValueError(f"features must be there of every image, {len(self.missing)} are not")
        del self._features, self._digests  # Windows renames no file that is open
        for path in (self._file.pictures, self._file.path):  # last: it says that all is there
            with _growing(path).open("r+b") as stream:
                seal(stream)
                stream.flush()
                os.fsync(stream.fileno())
            _growing(path).replace(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._waiting:
            self._settle()

    def _settle(self) -> None:
        """First the features, then that they are done: a power cut leaves no row of zeros."""
        self._features.flush()
        for rows, digests in self._waiting:
            self._digests[rows] = digests
        self._digests.flush()
        self._waiting, self._settled = [], time.monotonic()

    def _open(self, count: int, width: int) -> tuple[np.memmap, np.memmap]:
        features = _array(_growing(self._file.path), "r+")
        digests = _array(_growing(self._file.pictures), "r+")
        if (
            isinstance(features, np.memmap)
            and isinstance(digests, np.memmap)
            and (features.shape, features.dtype) == ((count, width), np.float16)
            and (digests.shape, digests.dtype) == ((count, DIGEST_BYTES), np.uint8)
        ):
            return features, digests
        _growing(self._file.pictures).unlink(missing_ok=True)  # they belong to other features
        return (
            _made(_growing(self._file.path), np.float16, (count, width)),
            _made(_growing(self._file.pictures), np.uint8, (count, DIGEST_BYTES)),
        )


def features_elsewhere(store: Store, folder: ProjectFolder, digest: str) -> dict[bytes, np.ndarray]:
    """Features (F,) by the digest of the picture, of all other projects and of `folder` itself.

    A project that was copied, or imported again, finds its pictures there.
    """
    features: dict[bytes, np.ndarray] = {}
    for path in sorted((store.folder / "projects").iterdir()):
        if path.is_dir() and not path.name.startswith("."):
            features |= FeatureFile(ProjectFolder(path), digest).by_picture()
    return features


def _growing(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _array(path: Path, mode: Literal["r", "r+"] = "r") -> np.ndarray | None:
    """The array of a file, on the disk; None without the file, or where it is damaged."""
    try:
        if mode == "r":
            return read_array(path, "r")
        array: np.ndarray = np.load(path, mmap_mode=mode, allow_pickle=False)  # growing
    except (OSError, ValueError, DamagedFileError):
        return None
    return array


def _made(path: Path, dtype: type, shape: tuple[int, int]) -> np.memmap:
    """A file of zeros with all its room on the disk: a full one raises OSError here.

    Written through the memory, it would end the process.
    """
    size = np.dtype(dtype).itemsize * shape[0] * shape[1]
    with path.open("wb") as stream:
        header = {"descr": np.dtype(dtype).str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(stream, header)
        for start in range(0, size, ZEROS):
            stream.write(bytes(min(ZEROS, size - start)))
    return np.lib.format.open_memmap(path, mode="r+")
