"""The one training loop: every method, every device, every precision."""

import logging
import math
import time
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from labeller.config import TrainConfig
from labeller.errors import DamagedFileError, TrainingError
from labeller.events import Progress, Report, silent
from labeller.methods.base import Batch, Method
from labeller.training.batches import TrainingSet, epoch_seed, open_batches
from labeller.training.checkpoints import (
    NotFiniteError,
    load_checkpoint,
    remove_checkpoint,
    save_checkpoint,
)
from labeller.training.ranks import Rank
from labeller.training.validation import LOSS, Validation, check_best, forget_best, hold_out
from labeller.training.whole import WholeSet

log = logging.getLogger(__name__)

PERIOD = 0.3  # seconds between two progress events, and between two looks at the loss
MOMENTUM = 0.9  # of SGD
DROP = 0.1  # of the learning rate when the loss stalls, with schedule "plateau"
STALLED = 1e-3  # a loss that falls by less than this share does not count as falling


class _Step(nn.Module):
    """`method.loss` as a forward pass, which torch.compile and several processes can wrap."""

    def __init__(self, method: Method) -> None:
        super().__init__()
        self.method = method

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        return self.method.loss(batch)


class _Tally:
    """Sums of the loss terms of an epoch, kept on the device: reading them waits for it."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.seen = 0
        self.began = time.monotonic()
        self._sums: Tensor | None = None

    def add(self, terms: dict[str, Tensor], count: int) -> None:
        """The terms (means over `count` images) of one step."""
        part = torch.stack([term.detach().float() for term in terms.values()]) * count
        self._sums = part if self._sums is None else self._sums + part
        self.names, self.seen = list(terms), self.seen + count

    def means(self) -> Tensor:
        assert self._sums is not None, "an epoch has at least one step"
        return self._sums / self.seen


class Loop:
    """One training of one method, in one process or as one of several that train together."""

    def __init__(
        self,
        rank: Rank,
        method: Method,
        data: TrainingSet,
        config: TrainConfig,
        folder: Path | None = None,
        report: Report = silent,
    ) -> None:
        """Move method and images to the device; arguments are sound."""
        self.rank, self.method, self.config = rank, method, config
        self.folder, self.report = folder, report
        self.device = rank.device
        method.to(self.device).train()
        if self.device.type == "cuda":  # where all convolutions are faster so
            method.to(memory_format=torch.channels_last)
        self.optimiser = _optimiser(method, config, self.device)
        self.plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(
            self.optimiser, factor=DROP, patience=config.patience, threshold=STALLED
        )
        step = rank.wrapped(_Step(method))
        self.step = cast(nn.Module, torch.compile(step)) if config.compile else step
        size = max(2, config.batch_size // rank.count)
        data, held = hold_out(data, config.validation, config.seed)
        self.validation = Validation(rank, method, held, config, size) if held else None
        self.batches = open_batches(data, self.device, size)
        self.steps = self.batches.steps(rank.count)
        self.history: list[dict[str, float]] = []

    def run(self, resume: bool) -> list[dict[str, float]]:
        self._restore(resume)
        self.began, self.first = time.monotonic(), len(self.history)
        cuda = [self.device] if self.device.type == "cuda" else []
        # The caller's random numbers stay as they were.
        with torch.random.fork_rng(devices=cuda):
            if self.history:  # a kill after its checkpoint may have come before its event
                self._tell(self.first, self.history[-1], milestone=True)
            for epoch in range(self.first, self.config.epochs):
                record = self._epoch(epoch)
                self.history.append(record)
                self.plateau.step(record["loss"])  # counts only with schedule "plateau"
                if self.validation:  # before the checkpoint: a history must have its best weights
                    self.validation.keep(record[LOSS], self.folder)
                self._keep()
                self._tell(len(self.history), record, milestone=True)
        if self.validation:
            self.validation.restore()
        self.method.end_training()
        self.method.eval()
        return self.history

    def _restore(self, resume: bool) -> None:
        if self.folder is None:
            return
        record = None
        try:
            if resume:
                check_best(self.folder)
                record = load_checkpoint(self.folder, self.method, self.optimiser)
        except DamagedFileError as error:
            log.warning("%s; the training begins anew", error)
        if record is not None:
            self.history = record["history"]
            for past in self.history:  # the scheduler knows nothing but the losses
                self.plateau.step(past["loss"])
            if self.validation:
                self.validation.resume(self.history, self.folder)
        elif self.rank.number == 0:
            remove_checkpoint(self.folder)  # of an earlier training: nobody may resume from it
            forget_best(self.folder)

    def _epoch(self, epoch: int) -> dict[str, float]:
        seed = self.config.seed
        torch.manual_seed(epoch_seed(seed, f"noise/{self.rank.number}", epoch))
        tally = _Tally()
        told = tally.began
        whole = WholeSet(self.rank, self.batches, epoch_seed(seed, "method", epoch))
        drawn = self.method.start_epoch(epoch, self.config.epochs, whole)
        self._check_drawn(drawn)
        self.method.train()
        order = epoch_seed(seed, "shuffle", epoch)
        batches = self.batches.epoch(order, self.rank.number, self.rank.count, drawn)
        for place, batch in enumerate(batches):
            self._set_rate(epoch * self.steps + place)
            tally.add(self._one_step(batch), len(batch.images))
            if time.monotonic() - told > PERIOD:
                metrics = self._measure(tally, epoch)
                self._tell(epoch + (place + 1) / self.steps, metrics)
                told = time.monotonic()
        record = {"epoch": epoch + 1, **self._measure(tally, epoch, end=True)}
        self.method.end_epoch(epoch, self.config.epochs, whole)
        if self.validation:
            record[LOSS] = self.validation.measure(lambda batch: self._terms(batch)["loss"])
        return record

    def _check_drawn(self, drawn: Tensor | None) -> None:
        count = len(self.batches.data)
        if drawn is not None and drawn.shape != (count,):
            raise ValueError(
                f"start_epoch of {self.method.name} must return None or one index for each of the "
                f"{count} images, got {tuple(drawn.shape)}"
            )

    def _one_step(self, batch: Batch) -> dict[str, Tensor]:
        terms = self._terms(batch)
        if not terms["loss"].requires_grad:
            raise TrainingError(
                f"the loss of {self.method.name} depends on no parameter that can change: a method "
                "whose network stays as it is must set trainable = False"
            )
        self.optimiser.zero_grad()
        terms["loss"].float().backward()
        self.optimiser.step()
        return terms

    def _terms(self, batch: Batch) -> dict[str, Tensor]:
        with self.rank.autocast():
            terms: dict[str, Tensor] = self.step(batch)
            return terms

    def _set_rate(self, step: int) -> None:
        if self.config.schedule == "plateau":
            return  # the scheduler has set it between the epochs
        rate, done = self.config.learning_rate, step / (self.config.epochs * self.steps)
        if self.config.schedule == "cosine":
            rate *= 0.5 * (1 + math.cos(math.pi * done))
        elif self.config.schedule == "linear":
            rate *= 1 - done
        for group in self.optimiser.param_groups:
            group["lr"] = rate

    def _measure(self, tally: "_Tally", epoch: int, *, end: bool = False) -> dict[str, float]:
        """Means of the loss terms and the speed so far; raises TrainingError if not finite."""
        values = self.rank.reduced(tally.means(), "mean") if end else tally.means()
        means = dict(zip(tally.names, values.tolist(), strict=True))
        if not all(math.isfinite(value) for value in means.values()):
            raise TrainingError(self._breakdown(f"the loss became {means['loss']}", epoch))
        seconds = time.monotonic() - tally.began
        return {
            **means,
            "images_per_second": tally.seen * self.rank.count / seconds,
            "seconds": seconds,
        }

    def _keep(self) -> None:
        if self.folder is None or self.rank.number != 0:
            return
        progress = {
            "epoch": len(self.history),
            "history": self.history,
            "train": self.config.model_dump(mode="json"),
        }
        try:
            save_checkpoint(self.folder, self.method, self.optimiser, progress)
        except NotFiniteError as error:
            epoch = len(self.history) - 1
            raise TrainingError(self._breakdown(str(error), epoch)) from error

    def _breakdown(self, what: str, epoch: int) -> str:
        kept = (
            "no checkpoint was written yet"
            if self.folder is None or epoch == 0
            else f"the checkpoint of epoch {epoch} is kept"
        )
        return (
            f"{what} in epoch {epoch + 1} of {self.config.epochs}; {kept}. Train with a learning "
            f"rate below {self.config.learning_rate:g}, or with precision 32-true"
        )

    def _tell(self, done: float, metrics: dict[str, float], *, milestone: bool = False) -> None:
        if self.rank.number != 0:
            return
        total = self.config.epochs
        metrics = {**metrics, "epoch": done}
        if done > self.first:  # else nothing is known of the speed yet
            spent = time.monotonic() - self.began
            metrics["seconds_left"] = spent / (done - self.first) * (total - done)
        self.report(
            Progress(
                "train",
                done=int(done),
                total=total,
                message=f"epoch {math.ceil(done)} of {total}",
                metrics=metrics,
                milestone=milestone,
                notice=self.method.notice(),
            )
        )


def _optimiser(method: Method, config: TrainConfig, device: torch.device) -> torch.optim.Optimizer:
    fused = True if device.type in ("cpu", "cuda") else None
    rate, decay = config.learning_rate, config.weight_decay
    if config.optimiser == "sgd":
        return torch.optim.SGD(
            method.parameters(), rate, momentum=MOMENTUM, weight_decay=decay, fused=fused
        )
    return torch.optim.Adam(method.parameters(), rate, weight_decay=decay, fused=fused)
