"""Answers about images that were selected, on a map or one by one, and not about a card."""

from collections.abc import Sequence

import numpy as np

from labeller.errors import StateError
from labeller.records import Answer
from labeller.records.numbers import image_numbers
from labeller.service.answering import checked_class
from labeller.service.classes import class_of
from labeller.service.lookup import (
    ProjectLike,
    asking_round,
    image_store,
    reading,
    refuse_while_active,
    writing,
)
from labeller.service.naming import person_name
from labeller.store import Store, schema, selections
from labeller.store.project_rows import Entry, ProjectRows, append, logged


def label_images(
    store: Store,
    project: ProjectLike,
    images: Sequence[int] | np.ndarray,
    label: int | None,
    *,
    confidence: float = 1.0,
    place: str = "Explore",
    expert: str = "me",
    entry: Entry | None = None,
    new_class: str | None = None,
) -> Answer:
    """Gives each of `images` (numbers, in any order) the class `label`, or sets them aside (None):
    they get no label, are not taught and are asked about no more; it is committed when this
    returns, and taken back with `undo` by its number.

    `place`: where they were selected, in a word. Up to 200 images count as looked at one by one,
    and stand against what is said of their clusters, now and in later rounds. More do not change a
    label that an image was given itself. A later answer about an image stands against an earlier.
    `entry`, `new_class`: as of `answer`.

    Raises ValueError for no image, for numbers that are none of an image, for held-out images,
    whose labels are never given by answers, and for an unknown class; StateError without an open
    round, or while it is being retrained with.
    """
    said = Answer("exclude" if label is None else "label", label, confidence)
    numbers, expert = _numbers(images), person_name(expert)
    with writing(store, project) as rows:
        if (there := logged(rows.answers, entry)) is not None:
            return rows.answer(there)
        refuse_while_active(rows, "answer", "retrain", "cluster")
        round_ = asking_round(rows)
        _check_images(store, rows, numbers)
        if new_class is not None:
            said = Answer("label", class_of(rows, new_class), confidence)
        elif label is not None:
            checked_class(rows, said.label)
        stored = append(
            rows,
            schema.Answer,
            entry,
            round=round_.number,
            node_key=selections.new_key(),
            node=place.strip() or "Explore",
            kind=said.kind,
            label=said.label,
            confidence=said.confidence if said.kind == "label" else 0.0,
            expert=expert,
            size=len(numbers),
            images=selections.pack(numbers),
        )
        assert stored is not None  # nobody else writes since `logged` was asked
        return rows.answer(stored)


def images_of_answer(store: Store, project: ProjectLike, number: int) -> np.ndarray:
    """Numbers (n,) of the images of a selection that stands; empty for another answer."""
    with reading(store, project) as rows:
        found = (one for one in selections.selections(rows) if one.answer.number == number)
        return next((one.images for one in found), np.zeros(0, np.int64))


def set_aside(store: Store, project: ProjectLike) -> np.ndarray:
    """Numbers (n,) of the images that are set aside."""
    with reading(store, project) as rows:
        return selections.set_aside(rows)


def _numbers(images: Sequence[int] | np.ndarray) -> np.ndarray:
    numbers = image_numbers("images", images)
    if not numbers:
        raise ValueError("images must be at least one, got none")
    return np.array(numbers, np.int64)


def _check_images(store: Store, rows: ProjectRows, numbers: np.ndarray) -> None:
    images = image_store(store, rows.project)
    if numbers[0] < 0 or numbers[-1] >= images.count:
        strange = numbers[0] if numbers[0] < 0 else numbers[-1]
        raise ValueError(f"images must be between 0 and {images.count - 1}, got {strange}")
    held_out = np.setdiff1d(numbers, images.train)
    if len(held_out):
        raise StateError(
            f"{len(held_out)} of the images are held out for testing and never get a label from"
            f" answers, such as {images.names[int(held_out[0])]}; leave them out"
        )
