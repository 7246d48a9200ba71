"""Resizing of whole arrays of images with two matrix products; same filter as for files."""

from functools import lru_cache

import numpy as np


def resize_square(images: np.ndarray, side: int) -> np.ndarray:
    """Cut the central square out of each image and resize it to `side` pixels.

    images uint8 (n, H, W, C); returns uint8 (n, side, side, C). The filter is Pillow's bicubic
    (a = -0.5, widened when shrinking, so that nothing aliases), within 1 level of it.
    """
    height, width = images.shape[1:3]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    square = images[:, top : top + edge, left : left + edge]
    if edge == side:
        return np.ascontiguousarray(square)
    weights = _weights(edge, side)
    count, channels = len(images), images.shape[3]
    lines = square.transpose(0, 1, 3, 2).astype(np.float32).reshape(-1, edge)  # (n H C, W)
    across = _levels(lines @ weights.T).reshape(count, edge, channels * side)
    down = _levels(weights @ across).reshape(count, side, channels, side)
    return np.ascontiguousarray(down.transpose(0, 1, 3, 2).astype(np.uint8))


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
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
