"""The training set as a whole, for methods that look at all images at once or between epochs."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from labeller.training.batches import Batches
from labeller.training.ranks import Rank

BEYOND = 1 << 32  # more than any value that processes join


class WholeSet:
    """`EpochData` of one epoch: each process handles its share, and all know all results."""

    def __init__(
        self,
        rank: Rank,
        images: Batches,
        seed: int,
        seen: Callable[[int], None] = lambda done: None,
    ) -> None:
        """`seed` must be the same in every process; `seen` hears how many images a pass had."""
        self.rank, self.images, self.seed, self.seen = rank, images, seed, seen
        self.count, self.device = len(images.data), rank.device

    def batches(self) -> Iterator[Tensor]:
        for _, images in self._pass():
            yield images

    def apply(self, function: Callable[[Tensor], Tensor]) -> Tensor:
        values: Tensor | None = None
        with torch.no_grad(), self.rank.autocast():
            for index, images in self._pass():
                part = function(images)
                part = part.float() if part.is_floating_point() else part
                if values is None:
                    values = part.new_zeros(self.count, *part.shape[1:])
                values[index.to(part.device)] = part
        if values is None:
            raise ValueError(
                f"each of the {self.rank.count} processes needs a batch, got {self.count} images "
                f"in batches of {self.images.size}: train on fewer devices or with a smaller "
                "batch_size"
            )
        return self.rank.reduced(values, "sum")

    def joined(self, values: Tensor) -> Tensor:
        """What some process saw, -1 where none did; where several did, each of them in turn."""
        if self.rank.count == 1:
            return values
        largest = self.rank.reduced(self._ranked(values), "max")
        return torch.where(largest < 0, -1, largest % BEYOND)

    def _pass(self) -> Iterator[tuple[Tensor, Tensor]]:
        done = 0
        for index, images in self.images.everything(self.seed, self.rank.number, self.rank.count):
            yield index, images
            done += len(index)
            self.seen(done)

    def _ranked(self, values: Tensor) -> Tensor:
        """Values among which the largest is not always that of the largest class."""
        places = torch.arange(len(values), device=values.device)
        turn = (places + self.rank.number) % self.rank.count
        return torch.where(values < 0, -1, turn * BEYOND + values)

    def first(self, values: Tensor) -> Tensor:
        own = values if self.rank.number == 0 else torch.zeros_like(values)
        return self.rank.reduced(own, "sum")
