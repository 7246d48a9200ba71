"""Many small pictures as one: one transfer and one decoding instead of hundreds.

Small pixels are sent exactly, as PNG, and enlarged without smoothing. Photos (RGBA, as
`service.pictures` gives them) are sent as WebP, a tenth of the bytes, and scaled smoothly.
"""

import base64
import io

import numpy as np
from PIL import Image


def sprite(images: np.ndarray, *, columns: int, scale: int = 1, gap: int = 0) -> np.ndarray:
    """The pictures side by side, row by row, `columns` in a row.

    `images` is uint8 (n, H, W, C) with C 1, 3 or 4. Each is enlarged `scale` times without
    smoothing, and `gap` transparent pixels lie between neighbours. Returns uint8 (h, w, 4) RGBA.
    Raises ValueError if there are no images or `columns` < 1.
    """
    if images.ndim != 4 or not len(images):
        raise ValueError(f"images must be (n, H, W, C) with n >= 1, got {images.shape}")
    if columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    count, columns = len(images), min(columns, len(images))
    height, width = images.shape[1] * scale, images.shape[2] * scale
    rows = -(-count // columns)
    sheet = np.zeros((rows * (height + gap) - gap, columns * (width + gap) - gap, 4), np.uint8)
    for i, image in enumerate(_rgba(images)):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        big = image.repeat(scale, axis=0).repeat(scale, axis=1)
        sheet[top : top + height, left : left + width] = big
    return sheet


def png(image: np.ndarray) -> bytes:
    """The picture, uint8 (H, W, C) with C 1, 3 or 4, as the bytes of a PNG file."""
    if image.shape[-1] == 1:
        image = image[..., 0]
    elif image.shape[-1] == 4 and (image[..., 3] == 255).all():
        image = image[..., :3]
        if (image[..., :1] == image).all():
            image = image[..., 0]
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG", compress_level=4)
    return buffer.getvalue()


def webp(image: np.ndarray) -> bytes:
    """The picture, uint8 (H, W, C) with C 3 or 4, as the bytes of a lossy WebP file."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="WEBP", quality=82, method=0)
    return buffer.getvalue()


def is_photo(images: np.ndarray) -> bool:
    """Whether these pictures (..., C) are photos rather than pixels to be shown one by one."""
    return bool(images.shape[-1] == 4)


def data_uri(image: np.ndarray, *, photo: bool = False) -> str:
    """The picture, uint8 (H, W, C), as a `data:` address that a browser shows without a request."""
    kind, content = ("webp", webp(image)) if photo else ("png", png(image))
    return f"data:image/{kind};base64," + base64.b64encode(content).decode()


def shrink(images: np.ndarray, largest: int) -> np.ndarray:
    """The pictures, uint8 (n, H, W, C), no wider than `largest`; small ones stay as they are.

    Photos have been asked for in the size that is needed.
    """
    if images.shape[2] <= largest or is_photo(images):
        return images
    return np.stack([square(image, largest) for image in images])


def square(image: np.ndarray, side: int) -> np.ndarray:
    """One picture, uint8 (H, W, C), as RGB of `side` x `side`, a photo as RGBA.

    Pixels are enlarged without smoothing.
    """
    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    enlarging = Image.Resampling.BICUBIC if is_photo(image) else Image.Resampling.NEAREST
    how = enlarging if image.shape[1] < side else Image.Resampling.BOX
    mode = "RGBA" if is_photo(image) else "RGB"
    return np.asarray(picture.convert(mode).resize((side, side), how))


def _rgba(images: np.ndarray) -> np.ndarray:
    """uint8 (n, H, W, C) with C 1, 3 or 4 as (n, H, W, 4)."""
    channels = images.shape[-1]
    if channels == 4:
        return images
    colour = images if channels == 3 else images[..., :1].repeat(3, axis=-1)
    return np.concatenate([colour, np.full((*images.shape[:3], 1), 255, np.uint8)], axis=-1)
