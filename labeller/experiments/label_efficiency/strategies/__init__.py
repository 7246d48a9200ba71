"""Which images to ask about next: the single-image strategies of active learning.

`classical` has what scikit-activeml has, `covering` those that cover the pool, `dropping` the one
that drops features. `choosing` lists them all: a strategy is a function (known, count,
random_state) -> rows, and a line there.
"""

from labeller.experiments.label_efficiency.strategies.choosing import (
    ASK_THE_STUDENT,
    BEGIN_AT_RANDOM,
    PLAIN_CNN,
    SPREAD,
    STRATEGIES,
    choose,
)
from labeller.experiments.label_efficiency.strategies.known import NO_LABEL, Known

__all__ = [
    "ASK_THE_STUDENT",
    "BEGIN_AT_RANDOM",
    "NO_LABEL",
    "PLAIN_CNN",
    "SPREAD",
    "STRATEGIES",
    "Known",
    "choose",
]
