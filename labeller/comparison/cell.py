"""One cell of a comparison: train a method, then measure all that its latent is good for."""

import json
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from labeller.comparison.measure import Measurement, probe_score
from labeller.comparison.plan import Cell, CompareConfig, record_head
from labeller.comparison.stems import weights_digest
from labeller.comparison.subject import Subject, scorable, thinned
from labeller.comparison.trend import line_of_best_fit
from labeller.config import TrainConfig
from labeller.encoders import spelling
from labeller.events import Progress, Report, silent
from labeller.methods import registry
from labeller.methods.base import ImageShape, Method
from labeller.methods.loss_networks import FilledLossNetwork
from labeller.rounds.encode import encode
from labeller.runtime import measured_on
from labeller.training import train

SUPERVISED_GAMMA = 1.0
ACCURACIES = "accuracies.json"  # beside the checkpoint: the linear probe after each epoch


def run_cell(
    cell: Cell,
    config: CompareConfig,
    subject: Subject,
    *,
    device: str = "auto",
    checkpoints: Path | None = None,
    report: Report = silent,
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The record of a cell, ready for JSON, and its arrays (maps, pictures, class sizes).

    With `checkpoints`, an interrupted training goes on from there, if it had the loss network that
    ships now and the features of the same encoder.
    """
    method = build_method(cell, config, subject)
    for digest in (stem_of(method), config.features.get(cell.method, "")):
        if digest and checkpoints is not None:
            checkpoints = checkpoints / digest
    curve = _Curve(config, subject, method, device, report, checkpoints)
    labels = subject.targets if method.needs_labels else None
    if method.needs_labels and labels is None:
        raise ValueError(
            f"{cell.label} learns from labels, and these images bring too few along: two classes "
            "to learn and one image to test"
        )
    started = time.monotonic()
    history = train(
        method,
        subject.images,
        _training_of(method, config).model_copy(update={"seed": cell.seed, "device": device}),
        index=subject.train,
        features=subject.features,
        labels=labels,
        gamma=SUPERVISED_GAMMA if method.needs_labels else 0.0,
        folder=checkpoints,
        resume=checkpoints is not None,
        report=curve.report,
    )
    spent, started = time.monotonic() - started, time.monotonic()
    measured = Measurement(method, cell, config, subject, device)
    measured.run(report)
    accuracies = curve.accuracies
    record = {
        **record_head(cell, config, "done"),
        "encoder": spelling(config.encode) if method.reads == "features" else "",
        "stem": stem_of(method),
        "title": method.title,
        "latent": measured.dimensions,
        "scores": measured.scores,
        "answers": measured.answers,
        "curve": [{**each, "accuracy": accuracies.get(int(each["epoch"]))} for each in history],
        "fit": _fit(accuracies),
        "seconds": {**_seconds(history, spent), "evaluate": time.monotonic() - started},
        "parameters": sum(each.numel() for each in method.parameters()),
        "config": method.config.model_dump(mode="json"),
        **measured_on(device),
    }
    return record, measured.arrays


def _seconds(history: list[dict[str, float]], spent: float) -> dict[str, float | None]:
    """Of an epoch (median) and of all, without the probes in between; `spent` without epochs."""
    each = [record["seconds"] for record in history]
    return {"epoch": median(each) if each else None, "train": sum(each) if each else spent}


def _training_of(method: Method, config: CompareConfig) -> TrainConfig:
    """The training of all runs; one whose labels are its own has no images held out."""
    return config.train.model_copy(update={"validation": 0.0}) if method.relabels else config.train


def build_method(cell: Cell, config: CompareConfig, subject: Subject) -> Method:
    """The untrained method of a cell; raises ValueError for an unknown name, preset or setting."""
    head = f"{cell.method}:{cell.preset}" if cell.preset else cell.method
    name, preset = registry.chosen(head)
    fields = registry.get(name).Config.model_fields
    shared = {key: value for key, value in config.settings.items() if key in fields}
    layers = {"parts": subject.parts} if registry.has_parts(name) else {}
    settings = {**layers, **preset, **shared, **dict(cell.settings)}
    size = registry.size_field(name)
    if cell.latent is not None and size is not None:
        settings[size] = cell.latent
    _, height, width, channels = subject.images.shape
    features = 0 if subject.features is None else subject.features.shape[1]
    shape = ImageShape(channels, height, width, features)
    return registry.build(name, settings, shape, subject.classes, seed=cell.seed)


def stem_of(method: Method) -> str:
    """The mark of the shipped file of weights that the method's loss network has; "" for none.

    Before a training nobody knows whether weights can be downloaded: the stem may take their place.
    """
    network = next((each for each in method.modules() if isinstance(each, FilledLossNetwork)), None)
    if network is None:
        return ""
    used = network.settled(network.config).loss_weights
    return "" if network.filled and used == "torchvision" else weights_digest(used)


class _Curve:
    """Probes the latent at the end of epochs, in between the training's own events.

    The accuracies stand in `folder`, beside the checkpoint, so that a training that goes on from
    there knows those of its earlier epochs.
    """

    def __init__(
        self,
        config: CompareConfig,
        subject: Subject,
        method: Method,
        device: str,
        report: Report,
        folder: Path | None = None,
    ) -> None:
        self.config, self.subject, self.method = config, subject, method
        self.device, self._report = device, report
        self.path = None if folder is None else folder / ACCURACIES
        self.accuracies = _kept(self.path)
        self.train = thinned(subject.train, config.sample, "probe/train")
        self.test = thinned(subject.test, config.sample, "probe/test")

    def report(self, event: Progress) -> None:
        """Pass the event on; after every so many epochs, measure first."""
        every = self.config.probe_every
        due = event.milestone and event.stage == "train" and every and event.done % every == 0
        targets = self.subject.targets
        if due and targets is not None and scorable(targets[self.train], targets[self.test]):
            accuracy = self._accuracy(targets)
            self.accuracies[event.done] = accuracy
            self._keep()
            event = replace(event, metrics={**event.metrics, "accuracy": accuracy})
        self._report(event)

    def _keep(self) -> None:
        """Write the accuracies, whole or not at all."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(f"{self.path.name}.new")
        part.write_text(json.dumps(self.accuracies), encoding="utf-8")
        part.replace(self.path)

    def _accuracy(self, targets: np.ndarray) -> float:
        values = self.subject.read_by(self.method)
        seen, held_out = (
            encode(self.method, values[rows], device=self.device)
            for rows in (self.train, self.test)
        )
        labels, truth = targets[self.train], targets[self.test]
        return probe_score((seen, labels), (held_out, truth), self.device)


def _kept(path: Path | None) -> dict[int, float]:
    """The accuracy after each epoch that a file holds; none where there is no such file."""
    if path is None or not path.exists():
        return {}
    return {int(epoch): float(share) for epoch, share in json.loads(path.read_text()).items()}


def _fit(accuracies: dict[int, float]) -> dict[str, float] | None:
    trend = line_of_best_fit(list(accuracies), list(accuracies.values()))
    return None if trend is None else {"m": trend.m, "k": trend.k}
