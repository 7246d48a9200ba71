"""Every strategy, seed, share of wrong answers and budget, one after the other."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from labeller.config import PRESETS, RoundConfig
from labeller.events import Progress, Report, silent
from labeller.experiments.label_efficiency.features import FeaturePool, Features, features_for
from labeller.experiments.label_efficiency.learners import Learner, StudentLearner, student
from labeller.experiments.label_efficiency.loops import Loops
from labeller.experiments.label_efficiency.plain_cnn import PlainCnn
from labeller.experiments.label_efficiency.plan import ABLATIONS, Plan
from labeller.experiments.label_efficiency.pool import Pool, Source, answer_images, nearest_labels
from labeller.experiments.label_efficiency.record import (
    Cell,
    EfficiencyFile,
    base_config,
    facts,
    settings,
)
from labeller.experiments.label_efficiency.strategies import (
    ASK_THE_STUDENT,
    PLAIN_CNN,
    SPREAD,
    choose,
)
from labeller.experiments.label_efficiency.strategies.candidates import NO_LABEL, Candidates
from labeller.rounds.settings import changed

SUPERVISED = "supervised"


def label_efficiency(
    plan: Plan,
    *,
    cache: Path,
    path: Path | None = None,
    resume: bool = False,
    learner: Learner | None = None,
    report: Report = silent,
) -> dict[str, Any]:
    """Runs all that `plan` names and `path` does not have yet; returns the record.

    `cache` keeps images, latents, spaces and students; `path` is written after each cell. `learner`
    takes the place of the student. Raises StateError when `path` belongs to other settings,
    ValueError for a source without true classes or test images or with fewer training images than
    the largest budget, and what `features_for` raises.
    """
    source = Source(plan.source, cache, size=plan.size, data_dir=plan.data_dir, report=report)
    if len(source.train) < plan.budgets[-1]:
        raise ValueError(
            f"budgets must be at most {len(source.train)} (the training images), got "
            f"{plan.budgets[-1]}"
        )
    config = base_config(plan, source)
    features = features_for(plan, config, source, cache, report)
    cells = EfficiencyFile(settings(plan, source, config, features), path, resume=resume)
    if learner is None:
        if features is None:
            learner = StudentLearner(config, plan.device, report)
        else:
            learner = student(plan.student, lambda: features.student_points)
    loops = Loops(plan, source, cache, report)
    run = _Run(plan, source, config, features, cells, cache, learner, loops, report)
    cells.head |= facts(plan)
    cells.write()
    for seed in plan.seeds:
        for error_rate in plan.error_rates:
            for strategy in plan.strategies:
                run.curve(strategy, seed, error_rate)
        if plan.supervised:
            run.reference(seed)
    return cells.content()


@dataclass
class _Run:
    """The cells of one plan as they become finished."""

    plan: Plan
    source: Source
    config: RoundConfig
    features: Features | None
    cells: EfficiencyFile
    cache: Path
    learner: Learner
    loops: Loops
    report: Report
    done: int = 0
    pools: dict[int, Pool] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """The number of cells."""
        plan = self.plan
        runs = len(plan.seeds) * len(plan.error_rates) * len(plan.strategies)
        return runs * len(plan.budgets) + (len(plan.seeds) if plan.supervised else 0)

    def curve(self, strategy: str, seed: int, error_rate: float) -> None:
        """All budgets of one strategy."""
        if strategy in PRESETS or strategy in ABLATIONS:
            self._loop(strategy, seed, error_rate)
        else:
            self._baseline(strategy, seed, error_rate)

    def reference(self, seed: int) -> None:
        """The student of all true labels."""
        count = len(self.source.train)
        if self.cells.get((SUPERVISED, seed, 0.0, count)) is None:
            started = time.monotonic()
            probabilities = self._pool(seed).taught(self.source.targets[self.source.train])
            accuracy = self.source.accuracy(probabilities)
            seconds = time.monotonic() - started
            self.cells.add(Cell(SUPERVISED, SUPERVISED, seed, 0.0, count, count, accuracy, seconds))
        self._tell(SUPERVISED, seed, count)

    def _baseline(self, strategy: str, seed: int, error_rate: float) -> None:
        labels = np.full(len(self.source.train), NO_LABEL, np.int64)
        for budget in self.plan.budgets:
            cell = self.cells.get((strategy, seed, error_rate, budget))
            if cell is None:
                cell = self._asked(strategy, labels, budget, seed=seed, error_rate=error_rate)
                self.cells.add(cell)
            rows = np.asarray(cell.rows, np.int64)
            labels = self._answered(labels, rows, seed, error_rate)
            self._tell(strategy, seed, budget)

    def _asked(
        self, strategy: str, labels: np.ndarray, budget: int, *, seed: int, error_rate: float
    ) -> Cell:
        """Asks about as many images as the budget has left, and teaches the student."""
        started = time.monotonic()
        pool, asked = self._pool(seed), int((labels >= 0).sum())
        # The student of the labels so far is in the cache, also after a resumption.
        needs = strategy in ASK_THE_STUDENT and asked > 0
        probabilities = pool.taught(labels)[self.source.train] if needs else None
        candidates = Candidates(pool.latents, labels, self.source.classes, probabilities)
        rows = choose(strategy, candidates, budget - asked, seed=seed)
        labels = self._answered(labels, rows, seed, error_rate)
        taught = self._learnt(strategy, pool, labels)
        return Cell(
            strategy=strategy,
            kind="baseline",
            seed=seed,
            error_rate=error_rate,
            budget=budget,
            answers=budget,
            test_accuracy=self.source.accuracy(taught),
            seconds=round(time.monotonic() - started, 2),
            rows=[int(row) for row in rows],
        )

    def _learnt(self, strategy: str, pool: Pool, labels: np.ndarray) -> np.ndarray:
        """Probabilities (N, K) of the student that a strategy's labels (n,) teach."""
        if strategy == PLAIN_CNN:
            return pool.outsider(PlainCnn(self.plan.device), labels)
        return pool.taught(nearest_labels(pool.space, labels) if strategy == SPREAD else labels)

    def _answered(
        self, labels: np.ndarray, rows: np.ndarray, seed: int, error_rate: float
    ) -> np.ndarray:
        """The labels (n,) of the pool with those of the rows that were asked about."""
        labels = labels.copy()
        source, targets = self.source, self.source.targets[self.source.train]
        labels[rows] = answer_images(
            targets, rows, source.classes, error_rate=error_rate, seed=seed
        )
        return labels

    def _loop(self, preset: str, seed: int, error_rate: float) -> None:
        """One simulated project whose rounds end at the budgets."""
        budgets = self.plan.budgets
        if any(self.cells.get((preset, seed, error_rate, b)) is None for b in budgets):
            started = time.monotonic()
            rounds = self.loops.rounds(preset, seed, error_rate)
            seconds = round((time.monotonic() - started) / len(budgets), 2)
            for budget, row in zip(budgets, rounds, strict=True):
                cell = Cell(
                    strategy=preset,
                    kind="ablation" if preset in ABLATIONS else _kind(preset),
                    seed=seed,
                    error_rate=error_rate,
                    budget=budget,
                    answers=row["answers_total"],
                    test_accuracy=row["test_accuracy"],
                    seconds=seconds,
                )
                self.cells.add(cell)
        for budget in budgets:
            self._tell(preset, seed, budget)

    def _pool(self, seed: int) -> Pool:
        if seed not in self.pools:
            config = changed(self.config, {"train.seed": seed, "train.device": self.plan.device})
            pool = self._new_pool(config)
            self.pools = {seed: pool}  # one seed's latents at a time
        return self.pools[seed]

    def _new_pool(self, config: RoundConfig) -> Pool:
        """The one place that decides what strategies choose among, and what the student sees."""
        shared = (self.source, config, self.cache, self.learner, self.report)
        if self.features is None:
            return Pool(*shared)
        return FeaturePool(*shared, features=self.features)

    def _tell(self, strategy: str, seed: int, budget: int) -> None:
        self.done += 1
        message = f"{strategy}, seed {seed}, {budget} answers"
        self.report(Progress("benchmark", self.done, self.total, message, milestone=True))


def _kind(preset: str) -> str:
    return "paper" if preset == "paper" else "recommended"
