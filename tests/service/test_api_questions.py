"""Questions and answers of the Python API: their order, what they hold, and what is refused."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import labeller
from labeller import service
from labeller.jobs.worker import run_waiting
from labeller.records import LabelIssueView
from labeller.rounds.answer import Answer
from tests.conftest import label_all

DOCS = Path(__file__).resolve().parents[2] / "docs" / "python-api.md"


def test_questions_come_in_the_order_of_the_page(project: labeller.Project) -> None:
    cards = service.cards(project._store, "digits")
    asked = list(project.ask())
    assert [one.node for one in asked] == [card.node for card in cards]
    first, card = asked[0], cards[0]
    assert (first.size, first.medoid, first.round, first.suggested) == (
        card.size,
        card.medoid,
        1,
        None,
    )
    assert first.members.dtype == np.int64
    assert len(first.members) == first.size
    assert first.medoid in first.members
    assert first.decoded
    assert first.picture.shape == project.images.shape[1:]
    assert first.picture.dtype == np.uint8
    shown = [*first.near, *first.random, *first.far]
    assert (first.pictures == project.images[shown]).all()
    assert sum(one.size for one in asked) == project.status.train


def test_a_question_shows_its_card(project: labeller.Project) -> None:
    question = next(project.ask())
    assert repr(question).startswith(f"<Question {question.node} of round 1: {question.size:,} ")
    assert "data:image/png;base64," in question._repr_html_()
    with Image.open(io.BytesIO(question._repr_png_())) as picture:
        assert picture.width > picture.height > 100


def test_class_names_are_no_markup_of_a_notebook(project: labeller.Project) -> None:
    project.add_class("<b>")
    node = next(project.ask()).node
    project.answer(node, label="<b>")
    card = service.card(project._store, "digits", node)
    names = {one.label: one.name for one in project.status.classes}
    question = labeller.service.api.asking.question_of(
        project._store, project._id, 1, card, names, "because"
    )
    assert question.said == "<b>"
    assert "<b>&#x27;" not in question._repr_html_()
    assert "&lt;b&gt;" in question._repr_html_()


def test_an_answer_is_committed_when_it_returns(project: labeller.Project) -> None:
    question = next(project.ask())
    given = project.answer(question, label="7", confidence=0.8, expert="ada")
    with labeller.open("digits", workspace=project._store.folder) as other:
        (stored,) = service.answers(other._store, "digits")
        assert question.node not in [one.node for one in other.ask()]
    assert (stored.label, stored.confidence, stored.expert) == (7, 0.8, "ada")
    assert project.undo(given).node == question.node
    with pytest.raises(labeller.StateError, match="no answer to undo"):
        project.undo()


@pytest.mark.slow
def test_the_parts_of_a_split_come_in_the_one_order(project: labeller.Project) -> None:
    nodes = []
    for question in project.ask():
        nodes.append(question.node)
        if len(nodes) == 1:
            project.answer(question, split=3)
        elif question.node.count("."):
            project.answer(question, skip=True)
        # the others stay without an answer, and are asked once
    cards = [card.node for card in service.cards(project._store, "digits")]
    assert nodes == [nodes[0], *cards]
    assert sum(node.count(".") for node in nodes) == 3


def test_a_doubted_answer_is_asked_last_and_settled_by_a_label(
    project: labeller.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    label_all(project._store)
    node = service.cards(project._store, "digits")[3].node
    issues = [LabelIssueView(node, 3, 4, 0.5, "Please check 3.")]
    monkeypatch.setattr(service, "label_issues", lambda *_: issues)
    monkeypatch.setattr("labeller.service.answering.label_issues_of", lambda _: issues)
    (question,) = project.ask()
    assert (question.node, question.why, question.said) == (node, "Please check 3.", "3")
    assert project.answer(question, label="3", confidence=0.9).checked
    assert not project.answer("1", label="3").checked


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, "exactly one of label, split and skip"),
        ({"label": "7", "split": 3}, "exactly one of label, split and skip"),
        ({"label": "seven"}, r"a class of digits \(0, 1, .*got 'seven': add it with add_class"),
        ({"label": 7}, "must be the name of a class of digits .* got 7"),
        ({"label": "7", "confidence": 2}, "confidence must be between 0 and 1"),
        ({"skip": True, "confidence": 0.5}, "confidence belongs to a label"),
        ({"split": 1}, "between 2 and 50"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    project: labeller.Project, said: dict, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        project.answer(next(project.ask()), **said)
    assert service.answers(project._store, "digits") == []


def test_names_are_known_in_capitals_or_not_and_can_be_added(project: labeller.Project) -> None:
    project.add_class("Smudge")
    assert project.answer("1", label="smudge").label == 10
    assert project.classes[-1] == "Smudge"
    assert project.answer(2, label="Smudge").node == "2"


def test_a_question_whose_cluster_was_made_anew_is_not_mistaken(
    project: labeller.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = project._store
    monkeypatch.setattr(service, "ensure_worker", lambda store: run_waiting(store))
    parent = next(project.ask())
    project.answer(parent, split=2)
    part = next(one for one in project.ask() if one.node == f"{parent.node}.1")
    with pytest.raises(labeller.NotFoundError, match="the clusters are"):
        project.answer(parent, label="7")
    project.undo()
    service.answer(store, "digits", parent.node, Answer("split", split=5))
    run_waiting(store)
    with pytest.raises(labeller.StateError, match="other images than when it was asked"):
        project.answer(part, label="7")


@pytest.mark.slow
def test_the_loop_of_the_docs_answers_every_question(project: labeller.Project) -> None:
    text = DOCS.read_text(encoding="utf-8")
    (code,) = [
        block.partition("```")[0]
        for block in text.split("```python\n")
        if block.startswith("for question")
    ]
    exec(code, {"project": project})
    assert {card.state for card in service.cards(project._store, "digits")} == {"skipped"}
