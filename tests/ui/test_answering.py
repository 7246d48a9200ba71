"""The log of the grid becomes answers in the store: in order, once each, and failures are told."""

import pytest

from labeller import service
from labeller.ui.label.grid.answering import apply_log, order
from labeller.ui.widgets.pieces.ledger import Ledger


@pytest.fixture
def project(store):
    return service.project(store, "digits")


@pytest.fixture
def nodes(store, project):
    return [card.node for card in service.cards(store, project)]


def entry(seq, node, kind="label", **values):
    if kind == "label":
        values = {"label": 3, "confidence": 0.8, **values}
    return {"seq": seq, "node": node, "kind": kind, "expert": "ann", **values}


def log(*entries, client="tab"):
    return {"client": client, "entries": list(entries)}


def test_entries_are_committed_in_order(store, project, nodes):
    ledger = Ledger()
    apply_log(ledger, store, project, log(entry(2, nodes[1], label=5), entry(1, nodes[0])))
    given = service.answers(store, project)
    assert [(a.node, a.label, a.confidence, a.expert) for a in given] == [
        (nodes[0], 3, 0.8, "ann"),
        (nodes[1], 5, 0.8, "ann"),
    ]
    assert ledger.applied == {"tab": 2}
    assert order(store, project) == nodes[:2]


def test_a_log_sent_twice_changes_nothing(store, project, nodes):
    sent = log(entry(1, nodes[0]), entry(2, nodes[1], "skip"))
    ledger = Ledger()
    apply_log(ledger, store, project, sent)
    apply_log(ledger, store, project, sent)
    # A new session after a restart has an empty ledger, and the browser sends all again.
    apply_log(Ledger(), store, project, sent)
    assert len(service.answers(store, project)) == 2


def test_undo_revokes_once(store, project, nodes):
    apply_log(Ledger(), store, project, log(entry(1, nodes[0]), entry(2, nodes[1])))
    undo = log(entry(3, nodes[1], "undo"))
    ledger = Ledger()
    apply_log(ledger, store, project, undo)
    assert order(store, project) == nodes[:1]
    apply_log(Ledger(), store, project, undo)
    assert order(store, project) == nodes[:1]
    assert not ledger.failed


def test_undo_does_not_take_another_tabs_answer(store, project, nodes):
    apply_log(Ledger(), store, project, log(entry(1, nodes[0]), client="mine"))
    apply_log(Ledger(), store, project, log(entry(1, nodes[1]), client="other"))
    ledger = Ledger()
    apply_log(ledger, store, project, log(entry(2, nodes[0], "undo"), client="mine"))
    assert len(service.answers(store, project)) == 2
    assert "another window" in ledger.failed[0]["message"]


def test_a_new_class_is_added_with_its_first_answer(store, project, nodes):
    sent = log(
        entry(1, nodes[0], label=None, name="<b>zebra</b>"),
        entry(2, nodes[1], label=None, name="<b>zebra</b>"),
    )
    apply_log(Ledger(), store, project, sent)
    classes = {one.name: one.label for one in service.project(store, project.id).classes}
    assert len(classes) == 11
    assert {a.label for a in service.answers(store, project)} == {classes["<b>zebra</b>"]}


def test_a_split_tells_that_the_tree_changes(store, project, nodes):
    assert apply_log(Ledger(), store, project, log(entry(1, nodes[0], "split", split=3)))
    assert service.active_job(store, project).kind == "split"
    assert service.card(store, project, nodes[0]).state == "splitting"


def test_only_marks_that_leave_a_rest_tell_that_cards_come(store, project, nodes):
    ledger, shown = Ledger(), service.card(store, project, nodes[0]).shown
    few, many = (entry(n, nodes[0], wrong=list(shown[:n])) for n in (3, 4))
    assert not apply_log(ledger, store, project, log(few))
    assert apply_log(ledger, store, project, log(many))
    assert apply_log(ledger, store, project, log(entry(5, nodes[0], "undo")))
    assert not apply_log(ledger, store, project, log(entry(6, nodes[0], "undo")))


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"label": 77}, "label must be one of"),
        ({"confidence": 7}, "confidence must be"),
        ({"node": "99"}, "there is no cluster '99'"),
        ({"kind": "shout"}, "kind must be"),
    ],
)
def test_what_a_browser_should_not_send_is_refused_and_told(store, project, nodes, broken, message):
    ledger = Ledger()
    apply_log(ledger, store, project, log({**entry(1, nodes[0]), **broken}, entry(2, nodes[1])))
    assert message in ledger.failed[0]["message"]
    assert ledger.applied == {"tab": 2}
    assert order(store, project) == [nodes[1]]


def test_nothing_sent_is_nothing_done(store, project):
    assert not apply_log(Ledger(), store, project, None)
