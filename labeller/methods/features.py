"""What is done with features: those of each convolution are read with forward hooks, those of a
pretrained encoder come layer by layer (`parts` says how many each layer gives).
"""

from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

if TYPE_CHECKING:
    from labeller.methods.base import EpochData

# What belongs to the convolution before it: the probes of the papers sit behind the activation.
_FOLLOWING = (
    nn.BatchNorm2d,
    nn.GroupNorm,
    nn.InstanceNorm2d,
    nn.ReLU,
    nn.LeakyReLU,
    nn.ELU,
    nn.SiLU,
    nn.GELU,
)


class Encoder(Protocol):
    """What the features are read from."""

    def encode(self, images: Tensor) -> Tensor: ...

    def modules(self) -> Any:
        """All modules."""
        ...


def convolution_features(method: Encoder, images: Tensor) -> dict[str, Tensor]:
    """{conv1: (B,C1,H1,W1), ...} in the order in which `method.encode` runs its convolutions.

    Each is the output behind the norm and activation modules that follow at once. An activation
    that is called as a function is not seen, and the features are then those before it.
    """
    outputs: list[Tensor] = []
    open_layer = [False]

    def hook(module: nn.Module, _: object, output: Tensor) -> None:
        if isinstance(module, nn.Conv2d):
            outputs.append(output)
            open_layer[0] = True
        elif not isinstance(module, _FOLLOWING):
            open_layer[0] = False
        elif open_layer[0] and output.shape == outputs[-1].shape:
            outputs[-1] = output

    leaves = [part for part in method.modules() if not any(True for _ in part.children())]
    handles = [leaf.register_forward_hook(hook) for leaf in leaves]
    try:
        method.encode(images)
    finally:
        for handle in handles:
            handle.remove()
    return {f"conv{place}": values for place, values in enumerate(outputs, start=1)}


def checked_parts(parts: tuple[int, ...], features: int) -> list[int]:
    """The parts, one of all features where there are none; raises ValueError for another sum."""
    if parts and sum(parts) != features:
        raise ValueError(f"parts must have {features} features together, got {sum(parts)}")
    return list(parts or (features,))


def unit_layers(features: Tensor, parts: list[int]) -> Tensor:
    """Features (B,F) float32 with those of each layer brought to length 1: none decides alone."""
    layers: Any = features.float().split(parts, dim=1)
    return torch.cat([F.normalize(layer, dim=1) for layer in layers], dim=1)


def first_rows(data: "EpochData", most: int) -> Tensor | None:
    """At most so many features (n,F) from the first batches of this process; None without any."""
    batches: list[Tensor] = []
    for features in data.batches():
        batches.append(features)
        if sum(map(len, batches)) >= most:
            break
    return torch.cat(batches)[:most] if batches else None
