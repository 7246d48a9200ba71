"""The jobs that train: from scratch, and again with the weighted labels of a round."""

import time
from pathlib import Path

import numpy as np
from sqlalchemy import func, select

from labeller.config import RoundConfig
from labeller.evaluation.scores import accuracy
from labeller.evaluation.targets import read_targets
from labeller.events import Progress
from labeller.jobs.labels import taught_labels
from labeller.jobs.rounds import open_round
from labeller.jobs.task import Task
from labeller.store.classes import merged_labels
from labeller.store.files import read_arrays, remove_tree, write_array
from labeller.store.schema import Job, Model, ProjectClass, Round, now


def train(task: Task) -> dict:
    """Trains a method on the images alone, then opens a round on its latents."""
    from labeller.methods import registry
    from labeller.methods.base import ImageShape
    from labeller.training import train as fit

    config, number = task.config, task.arguments["model"]
    images = task.images
    shape = ImageShape(images.channels, images.height, images.width)
    method = registry.build(
        config.method, config.method_config, shape, _classes(task), seed=config.train.seed
    )
    seconds: dict[str, float] = {}
    if not task.model(number).finished:
        started = time.monotonic()
        fit(
            method,
            images.images,
            config.train.model_copy(update={"device": task.device(config.train.device)}),
            index=images.train,
            folder=_checkpoints(task, number),
            resume=task.job.attempts > 1,
            report=task.report,
        )
        seconds["train"] = time.monotonic() - started
        seconds |= _finish_model(task, number, method, config, labelled=False)
    opened = open_round(task, number, config)
    return {"model": number, **opened, "seconds": {**seconds, **opened["seconds"]}}


def retrain(task: Task) -> dict:
    """Trains the round's model on with the propagated labels (Eq. 4) and finishes the round."""
    config, number, taught_by = task.config, task.arguments["model"], task.arguments["round"]
    seconds: dict[str, float] = {}
    if not task.model(number).finished:
        started = time.monotonic()
        method = _teach(task, config, number, taught_by)
        seconds["retrain"] = time.monotonic() - started
        seconds |= _finish_model(task, number, method, config, labelled=True)
    result = {"model": number, "metrics": _finish_round(task, number, taught_by, seconds)}
    if task.arguments["next_round"]:
        opened = open_round(task, number, config)
        seconds |= opened["seconds"]
        result |= {"round": opened["round"], "cards": opened["cards"]}
    return {**result, "seconds": seconds}


def _teach(task: Task, config: RoundConfig, number: int, taught_by: int):
    from labeller.training import load_method
    from labeller.training import train as fit

    taught = taught_labels(task, taught_by)
    with task.store.read() as session:
        query = select(Round.model).where(
            Round.project_id == task.project_id, Round.number == taught_by
        )
        before = session.scalar(query)
    # A fresh copy: the warm one belongs to the round that is still being asked about.
    method = load_method(task.folder.model(int(before or 0)))
    method.set_classes(_classes(task))
    settings = config.train.model_copy(
        update={
            "epochs": config.retrain.epochs,
            "learning_rate": config.retrain.learning_rate,
            "device": task.device(config.train.device),
            "seed": config.train.seed + taught_by,
        }
    )
    fit(
        method,
        task.images.images,
        settings,
        labels=taught.labels,
        weights=taught.weights,
        gamma=config.retrain.gamma,
        index=taught.index,
        folder=_checkpoints(task, number),
        resume=task.job.attempts > 1,
        report=task.report,
    )
    return method


def _finish_model(task: Task, number: int, method, config: RoundConfig, *, labelled: bool) -> dict:
    """Weights, latents and, once it has seen labels, predictions of every image."""
    from labeller.rounds.encode import classify, encode
    from labeller.training import save_method

    folder, device = task.folder.model(number), task.device(config.train.device)
    started = time.monotonic()
    save_method(method, folder)
    images = task.images.images
    latents = encode(method, images, device=device, report=task.report)
    write_array(folder / "latents.npy", latents)
    if labelled:
        chances = classify(method, images, device=device, report=task.report)
        write_array(folder / "predictions.npy", chances.argmax(1).astype(np.int64))
        write_array(folder / "certainty.npy", chances.max(1).astype(np.float32))
    seconds = {"encode": time.monotonic() - started}
    with task.store.write() as session:
        query = select(Model).where(Model.project_id == task.project_id, Model.number == number)
        row = session.scalars(query).one()
        row.finished, row.seconds = True, seconds
        row.config = config.model_dump(mode="json")
    remove_tree(_checkpoints(task, number))
    return seconds


def _finish_round(task: Task, model: int, taught_by: int, seconds: dict) -> dict[str, float]:
    """Scores the round's labels and its classifier; the round is read-only from here."""
    task.report(Progress("evaluate", 0, 1))
    propagation = read_arrays(task.folder.propagation(taught_by))
    predictions = np.load(task.folder.model(model) / "predictions.npy")
    train, test = task.images.train, task.images.test
    with task.store.read() as session:
        merged = merged_labels(session, task.project_id)
    labels, predictions = merged.apply(propagation["labels"])[train], merged.apply(predictions)
    found: dict[str, float | None] = {"coverage": float((labels >= 0).mean())}
    targets = read_targets(task.folder.data)
    if targets is not None:
        targets = merged.apply(targets)
        found["propagated_accuracy"] = accuracy(labels, targets[train])
        found["test_accuracy"] = accuracy(predictions[test], targets[test])
        found["train_accuracy"] = accuracy(predictions[train], targets[train])
    metrics = {name: value for name, value in found.items() if value is not None}
    with task.store.write() as session:
        query = select(Round).where(Round.project_id == task.project_id, Round.number == taught_by)
        row = session.scalars(query).one()
        row.state, row.metrics, row.finished_at = "finished", metrics, now()
        row.seconds = {**row.seconds, **seconds}
    return metrics


def _classes(task: Task) -> int:
    """The number of classes when the job first started: its checkpoints are made for that many."""
    if "classes" in task.arguments:
        return task.arguments["classes"]
    with task.store.write() as session:
        query = select(func.count()).where(ProjectClass.project_id == task.project_id)
        count = max(1, session.scalar(query) or 0)
        row = session.get(Job, task.job.id)
        if row is not None:
            row.arguments = {**row.arguments, "classes": count}
    return count


def _checkpoints(task: Task, number: int) -> Path:
    return task.folder.model(number) / "checkpoints"
