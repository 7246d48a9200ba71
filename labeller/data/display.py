"""Display pictures: what people and encoders see of an image larger than the pixels stored of it.

Two files in the folder of an image store. `display.bin` holds one picture file after another, WebP
or JPEG, each in its own proportion and at most DISPLAY_SIDE pixels long; `display-offsets.npy`
int64 (N + 1,) says where that of each image begins and the next one's begins. No bytes: there is
none, the stored pixels show all that the original had. Neither file exists where no image has one.
"""

import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from labeller.data import fitted
from labeller.data.sealed import read_array, seal

DISPLAY_SIDE = 256
DISPLAY, OFFSETS = "display.bin", "display-offsets.npy"
_QUALITY = 85
_EFFORT = 2  # of 0 to 6: a quarter slower than 0 for files a seventh smaller; 4 takes twice as long
_SMALL_BYTES = 64 * 2**10


def display_file(image: Image.Image, longest: int) -> bytes:
    """The file of a display picture: WebP, no longer than `longest` pixels and never enlarged."""
    if max(image.size) > longest:
        size = fitted(*image.size, longest)
        image = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
    stream = io.BytesIO()
    image.save(stream, "WEBP", quality=_QUALITY, method=_EFFORT)
    return stream.getvalue()


def display_files(images: np.ndarray, longest: int) -> list[bytes]:
    """The files of the display pictures of images uint8 (n, H, W, C), C 1 or 3."""
    pictures = images[..., 0] if images.shape[-1] == 1 else images

    def encoded(pixels: np.ndarray) -> bytes:
        return display_file(Image.fromarray(pixels), longest)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(encoded, pictures))


def small_jpeg(stream: BinaryIO, image: Image.Image, longest: int) -> bytes | None:
    """The file of `image` itself where it will do as it is, or None.

    A small upright JPEG loses nothing so, and no time is spent on another compression.
    """
    if image.format != "JPEG" or image.mode not in ("L", "RGB") or max(image.size) > longest:
        return None
    stream.seek(0)
    content = stream.read(_SMALL_BYTES + 1)
    return content if len(content) <= _SMALL_BYTES else None


def tile(image: Image.Image, side: int) -> np.ndarray:
    """The picture (mode RGB) whole in the middle of a square: uint8 (side, side, 4), RGBA.

    What the picture does not cover is transparent, so that the square suits any background.
    """
    size = fitted(*image.size, side)
    if image.size != size:
        image = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
    square = np.zeros((side, side, 4), np.uint8)
    top, left = (side - image.height) // 2, (side - image.width) // 2
    square[top : top + image.height, left : left + image.width, :3] = np.asarray(image)
    square[top : top + image.height, left : left + image.width, 3] = 255
    return square


class DisplayWriter:
    """Appends display pictures to the files in `folder`; neither is made before the first one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: BinaryIO | None = None
        self._sizes: list[np.ndarray] = []

    def append(self, files: list[bytes]) -> None:
        """Add the pictures of the next images; b"" for one that has none."""
        self._sizes.append(np.array([len(file) for file in files], dtype=np.int64))
        if self._file is None and any(files):
            self._file = (self.folder / DISPLAY).open("wb")
        if self._file is not None:
            self._file.writelines(files)

    def finish(self) -> None:
        """Complete the files."""
        if self._file is not None:
            self._file.flush()
            with (self.folder / OFFSETS).open("w+b") as stream:
                np.save(stream, np.cumsum(np.concatenate([[0], *self._sizes])))
                seal(stream)

    def close(self) -> None:
        """Release the file."""
        if self._file is not None:
            self._file.close()


class DisplayPictures:
    """The display pictures of a store of `count` images; raises OSError or ValueError when damaged.

    Several threads may read at once.
    """

    def __init__(self, folder: Path, count: int) -> None:
        self._offsets = read_array(folder / OFFSETS)
        if self._offsets.shape != (count + 1,):
            raise ValueError(f"{OFFSETS} has {len(self._offsets)} entries for {count} images")
        self._bytes = np.memmap(folder / DISPLAY, dtype=np.uint8, mode="r")
        if len(self._bytes) != self._offsets[-1]:
            raise ValueError(f"{DISPLAY} has {len(self._bytes)} bytes, not {self._offsets[-1]}")

    @property
    def present(self) -> np.ndarray:
        """(N,) bool, whether each image has a display picture."""
        present: np.ndarray = self._offsets[1:] > self._offsets[:-1]
        return present

    def content(self, row: int) -> bytes:
        """The file of the display picture of an image, b"" where it has none."""
        return self._bytes[self._offsets[row] : self._offsets[row + 1]].tobytes()

    def open(self, row: int) -> Image.Image | None:
        """The display picture of an image in mode RGB, None where it has none."""
        content = self.content(row)
        if not content:
            return None
        image = Image.open(io.BytesIO(content), formats=("WEBP", "JPEG"))
        return image.convert("RGB")
