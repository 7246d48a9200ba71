"""Step 1 of a round: images to latents, and what else a trained method says of images.

All in float32 whatever the training's precision was: distances between latents decide clusters.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from labeller.errors import StateError
from labeller.events import Progress, Report, silent
from labeller.methods.base import Method
from labeller.runtime import resolve_device
from labeller.training.evaluating import evaluated, evaluating

# Values in one batch: bounds the memory for any image size. What a CPU computes fits its caches so:
# 28x28 images go through a small network twice as fast as in batches of millions.
PIXELS, PIXELS_ON_CPU = 4_000_000, 250_000


def encode(
    method: Method, values: np.ndarray, *, device: str = "auto", report: Report = silent
) -> np.ndarray:
    """Latents (N,D) float32 of images (N,H,W,C) uint8, which may be memory-mapped.

    For a method that reads features `values` are those, (N,F) float16, here and in `classify`.
    """
    return _through(method, method.encode, values, device, report, "encode")


def classify(
    method: Method, values: np.ndarray, *, device: str = "auto", report: Report = silent
) -> np.ndarray:
    """Class probabilities (N,K) float32 of images (N,H,W,C) uint8; each row sums to 1."""

    def probabilities(batch: Tensor) -> Tensor:
        return method.classify(batch).float().softmax(dim=1)

    said = _through(method, probabilities, values, device, report, "classify")
    if not np.isfinite(said).all():
        raise StateError(
            "the classifier's weights are damaged, as what it says is not finite; run `labeller "
            "verify PROJECT`, or retrain"
        )
    return said


@torch.inference_mode()
def decode(method: Method, z: np.ndarray) -> np.ndarray | None:
    """Images (n,H,W,C) uint8 of latents (n,D), on the device where the method is.

    None where the method cannot decode.
    """
    if not method.can_decode:
        return None
    with evaluating(method):
        device = next(method.parameters()).device
        latents = torch.as_tensor(np.asarray(z, dtype=np.float32), device=device)
        images = method.decode(latents)
    if images is None:
        return None
    pixels = images.float().clamp(0, 1).mul(255).round().to(torch.uint8)
    return pixels.permute(0, 2, 3, 1).contiguous().cpu().numpy()


def _through(
    method: Method,
    function: Callable[[Tensor], Tensor],
    values: np.ndarray,
    device: str,
    report: Report,
    stage: str,
) -> np.ndarray:
    shape = method.shape
    wanted: tuple[int, ...] = (shape.height, shape.width, shape.channels)
    wanted = (shape.features,) if method.reads == "features" else wanted
    if values.shape[1:] != wanted:
        raise ValueError(
            f"{method.reads} must be of shape (N, {', '.join(map(str, wanted))}), "
            f"as the method was built for, got {values.shape}"
        )
    most = PIXELS_ON_CPU if resolve_device(device).type == "cpu" else PIXELS
    size = most // math.prod(values.shape[1:])
    parts: list[Tensor] = []
    done = 0
    for part in evaluated(method, function, values, device=device, size=size):
        parts.append(part.float().cpu())
        done += len(part)
        report(Progress(stage, done, len(values)))
    return torch.cat(parts).numpy()
