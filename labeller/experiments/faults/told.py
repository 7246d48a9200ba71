"""Commands as a person gives them, each in a process of its own, and how readable they are."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 300  # seconds


@dataclass(frozen=True)
class Told:
    """How a command ended, and what it printed."""

    command: str
    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """What it said of its error."""
        said = [line for line in self.err.splitlines() if line.startswith("labeller: ")]
        return said[-1] if said else self.err[-300:]

    @property
    def unreadable(self) -> bool:
        """Whether a person was shown more, or less, than one sentence and the exit code for it."""
        if "Traceback" in self.err or "unexpected" in self.err or self.code not in (0, 1):
            return True
        return self.code == 1 and not self.words.startswith("labeller: ")


def tell(workspace: Path, *arguments: object, before: Callable[[], None] | None = None) -> Told:
    """`labeller ARGUMENTS` on that workspace; `before` runs in its process."""
    words = [str(argument) for argument in arguments]
    environment = {**os.environ, "LABELLER_WORKSPACE": str(workspace), "LABELLER_IDLE_SECONDS": "1"}
    ended = subprocess.run(
        [sys.executable, "-m", "labeller.cli", *words],
        env=environment, capture_output=True, text=True, timeout=PATIENCE, preexec_fn=before,
    )  # fmt: skip
    return Told(" ".join(words), ended.returncode, ended.stdout, ended.stderr)
