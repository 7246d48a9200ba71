"""What a board sends about selected images becomes answers; odd entries fail and harm nobody."""

import pytest

from labeller import service
from labeller.ui.widgets.pieces.ledger import Ledger
from labeller.ui.widgets.pieces.selections import apply_selections

GOOD = {"seq": 2, "kind": "label", "label": 3, "images": [1, 2], "expert": "ann"}
ODD = [
    {},
    {"kind": None},
    {"kind": "label"},
    {"kind": "label", "label": 3},
    {"kind": "label", "label": 3, "images": None},
    {"kind": "label", "label": 3, "images": [None]},
    {"kind": "label", "label": 3, "images": [1.5]},
    {"kind": "label", "label": 3, "images": "12"},
    {"kind": "label", "label": 3, "images": [10**30]},
    {"kind": "label", "label": [3], "images": [1]},
    {"kind": "label", "label": 10**30, "images": [1]},
    {"kind": "label", "label": 3, "images": [1], "confidence": None},
    {"kind": "label", "label": None, "images": [1]},
    {"kind": "undo"},
    {"kind": "undo", "of": "x"},
    {"kind": "undo", "of": 1},
]


def sent(store, ledger, *entries, client="tab"):
    log = {"client": client, "entries": list(entries)}
    apply_selections(ledger, store, service.project(store, "digits"), log, "Review")


@pytest.mark.parametrize("entry", ODD, ids=str)
def test_an_odd_entry_fails_and_those_behind_it_are_saved(store, entry):
    ledger = Ledger()
    sent(store, ledger, {"seq": 1, **entry}, GOOD)
    assert [failure["seq"] for failure in ledger.failed] == [1]
    assert ledger.failed[0]["message"]
    assert [(one.label, one.size, one.expert) for one in service.answers(store, "digits")] == [
        (3, 2, "ann")
    ]


@pytest.mark.parametrize("log", [{"entries": None}, {"entries": [{}]}, {"entries": ["x"]}, [1]])
def test_a_log_that_is_none_changes_nothing(store, log):
    ledger = Ledger()
    apply_selections(ledger, store, service.project(store, "digits"), log, "Review")
    assert service.answers(store, "digits") == []


def test_an_entry_counts_once_also_after_a_restart_and_is_taken_back_once(store):
    undo = {"seq": 3, "kind": "undo", "of": 2}
    for entries in ([GOOD], [GOOD, undo], [GOOD, undo]):
        ledger = Ledger()
        sent(store, ledger, *entries)
        assert not ledger.failed
    assert service.answers(store, "digits") == []
