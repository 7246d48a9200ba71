"""The one training loop: every method, every device, every precision."""

import math
import time
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from labeller.config import TrainConfig
from labeller.errors import TrainingError
from labeller.events import Progress, Report, silent
from labeller.methods.base import Batch, Method
from labeller.runtime import quiet_fabric, resolve_device, resolve_precision
from labeller.training.batches import TrainingSet, epoch_seed, open_batches
from labeller.training.checkpoints import (
    NotFiniteError,
    load_checkpoint,
    remove_checkpoint,
    save_checkpoint,
)

PERIOD = 0.3  # seconds between two progress events, and between two looks at the loss


def train(
    method: Method,
    images: np.ndarray,
    config: TrainConfig,
    *,
    labels: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    gamma: float = 0.0,
    folder: Path | None = None,
    resume: bool = False,
    report: Report = silent,
    index: np.ndarray | None = None,
) -> list[dict[str, float]]:
    """Train `method` in place with Adam and return one record an epoch.

    Args:
        images: (N,H,W,C) uint8, may be memory-mapped.
        labels: (N,) int64, the experts' classes, -1 for none; None: no labels at all.
        weights: (N,) float32 in [0,1], how much each label counts; None: 1 for each.
        gamma: weight of the classification term of Eq. 4; 0 trains without labels.
        folder: where a checkpoint is written after each epoch; None: nowhere.
        resume: go on from the checkpoint in `folder`, if there is one. On a CPU the result is
            the same to the bit as that of a training that was never stopped.
        report: gets an event a few times a second and a milestone at each epoch's end. What it
            raises (JobCancelledError) ends the training; the last checkpoint stays.
        index: the rows of `images` to train on, all by default. `Batch.index` counts these rows.

    Returns: records {epoch (from 1), loss and its terms (means over the epoch, per image),
        images_per_second, seconds}, those before a resumption included.

    Raises:
        ValueError: an array does not fit the others or the method.
        TrainingError: the loss is no longer finite; the last good checkpoint stays.
        StateError: the checkpoint belongs to other settings.
    """
    data = _training_set(method, images, index, labels, weights, gamma)
    loop = _Loop(method, data, config, folder, report)
    return loop.run(resume)


class _Carried:
    """A batch that lightning-fabric leaves alone: it would round the images to bf16."""

    __slots__ = ("batch",)

    def __init__(self, batch: Batch) -> None:
        self.batch = batch


class _Step(nn.Module):
    """`method.loss` as a forward pass, which is what Fabric and torch.compile can wrap."""

    def __init__(self, method: Method) -> None:
        super().__init__()
        self.method = method

    def forward(self, carried: _Carried) -> dict[str, Tensor]:
        return self.method.loss(carried.batch)


class _Tally:
    """Sums of the loss terms of an epoch, kept on the device: reading them waits for it."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.seen = 0
        self.began = time.monotonic()
        self._sums: Tensor | None = None

    def add(self, terms: dict[str, Tensor], count: int) -> None:
        """The terms (means over `count` images) of one step."""
        part = torch.stack([term.detach() for term in terms.values()]) * count
        self._sums = part if self._sums is None else self._sums + part
        self.names, self.seen = list(terms), self.seen + count

    def means(self) -> Tensor:
        """(terms,) means per image so far."""
        assert self._sums is not None, "an epoch has at least one step"
        return self._sums / self.seen


class _Loop:
    """State of one training."""

    def __init__(
        self,
        method: Method,
        data: TrainingSet,
        config: TrainConfig,
        folder: Path | None,
        report: Report,
    ) -> None:
        self.method, self.data, self.config = method, data, config
        self.folder, self.report = folder, report
        self.fabric = _fabric(config)
        self.device = self.fabric.device
        memory = torch.channels_last if self.device.type == "cuda" else torch.preserve_format
        method.to(device=self.device, memory_format=memory).train()
        step = _Step(method)
        self.optimiser = torch.optim.Adam(
            method.parameters(),
            lr=config.learning_rate,
            fused=True if self.device.type in ("cpu", "cuda") else None,
        )
        wrapped = torch.compile(step) if config.compile else step
        self.step, self.stepper = self.fabric.setup(wrapped, self.optimiser)
        self.batches = open_batches(data, self.device, config.batch_size)
        self.ranks, self.rank = self.fabric.world_size, self.fabric.global_rank
        self.steps = self.batches.steps(self.ranks)
        self.history: list[dict[str, float]] = []

    def run(self, resume: bool) -> list[dict[str, float]]:
        """All epochs that are left."""
        self._restore(resume)
        self.began, self.first = time.monotonic(), len(self.history)
        cuda = [self.device] if self.device.type == "cuda" else []
        # The caller's random numbers stay as they were.
        with torch.random.fork_rng(devices=cuda):
            for epoch in range(self.first, self.config.epochs):
                record = self._epoch(epoch)
                self.history.append(record)
                self._keep()
                self._tell(len(self.history), record, milestone=True)
        self.method.eval()
        return self.history

    def _restore(self, resume: bool) -> None:
        if self.folder is None:
            return
        record = load_checkpoint(self.folder, self.method, self.optimiser) if resume else None
        if record is not None:
            self.history = record["history"]
        elif self.rank == 0:
            remove_checkpoint(self.folder)  # of an earlier training: nobody may resume from it

    def _epoch(self, epoch: int) -> dict[str, float]:
        seed = self.config.seed
        torch.manual_seed(epoch_seed(seed, f"noise/{self.rank}", epoch))
        self.method.start_epoch(epoch, self.config.epochs)
        self.method.train()
        tally = _Tally()
        told = tally.began
        order = epoch_seed(seed, "shuffle", epoch)
        for place, batch in enumerate(self.batches.epoch(order, self.rank, self.ranks)):
            self._set_rate(epoch * self.steps + place)
            tally.add(self._one_step(batch), len(batch.images))
            if time.monotonic() - told > PERIOD:
                metrics = self._measure(tally, epoch)
                self._tell(epoch + (place + 1) / self.steps, metrics)
                told = time.monotonic()
        return {"epoch": epoch + 1, **self._measure(tally, epoch, end=True)}

    def _one_step(self, batch: Batch) -> dict[str, Tensor]:
        terms = self.step(_Carried(batch))
        self.stepper.zero_grad()
        self.fabric.backward(terms["loss"])
        self.stepper.step()
        return terms

    def _set_rate(self, step: int) -> None:
        rate = self.config.learning_rate
        if self.config.schedule == "cosine":
            rate *= 0.5 * (1 + math.cos(math.pi * step / (self.config.epochs * self.steps)))
        for group in self.optimiser.param_groups:
            group["lr"] = rate

    def _measure(self, tally: "_Tally", epoch: int, *, end: bool = False) -> dict[str, float]:
        """Means of the loss terms and the speed so far; raises TrainingError if not finite."""
        values = tally.means()
        if end and self.ranks > 1:
            values = self.fabric.all_reduce(values, reduce_op="mean")
        means = dict(zip(tally.names, values.tolist(), strict=True))
        if not all(math.isfinite(value) for value in means.values()):
            raise TrainingError(self._breakdown(f"the loss became {means['loss']}", epoch))
        seconds = time.monotonic() - tally.began
        return {
            **means,
            "images_per_second": tally.seen * self.ranks / seconds,
            "seconds": seconds,
        }

    def _keep(self) -> None:
        if self.folder is None or self.rank != 0:
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
        if self.rank != 0:
            return
        total = self.config.epochs
        left = (time.monotonic() - self.began) / (done - self.first) * (total - done)
        self.report(
            Progress(
                "train",
                done=int(done),
                total=total,
                message=f"epoch {math.ceil(done)} of {total}",
                metrics={**metrics, "epoch": done, "seconds_left": left},
                milestone=milestone,
            )
        )


def _fabric(config: TrainConfig) -> Fabric:
    device = resolve_device(config.device)
    precision = resolve_precision(device, config.precision)
    quiet_fabric()
    devices = [device.index or 0] if device.type == "cuda" else 1
    return Fabric(accelerator=device.type, devices=devices, precision=precision)  # type: ignore[arg-type]


def _training_set(
    method: Method,
    images: np.ndarray,
    index: np.ndarray | None,
    labels: np.ndarray | None,
    weights: np.ndarray | None,
    gamma: float,
) -> TrainingSet:
    """The arguments as one record, or ValueError."""
    shape = method.shape
    wanted = (shape.height, shape.width, shape.channels)
    if images.dtype != np.uint8 or images.shape[1:] != wanted:
        raise ValueError(
            f"images must be uint8 of shape (N, {', '.join(map(str, wanted))}), as the method was "
            f"built for, got {images.dtype} of shape {images.shape}"
        )
    count = len(images)
    rows = np.arange(count) if index is None else np.asarray(index, dtype=np.int64)
    if len(rows) < 2:
        raise ValueError(f"training needs at least 2 images, got {len(rows)}")
    if rows.min() < 0 or rows.max() >= count:
        raise ValueError(
            f"index must be between 0 and {count - 1}, got {rows.min()} to {rows.max()}"
        )
    if not (math.isfinite(gamma) and gamma >= 0):
        raise ValueError(f"gamma must be 0 or more, got {gamma}")
    chosen = _aligned("labels", labels, count, -1)[rows].astype(np.int64)
    if chosen.min() < -1 or chosen.max() >= method.classes:
        raise ValueError(
            f"labels must be between -1 and {method.classes - 1}, "
            f"got {chosen.min()} to {chosen.max()}"
        )
    trust = _aligned("weights", weights, count, 1)[rows].astype(np.float32)
    if not ((trust >= 0) & (trust <= 1)).all():
        raise ValueError(f"weights must be between 0 and 1, got {trust.min()} to {trust.max()}")
    return TrainingSet(images, rows, chosen, trust, gamma)


def _aligned(name: str, values: np.ndarray | None, count: int, default: int) -> np.ndarray:
    if values is None:
        return np.full(count, default)
    if np.shape(values) != (count,):
        raise ValueError(
            f"{name} must have one entry for each of the {count} images, got {np.shape(values)}"
        )
    return np.asarray(values)
