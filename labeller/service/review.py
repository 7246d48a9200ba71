"""What the answers would do to every image, and doing it. Numpy only: sliders update at once."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from labeller.config import PropagateConfig, RoundConfig
from labeller.errors import StateError
from labeller.records import Preview
from labeller.rounds.propagation import JOINS, ROOM, Propagation, corrected
from labeller.rounds.settings import checked_propagation
from labeller.service.lookup import ProjectLike, asking_round, changing, find_round, reading
from labeller.service.progress import labelling_of
from labeller.service.saying import propagation_of
from labeller.store import Store
from labeller.store.files import read_labels, write_arrays
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import Round
from labeller.store.second_looks import corrections
from labeller.store.selections import selection_marks, set_aside

LOWEST = 60


def preview(
    store: Store,
    project: ProjectLike,
    config: PropagateConfig | None = None,
    *,
    confidences: Mapping[int, float] | None = None,
) -> Preview:
    """What propagating the newest round's answers with `config` would give; nothing is written.

    With `confidences` as if those answers of the round (by number) had been given so surely.
    Raises ValueError for a rule or a setting that does not exist.
    """
    config = checked_propagation(config)
    with reading(store, project) as rows:
        round_ = find_round(rows)
        said = statements(store, rows, round_, config, confidences=confidences)
        return _summary(rows, combined(rows, said, settings_of(round_, config)), confidences or {})


def propagate(store: Store, project: ProjectLike, config: PropagateConfig | None = None) -> Preview:
    """Writes labels and weights of the open round; raises StateError when nothing is labelled."""
    config = checked_propagation(config)
    with changing(store, project, "propagate", "retrain", "cluster") as rows:
        round_ = asking_round(rows, " to propagate from")
        said, settings = statements(store, rows, round_, config), settings_of(round_, config)
        together = combined(rows, said, settings)
        if not (together.labels >= 0).any():
            raise StateError("no cluster has a label yet; answer some questions first")
        write_arrays(rows.folder.statement(round_.number), vars(said[-1]))
        write_arrays(rows.folder.propagation(round_.number), vars(together))
        round_.propagated = settings.model_dump(mode="json")
        round_.propagated_until = _newest_answer(rows, round_)
        round_.merges_until = rows.newest_merge
        return _summary(rows, together, {})


def keep_answers(store: Store, project: ProjectLike) -> None:
    """Propagates what the open round's answers say, so that a round after it builds on them."""
    with reading(store, project) as rows:
        round_ = rows.open_round
        selected = round_ is not None and any(selection_marks(rows, round_.number))
        if round_ is None or not (selected or labelling_of(rows, round_).labelled):
            return
    propagate(store, project)


def refuse_stale(rows: ProjectRows, round_: Round) -> None:
    """Raises StateError when answers came, or classes were merged, after it was propagated."""
    if _newest_answer(rows, round_) > round_.propagated_until:
        raise StateError("answers came after the propagation; propagate again, then retrain")
    if rows.newest_merge > round_.merges_until:
        raise StateError(
            "classes were merged or split after the propagation; propagate again, then retrain"
        )


def present_labels(store: Store, rows: ProjectRows) -> np.ndarray | None:
    """The label of each image (N,) by the answers so far, -1 none; None before any round."""
    round_ = rows.newest_round
    if round_ is None:
        return None
    return combined(rows, statements(store, rows, round_), settings_of(round_, None)).labels


def statements(
    store: Store,
    rows: ProjectRows,
    round_: Round,
    config: PropagateConfig | None = None,
    *,
    without: Collection[int] = (),
    confidences: Mapping[int, float] | None = None,
) -> list[Propagation]:
    """What each round up to `round_` says of the images by itself, oldest first.

    Earlier rounds say what they said when they were propagated, with the classes as they are merged
    now, with the labels that were corrected and without the answers that were taken back since;
    this one what its answers say with `config`, and with what `propagation_of` takes. `without` may
    name answers of any round.
    """
    since = corrections(rows, without=without)
    said: list[Propagation] = []
    for earlier in rows.rounds:
        if earlier.number >= round_.number or earlier.propagated_until <= 0:
            continue
        if _was_changed(rows, earlier, without):
            now = propagation_of(store, rows, earlier, settings_of(earlier, None), without=without)
        else:
            if not rows.folder.statement(earlier.number).exists():
                said.clear()  # a version kept only what all rounds so far say together
            now = _as_propagated(rows, earlier.number)
        said.append(corrected(now, since))
    settings = settings_of(round_, config)
    known = settings.rule in ROOM.names()
    if not known and round_.propagated_until and not _was_changed(rows, round_, without):
        # The plug-in with its rule is gone; what it said is still there.
        return [*said, _as_propagated(rows, round_.number)]
    now = propagation_of(store, rows, round_, settings, without=without, confidences=confidences)
    return [*said, now]


def combined(
    rows: ProjectRows,
    said: list[Propagation],
    settings: PropagateConfig,
    *,
    without: Collection[int] = (),
) -> Propagation:
    """What several rounds say together, joined as the settings have it; nothing of the images that
    were set aside, as if the answers numbered `without` were taken back.
    """
    together = JOINS[settings.join](said, max(rows.names, default=0) + 1)
    aside = set_aside(rows, without=without)
    return together.without(aside) if len(aside) else together


def settings_of(round_: Round, config: PropagateConfig | None) -> PropagateConfig:
    """The settings given, else those that the round was last propagated with, else its own."""
    if config is not None:
        return config
    if round_.propagated:
        return PropagateConfig.model_validate(round_.propagated)
    return RoundConfig.model_validate(round_.config).propagate


def _as_propagated(rows: ProjectRows, number: int) -> Propagation:
    """What a round said when it was propagated, with the classes as they are merged now."""
    alone, merged = rows.folder.statement(number), rows.merged
    path = alone if alone.exists() else rows.folder.propagation(number)
    arrays = read_labels(path, rows.project.data.get("count", 0))
    arrays["labels"] = merged.apply(arrays["labels"])
    if "denied" in arrays:
        # "Not a cat" may have meant a kitten, which is one since.
        apart = [label for label in np.unique(arrays["denied"]) if merged.alone(int(label))]
        arrays["denied"] = np.where(np.isin(arrays["denied"], apart), arrays["denied"], -1)
    return Propagation(**arrays)


def _newest_answer(rows: ProjectRows, round_: Round) -> int:
    """The number of the newest answer, or revocation, of the round; 0 without any."""
    return max((row.number for row in rows.answers if row.round == round_.number), default=0)


def _was_changed(rows: ProjectRows, round_: Round, without: Collection[int]) -> bool:
    """Whether an answer of the round was, or is to be, taken back after it was propagated."""
    taken = any(row.round == round_.number and row.number in without for row in rows.answers)
    return taken or _newest_answer(rows, round_) > round_.propagated_until


def _summary(rows: ProjectRows, together: Propagation, confidences: Mapping[int, float]) -> Preview:
    labelled = together.labels >= 0
    balance = [
        (one.label, one.name, int(mine.sum()), float(together.weights[mine].sum()))
        for one in rows.live_classes
        for mine in [together.labels == one.label]
    ]
    decided = [
        (
            answer.number,
            answer.round,
            answer.node,
            rows.names.get(int(together.labels[mine][0]), ""),  # merged, or corrected, since
            confidences.get(answer.number, answer.confidence),
            int(mine.sum()),
            float(together.weights[mine].sum()),
        )
        for answer in rows.answers
        for mine in [together.source == answer.number]
        if answer.kind == "label" and mine.any()
    ]
    order = np.flatnonzero(labelled)
    lowest = order[np.argsort(together.weights[order], kind="stable")[:LOWEST]]
    columns = ["number", "round", "node", "name", "confidence", "images", "weight"]
    return Preview(
        labels=together.labels,
        weights=together.weights,
        source=together.source,
        distance=together.distance,
        looked=together.looked,
        coverage=float(labelled.sum() / max(1, rows.project.data.get("train", 1))),
        effective=float(together.weights.sum()),
        balance=pd.DataFrame(balance, columns=["label", "name", "images", "weight"]),
        by_answer=pd.DataFrame(decided, columns=columns),
        lowest=lowest,
    )
