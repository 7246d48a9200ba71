"""`feature-prediction`: the figures and the table of "Pretraining Image Encoders without
Reconstruction via Feature Prediction Loss".

The six procedures by data set and size of the latent z: performance of the best of seven small
networks on the latents (by its validation loss), seconds of a training epoch, and one against the
other (Figs. 6-8, Table I). Besides, cells `speed` train all six in turns, a few steps each, since a
machine is not as fast in one hour as in the next: with the networks and batches of the trainings,
and with the paper's networks in batches of several sizes (it gives none). At the scale `paper` the
lander is placed too (section III-A), on the pictures of examples/lunar_lander.
"""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from labeller.config.paths import data_folder
from labeller.errors import DataError
from labeller.evaluation.mlp import mlp_grid
from labeller.evaluation.positions import RUNS, on_screen, read_run
from labeller.experiments.reproduce.data import Pictures, images_of
from labeller.experiments.reproduce.experiment import Bench, Cell, Scale
from labeller.experiments.reproduce.feature_prediction.report import (
    LANDER,
    PAPER,
    PROCEDURES,
    summarise,
)
from labeller.experiments.reproduce.trained import (
    build,
    fit,
    halves,
    latents,
    loss_weights,
    seconds_per_epoch,
    with_stem,
)
from labeller.methods import registry

ROLLOUTS, STEPS = 700, 150  # of one of the three runs of the lander


def cells(scale: Scale, seeds: Sequence[int], weights: str | None = None) -> list[Cell]:
    """For each seed and data set the procedures by size of the latent, and their speed by batch."""
    base = with_stem(PAPER.settings(scale), weights)
    sources, sizes, speed = base.pop("sources"), base.pop("latents"), base.pop("speed")
    method, rows = base.pop("method"), {}
    for source in sources:
        label, shared = Path(source).stem, {**base, "source": source}
        if source == LANDER:
            shared["flight"] = {"rollouts": ROLLOUTS, "steps": STEPS}
        for latent, procedure in product(sizes, PROCEDURES):
            config = {**method, "latent": latent}
            settings = {**shared, "procedure": procedure, "method": config}
            rows[f"{label}-z{latent}-{procedure}"] = settings
        own = {**method, "latent": sizes[len(sizes) // 2]}
        timed = [("speed", {**own, **speed["method"]}, batch) for batch in speed["batch_sizes"]]
        if speed["method"]:
            timed.insert(0, ("speed-own", own, base["training"]["batch_size"]))
        for kind, config, batch in timed:
            turns = {"images": speed["images"], "turns": speed["turns"], "batch_size": batch}
            settings = {**shared, "procedure": "speed", "method": config, "speed": turns}
            rows[f"{label}-{kind}-b{batch}"] = settings
    return Cell.seeded(rows, seeds)


def measure(settings: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """One procedure's performance and time, or the time of all six in turns."""
    if settings["procedure"] == "speed":
        return _speed(settings, bench)
    seed, images = settings["seed"], _images(settings, bench)
    method = _built(settings, settings["procedure"], images)
    history = fit(method, images, settings["training"], bench, seed)
    train, test = (
        (latents(method, seen, bench.device), labels) for seen, labels in _labelled(settings, bench)
    )
    grid = mlp_grid(
        train,
        test,
        epochs=settings["mlp_epochs"],
        seed=seed,
        device=bench.device,
        report=bench.report,
    )
    losses = [record["validation_loss"] for record in history]
    return {
        "score": grid.score,
        "chosen": list(grid.chosen),
        "epoch": losses.index(min(losses)) + 1,
        "seconds_per_epoch": seconds_per_epoch(history),
        "loss_weights": loss_weights(method),
    }


def _speed(settings: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Seconds that each procedure takes for some images, all six in turns.

    The first turn warms up. `shares`: the median over the turns of a procedure's seconds divided
    by those of I-I-PS in the same turn.
    """
    images, asked = _images(settings, bench), settings["speed"]
    part = _unlabelled(images.path, images.images[images.train[: asked["images"]]])
    methods = {name: _built(settings, name, part) for name in PROCEDURES}
    config = {"epochs": 1, "batch_size": asked["batch_size"], "learning_rate": 1e-3}
    seconds: dict[str, list[float]] = {name: [] for name in PROCEDURES}
    for _ in range(asked["turns"]):
        for name, method in methods.items():
            (record,) = fit(method, part, config, bench, settings["seed"])
            seconds[name].append(record["seconds"])
    kept = {name: np.array(taken[1:]) for name, taken in seconds.items()}
    return {
        "images": len(part.images),
        "seconds": {name: float(np.median(taken)) for name, taken in kept.items()},
        "shares": {name: float(np.median(taken / kept["i-i-ps"])) for name, taken in kept.items()},
    }


def _built(settings: dict[str, Any], procedure: str, images: Pictures) -> Any:
    name, preset = registry.chosen(f"feature-prediction:{procedure}")
    return build(name, {**settings["method"], **preset}, images, settings["seed"])


def _images(settings: dict[str, Any], bench: Bench) -> Pictures:
    """What the procedure is trained on: the training images, or the lander's first run."""
    if settings["source"] != LANDER:
        return images_of(settings, bench)
    path, images, _ = _run(settings, bench, 1)
    return _unlabelled(path, images)


def _unlabelled(path: Path, images: np.ndarray) -> Pictures:
    """Images (N,H,W,C), all to train on."""
    rows = np.arange(len(images))
    return Pictures(path, images, np.full(len(images), -1), rows, rows[:0], [])


def _labelled(
    settings: dict[str, Any], bench: Bench
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Images with classes (n,), or with the lander's positions (n,2), to learn from and to test.

    The lander's second and third run, without the images where it is outside of the picture.
    """
    if settings["source"] != LANDER:
        return halves(_images(settings, bench))

    learn, test = (on_screen(*_run(settings, bench, number)[1:]) for number in (2, 3))
    return learn, test


def _run(
    settings: dict[str, Any], bench: Bench, number: int
) -> tuple[Path, np.ndarray, np.ndarray]:
    """File, images and positions of one of the lander's three runs, in the folder of data sets.

    Raises DataError where it is not there, or is not of the flights that the settings name.
    """
    path = data_folder(bench.data_dir) / LANDER / f"{RUNS[number - 1]}.npz"
    flight = settings["flight"]
    how = f"examples/lunar_lander/render.py --rollouts {flight['rollouts']}"
    how += f" --steps {flight['steps']} makes it"
    if not path.exists():
        raise DataError(f"there is no {path}; {how}")
    images, positions = read_run(path)
    if len(images) != flight["rollouts"] * flight["steps"]:
        raise DataError(f"{path} must be of other flights, got {len(images)} images; {how}")
    return path, images, positions


EXPERIMENT = PAPER.experiment(cells, measure, summarise)
