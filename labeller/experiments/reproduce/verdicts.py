"""Whether a finding holds, judged by the spread over seeds."""

from collections.abc import Sequence
from statistics import fmean, stdev

from labeller.experiments.reproduce.experiment import Finding, Verdict

RULE = (
    "A finding holds (yes) or does not (no) when all seeds agree on the sign of the difference and"
    " its mean exceeds its standard deviation over the seeds; else, and with a single seed, it is"
    " too close to call."
)


def verdict(better: Sequence[float], worse: Sequence[float]) -> Verdict:
    """Whether `better` exceeds `worse`; the two are paired by seed. See RULE.

    Raises ValueError when they differ in length or are empty.
    """
    if len(better) != len(worse) or not better:
        raise ValueError(
            f"there must be one value a seed on both sides, got {len(better)} and {len(worse)}"
        )
    differences = [a - b for a, b in zip(better, worse, strict=True)]
    if len(differences) < 2:
        return "too close to call"
    mean, spread = fmean(differences), stdev(differences)
    same_sign = all(d > 0 for d in differences) or all(d < 0 for d in differences)
    if not same_sign or abs(mean) <= spread:
        return "too close to call"
    return "yes" if mean > 0 else "no"


def judged(
    claim: str,
    better: tuple[str, Sequence[float]],
    worse: tuple[str, Sequence[float]],
    *,
    scale: float = 100.0,
    unit: str = "%",
    more: str = "",
) -> Finding:
    """The finding that the values of `better` exceed those of `worse`, each (its name, a seed's
    value each), written times `scale` with `unit`; `more` is added to the evidence."""
    (good, high), (bad, low) = better, worse
    unit = f" {unit}" if unit else ""
    evidence = (
        f"{good} {spread(high, scale)}{unit}, {bad} {spread(low, scale)}{unit}"
        f" ({difference(high, low, scale)}, {_seeds(len(high))})."
    )
    return Finding(claim, verdict(high, low), f"{evidence} {more}".strip())


def reached(
    claim: str, name: str, values: Sequence[float], bar: float, *, more: str = ""
) -> Finding:
    """The finding that shares in [0, 1], one a seed, lie above the share `bar`."""
    evidence = f"{name} {spread(values)} %, the bar is {100 * bar:.1f} % ({_seeds(len(values))})."
    return Finding(claim, verdict(values, [bar] * len(values)), f"{evidence} {more}".strip())


def spread(values: Sequence[float], scale: float = 100.0, digits: int = 1) -> str:
    """`95.7 ± 0.2`: mean and sample standard deviation of values times `scale`; a dash for none."""
    if not values:
        return "-"
    mean = f"{scale * fmean(values):.{digits}f}"
    return mean if len(values) < 2 else f"{mean} ± {scale * stdev(values):.{digits}f}"


def difference(high: Sequence[float], low: Sequence[float], scale: float = 100.0) -> str:
    """The mean of the differences, paired by seed, with its sign and spread."""
    gaps = [a - b for a, b in zip(high, low, strict=True)]
    sign = "+" if fmean(gaps) >= 0 else ""
    return f"difference {sign}{spread(gaps, scale)}"


def _seeds(count: int) -> str:
    return "1 seed" if count == 1 else f"{count} seeds"
