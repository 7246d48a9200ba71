"""Where a classifier of few labelled images should start from, on images of one's own."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from labeller.config import TrainConfig
from labeller.data.images import ImageStore
from labeller.data.ingest import ingest
from labeller.errors import DataError
from labeller.evaluation.targets import read_targets
from labeller.events import Progress, Report, silent
from labeller.experiments.initialisation.classifier import STARTS, compare_starts
from labeller.methods import registry
from labeller.methods.base import ImageShape
from labeller.methods.symmetric_dae import SymmetricDAE
from labeller.runtime import device_name, drawn, resolve_device, versions
from labeller.training import train

MOST = 10_000  # test images, drawn by the seed
FEWEST = 2  # images that a classifier can be fine-tuned with


def starts_benchmark(
    source: str,
    *,
    labelled: Sequence[int] = (100, 250),
    seeds: Sequence[int] = (0,),
    config: dict[str, Any] | None = None,
    pretraining: TrainConfig | None = None,
    tuning: TrainConfig | None = None,
    size: int | None = None,
    data_dir: Path | None = None,
    report: Report = silent,
) -> dict[str, Any]:
    """Train `symmetric-dae` (settings `config`) without labels, then a classifier from its encoder
    and from random weights on `labelled` images each, per seed.

    Returns {"scores": [{seed, start, labelled, accuracy}], "mean": {start: {labelled: accuracy}},
    ...}; accuracies are of the test images. Raises DataError where the images bring no classes, or
    no test images, ValueError for numbers out of range.
    """
    labelled, seeds = tuple(dict.fromkeys(labelled)), tuple(dict.fromkeys(seeds))
    if min(seeds) < 0:
        raise ValueError(f"a seed must be 0 or more, got {min(seeds)}")
    if min(labelled) < FEWEST:
        raise ValueError(f"labelled must be {FEWEST} or more, got {min(labelled)}")
    before = pretraining or TrainConfig(epochs=12, batch_size=128, learning_rate=1e-3)
    after = tuning or TrainConfig(epochs=30, batch_size=64, learning_rate=1e-3)
    scores: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="labeller-") as scratch:
        folder = Path(scratch) / "images"
        ingest(source, folder, size=size, data_dir=data_dir, report=report)
        store = ImageStore(folder)
        training = _labelled(store, max(labelled))
        shape = ImageShape(store.channels, store.height, store.width)
        for seed in seeds:
            test = _tested(store, seed)
            made = registry.build("symmetric-dae", config or {}, shape, 1, seed=seed)
            assert isinstance(made, SymmetricDAE)
            message = f"seed {seed}: the autoencoder, without labels"
            report(Progress("starts", message=message, milestone=True))
            train(made, training[0], before.model_copy(update={"seed": seed}), report=report)
            measured = compare_starts(
                made,
                training,
                test,
                after.model_copy(update={"seed": seed}),
                labelled=labelled,
                report=report,
            )
            fields = ("start", "labelled", "accuracy")
            scores += [
                {"seed": seed, **{name: getattr(one, name) for name in fields}} for one in measured
            ]
    return {
        "source": Path(source).name,
        "method": made.config.model_dump(mode="json"),
        "pretraining": before.model_dump(mode="json", exclude={"seed"}),
        "tuning": after.model_dump(mode="json", exclude={"seed"}),
        "seeds": list(seeds),
        "scores": scores,
        "mean": {start: _means(scores, start) for start in STARTS},
        "device_name": device_name(resolve_device(before.device)),
        "versions": versions(),
    }


def _labelled(store: ImageStore, most: int) -> tuple[np.ndarray, np.ndarray]:
    """The training images and their classes, of which `most` must be known."""
    targets = read_targets(store.folder)
    if targets is None or not (targets[store.train] >= 0).any():
        raise DataError("a comparison of starts needs images with classes: name class folders")
    if not (targets[store.test] >= 0).any():
        raise DataError("a comparison of starts needs test images with classes, got none")
    count = int((targets[store.train] >= 0).sum())
    if most > count:
        raise ValueError(
            f"labelled must be at most {count} (training images with a class), got {most}"
        )
    return store.images[store.train], targets[store.train]


def _tested(store: ImageStore, seed: int) -> tuple[np.ndarray, np.ndarray]:
    targets = read_targets(store.folder)
    assert targets is not None
    rows = drawn(store.test[targets[store.test] >= 0], MOST, seed, "starts/test")
    return store.images[rows], targets[rows]


def _means(scores: list[dict[str, Any]], start: str) -> dict[str, float]:
    own = [one for one in scores if one["start"] == start]
    return {
        str(count): fmean(one["accuracy"] for one in own if one["labelled"] == count)
        for count in dict.fromkeys(one["labelled"] for one in own)
    }
