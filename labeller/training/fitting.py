"""A method without training: one look at the images takes the place of all epochs."""

import time
from pathlib import Path

import torch

from labeller.config import TrainConfig
from labeller.errors import TrainingError
from labeller.events import Progress, Report
from labeller.methods.base import Method
from labeller.training.batches import TrainingSet, epoch_seed, open_batches
from labeller.training.checkpoints import NotFiniteError, check_finite, remove_checkpoint
from labeller.training.ranks import Rank
from labeller.training.validation import forget_best
from labeller.training.whole import WholeSet

PERIOD = 0.3  # seconds between two progress events


def fit_once(
    method: Method,
    data: TrainingSet,
    config: TrainConfig,
    device: torch.device,
    folder: Path | None,
    report: Report,
) -> None:
    """Calls `method.fit` with all images of `data`, and leaves the method on `device`.

    Of `config` only batch size and seed count. Nothing is written to `folder`, where a checkpoint
    of an earlier training is deleted: who resumes fits again, with the same result. Raises what
    `fit` and `report` raise, and TrainingError for buffers that are not finite.
    """
    if folder is not None:
        remove_checkpoint(folder)
        forget_best(folder)
    told = _Told(method, len(data), report)
    method.to(device).eval()
    batches = open_batches(data, device, config.batch_size)
    whole = WholeSet(Rank(device, "32-true"), batches, epoch_seed(config.seed, "fit", 0), told.seen)
    told.tell(0)
    # The caller's random numbers stay as they were.
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(epoch_seed(config.seed, "noise/fit", 0))
        with torch.no_grad():
            method.fit(whole)
    method.eval()
    try:
        check_finite(method.state_dict())
    except NotFiniteError as error:
        raise TrainingError(f"{error} after {method.name} was fitted to the images") from error
    told.tell(len(data))


class _Told:
    """Says how far a pass over the images is, a few times a second."""

    def __init__(self, method: Method, total: int, report: Report) -> None:
        self.method, self.total, self.report = method, total, report
        self.last, self.passes, self.done = time.monotonic(), 1, 0

    def seen(self, done: int) -> None:
        """A pass has had `done` images."""
        if done <= self.done:
            self.passes += 1
        self.done = done
        if time.monotonic() - self.last > PERIOD:
            self.tell(done)

    def tell(self, done: int) -> None:
        self.last = time.monotonic()
        words = f"{self.method.name} is not trained: epochs have no effect"
        self.report(
            Progress(
                "fit",
                done=done,
                total=self.total,
                message=f"pass {self.passes}, {words}" if self.passes > 1 else words,
                notice=self.method.notice(),
            )
        )
