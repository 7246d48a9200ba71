"""The presets' own rounds: simulated projects that share images, features, network and space."""

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from labeller.config import PRESETS
from labeller.events import Report
from labeller.experiments.label_efficiency.features import encoded_folder
from labeller.experiments.label_efficiency.plan import ABLATIONS, PRESET, Ablation, Plan
from labeller.experiments.label_efficiency.pool import Source, short
from labeller.experiments.simulation.simulate import Simulation, prepare, simulate
from labeller.rounds.settings import fitting
from labeller.store.runs import made_once


@dataclass(frozen=True)
class Loops:
    """Simulations of a plan's presets and ablations; `cache` keeps what they start from."""

    plan: Plan
    source: Source
    cache: Path
    report: Report

    def rounds(self, preset: str, seed: int, error_rate: float) -> list[dict[str, Any]]:
        """One simulated project: the records of its rounds, which end at the budgets."""
        plan, less = self.plan, ABLATIONS.get(preset, Ablation(""))
        base = PRESET if preset in ABLATIONS else preset
        changes = fitting(PRESETS[base], {**plan.settings, **less.changes})
        steps = [int(step) for step in np.diff([0, *plan.budgets])]
        with tempfile.TemporaryDirectory(prefix="labeller-") as scratch:
            workspace = Path(scratch) / "workspace"
            shutil.copytree(self._start(seed, less), workspace)
            what = replace(
                self._simulation(base, changes, seed),
                answers=steps,
                expert=plan.expert,
                error_rate=error_rate,
                overconfidence=plan.overconfidence,
                splits=less.splits,
                marks=less.marks,
            )
            result = simulate(what, workspace=workspace, report=self.report)
        rounds: list[dict[str, Any]] = result["rounds"]
        return rounds

    def _start(self, seed: int, less: Ablation) -> Path:
        """A workspace with images, features, network and first space, from which loops go on.

        One per seed, and one more for an ablation that takes the encoder away.
        """
        plan = self.plan
        others = {key: value for key, value in less.changes.items() if key.startswith("encode.")}
        changes = fitting(PRESETS[plan.base], {**plan.settings, **others})
        images = self.source.store.folder.name
        place = self.cache / f"start-{seed}-{images}-{short([plan.base, changes])}"

        def make(folder: Path) -> None:
            what = self._simulation(plan.base, changes, seed)
            features = encoded_folder(self.source, self.cache).path
            prepare(what, folder, features=features, report=self.report)

        return made_once(place, make)

    def _simulation(self, preset: str, changes: dict[str, Any], seed: int) -> Simulation:
        """One with these settings, whose first round ends at the first budget."""
        plan = self.plan
        return Simulation(
            plan.source,
            size=plan.size,
            data_dir=plan.data_dir,
            preset=preset,
            overrides=changes,
            answers=plan.budgets[0],
            seed=seed,
            device=plan.device,
        )
