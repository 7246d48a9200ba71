"""The whole loop without a person: a simulated expert answers through the verbs of the page."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from labeller import service
from labeller.config import RoundConfig
from labeller.events import Report, silent
from labeller.experiments.simulation.answers_per_round import budgets_of, settings_for
from labeller.experiments.simulation.experts import Expert
from labeller.experiments.simulation.simulated_audit import audit_record, draw_audit
from labeller.experiments.simulation.simulated_project import NAME, Run
from labeller.jobs.catalogue import check_method
from labeller.methods import registry
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
) -> dict:
    """Runs `rounds` rounds of at most `answers` answers each and returns what it measured.

    `answers` may be a list with a number for each round; `rounds` is its length then.
    `method` is `NAME:PRESET@KEY=VALUE`; `epochs` the length of the first training; `overrides`
    changes settings by dotted name (`{"cluster.clusters": 20}`). `error_rate` and `overconfidence`,
    in [0, 1], make an expert given by name err and too sure (`experts.NoisyExpert`); one of
    `expert_of` answers as it is. A `workspace` that holds what `prepare` made is gone on from:
    nothing is imported or trained without labels again; the images are clustered anew where the
    settings ask for it. `features` is a folder in which simulations of the same images share the
    features of their encoder: what is there is not computed again.
    With `audit`, so many random images are labelled truly before the first round, and the record
    has `audit`: what they say of the labels.
    A round in which no card was given a label measures what the round before did (the first: 0),
    and the next asks about finer clusters. Without `splits` a mixed cluster is skipped; without
    `marks` the expert does not mark the wrong images of a card, but splits or skips it. Splits,
    skips and second looks at doubted answers count as answers, whatever was marked in them. The
    record has `rounds`, a list with `round, answers, answers_total, checked_total, marked_total`
    (answers with marks), `clicks_total` (images marked), `coverage, propagated_accuracy,
    test_accuracy, seconds`, and the last `test_accuracy`. Raises ValueError for numbers out of
    range, for a method or setting that does not exist, and for a source without targets;
    StateError for a method that learns from labels alone.
    """
    budgets = budgets_of(rounds, answers)
    changes = {**(registry.changes(method) if method else {}), **(overrides or {})}
    if epochs is not None:
        changes["train.epochs"] = epochs
    config = settings_for(preset, budgets, seed, changes)
    check_method(config)
    with tempfile.TemporaryDirectory(prefix="labeller-") as scratch:
        store = service.open_store(workspace or scratch)
        run = Run(store, config, device, report)
        run.splits, run.marks, run.shared = splits, marks, _shared(features)
        try:
            run.start(source, size, data_dir, changes)
            draw_audit(store, NAME, audit)
            who = expert
            if isinstance(who, str):
                who = run.expert(who, seed, error_rate, overconfidence)
            records = [
                run.round(who, budget, following)
                for budget, following in zip(budgets, [*budgets[1:], None], strict=True)
            ]
            audited = audit_record(store, NAME)
        finally:
            store.close()
    return {
        "source": source,
        "method": run.config.method,  # of photos it may be another than the preset's
        "preset": preset,
        "expert": expert if isinstance(expert, str) else expert.name,
        "error_rate": error_rate,
        "overconfidence": overconfidence,
        "seed": seed,
        **run.machine(),
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
    store = service.open_store(workspace)
    try:
        run = Run(store, config, device, report)
        run.shared = _shared(features)
        run.start(source, size, data_dir, changes)
    finally:
        store.close()


def _shared(features: Path | None) -> ProjectFolder | None:
    return None if features is None else ProjectFolder(features)


def expert_of(
    workspace: Path, name: str, *, seed: int = 0, device: str = "auto", report: Report = silent
) -> Expert:
    """The expert called `name` for a prepared workspace, to answer in several simulations."""
    store = service.open_store(workspace)
    try:
        return Run(store, RoundConfig(), device, report).expert(name, seed)
    finally:
        store.close()
