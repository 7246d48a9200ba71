"""The training set as a whole, for methods that look at all images at once or between epochs."""

from collections.abc import Callable, Iterator
from typing import cast

import torch
from lightning_fabric import Fabric
from torch import Tensor

from labeller.training.batches import Batches

BEYOND = 1 << 32  # more than any value that processes join


class WholeSet:
    """`EpochData` of one epoch: each process handles its share, and all know all results."""

    def __init__(
        self,
        fabric: Fabric,
        images: Batches,
        seed: int,
        seen: Callable[[int], None] = lambda done: None,
    ) -> None:
        """`seed` must be the same in every process; `seen` hears how many images a pass had."""
        self.fabric, self.images, self.seed, self.seen = fabric, images, seed, seen
        self.count, self.device = len(images.data), fabric.device

    def batches(self) -> Iterator[Tensor]:
        """Images (B,C,H,W) in [0,1], of this process's share."""
        for _, images in self._pass():
            yield images

    def apply(self, function: Callable[[Tensor], Tensor]) -> Tensor:
        """(N,...) on the device, by index: `function` of batches of images (B,C,H,W)."""
        ranks = self.fabric.world_size
        values: Tensor | None = None
        with torch.no_grad(), self.fabric.autocast():
            for index, images in self._pass():
                part = function(images)
                part = part.float() if part.is_floating_point() else part
                if values is None:
                    values = part.new_zeros(self.count, *part.shape[1:])
                values[index.to(part.device)] = part
        if values is None:
            raise ValueError(
                f"each of the {ranks} processes needs a batch, got {self.count} images in batches "
                f"of {self.images.size}: train on fewer devices or with a smaller batch_size"
            )
        return self._reduced(values, "sum")

    def joined(self, values: Tensor) -> Tensor:
        """What some process saw, -1 where none did; where several did, each of them in turn."""
        if self.fabric.world_size == 1:
            return values
        found = self._reduced(self._ranked(values), "max")
        return torch.where(found < 0, -1, found % BEYOND)

    def _pass(self) -> Iterator[tuple[Tensor, Tensor]]:
        rank, ranks = self.fabric.global_rank, self.fabric.world_size
        done = 0
        for index, images in self.images.everything(self.seed, rank, ranks):
            yield index, images
            done += len(index)
            self.seen(done)

    def _ranked(self, values: Tensor) -> Tensor:
        """Values among which the largest is not always that of the largest class."""
        rank, ranks = self.fabric.global_rank, self.fabric.world_size
        turn = (torch.arange(len(values), device=values.device) + rank) % ranks
        return torch.where(values < 0, -1, turn * BEYOND + values)

    def first(self, values: Tensor) -> Tensor:
        """The values of the first process."""
        own = values if self.fabric.global_rank == 0 else torch.zeros_like(values)
        return self._reduced(own, "sum")

    def _reduced(self, values: Tensor, how: str) -> Tensor:
        if self.fabric.world_size == 1:
            return values
        return cast(Tensor, self.fabric.all_reduce(values.contiguous(), reduce_op=how))
