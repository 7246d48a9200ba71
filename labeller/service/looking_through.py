"""Looking through the labels of single images, those most likely wrong first. Numpy only."""

from collections.abc import Sequence

import numpy as np

from labeller.errors import StateError, UnknownNameError
from labeller.records import ImageLabel
from labeller.rounds.questions.label_orders import ORDERS, KnownLabels, LabelOrder
from labeller.rounds.questions.uncertainty import merged_belief
from labeller.service.lookup import ProjectLike, image_store, reading
from labeller.service.maps import point_labels
from labeller.store import Store
from labeller.store.files import lengthened, read_array
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import Model


def label_orders(store: Store, project: ProjectLike) -> dict[str, LabelOrder]:
    """The orders that the project's labels can be looked through in, by name."""
    with reading(store, project) as rows:
        taught = rows.newest_model(taught=True) is not None
    return {name: order for name, order in ORDERS.items() if taught or not order.classifier}


def doubtful_images(
    store: Store,
    project: ProjectLike,
    order: str = "weight",
    *,
    label: int | None = None,
    unseen: bool = True,
) -> np.ndarray:
    """Numbers (n,) of the labelled training images, in that order: those most likely wrong first.

    With `label` those of one class; `unseen`: without those that somebody looked at themselves.
    Raises UnknownNameError for another order, StateError where it needs a classifier.
    """
    if order not in ORDERS:
        raise UnknownNameError("order", order, ORDERS)
    now = point_labels(store, project)
    with reading(store, project) as rows:
        train, model = image_store(store, rows.project).train, rows.newest_model(taught=True)
        if ORDERS[order].classifier and model is None:
            raise StateError(f"the order {order} needs a classifier; retrain first")
        wanted = now["label"][train] >= 0
        if label is not None:
            wanted &= now["label"][train] == label
        if unseen:
            wanted &= ~now["looked"][train]
        images = train[wanted]
        known = _known(rows, model, now, images)
    found: np.ndarray = images[ORDERS[order].rows(known)] if len(images) else images
    return found


def image_labels(
    store: Store, project: ProjectLike, images: Sequence[int] | np.ndarray
) -> list[ImageLabel]:
    """What the answers so far, and the classifier, say of these images."""
    now = point_labels(store, project)
    with reading(store, project) as rows:
        stored, model = image_store(store, rows.project), rows.newest_model(taught=True)
        numbers = [int(image) for image in images]
        predicted, certainty = np.full(len(numbers), -1), np.zeros(len(numbers))
        if model is not None:
            predicted, certainty = _classified(rows, model, np.array(numbers, np.int64))
    return [
        ImageLabel(
            image=image,
            path=str(stored.names[image]),
            label=int(now["label"][image]),
            weight=float(now["weight"][image]),
            looked=bool(now["looked"][image]),
            aside=bool(now["aside"][image]),
            predicted=int(guess),
            certainty=float(sure),
        )
        for image, guess, sure in zip(numbers, predicted, certainty, strict=True)
    ]


def _known(
    rows: ProjectRows, model: Model | None, now: dict[str, np.ndarray], images: np.ndarray
) -> KnownLabels:
    labels, weights = now["label"][images], now["weight"][images]
    if model is None:
        return KnownLabels(labels, weights)
    predicted, certainty = _classified(rows, model, images)
    belief = _probabilities(rows, model, images, predicted, certainty)
    return KnownLabels(labels, weights, predicted, certainty, belief)


def _classified(
    rows: ProjectRows, model: Model, images: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The class (n,) that the classifier says, -1 for images added since, and how sure it is."""
    folder, count = rows.folder.model(model.number), rows.project.data.get("count", 0)
    predicted = lengthened(read_array(folder / "predictions.npy"), count, -1)
    certainty = lengthened(read_array(folder / "certainty.npy"), count, 0.0)
    return rows.merged.apply(predicted)[images], certainty[images]


def _probabilities(
    rows: ProjectRows,
    model: Model,
    images: np.ndarray,
    predicted: np.ndarray,
    certainty: np.ndarray,
) -> np.ndarray:
    """The probability (n, K) of each class: what the student believed in training, where it has
    seen the image, else its certainty, and the rest alike for the others.
    """
    classes = max(rows.names, default=0) + 1
    others = (1.0 - certainty) / max(1, classes - 1)
    probable = np.repeat(others[:, None], classes, axis=1)
    known = predicted >= 0
    probable[known, predicted[known]] = certainty[known]
    probable[~known] = 1.0 / classes
    path = rows.folder.student(model.number) / "belief.npy"
    if path.exists():
        count = rows.project.data.get("count", 0)
        belief = merged_belief(lengthened(read_array(path), count, 0), rows.merged.final)[images]
        seen = belief.sum(axis=1) > 0
        width = min(classes, belief.shape[1])  # a class may have been added since
        probable[seen] = 0.0
        probable[seen, :width] = belief[seen, :width]
    probable /= probable.sum(axis=1, keepdims=True)
    return probable
