"""What the answers bought: measured where true classes are known, else as the audit estimates."""

import sys

import pytest

from labeller.records import AuditEstimate, AuditReport, BudgetRound
from labeller.service.budget import budget
from labeller.store import Store
from tests.store.rows import Making


@pytest.fixture
def made(tmp_path):
    store = Store(tmp_path / "workspace")
    yield Making(store)
    store.close()


@pytest.fixture
def audited(monkeypatch):
    """An audit that estimates two rounds, the first of them without an answer."""
    share = {"what": "classifier", "asked": 100, "low": 0.7, "high": 0.9}
    rounds = [AuditEstimate(right=50, round=1, answers=0, **share)]
    rounds += [AuditEstimate(right=80, round=2, answers=2, **share)]
    report = AuditReport((), tuple(rounds), None, "")
    monkeypatch.setattr(sys.modules[budget.__module__], "audit_report", lambda *_: report)
    return (BudgetRound(2, 0.8, 0.7, 0.9),)


def finished(made, number, **metrics):
    made.round(number, state="finished", metrics=metrics)
    made.node(number, "1")
    made.answer(number, "1", label=0)


def test_rounds_are_measured_on_held_out_images_and_the_audit_stands_beside(made, audited):
    finished(made, 1, test_accuracy=0.8, train_accuracy=0.5)
    finished(made, 2, test_accuracy=0.9, train_accuracy=0.5)
    found = budget(made.store, "p")
    assert found.measured_on == "test"
    assert found.rounds == (BudgetRound(1, 0.8), BudgetRound(2, 0.9))
    assert found.audited == audited
    assert found.ahead is not None
    assert found.ahead.answers == 12
    assert 0.9 < found.ahead.accuracy < 1


def test_without_held_out_images_those_to_label_are_measured(made):
    finished(made, 1, train_accuracy=0.5)
    finished(made, 2)  # what is not known is left out
    found = budget(made.store, "p")
    assert (found.measured_on, found.rounds) == ("train", (BudgetRound(1, 0.5),))
    assert found.audited == ()
    assert found.ahead is None


def test_without_true_classes_the_audit_stands_for_them(made, audited):
    finished(made, 1, coverage=1.0)
    found = budget(made.store, "p")
    assert (found.measured_on, found.rounds, found.audited) == ("audit", audited, ())


def test_an_open_round_bought_nothing_yet(made, audited):
    made.round(1, metrics={"test_accuracy": 0.9})
    found = budget(made.store, "p")
    assert (found.measured_on, found.rounds, found.ahead) == ("audit", (), None)
