"""Pictures as a caller has them, each one on its way to a square: paths, images, arrays."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from labeller.data.decode import UnreadableError, decode, shaped
from labeller.data.feed import Shaping
from labeller.data.fit import Fit
from labeller.errors import DataError, NotFoundError

# An array is uint8 (H, W), or (H, W, C) with grey, RGB or RGBA in C = 1, 3 or 4.
Picture = str | Path | Image.Image | np.ndarray


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
        return shaped(Image.fromarray(flat), size, channels, fit)
    if isinstance(picture, Image.Image):
        return shaped(picture, size, channels, fit)
    path = Path(picture).expanduser()
    if not path.is_file():
        raise NotFoundError(f"there is no image file {path}; of a folder give the files in it")
    try:
        with path.open("rb") as stream:
            return decode(stream, size, channels, Shaping(fit, display=0)).pixels
    except (OSError, UnreadableError) as error:
        raise DataError(f"{path} cannot be read as an image ({error}); leave it out") from error


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
