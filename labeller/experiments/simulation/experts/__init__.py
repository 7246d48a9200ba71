"""Simulated experts, for benchmarks: they answer cards as a person would.

With the scores of `labeller.evaluation` they are all that may see true targets; what they know
never reaches the method, only their answers do.
"""

import numpy as np

from labeller.events import Report, silent
from labeller.experiments.simulation.experts.voting import (
    CardExpert,
    Expert,
    NoisyExpert,
    OracleExpert,
)

__all__ = ["EXPERTS", "Expert", "NoisyExpert", "make_expert"]

EXPERTS = ("picture", "card", "oracle")


def make_expert(
    name: str,
    *,
    images: np.ndarray,
    targets: np.ndarray,
    classes: int,
    train_index: np.ndarray,
    seed: int = 0,
    device: str = "auto",
    report: Report = silent,
    error_rate: float = 0.0,
    overconfidence: float = 0.0,
    marks: bool = True,
) -> Expert:
    """The expert called `name`: picture, card or oracle.

    images uint8 (N, H, W, C) and targets (N,) int64 (-1 unknown) are the whole data set; `picture`
    learns from the rows `train_index` only, on `device`, up to a minute. `error_rate` and
    `overconfidence` are those of `NoisyExpert`. Without `marks` an expert who sees single images
    declines a mixed card. Raises ValueError for an unknown name, for rates outside [0, 1], and for
    `picture` without a known training target.
    """
    if name not in EXPERTS:
        raise ValueError(f"expert must be one of {', '.join(EXPERTS)}, got {name}")
    if len(images) != len(targets):
        raise ValueError(
            f"targets must be one for each of the {len(images)} images, got {len(targets)}"
        )
    who: Expert
    if name == "card":
        who = CardExpert(targets, marks=marks)
    elif name == "oracle":
        who = OracleExpert(targets)
    else:
        from labeller.experiments.simulation.experts.picture import PictureExpert

        who = PictureExpert(
            images, targets, classes, train_index, seed=seed, device=device, report=report
        )
    if error_rate == 0 and overconfidence == 0:
        return who
    return NoisyExpert(
        who, classes, error_rate=error_rate, overconfidence=overconfidence, seed=seed
    )
