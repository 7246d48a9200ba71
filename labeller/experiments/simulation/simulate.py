"""The whole loop without a person: a simulated expert answers through the verbs of the page."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
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


def simulate(
    source: str,
    *,
    method: str | None = None,
    preset: str = "recommended",
    rounds: int = 1,
    answers: int | Sequence[int] = 10,
    expert: str | Expert = "card",
    error_rate: float = 0.0,
    overconfidence: float = 0.0,
    seed: int = 0,
    device: str = "auto",
    data_dir: str | Path | None = None,
    size: int | None = None,
    epochs: int | None = None,
    overrides: Mapping[str, object] | None = None,
    splits: bool = True,
    marks: bool = True,
    audit: int = 0,
    workspace: Path | None = None,
    features: Path | None = None,
    report: Report = silent,
) -> dict[str, Any]:
    """Runs `rounds` rounds of at most `answers` answers each and returns what it measured.

    `answers` may be a list with a number for each round. `method` is `NAME:PRESET@KEY=VALUE`;
    `epochs` the length of the first training; `overrides` changes settings by dotted name.
    `error_rate` and `overconfidence`, in [0, 1], are those of `experts.NoisyExpert`. A `workspace`
    that `prepare` made is gone on from; `features` is a folder in which simulations share the
    features of their encoder. `audit` images are labelled truly before the first round. Without
    `splits` a mixed cluster is skipped; without `marks` no wrong image of a card is marked.

    The record has `rounds`, with `round, answers, answers_total, checked_total, marked_total`
    (answers with marks), `clicks_total` (images marked), `coverage, propagated_accuracy,
    test_accuracy, seconds` each. A round in which no card was given a label measures what the round
    before did (the first: 0). Raises ValueError for numbers out of range, a method or setting that
    does not exist, and a source without targets; StateError for a method that learns from labels
    alone.
    """
    budgets = budgets_of(rounds, answers)
    changes = {**(registry.changes(method) if method else {}), **(overrides or {})}
    if epochs is not None:
        changes["train.epochs"] = epochs
    config = settings_for(preset, budgets, seed, changes)
    check_method(config)
    with (
        tempfile.TemporaryDirectory(prefix="labeller-") as scratch,
        _project(workspace or Path(scratch), config, device, report, features) as run,
    ):
        run.splits, run.marks = splits, marks
        run.start(source, size, data_dir, changes)
        _draw_audit(run.store, NAME, audit)
        who = expert
        if isinstance(who, str):
            who = run.expert(who, seed, error_rate, overconfidence)
        records = [
            run.round(who, budget, following)
            for budget, following in zip(budgets, [*budgets[1:], None], strict=True)
        ]
        audited = _audit_record(run.store, NAME)
    return {
        "source": source,
        "method": run.config.method,  # of photos it may be another than the preset's
        "preset": preset,
        "expert": expert if isinstance(expert, str) else expert.name,
        "error_rate": error_rate,
        "overconfidence": overconfidence,
        "seed": seed,
        **measured_on(device),
        "config": run.config.model_dump(mode="json"),
        "rounds": records,
        "test_accuracy": records[-1].get("test_accuracy"),
        **audited,
    }


def prepare(
    source: str,
    workspace: Path,
    *,
    preset: str = "recommended",
    answers: int = 10,
    seed: int = 0,
    device: str = "auto",
    data_dir: str | Path | None = None,
    size: int | None = None,
    features: Path | None = None,
    overrides: Mapping[str, object] | None = None,
    report: Report = silent,
) -> None:
    """Fills `workspace` with the start of a simulation: images, network, open questions.

    Copies of the folder start several simulations from one training. Arguments as in `simulate`.
    """
    changes = dict(overrides or {})
    config = settings_for(preset, [answers], seed, changes)
    check_method(config)
    with _project(workspace, config, device, report, features) as run:
        run.start(source, size, data_dir, changes)


def expert_of(
    workspace: Path, name: str, *, seed: int = 0, device: str = "auto", report: Report = silent
) -> Expert:
    """The expert called `name` for a prepared workspace, to answer in several simulations."""
    with _project(workspace, RoundConfig(), device, report) as run:
        return run.expert(name, seed)


@contextmanager
def _project(
    workspace: Path,
    config: RoundConfig,
    device: str,
    report: Report,
    features: Path | None = None,
) -> Iterator[Run]:
    """The simulated project of a workspace, whose store is closed at the end."""
    with closing(service.open_store(workspace)) as store:
        run = Run(store, config, device, report)
        run.shared = None if features is None else ProjectFolder(features)
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
