"""Runs cases of all kinds of faults, each in a folder of its own."""

import importlib
import pkgutil
import tempfile
import traceback
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import labeller.experiments.faults as room
from labeller.errors import LabellerError
from labeller.events import Progress, Report, silent
from labeller.experiments.faults.case import Case, Outcome

COUNTED = ("lost", "stuck", "wrong", "tracebacks")


def all_cases() -> dict[str, list[Case]]:
    """The cases of each kind: of every file of this folder that has `cases()`."""
    modules = [
        importlib.import_module(f"{room.__name__}.{info.name}")
        for info in pkgutil.iter_modules(room.__path__)
    ]
    cases = [case for module in modules if hasattr(module, "cases") for case in module.cases()]
    return {kind: [each for each in cases if each.kind == kind] for kind in _kinds(cases)}


def chosen(kinds: Iterable[str] = (), share: float = 1.0) -> list[Case]:
    """The cases of `kinds` (none: all), of each kind a `share` in (0, 1], evenly taken.

    Raises LabellerError for a kind that does not exist.
    """
    known = all_cases()
    if unknown := sorted(set(kinds) - set(known)):
        raise LabellerError(f"a kind of fault is one of {', '.join(known)}, got {unknown[0]}")
    wanted = [known[kind] for kind in known if not kinds or kind in kinds]
    return [case for cases in wanted for case in cases[:: max(round(1 / share), 1)]]


def run_case(case: Case) -> Outcome:
    """The outcome of one case; an error that no person should see counts as a traceback."""
    with tempfile.TemporaryDirectory(prefix="labeller-faults-") as folder:
        try:
            return case.run(Path(folder))
        except Exception:
            return Outcome(tracebacks=1, note=traceback.format_exc(limit=-3))


def faults_benchmark(
    kinds: Iterable[str] = (), share: float = 1.0, report: Report = silent
) -> dict[str, Any]:
    """Counts per kind of fault, and what happened in each case that was not clean."""
    cases = chosen(tuple(kinds), share)
    rows: dict[str, dict[str, int]] = {}
    complaints = []
    for place, case in enumerate(cases):
        report(Progress("faults", place, len(cases), f"{case.kind}: {case.name}"))
        outcome = run_case(case)
        row = rows.setdefault(case.kind, {"cases": 0, "hit": 0, **dict.fromkeys(COUNTED, 0)})
        row["cases"] += 1
        row["hit"] += outcome.hit
        for name in COUNTED:
            row[name] += getattr(outcome, name)
        if not outcome.clean:
            complaints.append({"kind": case.kind, "name": case.name, **vars(outcome)})
    report(Progress("faults", len(cases), len(cases)))
    return {"kinds": rows, "complaints": complaints, "labeller": version("labeller")}


def _kinds(cases: Iterable[Case]) -> list[str]:
    return list(dict.fromkeys(case.kind for case in cases))
