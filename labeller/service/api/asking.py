"""The questions of a round one after another, in the order of the Label page and `labeller ask`."""

from collections.abc import Iterator

from labeller import service
from labeller.errors import StateError
from labeller.records import Card
from labeller.service.api.question import Question, question_of
from labeller.service.api.waiting import wait_for_splits
from labeller.store import Store

Key = tuple[object, ...]


def questions(store: Store, project: int, round: int) -> Iterator[Question]:
    """Open questions first, those that would teach most in front; then answers to check.

    What is answered meanwhile decides what comes next: the parts of a split take its place as soon
    as they are made. Each is asked once, answered or not. Ends when another round has begun.
    Raises LabellerError when a cluster could not be split.
    """
    asked: set[Key] = set()
    while True:
        wait_for_splits(store, project)
        current = service.current_round(store, project)
        if current is None or current.number != round:
            return
        cards = service.cards(store, project)
        found = _next_open(cards, asked) or _next_doubted(store, project, cards, asked)
        if found is None:
            _refuse_unsplit(cards)
            return
        card, why = found
        names = {one.label: one.name for one in service.project(store, project).classes}
        yield question_of(store, project, round, card, names, why)


def _next_open(cards: list[Card], asked: set[Key]) -> tuple[Card, str] | None:
    """The first open card that was not asked yet, with the reason if it was asked before."""
    for card in cards:
        key = ("open", *_identity(card))
        if card.state == "open" and key not in asked:
            asked.add(key)
            return card, card.again or card.why
    return None


def _next_doubted(
    store: Store, project: int, cards: list[Card], asked: set[Key]
) -> tuple[Card, str] | None:
    """The first card with an answer that is doubted, and why."""
    issues = {issue.node: issue.reason for issue in service.label_issues(store, project)}
    for card in cards:
        key = ("doubted", *_identity(card))
        if card.node in issues and key not in asked:
            asked.add(key)
            return card, issues[card.node]
    return None


def _identity(card: Card) -> Key:
    """Tells a card from a later one of the same path: a second split has other images."""
    return card.node, card.size, card.medoid, card.far


def _refuse_unsplit(cards: list[Card]) -> None:
    """Raises StateError for a card that waits for parts which nobody makes any more."""
    for card in cards:
        if card.state == "splitting":
            raise StateError(
                f"cluster {card.node} was not split to the end: call resume(), or answer it anew"
            )
