"""One process of a training among those that train together: device, precision, and its rank."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True)
class Rank:
    """Process `number` of `count`; `precision` is `32-true` or `bf16-mixed`."""

    device: torch.device
    precision: str
    number: int = 0
    count: int = 1

    def autocast(self) -> AbstractContextManager[object]:
        """Where the network runs: in bf16 if the precision says so."""
        if self.precision != "bf16-mixed":
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    def wrapped(self, module: nn.Module) -> nn.Module:
        """The module such that its gradients are averaged over the processes."""
        if self.count == 1:
            return module
        devices = [self.device] if self.device.type == "cuda" else None
        # A method may leave out a part of itself, as the head is without labels.
        return DistributedDataParallel(module, devices, find_unused_parameters=True)

    def reduced(self, values: Tensor, how: Literal["sum", "max", "mean"]) -> Tensor:
        """Sum, maximum or mean of the values of all processes."""
        if self.count == 1:
            return values
        values = values.contiguous().clone()
        operation = distributed.ReduceOp.MAX if how == "max" else distributed.ReduceOp.SUM
        distributed.all_reduce(values, operation)
        return values / self.count if how == "mean" else values
