"""What several people said of one card, as one answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from labeller.evaluation.reliability import RIGHT, WRONG, Votes, posterior, reliabilities
from labeller.store.classes import MergedLabels
from labeller.store.schema import Answer

SPLIT = -1  # said of a card: it is no class
Said = tuple[tuple[str, int], ...]  # of one card: who, and what


class _Estimated(Mapping[str, float]):
    """How often each person is right, estimated when it is asked for."""

    def __init__(self, cards: Sequence[Sequence[Answer]], merged: MergedLabels, classes: int):
        self._cards, self._crowd = cards, Crowd({}, merged, classes)

    @cached_property
    def _values(self) -> dict[str, float]:
        votes = votes_of(self._cards, self._crowd)
        said = tuple(tuple(sorted(item.items())) for item in votes)
        return _reliabilities(said, self._crowd.classes + 1)

    def __getitem__(self, person: str) -> float:
        return self._values[person]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@dataclass(frozen=True)
class Crowd:
    """The people of a project: how often each is right, in (0, 1), and the classes they name."""

    reliability: Mapping[str, float] = field(default_factory=dict)
    merged: MergedLabels = field(default_factory=MergedLabels)
    classes: int = 2

    def right(self, person: str) -> float:
        """How often that person is right."""
        return self.reliability.get(person, RIGHT / (RIGHT + WRONG))


@dataclass(frozen=True)
class Decision:
    """What stands of a card: the `answer` that counts, its `voices`, what each person said, in the
    order in which they said it, and how sure they are together (None: as sure as the answer is).

    `disputed`: they differ, and nobody has settled it. `agreeing`: the voices that count and say
    what the answer does, itself among them.
    """

    answer: Answer
    voices: tuple[Answer, ...]
    confidence: float | None = None
    disputed: bool = False
    agreeing: tuple[Answer, ...] = ()


def decide(given: Sequence[Answer], crowd: Crowd) -> Decision:
    """The decision on one card, by all answers about it that were not taken back, oldest first.

    The newest of each person counts, and whoever skips leaves it to the others. A second look that
    says something else than its person said before settles it against all that is older, as long as
    they stand by it; saying the same again does not. Else the class with most odds wins, by how
    often each person is right and how sure they were; on a tie what was said first.
    """
    newest = {answer.expert: answer for answer in given}
    voices = tuple(sorted(newest.values(), key=lambda answer: answer.number))
    if len(voices) == 1:
        return Decision(voices[0], voices)
    settled = max(_settled([row for row in given if row.expert == who], crowd) for who in newest)
    counted = [row for row in voices if row.number >= settled and row.kind != "skip"]
    if len(counted) < 2:
        return Decision(counted[0] if counted else voices[-1], voices)
    votes = {row.expert: (_vote(row, crowd), _right(row, crowd)) for row in counted}
    # A split is one more thing to be said.
    probable = posterior(votes, crowd.classes + 1)
    best = max(probable.values())
    winner = next(row for row in counted if probable[_vote(row, crowd)] >= best - 1e-9)
    agreeing = [row for row in counted if _vote(row, crowd) == _vote(winner, crowd)]
    # Marks are not to be lost where another person made none.
    answer = max(agreeing, key=lambda row: (len(row.wrong) + len(row.only), -row.number))
    sure = best if len(probable) > 1 else max(best, answer.confidence)
    return Decision(answer, voices, sure, len(probable) > 1, tuple(agreeing))


def crowd_of(cards: Sequence[Sequence[Answer]], merged: MergedLabels, classes: int) -> Crowd:
    """The people by their answers, those about one card together, that were not taken back."""
    if len({row.expert for given in cards for row in given}) < 2:
        return Crowd({}, merged, classes)
    return Crowd(_Estimated(cards, merged, classes), merged, classes)


def votes_of(cards: Sequence[Sequence[Answer]], crowd: Crowd) -> Votes:
    """What each person said of each card last, classes and SPLIT; skips say nothing."""
    newest = [{answer.expert: answer for answer in given} for given in cards]
    return [
        {who: _vote(row, crowd) for who, row in card.items() if row.kind != "skip"}
        for card in newest
    ]


@lru_cache(maxsize=16)
def _reliabilities(votes: tuple[Said, ...], classes: int) -> dict[str, float]:
    """Estimated once for what was said: each look at a project needs it."""
    return reliabilities([dict(item) for item in votes], classes)


def _settled(mine: Sequence[Answer], crowd: Crowd) -> int:
    """The number of the answer by which one person, whose answers `mine` are, settles a card; 0 for
    nobody who does.

    It is a second look, or comes after one, and says what they had not said. They may say it again,
    or put a slip right; who skips, or goes back to what was said before it, takes part as all
    others.
    """
    at, before, said, looked = 0, None, set[int | None](), False
    for row in mine:
        looked = looked or bool(row.checked)
        vote = None if row.kind == "skip" else _vote(row, crowd)
        if row.replaces:
            at = row.number
        elif vote != before:
            new = vote is not None and vote not in said
            at = row.number if new and (looked or at) else 0
        if not at:
            said.add(vote)
        before = vote
    return at


def _vote(answer: Answer, crowd: Crowd) -> int:
    return SPLIT if answer.label is None else crowd.merged.of(answer.label)


def _right(answer: Answer, crowd: Crowd) -> float:
    sure = answer.confidence if answer.kind == "label" else 1.0
    return crowd.right(answer.expert) * sure
