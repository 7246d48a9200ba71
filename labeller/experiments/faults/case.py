"""What a case of the fault suite is, and what it counts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """What was found after a fault.

    `lost` answers reported saved and not found again; `stuck` jobs that need another hand than
    Resume; `wrong` outputs that were wrong without a word; `tracebacks` shown to a person. `hit`:
    whether the fault came while the step ran, so that it tells something. `note`: what happened.
    """

    lost: int = 0
    stuck: int = 0
    wrong: int = 0
    tracebacks: int = 0
    hit: bool = True
    note: str = ""

    @property
    def clean(self) -> bool:
        """Whether nothing is to be complained of."""
        return not (self.lost or self.stuck or self.wrong or self.tracebacks)


@dataclass(frozen=True)
class Case:
    """One fault: `run` gets an empty folder, and returns what it found."""

    kind: str
    name: str
    run: Callable[[Path], Outcome]
