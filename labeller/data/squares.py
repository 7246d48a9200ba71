"""RGB squares of the images at the size that an encoder reads, from the best that is still there.

1. `display`: what the store keeps, where it shows as much as the originals would at that size.
2. `originals`: the files that the store was made of, where they are still there.
3. `stored`: what the store keeps, enlarged, where the originals are gone.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Literal

import numpy as np
from PIL import Image

from labeller.data import Fit, fitted
from labeller.data.decode import UnreadableError, decode, square
from labeller.data.display import DISPLAY_SIDE
from labeller.data.feed import Shaping
from labeller.data.files import Files
from labeller.data.images import ImageStore
from labeller.data.originals import files_of

Origin = Literal["display", "originals", "stored"]

# What pretrained networks saw in their training.
FIT: Fit = "crop"
_THREADS = max(2, min(8, os.cpu_count() or 2))
_COMPARED = 64  # files whose sizes are compared before the originals are trusted


def squares(store: ImageStore, rows: Sequence[int] | np.ndarray, size: int) -> np.ndarray:
    """Images as squares: uint8 (n, size, size, 3) RGB in the order of `rows`, grey repeated.

    Their middle is cut out (bicubic), whatever the fit of the project's own pixels is. An original
    that can no longer be read, or has another number of bytes than at the import, is replaced by
    what is stored of it. Raises ValueError for a size below 1 or a row outside the store, DataError
    when the store is damaged.
    """
    if size < 1:
        raise ValueError(f"size must be 1 or more pixels, got {size}")
    wanted = np.asarray(rows, dtype=np.int64).reshape(-1)
    if wanted.size and (wanted.min() < 0 or wanted.max() >= store.count):
        raise ValueError(f"rows must be between 0 and {store.count - 1}")
    originals = _originals(store) if origin(store, size) == "originals" else None
    made = np.empty((len(wanted), size, size, 3), dtype=np.uint8)

    def read(place: int) -> None:
        row = int(wanted[place])
        pixels = originals.read(row, size) if originals else None
        if pixels is None:
            pixels = square(Image.fromarray(_without_margins(store, row)), size, FIT)
        made[place] = pixels

    with ThreadPoolExecutor(_THREADS) as pool:
        for _ in pool.map(read, range(len(wanted))):
            pass
    return made


def _without_margins(store: ImageStore, row: int) -> np.ndarray:
    """What there is to see of an image, uint8 (h, w, 3), less the margins of its stored pixels."""
    shown, side = store.display(row), store.height
    if store.fit != "letterbox" or shown.shape[:2] != (side, side):
        return shown
    width, height = fitted(int(store.shapes[row, 0]), int(store.shapes[row, 1]), side)
    left, top = (side - width) // 2, (side - height) // 2
    return shown[top : top + height, left : left + width]


def origin(store: ImageStore, size: int) -> Origin:
    """Where squares of `size` pixels come from."""
    if _keeps_all(store, size):
        return "display"
    return "originals" if _originals(store) is not None else "stored"


def _keeps_all(store: ImageStore, size: int) -> bool:
    """Whether what the store keeps shows as much of each image as its original would at `size`."""
    sides = store.shapes[:, :2]
    longest = np.maximum(sides.max(axis=1), 1)
    edge = sides.min(axis=1)
    enough = (longest <= store.height) | (size <= store.height)
    if store.pictures is not None:
        enough |= store.pictures.present & (
            (longest <= DISPLAY_SIDE) | (edge * DISPLAY_SIDE >= size * longest)
        )
    return bool(enough.all())


class _Originals:
    """The files behind a store: `places` (N,) the row in `files` of each of its images."""

    def __init__(self, files: Files, places: np.ndarray, store: ImageStore) -> None:
        self._files, self._places = files, places
        self._sizes = store.shapes[:, 2]

    def read(self, row: int, size: int) -> np.ndarray | None:
        """The square uint8 (size, size, 3) of an image, or None where it is not what it was."""
        try:
            stream, nbytes = self._files.open(self._places[row])
            with stream:
                if nbytes != self._sizes[row]:
                    return None
                return decode(stream, size, 3, Shaping(FIT, display=0)).pixels
        except (OSError, UnreadableError):
            return None

    def unchanged(self) -> bool:
        """Whether some files, drawn evenly, have as many bytes as at the import."""
        count = len(self._places)
        for row in np.unique(np.linspace(0, count - 1, min(count, _COMPARED)).astype(int)):
            try:
                stream, nbytes = self._files.open(self._places[row])
                stream.close()
            except (OSError, UnreadableError):
                return False
            if nbytes != self._sizes[row]:
                return False
        return True


@lru_cache(maxsize=2)
def _originals(store: ImageStore) -> _Originals | None:
    """The originals of a store, or None where they are gone, others, or of no kind of file."""
    found = files_of(store)
    if found is None:
        return None
    files, places = found
    originals = _Originals(files, places, store)
    if (places < 0).any() or not originals.unchanged():
        files.close()
        return None
    return originals
