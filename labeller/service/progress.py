"""How far the labelling of a round is, in cards and images, and what the project waits for."""

from collections.abc import Sequence

import numpy as np

from labeller.config import RoundConfig
from labeller.jobs.kinds import ROUND_JOBS
from labeller.records import JobView, Labelling, NextStep, Page
from labeller.store.answers import Leaf, is_rest
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import Round
from labeller.store.selections import selected_labels, set_aside
from labeller.store.statements import propagated


def labelling_of(rows: ProjectRows, round_: Round) -> Labelling:
    """Counts of the round's live cards by what was answered about them."""
    tree = rows.tree(round_.number)
    answered = [(leaf, leaf.answer) for leaf in tree.leaves if leaf.answer is not None]
    labelled = [leaf for leaf, answer in answered if answer.kind == "label"]
    skipped = [leaf for leaf, answer in answered if answer.kind == "skip"]
    before = labelled_before(rows, round_)
    # The images of a rest stay with its parent.
    passed = sum(
        leaf.node.size * fresh(rows, leaf, before) for leaf in skipped if not is_rest(leaf.node)
    )
    now = sum(leaf.images * fresh(rows, leaf, before) for leaf in labelled)
    now += _selected(rows, round_, before, labelled)
    return Labelling(
        round=round_.number,
        cards=len(tree.leaves),
        open=sum(_is_open(leaf, people_per_card(rows)) for leaf in tree.leaves),
        labelled=len(labelled),
        skipped=len(skipped),
        images=rows.project.data.get("train", 0),
        images_before=int(before.sum()),
        images_labelled=round(int(before.sum()) + now),
        images_skipped=round(passed),
        noise=round_.noise + tree.left_by_splits,
        answers=len(rows.given(round_.number)),
        answers_total=len(rows.given()),
    )


def people_per_card(rows: ProjectRows) -> int:
    """How many people answer each card."""
    people: int = RoundConfig.model_validate(rows.project.config).ask.people
    return people


def _is_open(leaf: Leaf, people: int) -> bool:
    """Whether it waits for an answer, or for the parts of its split."""
    return leaf.answer is None or leaf.answer.kind == "split" or len(leaf.voices) < people


def _selected(
    rows: ProjectRows, round_: Round, before: np.ndarray, labelled: Sequence[Leaf]
) -> int:
    """How many images selections add to those that have a label by the cards, or take from them."""
    given, aside = selected_labels(rows, round_.number) >= 0, set_aside(rows)
    if not (given.any() or len(aside)):
        return 0
    others = before.copy()
    for leaf in labelled:
        others[leaf.answer.only if leaf.answer and leaf.answer.only else rows.own_members(leaf)] = 1
    taken = np.zeros_like(others)
    taken[aside] = True
    return int((given & ~others & ~taken).sum()) - int((others & taken).sum())


def labelled_before(rows: ProjectRows, round_: Round) -> np.ndarray:
    """Which images (N,) had a label before the round, by answers that were not taken back."""
    for earlier in reversed(rows.rounds):
        if earlier.number < round_.number and earlier.propagated_until > 0:
            said = propagated(rows, earlier)
            return (said.labels >= 0) & ~np.isin(said.source, _taken_back(rows))
    return np.zeros(rows.project.data.get("count", 0), bool)


def _taken_back(rows: ProjectRows) -> list[int]:
    """The numbers of answers that were revoked, but for those before which another one of the same
    cluster had given a label: that one stands again."""
    standing = {(row.round, row.node_key): row.kind for row in rows.given()}
    numbers = {row.number: row for row in rows.answers}
    revoked = [numbers[row.revokes] for row in rows.answers if row.revokes]
    return [row.number for row in revoked if standing.get((row.round, row.node_key)) != "label"]


def fresh(rows: ProjectRows, leaf: Leaf, before: np.ndarray) -> float:
    """The share of the card's images that had no label `before`."""
    if not before.any():
        return 1.0
    members = rows.members(leaf.node)
    return float(1 - before[members].mean()) if len(members) else 1.0


def next_step(
    state: str, jobs: Sequence[JobView], progress: Labelling | None, newest: Round | None
) -> NextStep:
    """The step after the project's `state`, its jobs (newest first) and its open round."""
    active = next((view for view in jobs if view.active and view.kind != "map"), None)
    last = next((view for view in jobs if view.kind in ROUND_JOBS), None)
    if state == "importing":
        return NextStep("projects", "The images are being imported.")
    if state == "import failed":
        return NextStep("projects", "The import failed; see why, and create the project again.")
    if active is not None and active.kind in ROUND_JOBS:
        page: Page = "review" if active.kind == "retrain" else "train"
        return NextStep(page, f"The {active.title.lower()} is {active.state}; questions come next.")
    if last is not None and last.resumable:
        return NextStep("train", f"The {last.title.lower()} was {last.state}; resume it.")
    if progress is None:
        if newest is None:
            return NextStep("train", "Train a method on the images; then the questions appear.")
        return NextStep("results", "The last round is finished: see its results, or train on.")
    if progress.open:
        if progress.open == progress.cards:
            text = f"The {progress.cards} questions of round {progress.round} wait for you."
            return NextStep("label", text)
        share = progress.images_labelled / max(1, progress.images)
        questions = f"{progress.open} of {progress.cards} questions of round {progress.round} are"
        return NextStep("label", f"{questions} open; {share:.0%} of the images have a label.")
    return NextStep("review", "All questions are answered: review what they do, then retrain.")
