"""The record of the benchmark as a table in Markdown."""

from collections.abc import Mapping
from typing import Any


def markdown(record: Mapping[str, Any]) -> str:
    """Test accuracy in percent, mean and standard deviation over seeds: a row for each curve.

    Curves are grouped by the share of wrong answers; a column for each budget.
    """
    budgets = list(record["budgets"])
    lines = [
        "| strategy | wrong answers | " + " | ".join(str(budget) for budget in budgets) + " |",
        "|---" * (len(budgets) + 2) + "|",
    ]
    for curve in record["curves"]:
        if curve["kind"] == "supervised":
            shown = [_cell(curve["points"][-1]) if curve["points"] else ""] * len(budgets)
        else:
            points = {point["answers"]: point for point in curve["points"]}
            shown = [_cell(points[budget]) if budget in points else "" for budget in budgets]
        name, wrong = curve["name"], f"{100 * curve['error_rate']:g} %"
        lines.append(f"| {name} | {wrong} | " + " | ".join(shown) + " |")
    return "\n".join(lines) + "\n"


def _cell(point: Mapping[str, Any]) -> str:
    mean = f"{100 * point['mean']:.1f}"
    return f"{mean} ± {100 * point['std']:.1f}" if len(point["seeds"]) > 1 else mean
