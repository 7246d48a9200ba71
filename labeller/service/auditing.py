"""What the audit says of the labels: estimates with intervals, and whether to go on."""

from typing import Literal

import numpy as np

from labeller.evaluation.intervals import half_width, wilson
from labeller.evaluation.stopping import POINT, PowerLaw, answers_to_gain, error_rate, fit_power_law
from labeller.records import AuditEstimate, AuditReport
from labeller.rounds.propagation import NO_LABEL
from labeller.service.audit import audit_view
from labeller.service.lookup import ProjectLike, reading
from labeller.service.review import present_labels
from labeller.store import Store
from labeller.store.files import lengthened, read_array
from labeller.store.project_rows import ProjectRows


def audit_report(store: Store, project: ProjectLike) -> AuditReport | None:
    """How right the present labels are, by the audit; None while no image of it has a class.

    Fast enough to be called after each key: it reads arrays at the audit's images only.
    """
    with reading(store, project) as rows:
        view = audit_view(store, rows)
        if view is None or not view.labelled:
            return None
        said = {image: label for image, label in view.said.items() if label is not None}
        images = np.array(list(said), np.int64)
        truth = np.array(list(said.values()), np.int64)
        rounds = _rounds(rows, images, truth)
        labels = present_labels(rows)
    now = [rounds[-1]] if rounds else []
    if labels is not None and (labels[images] != NO_LABEL).any():
        now.insert(0, _estimate("labels", labels[images], truth))
    more, advice = _advice(rounds)
    return AuditReport(tuple(now), tuple(rounds), more, advice)


def _rounds(rows: ProjectRows, images: np.ndarray, truth: np.ndarray) -> list[AuditEstimate]:
    """The classifier of each finished round against the audit's labels, oldest first."""
    taught = {row.taught_by: row.number for row in rows.models if row.finished}
    estimates, answers = [], 0
    for round_ in rows.rounds:
        if round_.state != "finished":
            continue
        answers += len(rows.given(round_.number))
        model = taught.get(round_.number)
        path = rows.folder.model(model or 0) / "predictions.npy"
        if model is None or not path.exists():
            continue
        said = lengthened(read_array(path), rows.project.data.get("count", 0), NO_LABEL)
        guesses = rows.merged.apply(said[images])
        estimates.append(_estimate("classifier", guesses, truth, round_.number, answers))
    return estimates


def _estimate(
    what: Literal["labels", "classifier"],
    labels: np.ndarray,
    truth: np.ndarray,
    number: int | None = None,
    answers: int | None = None,
) -> AuditEstimate:
    known = labels != NO_LABEL
    right, asked = int((labels[known] == truth[known]).sum()), int(known.sum())
    low, high = wilson(right, asked)
    return AuditEstimate(
        what=what,
        right=right,
        asked=asked,
        low=low,
        high=high,
        without=int((~known).sum()),
        round=number,
        answers=answers,
    )


def _advice(rounds: list[AuditEstimate]) -> tuple[int | None, str]:
    """How many answers the next point of accuracy costs, and the same in words."""
    points = [(r.answers, error_rate(r.right, r.asked)) for r in rounds if r.answers]
    if len({answers for answers, _ in points}) < 2:
        return None, (
            "It is too early to say what more answers would bring: finish two rounds with "
            "different numbers of answers, and the error so far can be continued."
        )
    law = fit_power_law([n for n, _ in points], [error for _, error in points])
    newest = rounds[-1]
    now = newest.answers or 0
    more = answers_to_gain(law, now)
    if more is None and law.error(now) > POINT and _within_noise(rounds[0], newest):
        half = 100 * half_width(newest.accuracy, newest.asked)
        return None, (
            "It cannot be told yet whether more answers help: the rounds differ by less than the "
            f"±{half:.1f} points to which {newest.asked} images know the accuracy. Add images to "
            "the audit, or go on: with so many labels wrong, answers usually pay."
        )
    return more, f"{_words(law, now, more, len(points))} {_surely(newest)}"


def _within_noise(first: AuditEstimate, newest: AuditEstimate) -> bool:
    """Whether the intervals of both meet, and are too wide to say that nothing was gained."""
    meet = first.low <= newest.high and newest.low <= first.high
    return meet and half_width(newest.accuracy, newest.asked) > POINT


def _words(law: PowerLaw, now: int, more: int | None, rounds: int) -> str:
    error = law.error(now)
    if more is not None:
        return (
            f"The next point of accuracy is likely to cost about {more:,} more answers: the error "
            f"of the {rounds} finished rounds, continued as a power of the {now:,} answers so far."
        )
    if error <= POINT:
        return (
            f"You can stop: about {error:.1%} of the labels are wrong, so there is less than one "
            "point left to gain."
        )
    return (
        f"You can stop: the last rounds brought so little that one more point would cost more "
        f"than ten times the {now:,} answers given. Other settings may bring more than answers."
    )


def _surely(newest: AuditEstimate) -> str:
    half = half_width(newest.accuracy, newest.asked)
    if half <= POINT:
        return f"The audit knows the accuracy to ±{100 * half:.1f} points."
    return (
        f"Take it as a rough guide: with {newest.asked} images the audit knows the accuracy only "
        f"to ±{100 * half:.1f} points."
    )
