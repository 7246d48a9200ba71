"""Doubted answers of a project: found, asked again once, and left alone then."""

import pytest

from labeller import service
from labeller.records import Answer
from labeller.store.files import read_arrays
from labeller.ui.label.grid import apply_log
from labeller.ui.label.grid.payload import card_data
from labeller.ui.widgets.pieces.ledger import Ledger
from tests.doubted import one_wrong_answer


@pytest.fixture
def wrong(store):
    return one_wrong_answer(store)


def found(store, node):
    return next(
        (issue for issue in service.label_issues(store, "digits") if issue.node == node), None
    )


def test_the_wrong_answer_is_found_and_a_better_one_settles_it(store, wrong):
    node, right, said = wrong
    issue = found(store, node)
    assert (issue.label, issue.instead) == (said, right)
    assert 0.3 <= issue.probability <= 1
    assert issue.reason.startswith(f"Please check {said}: ")
    service.answer(store, "digits", node, Answer("label", right, 0.9))
    assert found(store, node) is None
    assert service.card(store, "digits", node).answer.label == right


def test_an_answer_with_many_marks_is_not_doubted(store, wrong):
    node, _, said = wrong
    marks = service.card(store, "digits", node).shown
    service.answer(store, "digits", node, Answer("label", said, 0.9, wrong=marks[:3]))
    assert found(store, node) is not None
    service.answer(store, "digits", node, Answer("label", said, 0.9, wrong=marks[:4]))
    assert found(store, node) is None


def test_another_confidence_is_no_second_look(store, wrong):
    node, _, said = wrong
    service.answer(store, "digits", node, Answer("label", said, 0.8))
    assert found(store, node) is not None
    service.answer(store, "digits", node, Answer("label", said, 0.8), check=True)
    assert found(store, node) is None


def test_undoing_the_second_look_brings_the_doubt_back(store, wrong):
    node, _, said = wrong
    service.answer(store, "digits", node, Answer("label", said, 0.9), check=True)
    assert found(store, node) is None
    service.undo(store, "digits")
    assert found(store, node) is not None


def test_a_confirmation_from_the_page_is_kept_and_not_asked_a_third_time(store, wrong):
    node, _, said = wrong
    project = service.project(store, "digits")
    given = len(service.answers(store, "digits"))
    entry = {"seq": 1, "node": node, "kind": "label", "label": said, "confidence": 0.9}
    log = {"client": "tab", "entries": [{**entry, "check": True}]}
    for _ in range(2):  # a browser that lost the connection sends its log to a new session
        apply_log(Ledger(), store, project, log)
    assert len(service.answers(store, "digits")) == given + 1
    assert service.card(store, "digits", node).answer.label == said
    assert found(store, node) is None


def test_a_split_of_the_card_is_no_label_to_doubt(store, work, wrong):
    node, _, _ = wrong
    service.answer(store, "digits", node, Answer("split", split=2))
    work()
    assert found(store, node) is None
    parts = [card.node for card in service.cards(store, "digits") if card.depth == 1]
    assert len(parts) == 2
    folder = store.project_folder(service.project(store, "digits").id)
    round_ = service.current_round(store, "digits").number
    paths = list(folder.round(round_).glob(f"nodes/{node}.*-a*.npz"))
    assert ["neighbours" in read_arrays(path) for path in paths] == [True, True]


def test_the_card_says_why(store, wrong):
    node, _, _ = wrong
    card = service.card(store, "digits", node)
    assert card_data(card)["doubt"] is None
    reason = found(store, node).reason
    assert card_data(card, reason)["doubt"] == reason


def test_without_a_round_nothing_is_doubted(tmp_path):
    store = service.open_store(tmp_path)
    service.create_project(store, "empty", "digits")
    assert service.label_issues(store, "empty") == []
    store.close()
