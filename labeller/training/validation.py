"""Held-out images: the weights that are kept are those of the epoch with the lowest loss on them.

"Pretraining Image Encoders without Reconstruction via Feature Prediction Loss", section VI.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from labeller.config import TrainConfig
from labeller.data.sealed import check
from labeller.methods.base import Batch, Method
from labeller.runtime import stream_seed
from labeller.training.batches import TrainingSet, epoch_seed, open_batches
from labeller.training.checkpoints import WEIGHTS, fill, load_method, remove_method, save_method
from labeller.training.ranks import Rank

BEST = "best"  # the folder of the best weights, beside the checkpoint
LOSS = "validation_loss"  # its name in the records of a training


def hold_out(data: TrainingSet, share: float, seed: int) -> tuple[TrainingSet, TrainingSet | None]:
    """The images to train on, and a share of them, drawn by the seed, to validate with.

    `share` in [0, 0.5]; None for the second where it is 0. Raises ValueError where either part
    would have fewer than two images.
    """
    if share == 0:
        return data, None
    count = round(share * len(data))
    if count < 2 or len(data) - count < 2:
        raise ValueError(
            f"validation {share:g} of {len(data)} images leaves fewer than 2 to validate or to "
            "train: use more images or no validation"
        )
    order = np.random.default_rng(stream_seed(seed, "validation")).permutation(len(data))
    return _part(data, np.sort(order[count:])), _part(data, np.sort(order[:count]))


class Validation:
    """The loss on held-out images after each epoch, and the weights where it was lowest."""

    def __init__(
        self, rank: Rank, method: Method, held: TrainingSet, config: TrainConfig, size: int
    ) -> None:
        """`size`: images of one batch. Raises ValueError for a method that makes targets of its
        training images: what it would lose on other images is not known.
        """
        if method.relabels:
            raise ValueError(
                f"validation must be 0 for {method.name}, which makes its own labels of the "
                "training images"
            )
        self.rank, self.method, self.seed = rank, method, config.seed
        self.batches = open_batches(held, rank.device, size)
        self._lowest, self._best = np.inf, dict[str, Tensor]()

    def measure(self, loss: Callable[[Batch], Tensor]) -> float:
        """Mean of `loss` over the held-out images, in evaluation mode and with the same random
        numbers after every epoch.
        """
        rank, ranks = self.rank.number, self.rank.count
        torch.manual_seed(stream_seed(self.seed, f"validation/noise/{rank}"))
        self.method.eval()
        total, seen = torch.zeros((), device=self.rank.device), 0
        with torch.no_grad():
            for batch in self.batches.epoch(epoch_seed(self.seed, "validation", 0), rank, ranks):
                total += loss(batch).float() * len(batch.images)
                seen += len(batch.images)
        return float(self.rank.reduced(total / max(1, seen), "mean"))

    def keep(self, loss: float, folder: Path | None) -> None:
        """Remember the present weights if `loss` is the lowest so far; also in `folder`."""
        if not loss < self._lowest:
            return
        self._lowest = loss
        state = self.method.state_dict()
        self._best = {name: value.detach().cpu().clone() for name, value in state.items()}
        if folder is not None and self.rank.number == 0:
            save_method(self.method, folder / BEST)

    def resume(self, history: list[dict[str, float]], folder: Path) -> None:
        """Go on from the best weights in `folder`, whose loss is the lowest of `history`."""
        self._lowest = min((record[LOSS] for record in history), default=np.inf)
        if history:
            self._best = load_method(folder / BEST).state_dict()

    def restore(self) -> None:
        fill(self.method, self._best)


def check_best(folder: Path) -> None:
    """Raises DamagedFileError where the best weights in `folder` cannot be gone on from."""
    if (folder / BEST).exists():
        check(folder / BEST / WEIGHTS)


def forget_best(folder: Path) -> None:
    """Delete the best weights of an earlier training."""
    remove_method(folder / BEST)


def _part(data: TrainingSet, places: np.ndarray) -> TrainingSet:
    return replace(
        data,
        rows=data.rows[places],
        labels=data.labels[places],
        weights=data.weights[places],
    )
