"""A linear probe on each convolution: which depth holds the classes (uic, Table 4).

The paper max-pools the five layers of AlexNet to 9,600 or 9,216 numbers each and trains for 32
epochs of SGD on crops; here each layer is max-pooled to at most `most` numbers and the probe of
`labeller.evaluation.probes` is fitted to its minimum, on the images as they are. What crops do for
the paper's probe, keep it from learning thousands of features by heart, a penalty does here.
"""

import math

import numpy as np
from torch import Tensor
from torch.nn.functional import adaptive_max_pool2d

from labeller.evaluation.probes import chosen_c, linear_probe
from labeller.events import Progress, Report, silent
from labeller.methods.base import Method
from labeller.training.evaluating import evaluated

MOST = 9600  # numbers of one image and layer, as in the paper
PIXELS = 1_000_000  # values in one batch of images


def layer_features(
    method: Method,
    images: np.ndarray,
    *,
    most: int = MOST,
    device: str = "auto",
    only: str | None = None,
) -> dict[str, np.ndarray]:
    """Pooled features (N, F) float32, F <= `most`, of each layer of images (N, H, W, C) uint8.

    `only`: of this layer alone, which takes that much less memory.
    """
    if most < 1:
        raise ValueError(f"most must be at least 1 number per image, got {most}")

    def layers(batch: Tensor) -> dict[str, np.ndarray]:
        return {
            name: pooled(values, most).float().cpu().numpy()
            for name, values in method.layers(batch).items()
            if only in (None, name)
        }

    size = PIXELS // math.prod(images.shape[1:])
    features: dict[str, np.ndarray] = {}
    done = 0
    for parts in evaluated(method, layers, images, device=device, size=size):
        for name, part in parts.items():
            if name not in features:
                features[name] = np.empty((len(images), part.shape[1]), np.float32)
            features[name][done : done + len(part)] = part
        done += len(next(iter(parts.values()), ()))
    return features


def layer_probes(
    method: Method,
    train: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    *,
    most: int = MOST,
    c: float | None = None,
    device: str = "auto",
    report: Report = silent,
) -> dict[str, float]:
    """Test accuracy of a linear probe on each layer: conv1, conv2, ... in the order they run.

    `train` and `test` are images (N, H, W, C) uint8 with their classes (N,) int64, -1 unknown; `c`
    is the inverse strength of the penalty, of which many features need more; None: chosen for each
    layer (`chosen_c`). Empty for a method without convolutions.
    """
    names = list(layer_features(method, train[0][:1], most=most, device=device))
    accuracies = {}
    for place, name in enumerate(names):
        report(Progress("layers", place, len(names), name))
        # One layer at a time: all of them together are gigabytes.
        seen, held_out = (
            layer_features(method, images, most=most, device=device, only=name)[name]
            for images in (train[0], test[0])
        )
        own = chosen_c(seen, train[1], device=device) if c is None else c
        accuracies[name] = linear_probe(seen, train[1], held_out, test[1], c=own, device=device)
    return accuracies


def pooled(values: Tensor, most: int) -> Tensor:
    """Features (B, C, H, W) or (B, D) as (B, F) with F <= `most`, max-pooled to a square grid.

    Of more channels than `most`, the first `most` are kept.
    """
    if values.ndim == 4:
        channels, smaller = values.shape[1], min(values.shape[2:])
        side = max(1, min(smaller, math.isqrt(max(1, most // channels))))
        values = adaptive_max_pool2d(values, side)
    return values.flatten(1)[:, :most]
