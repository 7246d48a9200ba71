"""Reads numbers off records, for tables and findings."""

from collections.abc import Sequence
from statistics import fmean

from labeller.experiments.reproduce.experiment import Record


def numbers(records: Sequence[Record], name: str) -> list[float]:
    """The number `name` of each record that has one."""
    return [found for one in records if (found := one.numbers[name]) is not None]


def by_seed(records: Sequence[Record], name: str) -> list[float]:
    """The number `name` of each seed, in the order of the seeds: the mean over its records."""
    seeds = sorted({record.settings["seed"] for record in records})
    own = [[one for one in records if one.settings["seed"] == seed] for seed in seeds]
    return [fmean(found) for each in own if (found := numbers(each, name))]


def sizes(records: Sequence[Record]) -> list[int]:
    """The sizes of the latent, the smallest first."""
    return sorted({record.settings["method"]["latent"] for record in records})
