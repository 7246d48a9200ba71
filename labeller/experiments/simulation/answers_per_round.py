"""How a simulation shares its answers out over rounds, and what settings suit them."""

import dataclasses
from collections.abc import Mapping, Sequence

from labeller.config import RoundConfig
from labeller.config import preset as preset_named
from labeller.rounds.answer import Answer
from labeller.rounds.settings import changed

# Of fewer images a cluster, one cluster per class is not pure yet.
FEW = 500


def affordable(answer: Answer, left: int) -> Answer:
    """A split into no more parts than there are answers left for them."""
    if answer.kind != "split" or answer.split is None:
        return answer
    return dataclasses.replace(answer, split=max(2, min(answer.split, left - 1)))


def budgets_of(rounds: int, answers: int | Sequence[int]) -> list[int]:
    """Answers of each round; raises ValueError for numbers out of range."""
    if rounds < 1:
        raise ValueError(f"rounds must be 1 or more, got {rounds}")
    budgets = [answers] * rounds if isinstance(answers, int) else list(answers)
    if not budgets or min(budgets) < 2:
        raise ValueError(f"answers must be 2 or more a round, got {answers}")
    return budgets


def settings_for(
    preset: str, budgets: Sequence[int], seed: int, overrides: Mapping[str, object]
) -> RoundConfig:
    """The preset with clusters that suit the answers of the first round, the seed, the overrides.

    Each answer has its cluster where later rounds ask only about uncertain images, or there are
    none; else there are half as many clusters again.
    """
    config, answers = changed(preset_named(preset), overrides), budgets[0]
    once = len(budgets) == 1 or config.ask.choice == "uncertain"
    clusters = answers if once else answers + answers // 2
    fixed = {"cluster.clusters": clusters, "train.seed": seed}
    return changed(config, {**fixed, **overrides})


def finer(config: RoundConfig, images: int, overrides: Mapping[str, object]) -> RoundConfig:
    """The settings with half as many clusters again where a cluster has fewer than 500 images.

    That holds for a first round whose number of clusters follows from its answers: a class that
    hides in a mixed cluster of it is never asked about later. Clusters of an encoder's features
    stay as they are: most are mixed, and their rests are asked about instead.
    """
    clusters = config.cluster.clusters
    chosen = "cluster.clusters" in overrides or config.embed.of == "features"
    if chosen or config.ask.choice != "uncertain" or images >= FEW * clusters:
        return config
    return changed(config, {"cluster.clusters": min(images, clusters + clusters // 2)})
