"""The whole loop without a person: a simulated expert answers through the verbs of the page."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labeller import service
from labeller.config import RoundConfig
from labeller.evaluation.targets import read_targets
from labeller.events import Report, silent
from labeller.experiments.simulation.answers_per_round import budgets_of, settings_for
from labeller.experiments.simulation.experts import Expert
from labeller.experiments.simulation.simulated_project import NAME, Run
from labeller.jobs.catalogue import check_method
from labeller.methods import registry
from labeller.runtime import measured_on
from labeller.store import Store
from labeller.store.files import ProjectFolder


@dataclass(frozen=True)
class Simulation:
    """What is simulated: the images, the settings, and who answers how many questions.

    `method` is `NAME:PRESET@KEY=VALUE`; `epochs` the length of the first training; `overrides`
    changes settings by dotted name. `answers` of each of so many `rounds` at most, or a list with a
    number for each round. `error_rate` and `overconfidence`, in [0, 1], are those of
    `experts.NoisyExpert`. Without `splits` a mixed cluster is skipped; without `marks` no wrong
    image of a card is marked. `audit` images are labelled truly before the first round.
    """

    source: str
    size: int | None = None
    data_dir: str | Path | None = None
    preset: str = "recommended"
    method: str | None = None
    epochs: int | None = None
    overrides: Mapping[str, object] = field(default_factory=dict)
    rounds: int = 1
    answers: int | Sequence[int] = 10
    expert: str | Expert = "card"
    error_rate: float = 0.0
    overconfidence: float = 0.0
    splits: bool = True
    marks: bool = True
    audit: int = 0
    seed: int = 0
    device: str = "auto"

    @property
    def changes(self) -> dict[str, object]:
        """What differs from the preset, by dotted name."""
        method = registry.changes(self.method) if self.method else {}
        epochs = {} if self.epochs is None else {"train.epochs": self.epochs}
        return {**method, **self.overrides, **epochs}

    @property
    def config(self) -> RoundConfig:
        """The settings; raises ValueError for those that a method would refuse."""
        budgets = budgets_of(self.rounds, self.answers)
        config = settings_for(self.preset, budgets, self.seed, self.changes)
        check_method(config)
        return config


def simulate(
    what: Simulation,
    *,
    workspace: Path | None = None,
    features: Path | None = None,
    report: Report = silent,
) -> dict[str, Any]:
    """Runs the rounds and returns what it measured.

    A `workspace` that `prepare` made is gone on from; `features` is a folder in which simulations
    share the features of their encoder.

    The record has `rounds`, with `round, answers, answers_total, checked_total, marked_total`
    (answers with marks), `clicks_total` (images marked), `coverage, propagated_accuracy,
    test_accuracy, seconds` each. A round in which no card was given a label measures what the round
    before did (the first: 0). Raises ValueError for numbers out of range, a method or setting that
    does not exist, and a source without targets; StateError for a method that learns from labels
    alone.
    """
    with (
        tempfile.TemporaryDirectory(prefix="labeller-") as scratch,
        _started(what, workspace or Path(scratch), features, report) as run,
    ):
        run.splits, run.marks = what.splits, what.marks
        _draw_audit(run.store, NAME, what.audit)
        who = what.expert
        if isinstance(who, str):
            who = run.expert(who, what.seed, what.error_rate, what.overconfidence)
        budgets = budgets_of(what.rounds, what.answers)
        records = [
            run.round(who, budget, following)
            for budget, following in zip(budgets, [*budgets[1:], None], strict=True)
        ]
        audited = _audit_record(run.store, NAME)
    return {
        "source": what.source,
        "method": run.config.method,  # of photos it may be another than the preset's
        "preset": what.preset,
        "expert": what.expert if isinstance(what.expert, str) else what.expert.name,
        "error_rate": what.error_rate,
        "overconfidence": what.overconfidence,
        "seed": what.seed,
        **measured_on(what.device),
        "config": run.config.model_dump(mode="json"),
        "rounds": records,
        "test_accuracy": records[-1].get("test_accuracy"),
        **audited,
    }


def prepare(
    what: Simulation, workspace: Path, *, features: Path | None = None, report: Report = silent
) -> None:
    """Fills `workspace` with the start of a simulation: images, network, open questions.

    Copies of the folder start several simulations from one training.
    """
    with _started(what, workspace, features, report):
        pass


def expert_of(
    workspace: Path, name: str, *, seed: int = 0, device: str = "auto", report: Report = silent
) -> Expert:
    """The expert called `name` for a prepared workspace, to answer in several simulations."""
    with closing(service.open_store(workspace)) as store:
        return Run(store, RoundConfig(), device, report).expert(name, seed)


@contextmanager
def _started(
    what: Simulation, workspace: Path, features: Path | None, report: Report
) -> Iterator[Run]:
    """The simulated project of a workspace with its first questions; its store is closed after."""
    config = what.config
    with closing(service.open_store(workspace)) as store:
        run = Run(store, config, what.device, report)
        run.shared = None if features is None else ProjectFolder(features)
        run.start(what.source, what.size, what.data_dir, what.changes)
        yield run


def _draw_audit(store: Store, project: str, size: int) -> None:
    """Draws an audit and says the true class of each of its images; nothing for size 0."""
    if not size:
        return
    drawn = service.draw_audit(store, project, size)
    targets = read_targets(store.project_folder(service.project(store, project).id).data)
    for image in drawn.images:
        label = -1 if targets is None else int(targets[image])
        answer = label if label >= 0 else None
        service.answer_audit(store, project, image, answer, expert="simulated")


def _audit_record(store: Store, project: str) -> dict[str, Any]:
    """What the audit says of the last round, beside the true shares; empty without an audit."""
    report, view = service.audit_report(store, project), service.audit(store, project)
    if report is None or view is None:
        return {}
    scores = service.rounds(store, project)[-1].metrics
    true = {"labels": scores["propagated_accuracy"], "classifier": scores["train_accuracy"]}
    estimates = [
        {
            "what": one.what,
            "asked": one.asked,
            "accuracy": one.accuracy,
            "low": one.low,
            "high": one.high,
            "true_accuracy": true[one.what],
            "covers": one.low <= true[one.what] <= one.high,
        }
        for one in report.now
    ]
    return {
        "audit": {"images": len(view.images), "labelled": view.labelled, "estimates": estimates}
    }
