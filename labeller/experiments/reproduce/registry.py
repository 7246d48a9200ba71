"""Experiments by name: every module of this package that defines `EXPERIMENT`."""

import importlib
import pkgutil
from functools import cache

import labeller.experiments.reproduce
from labeller.experiments.reproduce.experiment import Experiment


def names() -> list[str]:
    """All known names, sorted."""
    return sorted(_experiments())


def get(name: str) -> Experiment:
    """The experiment called `name`; raises ValueError that lists the names."""
    if name not in _experiments():
        raise ValueError(f"experiment must be one of {', '.join(names())}, got {name}")
    return _experiments()[name]


@cache
def _experiments() -> dict[str, Experiment]:
    found: dict[str, Experiment] = {}
    for module in pkgutil.iter_modules(labeller.experiments.reproduce.__path__):
        loaded = importlib.import_module(f"{labeller.experiments.reproduce.__name__}.{module.name}")
        experiment = getattr(loaded, "EXPERIMENT", None)
        if not isinstance(experiment, Experiment):
            continue
        if experiment.name in found:
            raise ValueError(f"an experiment's name must be new, got {experiment.name} twice")
        found[experiment.name] = experiment
    return found
