"""Recorded accuracy against answers of other ways to choose what to ask, by source of images.

`SOURCE.json` beside this file is the newest record of `labeller benchmark label-efficiency` on that
source: {"source": str, "curves": [{"name", "kind", "points": [{"answers", "mean", "std",
"seeds"}]}]}; kind is recommended, baseline, paper, supervised or ablation.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
KINDS = ("recommended", "baseline", "paper", "supervised", "ablation")


@dataclass(frozen=True)
class RecordedPoint:
    """Test accuracy after so many answers: mean and standard deviation over seeds, in [0, 1]."""

    answers: int
    mean: float
    std: float
    seeds: int


@dataclass(frozen=True)
class RecordedCurve:
    """One way to ask, with its points by number of answers; `kind` is one of KINDS."""

    name: str
    kind: str
    points: tuple[RecordedPoint, ...]


@cache
def recorded(source: str, folder: Path = FOLDER) -> tuple[RecordedCurve, ...]:
    """The curves recorded for a source of images (`mnist`); none when there is no record.

    Curves of experts who make mistakes on purpose (`error_rate` above 0) and ablations are left
    out. Raises ValueError for a record that is damaged or is of another source.
    """
    path = folder / f"{source}.json"
    if not source.replace("-", "").isalnum() or not path.exists():
        return ()
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["source"] != source:
            raise ValueError(f"source must be {source}, got {record['source']}")
        plain = [one for one in record["curves"] if not one.get("error_rate")]
        curves = curves_of({"curves": plain})
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is no record of label-efficiency: {error!r}") from error
    return tuple(curve for curve in curves if curve.kind != "ablation")


def curves_of(record: Mapping[str, Any]) -> list[RecordedCurve]:
    """The curves of a record of `labeller benchmark label-efficiency`, in the order of KINDS.

    Those with wrong answers say so in their name. Raises KeyError, TypeError or ValueError for what
    is no such record.
    """
    curves = [_curve(one) for one in record["curves"]]
    return sorted(curves, key=lambda curve: KINDS.index(curve.kind))


def _curve(one: Mapping[str, Any]) -> RecordedCurve:
    if one["kind"] not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {one['kind']}")
    points = [
        RecordedPoint(
            int(point["answers"]), float(point["mean"]), float(point["std"]), _count(point["seeds"])
        )
        for point in one["points"]
    ]
    points.sort(key=lambda point: point.answers)
    wrong = one.get("error_rate") or 0
    name = f"{one['name']}, {100 * wrong:g} % wrong" if wrong else str(one["name"])
    return RecordedCurve(name, one["kind"], tuple(points))


def _count(seeds: int | list[int]) -> int:
    """The number of seeds, where a record may list them."""
    return len(seeds) if isinstance(seeds, list) else int(seeds)
