"""How fast the product is, as a ratio against what anyone would write first, in the same run.

What is compared runs in turns, so that a busy moment of the machine meets all of it, and a ratio is
the median of the ratios of the turns.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from labeller.events import Progress, Report
from labeller.runtime import device_name, versions

if TYPE_CHECKING:
    import torch

Timing = TypeVar("Timing")


def in_turns(
    loops: Mapping[str, Callable[[], Timing]], turns: int, report: Report, what: str = ""
) -> dict[str, list[Timing]]:
    """What each loop gives in each turn, by name; an event of stage "benchmark" after each."""
    timings: dict[str, list[Timing]] = {name: [] for name in loops}
    for turn in range(turns):
        for place, (name, loop) in enumerate(loops.items(), 1):
            timings[name].append(loop())
            done = turn * len(loops) + place
            report(Progress("benchmark", done, turns * len(loops), f"{name}{what}"))
    return timings


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    """How many times faster `ours` is: the median of the ratios of the turns."""
    return statistics.median(a / b for a, b in zip(theirs, ours, strict=True))


def machine(device: "torch.device") -> dict[str, Any]:
    """Where it was measured."""
    return {"device": str(device), "device_name": device_name(device), "versions": versions()}


def check_repeats(repeats: int) -> None:
    """Raises ValueError for less than one turn."""
    if repeats < 1:
        raise ValueError(f"repeats must be at least 1, got {repeats}")
