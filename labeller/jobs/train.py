"""The jobs that train: from scratch, and again with the weighted labels of a round."""

import importlib
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import select

from labeller.config import RoundConfig
from labeller.encoders import encoder_of
from labeller.encoders.identity import IDENTITY, identity
from labeller.evaluation.scores import accuracy
from labeller.evaluation.targets import read_targets
from labeller.events import Progress
from labeller.jobs.catalogue import check_method
from labeller.jobs.cluster import open_round
from labeller.jobs.features import features_of, read_by
from labeller.jobs.kinds import RetrainPayload, TrainPayload
from labeller.jobs.task import Task
from labeller.jobs.taught_labels import TaughtLabels, taught_labels
from labeller.jobs.teach_student import teach_student
from labeller.rounds.spaces import space_of
from labeller.store.classes import merged_labels
from labeller.store.files import read_array, read_labels, remove_tree, write_array, write_json
from labeller.store.schema import Model, Round, now

if TYPE_CHECKING:
    from labeller.methods.base import Method

# What the next model's own classifier says, and its student's checkpoint, are not carried over.
OF_THE_CLASSIFIER = (
    *("predictions.npy", "certainty.npy", "weights.safetensors", "method.json", IDENTITY),
)


def train(task: Task, payload: TrainPayload) -> dict[str, Any]:
    """Trains a method on the images alone, then opens a round on its latents."""
    from labeller.methods import registry
    from labeller.methods.base import ImageShape
    from labeller.training import train as fit

    config, number = task.config(payload), payload.model
    seconds: dict[str, float] = {}
    started = time.monotonic()
    features = features_of(task, config)
    if features is not None:
        seconds["features"] = time.monotonic() - started
    count = 0 if features is None else features.shape[1]
    check_method(config, count)
    images = task.images
    shape = ImageShape(images.channels, images.height, images.width, count)
    settings = config.method_config
    if registry.has_parts(config.method):
        settings = {"parts": encoder_of(config.encode).parts, **settings}
    method = registry.build(config.method, settings, shape, task.classes, seed=config.train.seed)
    if not task.model(number).finished:
        started = time.monotonic()
        _import_beside(space_of(config.embed).slow_import if method.trainable else "")
        fit(
            method,
            images.images,
            config.train.model_copy(update={"device": task.device(config.train.device)}),
            features=features,
            index=images.train,
            folder=_checkpoints(task, number),
            resume=task.job.attempts > 1,
            report=task.report,
        )
        seconds["train"] = time.monotonic() - started
        seconds |= _encode(task, number, method, config)
        _finish_model(task, number, config, seconds)
    opened = open_round(task, number, config)
    return {"model": number, **opened, "seconds": {**seconds, **opened["seconds"]}}


def retrain(task: Task, payload: RetrainPayload) -> dict[str, Any]:
    """Trains with the propagated labels and finishes the round.

    The method's network goes on with Eq. 4, unless it is to stay as it is or has nothing to train;
    a student learns from the same labels where the settings ask for one.
    """
    config, number, taught_by = task.config(payload), payload.model, payload.round
    seconds: dict[str, float] = {}
    if not task.model(number).finished:
        started = time.monotonic()
        labels = taught_labels(task, taught_by)
        before = task.round(taught_by).model
        if not config.retrain.epochs or not _trainable(task, before):
            seconds |= _keep_network(task, number, before, labels)
        elif not (task.folder.model(number) / "latents.npy").exists():
            method = _teach(task, config, payload, before, labels)
            seconds["retrain"] = time.monotonic() - started
            seconds |= _encode(task, number, method, config)
        if config.student.use:
            started = time.monotonic()
            teach_student(
                task, config, model=number, before=before, taught_by=taught_by, labels=labels
            )
            seconds["student"] = time.monotonic() - started
        seconds |= write_predictions(task, number, config)
        _finish_model(task, number, config, seconds)
    result = {"model": number, "metrics": _finish_round(task, number, taught_by, seconds)}
    if payload.next_round:
        opened = open_round(task, number, config)
        seconds |= opened["seconds"]
        result |= {"round": opened["round"], "cards": opened["cards"]}
    return {**result, "seconds": seconds}


def _import_beside(module: str) -> None:
    """Imports it in a thread, so that the training hides the seconds that it takes."""
    if module:
        threading.Thread(target=importlib.import_module, args=(module,), daemon=True).start()


def _trainable(task: Task, model: int) -> bool:
    from labeller.training import load_method

    return load_method(task.folder.model(model)).trainable


def _teach(
    task: Task, config: RoundConfig, payload: RetrainPayload, before: int, labels: TaughtLabels
) -> "Method":
    from labeller.training import load_method
    from labeller.training import train as fit

    # A fresh copy: the warm one belongs to the round that is still being asked about.
    method = load_method(task.folder.model(before))
    method.set_classes(task.classes)
    settings = config.train.model_copy(
        update={
            "epochs": config.retrain.epochs,
            "learning_rate": config.retrain.learning_rate,
            "device": task.device(config.train.device),
            "seed": config.train.seed + payload.round,
        }
    )
    fit(
        method,
        task.images.images,
        settings,
        features=features_of(task, config),
        labels=labels.labels,
        weights=labels.weights,
        gamma=config.retrain.gamma,
        index=labels.index,
        folder=_checkpoints(task, payload.model),
        resume=task.job.attempts > 1,
        report=task.report,
    )
    return method


def _keep_network(task: Task, number: int, before: int, labels: TaughtLabels) -> dict[str, float]:
    """The network of `before` again, with a head that knows the labels."""
    from labeller.rounds.linear_student import fit_head
    from labeller.training import load_method, save_method

    started, folder = time.monotonic(), task.folder.model(number)
    task.report(Progress("head", 0, 1, "teaching the classifier"))
    _carry_over(task.folder.model(before), folder)
    method = load_method(task.folder.model(before))
    method.set_classes(task.classes)
    latents = read_array(folder / "latents.npy", "r")
    rows = labels.index
    fit_head(method, latents[rows], labels.labels[rows], labels.weights[rows])
    save_method(method, folder)
    return {"head": time.monotonic() - started}


def _carry_over(before: Path, after: Path) -> None:
    """The network of a model as that of the next one, with all that was computed from it."""
    after.mkdir(parents=True, exist_ok=True)
    for file in before.iterdir():
        if file.is_file() and file.name not in OF_THE_CLASSIFIER:
            target = after / file.name
            target.unlink(missing_ok=True)
            try:
                target.hardlink_to(file)  # no file is ever changed in place
            except OSError:  # a file system without links
                shutil.copyfile(file, target)


def _encode(task: Task, number: int, method: "Method", config: RoundConfig) -> dict[str, float]:
    """Stores weights and latents of every image."""
    from labeller.training import save_method

    started = time.monotonic()
    save_method(method, task.folder.model(number))
    write_latents(task, number, method, config)
    remove_tree(_checkpoints(task, number))
    return {"encode": time.monotonic() - started}


def write_latents(task: Task, number: int, method: "Method", config: RoundConfig) -> None:
    """Stores the latents of every image by the method of a model."""
    from labeller.rounds.encode import encode

    device = task.device(config.train.device)
    latents = encode(method, read_by(method, task, config), device=device, report=task.report)
    write_array(task.folder.model(number) / "latents.npy", latents)


def write_predictions(task: Task, number: int, config: RoundConfig) -> dict[str, float]:
    """Stores what the classifier says of every image: the student, or the method's own head."""
    from labeller.rounds.encode import classify
    from labeller.training import load_method

    folder, device = task.folder.model(number), task.device(config.train.device)
    started = time.monotonic()
    classifier = load_method(task.folder.classifier(number))
    values = read_by(classifier, task, config)
    if classifier.reads == "features":
        seen_by = identity(config.encode).model_dump(mode="json")
        write_json(task.folder.classifier(number) / IDENTITY, seen_by)
    probabilities = classify(classifier, values, device=device, report=task.report)
    write_array(folder / "predictions.npy", probabilities.argmax(1).astype(np.int64))
    write_array(folder / "certainty.npy", probabilities.max(1).astype(np.float32))
    return {"predict": time.monotonic() - started}


def _finish_model(task: Task, number: int, config: RoundConfig, seconds: dict[str, float]) -> None:
    with task.store.write() as session:
        query = select(Model).where(Model.project_id == task.project_id, Model.number == number)
        row = session.scalars(query).one()
        row.finished, row.seconds = True, dict(seconds)
        row.config = config.model_dump(mode="json")
    remove_tree(_checkpoints(task, number))


def _finish_round(
    task: Task, model: int, taught_by: int, seconds: dict[str, float]
) -> dict[str, float]:
    """Scores the round's labels and its classifier; the round is read-only from here."""
    task.report(Progress("evaluate", 0, 1))
    propagation = read_labels(task.folder.propagation(taught_by), task.images.count)
    predictions = read_array(task.folder.model(model) / "predictions.npy")
    train, test = task.images.train, task.images.test
    with task.store.read() as session:
        merged = merged_labels(session, task.project_id)
    labels, predictions = merged.apply(propagation["labels"])[train], merged.apply(predictions)
    scores: dict[str, float | None] = {"coverage": float((labels >= 0).mean())}
    targets = read_targets(task.folder.data)
    if targets is not None:
        targets = merged.apply(targets)
        scores["propagated_accuracy"] = accuracy(labels, targets[train])
        scores["test_accuracy"] = accuracy(predictions[test], targets[test])
        scores["train_accuracy"] = accuracy(predictions[train], targets[train])
        if task.folder.classifier(model) != task.folder.model(model):
            head = merged.apply(_said_by_head(task, model))
            scores["head_accuracy"] = accuracy(head[test], targets[test])
    metrics = {name: value for name, value in scores.items() if value is not None}
    with task.store.write() as session:
        query = select(Round).where(Round.project_id == task.project_id, Round.number == taught_by)
        row = session.scalars(query).one()
        row.state, row.metrics, row.finished_at = "finished", metrics, now()
        row.seconds = {**row.seconds, **seconds}
    return metrics


def _said_by_head(task: Task, model: int) -> np.ndarray:
    """The classes (N,) that the softmax head of Eq. 4 reads in the latents, beside a student."""
    from labeller.training import load_method

    head = load_method(task.folder.model(model)).head
    latents = read_array(task.folder.model(model) / "latents.npy")
    logits = latents @ head.weight.detach().numpy().T + head.bias.detach().numpy()
    classes: np.ndarray = logits.argmax(axis=1).astype(np.int64)
    return classes


def _checkpoints(task: Task, number: int) -> Path:
    return task.folder.model(number) / "checkpoints"
