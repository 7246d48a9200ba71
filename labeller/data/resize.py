"""Resizing of whole arrays of images with two matrix products; same filter as for files."""

from functools import lru_cache

import numpy as np

from labeller.data import Fit, fitted


def resize_square(images: np.ndarray, side: int, fit: Fit = "crop") -> np.ndarray:
    """Make a square of `side` pixels of each image, by its fit.

    images uint8 (n, H, W, C); returns uint8 (n, side, side, C). The filter is Pillow's bicubic
    (a = -0.5, widened when shrinking, so that nothing aliases), within 1 level of it.
    """
    height, width = images.shape[1:3]
    if fit == "letterbox":
        across, down = fitted(width, height, side)
        return pad_square(_resize(images, down, across))
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    return _resize(images[:, top : top + edge, left : left + edge], side, side)


def pad_square(images: np.ndarray) -> np.ndarray:
    """Images uint8 (n, h, w, C) in the middle of squares (n, s, s, C), s the longer of h and w.

    What is added has the mean colour of the two edges that it touches, image by image: a frame of
    one fixed colour would be the strongest edge of many images, and the first thing learnt.
    """
    height, width = images.shape[1:3]
    side = max(height, width)
    if height == width:
        return images
    ends = images[:, [0, -1]] if height < width else images[:, :, [0, -1]]
    colours = np.rint(ends.mean(axis=(1, 2), keepdims=True)).astype(np.uint8)
    line = np.repeat(colours[:, 0], side, axis=1)  # whole lines are copied faster than pixels
    squares = np.repeat(line[:, None], side, axis=1)
    top, left = (side - height) // 2, (side - width) // 2
    squares[:, top : top + height, left : left + width] = images
    return squares


def with_channels(images: np.ndarray, channels: int) -> np.ndarray:
    """Images uint8 (n, h, w, 1 or 3) with 1 or 3 channels: grey repeated, colour made grey."""
    if images.shape[-1] == channels:
        return images
    if channels == 3:
        return np.repeat(images, 3, axis=-1)
    grey: np.ndarray = (images @ np.array([0.299, 0.587, 0.114]))[..., None].round()
    return grey.astype(np.uint8)


def _resize(images: np.ndarray, height: int, width: int) -> np.ndarray:
    """Images uint8 (n, H, W, C) as (n, height, width, C)."""
    count, old_height, old_width, channels = images.shape
    if (old_height, old_width) == (height, width):
        return np.ascontiguousarray(images)
    lines = images.transpose(0, 1, 3, 2).astype(np.float32).reshape(-1, old_width)  # (n H C, W)
    across = _levels(lines @ _weights(old_width, width).T).reshape(count, old_height, -1)
    down = _levels(_weights(old_height, height) @ across)
    squares = down.reshape(count, height, channels, width).transpose(0, 1, 3, 2)
    return np.ascontiguousarray(squares.astype(np.uint8))


def _levels(values: np.ndarray) -> np.ndarray:
    """Rounded and cut to 0..255 after each direction, as Pillow does: the filter overshoots."""
    return np.clip(np.rint(values, out=values), 0, 255, out=values)


@lru_cache(maxsize=8)
def _weights(edge: int, side: int) -> np.ndarray:
    """(side, edge) float32, rows that sum to 1."""
    scale = edge / side
    stretch = max(scale, 1.0)
    centres = (np.arange(side) + 0.5) * scale
    x = np.abs((np.arange(edge) + 0.5)[None, :] - centres[:, None]) / stretch
    a = -0.5  # Keys' cubic convolution, as in Pillow
    inner = ((a + 2) * x - (a + 3)) * x * x + 1
    outer = (((x - 5) * x + 8) * x - 4) * a
    weights = np.where(x < 1, inner, np.where(x < 2, outer, 0.0))
    shares: np.ndarray = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares
