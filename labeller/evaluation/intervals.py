"""How surely a share is known from a sample of images."""

import math

import numpy as np

LEVEL = 0.95
# What a suggested sample is made for: an accuracy of about 95 %, known to about 2.5 points.
EXPECTED, HALF_WIDTH = 0.95, 0.025


def wilson(right: int, asked: int, level: float = LEVEL) -> tuple[float, float]:
    """The Wilson interval of a share, both ends in [0, 1], from `right` of `asked` random images.

    With p = right / asked, n = asked and z the normal quantile of (1 + level) / 2:
    (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n). Wilson (1927), "Probable
    Inference, the Law of Succession, and Statistical Inference", JASA 22, 209-212; Brown, Cai and
    DasGupta (2001), Statistical Science 16, recommend it for shares near 1, where p -+ z s / sqrt n
    is too narrow. A sample without repetition from few images is known better than this says.
    Raises ValueError when `right` is not in [0, asked], `asked` is not positive, or `level` is not
    between 0 and 1.
    """
    if asked < 1 or not 0 <= right <= asked:
        raise ValueError(f"right must be between 0 and asked (1 or more), got {right} of {asked}")
    z = _quantile(level)
    share, spread = right / asked, z * z / asked
    middle = (share + spread / 2) / (1 + spread)
    half = half_width(share, asked, level)
    # At the ends the two terms are equal; rounding would leave 1e-18 between them.
    return middle - half if right else 0.0, middle + half if right < asked else 1.0


def half_width(share: float, asked: int, level: float = LEVEL) -> float:
    """Half the length of the Wilson interval of `share` in [0, 1] from `asked` random images."""
    z = _quantile(level)
    root = math.sqrt(share * (1 - share) / asked + z * z / (4 * asked * asked))
    return z * root / (1 + z * z / asked)


def sample_size(expected: float = EXPECTED, within: float = HALF_WIDTH) -> int:
    """How many images to ask so that a share of about `expected` is known to -+ `within`.

    The smallest number whose 95 % Wilson interval is no longer than twice `within`, which must be
    above 0. Raises ValueError for a share outside [0, 1].
    """
    if not 0 <= expected <= 1 or within <= 0:
        raise ValueError(
            f"expected must be in [0, 1] and within above 0, got {expected} and {within}"
        )
    low, high = 0, 1  # the half-width falls with every image more
    while half_width(expected, high) > within:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if half_width(expected, middle) <= within else (middle, high)
    return high


def _quantile(level: float) -> float:
    from scipy.special import ndtri  # the server starts without scipy

    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level}")
    return float(ndtri(np.float64((1 + level) / 2)))
