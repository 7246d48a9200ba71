"""Features by layer of the encoder, for methods whose setting `parts` says how many each gives."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


def checked_parts(parts: tuple[int, ...], features: int) -> list[int]:
    """The parts, one of all features where there are none; raises ValueError for another sum."""
    if parts and sum(parts) != features:
        raise ValueError(f"parts must have {features} features together, got {sum(parts)}")
    return list(parts or (features,))


def unit_layers(features: Tensor, parts: list[int]) -> Tensor:
    """Features (B,F) float32 with those of each layer brought to length 1: none decides alone."""
    layers: Any = features.float().split(parts, dim=1)
    return torch.cat([F.normalize(layer, dim=1) for layer in layers], dim=1)
