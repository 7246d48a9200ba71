"""Whether further answers are worth it: the accuracy so far, continued as a power law."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

POINT = 0.01  # one point of accuracy
# More than so many times the answers given so far is no longer extrapolated.
FARTHEST = 10.0


@dataclass(frozen=True)
class PowerLaw:
    """The error rate after n answers, e(n) = scale * n^-exponent."""

    scale: float
    exponent: float

    def error(self, answers: float) -> float:
        """The error rate to be expected after `answers`, above 0."""
        rate: float = self.scale * answers**-self.exponent
        return rate

    def answers(self, error: float) -> float:
        """How many answers bring the error rate down to `error` > 0; infinite when none do."""
        if self.exponent <= 0:
            return math.inf
        power = math.log(self.scale / error) / self.exponent
        return math.exp(power) if power < 700 else math.inf


def fit_power_law(answers: Sequence[int], errors: Sequence[float]) -> PowerLaw:
    """The power law through the points by least squares of log e = log scale - exponent * log n.

    Error rates of classifiers fall as a power of the number of labels over a wide range: Hestness
    et al. (2017), "Deep Learning Scaling is Predictable, Empirically", section 3. `answers` and
    `errors` must be positive, with two different numbers of answers at least, else ValueError.
    """
    n, e = np.asarray(answers, np.float64), np.asarray(errors, np.float64)
    if n.shape != e.shape or len(np.unique(n)) < 2:
        raise ValueError("a power law needs an error rate at two different numbers of answers")
    if (n <= 0).any() or (e <= 0).any():
        raise ValueError("answers and errors must be above 0")
    slope, start = np.polyfit(np.log(n), np.log(e), 1)
    return PowerLaw(math.exp(start), -float(slope))


def error_rate(right: int, asked: int) -> float:
    """The share of wrong labels, (wrong + 1/2) / (asked + 1): above 0 for a sample without any."""
    return (asked - right + 0.5) / (asked + 1)


def answers_to_gain(law: PowerLaw, answers: int, gain: float = POINT) -> int | None:
    """How many answers after `answers` the law needs to lower the error by `gain` in (0, 1).

    None where no number of answers can be named: less than `gain` is left of the error, the law
    does not fall, or the answers would be more than `FARTHEST` times those given.
    """
    left = law.error(answers) - gain
    if left <= 0:
        return None
    more = law.answers(left) - answers
    return math.ceil(more - 1e-6) if 0 < more <= FARTHEST * answers else None
