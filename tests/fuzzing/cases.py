"""How a target is fuzzed: so many cases, each with an end, and what is found made as small as can
be.
"""

import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from labeller.errors import LabellerError

SECONDS = 20  # of one case: none takes one, unless the machine is busy
MEGABYTES = 1500  # that the process may grow by, images of 50 megapixels and models included
LONGEST = 1200  # characters of a message


@dataclass(frozen=True)
class Target:
    """Something that reads what others made: `check` raises AssertionError where it goes wrong.

    It returns whether the case was refused.
    """

    name: str
    strategy: SearchStrategy[Any]
    check: Callable[[Any], bool]


class HangError(BaseException):
    """A case took too long; no code of ours catches it."""


@dataclass
class Outcome:
    """What became of the cases of a target: `refused` of `cases`, the rest was taken."""

    cases: int = 0
    refused: int = 0
    seconds: float = 0.0
    megabytes: int = 0


def fuzz(target: Target, cases: int, number: int) -> Outcome:
    """Tries so many cases, drawn by the seed `number`; raises with the smallest that goes wrong."""
    outcome, before, began = Outcome(), _peak(), time.monotonic()

    @seed(number)
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        print_blob=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(target.strategy)
    def one(case: Any) -> None:
        outcome.cases += 1
        with _within(SECONDS):
            outcome.refused += target.check(case)

    one()
    outcome.seconds = round(time.monotonic() - began, 1)
    outcome.megabytes = _peak() - before
    assert outcome.megabytes < MEGABYTES, f"{target.name} took {outcome.megabytes} MB more"
    return outcome


def refusal(action: Callable[[], object], *kinds: type[Exception]) -> bool:
    """Whether `action` ends in an error of ours, or of these kinds, which must be one line."""
    try:
        action()
    except (LabellerError, *kinds) as error:
        said = str(error)
        assert said, "an error without words"
        assert "\n" not in said, said
        assert len(said) < LONGEST, said
        return True
    return False


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    def late(*_: object) -> None:
        raise HangError(f"a case took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
