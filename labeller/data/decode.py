"""One image to one square uint8 array, whatever its format, mode, orientation or damage.

Images are files, or pictures as a caller of the Python API has them: paths, images, arrays.
"""

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from labeller.data import Fit, fitted
from labeller.data.display import display_file, small_jpeg
from labeller.data.feed import Shaping
from labeller.data.kinds import FORMATS
from labeller.data.resize import pad_square
from labeller.errors import DataError, NotFoundError

MAX_PIXELS = 50_000_000
_TOO_LARGE = f"more than {MAX_PIXELS:,} pixels, make it smaller"
_GREY_MODES = {"1", "L", "LA", "La", "I", "F"}
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# A 50-megapixel image takes up to 400 MB while it is converted: no more than two at a time.
_LARGE_PIXELS = 8_000_000
_large = threading.BoundedSemaphore(2)

# An array is uint8 (H, W), or (H, W, C) with grey, RGB or RGBA in C = 1, 3 or 4.
Picture = str | Path | Image.Image | np.ndarray


class UnreadableError(Exception):
    """The file gives no image; the message is the reason, in a few words."""


@dataclass(frozen=True)
class Header:
    """What is known of an image before its pixels: original width and height in pixels, grey."""

    width: int
    height: int
    grey: bool


@contextmanager
def reading_image() -> Iterator[None]:
    """Inside, whatever goes wrong is an UnreadableError."""
    try:
        yield
    except UnreadableError:
        raise
    except Exception as error:
        raise UnreadableError(_reason(error)) from error


def open_image(stream: BinaryIO) -> Image.Image:
    """The image in a file of a kind that is read; UnreadableError for one that is too large."""
    image = Image.open(stream, formats=FORMATS)
    if image.width * image.height > MAX_PIXELS:
        raise UnreadableError(f"{_TOO_LARGE}: {image.width} x {image.height}")
    return image


def read_header(stream: BinaryIO) -> Header:
    """The header of the image in `stream`; raises UnreadableError."""
    with reading_image():
        image = open_image(stream)
        return Header(image.width, image.height, _is_grey(image))


@dataclass(frozen=True)
class Decoded:
    """One image: pixels uint8 (size, size, channels), and what is known of the original.

    `width` and `height` of the original in pixels, upright; `display` the file of its display
    picture, b"" where the pixels hold all that the original had; `flattened`: it was transparent.
    """

    pixels: np.ndarray
    width: int
    height: int
    display: bytes
    flattened: bool = False


def decode(stream: BinaryIO, size: int, channels: int, shaping: Shaping) -> Decoded:
    """The image in `stream`, decoded once for its pixels and its display picture.

    It is made a square of `size` as `shaping` says (bicubic). The first frame of several is taken,
    EXIF orientation is applied, transparency is laid on white, 16 bits are scaled by 1/257, other
    integer and float images from their own minimum to their own maximum. Raises UnreadableError.
    """
    with reading_image():
        image = open_image(stream)
        width, height = image.size
        longest = shaping.display if max(width, height) > size else 0
        with _large if width * height > _LARGE_PIXELS else nullcontext():
            if image.format == "JPEG":  # decodes large photographs at 1/2, 1/4 or 1/8
                image.draft(None, _wanted(width, height, size, shaping.fit, longest))
            image.load()
            turn = _TURNS.get(_orientation(image))
            flattened, colours = _to_eight_bits(image, channels)
            upright = colours if turn is None else colours.transpose(turn)
            pixels = square(upright, size, shaping.fit)
            display = b""
            if longest:
                own = small_jpeg(stream, image, longest) if upright is colours else None
                display = own or display_file(upright, longest)
        if turn in (_TURNS[5], _TURNS[6], _TURNS[7], _TURNS[8]):
            width, height = height, width
        return Decoded(pixels, width, height, display, flattened)


def listed(images: Picture | Sequence[Picture]) -> list[Picture]:
    """One picture, a list of them or an array uint8 (n, H, W[, C]) as a list of checked pictures.

    Raises ValueError for what is none of these.
    """
    if isinstance(images, np.ndarray):
        if images.ndim == 4 or (images.ndim == 3 and images.shape[-1] not in (3, 4)):
            return [_checked(image) for image in images]
        raise ValueError(
            f"an array of images must be uint8 of shape (n, H, W) or (n, H, W, 1, 3 or 4), got "
            f"{images.dtype} of shape {images.shape}; one image is [image]"
        )
    some = [images] if isinstance(images, str | Path | Image.Image) else list(images)
    return [_checked(image) for image in some]


def as_square(picture: Picture, size: int, channels: int, fit: Fit) -> np.ndarray:
    """A picture as the import makes it: uint8 (size, size, channels).

    Raises NotFoundError and DataError for a file that is not there or gives no image.
    """
    if isinstance(picture, np.ndarray):
        flat = picture[..., 0] if picture.ndim == 3 and picture.shape[-1] == 1 else picture
        return _shaped(Image.fromarray(flat), size, channels, fit)
    if isinstance(picture, Image.Image):
        return _shaped(picture, size, channels, fit)
    path = Path(picture).expanduser()
    if not path.is_file():
        raise NotFoundError(f"there is no image file {path}; of a folder give the files in it")
    try:
        with path.open("rb") as stream:
            return decode(stream, size, channels, Shaping(fit, display=0)).pixels
    except (OSError, UnreadableError) as error:
        raise DataError(f"{path} cannot be read as an image ({error}); leave it out") from error


def square(image: Image.Image, size: int, fit: Fit) -> np.ndarray:
    """A square of an image in mode L or RGB, by its fit (bicubic): uint8 (size, size, 1 or 3)."""
    box, target = (0.0, 0.0, float(image.width), float(image.height)), fitted(*image.size, size)
    if fit == "crop":
        edge = min(image.size)
        left, top = (image.width - edge) / 2, (image.height - edge) / 2
        box, target = (left, top, left + edge, top + edge), (size, size)
    if image.size != target:
        image = image.resize(target, Image.Resampling.BICUBIC, box=box, reducing_gap=3.0)
    pixels: np.ndarray = pad_square(np.asarray(image).reshape(1, image.height, image.width, -1))[0]
    return pixels


def _shaped(image: Image.Image, size: int, channels: int, fit: Fit) -> np.ndarray:
    """The pixels that `decode` makes, uint8 (size, size, channels), of an image that is open."""
    turn, (_, colours) = _TURNS.get(_orientation(image)), _to_eight_bits(image, channels)
    upright = colours if turn is None else colours.transpose(turn)
    return square(upright, size, fit)


def _is_grey(image: Image.Image) -> bool:
    if image.mode in _GREY_MODES or image.mode.startswith("I;16"):
        return True
    if image.mode in ("P", "PA"):
        palette = np.array(image.getpalette("RGB") or [0], dtype=np.uint8)
        return palette.size % 3 == 0 and bool((np.ptp(palette.reshape(-1, 3), axis=1) == 0).all())
    return False


def _to_eight_bits(image: Image.Image, channels: int) -> tuple[bool, Image.Image]:
    """Whether it was transparent somewhere, and the image in mode L or RGB."""
    flattened, mode = False, "L" if channels == 1 else "RGB"
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        values = np.asarray(image)
        if image.format == "PPM" and image.mode == "I":  # 16 bits, which Pillow hands over as 32
            values = values.astype(np.uint16)
        image = Image.fromarray(_scale(values))
    elif image.has_transparency_data:
        colours = image.convert("RGBA")
        flattened = colours.getchannel("A").getextrema() != (255, 255)
        image = Image.new("RGBA", colours.size, "white")
        image.alpha_composite(colours)
    return flattened, image if image.mode == mode else image.convert(mode)


def _scale(values: np.ndarray) -> np.ndarray:
    """Deep grey values (h, w) as uint8: 16 bits by 1/257, others from minimum to maximum."""
    if values.dtype.kind == "u" and values.dtype.itemsize == 2:
        low, high = 0.0, 65535.0
    else:
        values = np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0)
        low, high = float(values.min()), float(values.max())
        if low >= 0 and high <= 1:
            low, high = 0.0, 1.0
        elif low >= 0 and high <= 255:
            low, high = 0.0, 255.0
    scaled = (values.astype(np.float32) - low) * (255.0 / max(high - low, 1e-12))
    pixels: np.ndarray = np.rint(scaled).astype(np.uint8)
    return pixels


def _wanted(width: int, height: int, size: int, fit: Fit, longest: int) -> tuple[int, int]:
    """The least width and height to decode: enough for sharp pixels and display picture."""
    edge = min(width, height) if fit == "crop" else max(width, height)
    share = max(2 * size / edge, 1.5 * longest / max(width, height))
    return math.ceil(width * share), math.ceil(height * share)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # a damaged EXIF block does not make the pixels wrong
        return 1


def _reason(error: Exception) -> str:
    """Why a file gave no image, in a few words, from the many errors of decoders."""
    if isinstance(error, UnidentifiedImageError):
        return "not an image"
    if isinstance(error, Image.DecompressionBombError):
        return _TOO_LARGE
    if isinstance(error, MemoryError):
        return "too large for the memory"
    if isinstance(error, FileNotFoundError):
        return "missing, or a broken link"
    if isinstance(error, PermissionError):
        return "no permission to read it"
    text = " ".join(str(error).split())[:120] or type(error).__name__
    return f"damaged: {text}"


def _checked(picture: Picture) -> Picture:
    if not isinstance(picture, np.ndarray):
        if isinstance(picture, str | Path | Image.Image):
            return picture
        kind = type(picture).__name__
        raise ValueError(f"an image must be a path, a PIL image or an array, got {kind}")
    flat = picture.ndim == 2 or (picture.ndim == 3 and picture.shape[-1] in (1, 3, 4))
    if picture.dtype != np.uint8 or not flat or not picture.size:
        raise ValueError(
            "an image must be uint8 of shape (H, W) or (H, W, 1, 3 or 4), got "
            f"{picture.dtype} of shape {picture.shape}"
        )
    return picture
