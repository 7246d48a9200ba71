"""The image store of a project: one folder that every later step reads. Imports no torch.

`images.npy` uint8 (N, H, W, C), `manifest.parquet` (one row per image), `meta.json`, perhaps the
two files of `labeller.data.display`, and perhaps `targets.npy`, which only
`labeller.evaluation.targets` reads: nothing here gives a true label.
"""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from labeller.data import Fit
from labeller.data.display import DISPLAY, DisplayPictures, tile
from labeller.data.resize import with_channels
from labeller.data.sealed import broken, check_digest, damaged, read_array, read_json
from labeller.errors import NotFoundError

IMAGES, MANIFEST, META = "images.npy", "manifest.parquet", "meta.json"
DIGESTS = "digests"  # in META, of the files that hold none themselves


class ImageStore:
    """Read-only view of an ingested set of images.

    count: number of images, N; height, width: their sides in pixels; channels: 1 (grey) or 3 (RGB);
    source: the named source or the path that they came from; fit: how those that are not square
    became it (crop in stores from before the choice); classes: names of the known ones, perhaps
    none. Raises NotFoundError when `folder` holds no image store, DataError when it is damaged.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        if not any((self.folder / name).exists() for name in (IMAGES, META)):
            raise NotFoundError(f"no images in {self.folder}; create the project from a source")
        self.meta: dict[str, Any] = read_json(self.folder / META)
        self.images = read_array(self.folder / IMAGES, "r")
        if self.images.ndim != 4 or self.images.dtype != np.uint8:
            raise broken(self.folder / IMAGES, "it is not uint8 (N, H, W, C)")
        if len(self.images) != self.meta.get("count", len(self.images)):
            raise broken(self.folder / IMAGES, f"it has not {self.meta['count']:,} images")
        self.count, self.height, self.width, self.channels = self.images.shape
        self.source = str(self.meta.get("source", ""))
        self.fit: Fit = "letterbox" if self.meta.get("fit") == "letterbox" else "crop"
        self.classes: list[str] = list(self.meta.get("classes", []))

    @property
    def unreadable(self) -> list[tuple[str, str]]:
        """Name and reason of each file that could not be read."""
        return [(name, reason) for name, reason in self.meta.get("unreadable", [])]

    @cached_property
    def splits(self) -> np.ndarray:
        """(N,) str, "train" or "test"."""
        return np.asarray(self._column("split"), dtype="<U5")

    @cached_property
    def names(self) -> list[str]:
        """Path of each image inside its source."""
        return self._column("path")

    @cached_property
    def train(self) -> np.ndarray:
        """(n,) int64, rows of the images to label and train on."""
        return np.flatnonzero(self.splits == "train").astype(np.int64)

    @cached_property
    def test(self) -> np.ndarray:
        """(n,) int64, rows of the held-out images, perhaps none."""
        return np.flatnonzero(self.splits == "test").astype(np.int64)

    @cached_property
    def shapes(self) -> np.ndarray:
        """(N, 3) int64, width and height of each original in pixels, and its bytes."""
        columns = [self._column(name) for name in ("width", "height", "bytes")]
        return np.array(columns, dtype=np.int64).T

    @cached_property
    def pictures(self) -> DisplayPictures | None:
        """The display pictures, or None where the stored pixels show all; DataError if damaged."""
        path, digest = self.folder / DISPLAY, self.meta.get(DIGESTS, {}).get(DISPLAY)
        if digest is None and not path.exists():
            return None
        check_digest(path, digest)
        try:
            return DisplayPictures(self.folder, self.count)
        except (OSError, ValueError) as error:
            raise damaged(path, error) from error

    def display(self, row: int) -> np.ndarray:
        """What there is to see of an image: uint8 (h, w, 3), RGB in its own proportion.

        Its display picture, or else the pixels stored of it. Raises ValueError when `row` is
        outside the store, DataError when the picture is damaged.
        """
        if not 0 <= row < self.count:
            raise ValueError(f"row must be between 0 and {self.count - 1}, got {row}")
        try:
            picture = None if self.pictures is None else self.pictures.open(row)
        except (OSError, ValueError, SyntaxError) as error:
            raise damaged(self.folder / DISPLAY, error) from error
        return np.asarray(with_channels(self.images[[row]], 3)[0] if picture is None else picture)

    def tiles(self, indices: Sequence[int] | np.ndarray, side: int) -> np.ndarray:
        """Images to show side by side, as squares of one size, in the order given.

        Where the store has display pictures: uint8 (n, s, s, 4) RGBA, s <= `side` and no longer
        than the longest of them, each whole between transparent margins. Else the stored pixels as
        they are, uint8 (n, H, W, C), of whatever size. Raises as `display`.
        """
        rows = np.asarray(indices, dtype=np.int64).reshape(-1)
        if self.pictures is None:
            return np.asarray(self.images[rows])
        shown = [Image.fromarray(self.display(int(row))) for row in rows]
        side = min([side, *([max(max(image.size) for image in shown)] if shown else [])])
        return np.array([tile(image, side) for image in shown]).reshape(-1, side, side, 4)

    def _column(self, name: str) -> list[Any]:
        import pyarrow.parquet as pq  # a third of a second that most pages can do without

        path = self.folder / MANIFEST
        check_digest(path, self.meta.get(DIGESTS, {}).get(MANIFEST))
        try:
            table = pq.read_table(path, columns=[name])
            column: list[Any] = table[name].to_pylist()
        except (OSError, ValueError, KeyError) as error:
            raise damaged(path, error) from error
        if len(column) != self.count:
            raise broken(path, f"it has {len(column)} rows for {self.count} images")
        return column


def open_images(folder: Path) -> ImageStore:
    """The image store in `folder`, kept open until it changes; raises as `ImageStore`."""
    try:
        changed = (folder / META).stat().st_mtime_ns
    except OSError:
        changed = 0  # `ImageStore` says what is wrong
    return _open_images(folder, changed)


@lru_cache(maxsize=8)
def _open_images(folder: Path, _changed: int) -> ImageStore:
    return ImageStore(folder)
