"""A trained method over whole arrays, batch by batch: the one loop from uint8 to what it says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from labeller.methods.base import Method
from labeller.runtime import resolve_device
from labeller.training.batches import as_tensor, to_float

Result = TypeVar("Result")


@contextmanager
def evaluating(method: Method) -> Iterator[None]:
    """Evaluation mode for a while: batch statistics are neither used nor changed."""
    training = method.training
    method.eval()
    try:
        yield
    finally:
        method.train(training)


@torch.inference_mode()
def evaluated(
    method: Method,
    function: Callable[[Tensor], Result],
    values: np.ndarray,
    *,
    device: str,
    size: int,
) -> Iterator[Result]:
    """`function` of each batch of at most `size` of the values, in their order, without gradients.

    It gets images (N,H,W,C) uint8 as (B,C,H,W) float32 in [0,1], and features (N,F) float16 as
    (B,F) float32, on `device`, where the method is moved to.
    """
    place = resolve_device(device)
    method.to(place)
    with evaluating(method):
        for part in as_tensor(values).split(max(1, size)):
            there = part.to(place)
            features = there.ndim == 2
            yield function(
                there.float() if features else to_float(there.permute(0, 3, 1, 2).contiguous())
            )
