"""What a method makes of images besides latents: views, rebuilt images, classes of its own."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from labeller.methods.base import Method
from labeller.runtime import resolve_device
from labeller.training.batches import as_tensor, to_float

PIXELS = 1_000_000  # values in one batch: bounds the memory for any image size


def pictures_of(
    method: Method, function: Callable[[Tensor], Tensor | None], images: np.ndarray, device: str
) -> np.ndarray | None:
    """What `function` makes of images (N, H, W, C) uint8, as such; None where it makes none.

    Sides that `function` changes (a method that tiles its input) stay as it gives them.
    """
    found = _through(method, function, images, device)
    if found is None:
        return None
    pixels = found.clamp(0, 1).mul(255).round().to(torch.uint8)
    return pixels.permute(0, 2, 3, 1).contiguous().numpy()


def chances_of(method: Method, images: np.ndarray, device: str) -> np.ndarray | None:
    """Probabilities (N, K) of the method's own classes; None for a method without such."""
    found = _through(method, method.pseudo_logits, images, device)
    return None if found is None else found.softmax(1).numpy()


@torch.inference_mode()
def _through(
    method: Method, function: Callable[[Tensor], Tensor | None], images: np.ndarray, device: str
) -> Tensor | None:
    place = resolve_device(device)
    training = method.training
    method.to(place).eval()
    parts = []
    try:
        for part in as_tensor(images).split(max(1, PIXELS // images[0].size)):
            made = function(to_float(part.to(place).permute(0, 3, 1, 2).contiguous()))
            if made is None:
                return None
            parts.append(made.float().cpu())
    finally:
        method.train(training)
    return torch.cat(parts)
