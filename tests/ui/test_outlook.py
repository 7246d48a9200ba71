"""What the next answers bring, on the pages that ask for them, and the way out."""

import pytest

from labeller import service
from labeller.records import Budget, BudgetRound
from tests.ui.driving import Driver, texts


def budget(*accuracies: float, measured_on: str = "test", ahead: float | None = None) -> Budget:
    rounds = tuple(BudgetRound(10 * (i + 1), each) for i, each in enumerate(accuracies))
    coming = None if ahead is None else BudgetRound(10 * len(rounds) + 10, ahead)
    return Budget(rounds, measured_on, coming)


def links(app) -> list[str]:
    return [link.proto.label for link in app.get("page_link")]


@pytest.fixture
def told(driver: Driver, monkeypatch):
    """Visits a page of a project with that budget: its words and links."""

    def visit(page: str, known: Budget) -> tuple[str, list[str]]:
        monkeypatch.setattr(service, "budget", lambda store, project: known)
        app = driver.visit(page)
        assert not app.exception
        return texts(app), links(app)

    return visit


@pytest.mark.parametrize("page", ["label", "explore", "train"])
def test_while_answers_bring_much_the_pages_say_how_much(told, page):
    words, ways = told(page, budget(0.7, 0.8, ahead=0.85))
    assert "next 10 answers are expected to bring about **+5.0 points**, from 80.0%" in words
    assert "Export the labels" not in ways


@pytest.mark.parametrize("page", ["label", "explore"])
def test_when_they_bring_little_export_is_offered(told, page):
    words, ways = told(page, budget(0.98, 0.983, measured_on="audit", ahead=0.984))
    assert "**+0.1 points**, from 98.3% by the audit. That is little: you can stop here." in words
    assert "Export the labels" in ways


def test_before_two_rounds_nothing_is_promised(told):
    words, _ = told("label", budget(0.98))
    assert "expected to bring" not in words


def test_what_is_little():
    assert budget(0.9, ahead=0.902).enough
    assert not budget(0.9, ahead=0.904).enough
    assert not budget(0.9).enough
