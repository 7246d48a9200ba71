"""What an exported classifier says of itself: all that is needed to use it, and how good it is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from labeller.config import RoundConfig
from labeller.data.sealed import read_record
from labeller.data.squares import FIT
from labeller.encoders.identity import read_identity
from labeller.evaluation.intervals import wilson
from labeller.service.auditing import audit_report
from labeller.service.lookup import image_store, reading
from labeller.service.results import confusion
from labeller.store import Store
from labeller.store.schema import Model, Project

FORMAT = 1
NOT_MEASURED = {
    "measured": "none",
    "how": "No held-out images with known classes, and no audit: how good it is, is not known.",
}
ON_TEST = (
    "Share of right classes among held-out images of the same source, whose true classes are known "
    "and which no answer taught; low and high: 95 % Wilson interval."
)
BY_AUDIT = (
    "Share of right classes among images drawn at random from those to label, which a person "
    "looked at one by one; low and high: 95 % Wilson interval."
)


def model_card(store: Store, row: Project, model: Model) -> dict[str, Any]:
    """The card of a taught model: plain values for JSON.

    `classes` has a name per output of the network; outputs of classes that were merged share one.
    """
    folder = store.project_folder(row.id).classifier(model.number)
    record = read_record(folder / "weights.safetensors")
    encoder, images = read_identity(folder), image_store(store, row)
    with reading(store, row.id) as rows:
        answers = sum(answer.round <= (model.taught_by or 0) for answer in rows.given())
    return {
        "format": FORMAT,
        "project": row.name,
        "source": Path(row.source).name,
        "classes": output_names(store, row, model),
        "method": {"name": record["method"], "config": record["config"]},
        "reads": "features" if encoder else "images",
        "preprocessing": {
            "fit": FIT if encoder else images.fit,
            "size": encoder.size if encoder else images.height,
            "channels": images.channels,
            "how": "Upright by EXIF, transparency on white, then a square of `size` by `fit` "
            "(bicubic), grey where `channels` is 1; an encoder sees RGB, grey repeated.",
        },
        "encoder": encoder.model_dump(mode="json") if encoder else None,
        "taught": {"round": model.taught_by, "answers": answers, **_teaching(record, model)},
        "labels": _labels(model),
        "accuracy": _accuracy(store, row, model),
        "versions": record["versions"],
    }


def output_names(store: Store, row: Project, model: Model) -> list[str]:
    """The name of the class of each output of a taught model; merged classes share one."""
    folder = store.project_folder(row.id).classifier(model.number)
    record = read_record(folder / "weights.safetensors")
    with reading(store, row.id) as rows:
        # A class that was added since is unknown to these weights.
        return list(rows.names.values())[: record["classes"]]


def _teaching(record: Mapping[str, Any], model: Model) -> dict[str, Any]:
    """Who learnt from the labels, and with which settings: those of others say nothing of it."""
    config, name = RoundConfig.model_validate(model.config), record["method"]
    seed = {"seed": config.train.seed}
    if name == "linear-student":
        return {"by": "student", "settings": {"choose": config.student.choose, **seed}}
    if name == "student":
        learnt = config.student.model_dump(exclude={"use", "choose"})
        return {"by": "student", "settings": {**learnt, **seed}}
    return {"by": "retraining", "settings": {**config.retrain.model_dump(), **seed}}


def _labels(model: Model) -> dict[str, Any]:
    """How the labels came about: the method whose space was clustered is not the classifier."""
    config = RoundConfig.model_validate(model.config)
    return {
        "method": {"name": config.method, "config": config.method_config},
        **{part: getattr(config, part).model_dump() for part in ("embed", "cluster", "propagate")},
    }


def _accuracy(store: Store, row: Project, model: Model) -> list[dict[str, Any]]:
    """What is known of how good the classifier is, and from where."""
    found: list[dict[str, Any]] = []
    matrix = confusion(store, row.id, "test")
    if matrix is not None:
        right, asked = int(np.trace(matrix.to_numpy())), int(matrix.to_numpy().sum())
        found.append(_share("test", right, asked, ON_TEST))
    report = audit_report(store, row.id)
    for estimate in report.rounds if report is not None else ():
        if estimate.round == model.taught_by:
            found.append(_share("audit", estimate.right, estimate.asked, BY_AUDIT))
    return found or [NOT_MEASURED]


def _share(measured: str, right: int, asked: int, how: str) -> dict[str, Any]:
    low, high = wilson(right, asked)
    shares = {"accuracy": right / asked, "low": low, "high": high}
    return {
        "measured": measured,
        **{name: round(share, 6) for name, share in shares.items()},
        "images": asked,
        "how": how,
    }
