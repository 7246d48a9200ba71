"""From the words of a script to an answer that the service stores."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from labeller import service
from labeller.errors import StateError
from labeller.records import Answer, Card, ProjectView
from labeller.service.api.question import Question
from labeller.store import Store


def said_of(
    project: ProjectView, label: str | None, confidence: float | None, split: int | None, skip: bool
) -> Answer:
    """The answer that was meant; raises ValueError unless it is exactly one of the three.

    Without a `confidence` a label is certain.
    """
    if (label is not None) + (split is not None) + bool(skip) != 1:
        raise ValueError("give exactly one of label, split and skip")
    if label is not None:
        sure = 1.0 if confidence is None else confidence
        return Answer("label", label=class_number(project, label), confidence=sure)
    if confidence not in (None, 1.0):
        raise ValueError(f"confidence belongs to a label, got {confidence} without one")
    return Answer("skip") if split is None else Answer("split", split=split)


def marked(
    said: Answer,
    card: Card,
    confidence: float | None,
    *,
    wrong: Sequence[int],
    only: Sequence[int],
) -> Answer:
    """The answer with marks on its card; "all but these" is as sure as they are many."""
    made = replace(said, wrong=tuple(wrong), only=tuple(only))
    if made.wrong and confidence is None:
        return replace(made, confidence=card.share_unmarked(made.wrong))
    return made


def node_of(store: Store, project: int, question: Question | str | int) -> str:
    """The node that is meant; raises StateError for a question that is no longer asked."""
    if not isinstance(question, Question):
        return str(question)
    current = service.current_round(store, project)
    if current is None or current.number != question.round:
        raise StateError(
            f"round {question.round}, which asked about cluster {question.node}, is over; "
            "ask() has the questions of the open round, if there is one"
        )
    if not np.array_equal(service.card(store, project, question.node).members, question.members):
        raise StateError(
            f"cluster {question.node} has other images than when it was asked about; ask() again"
        )
    return question.node


def give(store: Store, project: int, node: str, said: Answer, expert: str) -> Answer:
    """Stores the answer; a label for an answer that is doubted settles the doubt."""
    stored = service.answer(store, project, node, said, expert=expert, check=None)
    if said.kind == "split" or said.wrong:
        service.ensure_worker(store)  # for the parts, or for the rest
    return stored


def class_number(project: ProjectView, label: object) -> int:
    """The number of the class of that name, in capitals or not.

    A number is refused: with classes called "1", "2", "3" it could mean two of them.
    """
    known = ", ".join(one.name for one in project.classes) or "it has none yet"
    rule = f"label must be the name of a class of {project.name} ({known})"
    if not isinstance(label, str):
        raise ValueError(f"{rule}, got {label!r}")
    for fold in (str, str.casefold):
        for one in project.classes:
            if fold(one.name) == fold(label):
                return one.label
    raise ValueError(f"{rule}, got {label!r}: add it with add_class first")
