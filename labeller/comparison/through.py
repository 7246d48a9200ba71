"""What a method makes of images besides latents: views, rebuilt images, classes of its own."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from labeller.methods.base import Method
from labeller.training.evaluating import evaluated

PIXELS = 1_000_000  # values in one batch: bounds the memory for any image size


def pictures_of(
    method: Method, function: Callable[[Tensor], Tensor | None], values: np.ndarray, device: str
) -> np.ndarray | None:
    """What `function` makes of images (N, H, W, C) uint8, as such; None where it makes none.

    For a method that reads features `values` are those, (N, F) float16, here and in
    `probabilities_of`. Sides that `function` changes (a method that tiles its input) stay as it
    gives them.
    """
    made = _through(method, function, values, device)
    if made is None:
        return None
    pixels = made.clamp(0, 1).mul(255).round().to(torch.uint8)
    return pixels.permute(0, 2, 3, 1).contiguous().numpy()


def probabilities_of(method: Method, values: np.ndarray, device: str) -> np.ndarray | None:
    """Probabilities (N, K) of the method's own classes; None for a method without such."""
    logits = _through(method, method.pseudo_logits, values, device)
    return None if logits is None else logits.softmax(1).numpy()


def _through(
    method: Method, function: Callable[[Tensor], Tensor | None], values: np.ndarray, device: str
) -> Tensor | None:
    most = max(values[0].size, math.prod(method.shape.size))  # what it makes may be pictures
    parts = []
    for made in evaluated(method, function, values, device=device, size=PIXELS // most):
        if made is None:
            return None
        parts.append(made.float().cpu())
    return torch.cat(parts)
