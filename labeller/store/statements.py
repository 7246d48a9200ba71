"""What each round's answers say of the images, and what they say together; writing it down."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from labeller.config import PropagateConfig, RoundConfig
from labeller.data.sealed import check, intact_arrays
from labeller.errors import DamagedFileError
from labeller.rounds.propagation import JOINS, ROOM, Propagation, corrected
from labeller.store.files import read_labels, write_arrays
from labeller.store.project_rows import ProjectRows
from labeller.store.saying import propagation_of
from labeller.store.schema import Round
from labeller.store.second_looks import corrections
from labeller.store.selections import selection_marks, set_aside


def statements(
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
            now = propagation_of(rows, earlier, settings_of(earlier, None), without=without)
        else:
            if _only_together(rows, earlier.number):
                said.clear()  # a version kept only what all rounds so far say together
            now = _as_propagated(rows, earlier)
        said.append(corrected(now, since))
    settings = settings_of(round_, config)
    known = settings.rule in ROOM.names()
    if not known and round_.propagated_until and not _was_changed(rows, round_, without):
        # The plug-in with its rule is gone; what it said is still there.
        return [*said, _as_propagated(rows, round_)]
    now = propagation_of(rows, round_, settings, without=without, confidences=confidences)
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


def _only_together(rows: ProjectRows, number: int) -> bool:
    """Whether the round has only what all rounds so far say together, and that can be read."""
    together = rows.folder.propagation(number)
    return not rows.folder.statement(number).exists() and intact_arrays(together) is not None


def _as_propagated(rows: ProjectRows, round_: Round) -> Propagation:
    """What a round said when it was propagated, with the classes as they are merged now; where the
    file is damaged or gone, its answers say it again.
    """
    alone, merged = rows.folder.statement(round_.number), rows.merged
    together = _only_together(rows, round_.number)
    path = rows.folder.propagation(round_.number) if together else alone
    try:
        arrays = read_labels(path, rows.project.data.get("count", 0))
    except DamagedFileError:
        return propagation_of(rows, round_, settings_of(round_, None))
    arrays["labels"] = merged.apply(arrays["labels"])
    if "denied" in arrays:
        # "Not a cat" may have meant a kitten, which is one since.
        apart = [label for label in np.unique(arrays["denied"]) if merged.alone(int(label))]
        arrays["denied"] = np.where(np.isin(arrays["denied"], apart), arrays["denied"], -1)
    return Propagation(**arrays)


@dataclass(frozen=True, eq=False)
class Computed:
    """What a round says alone, and all rounds together, of the rows in some `state`; `notes`: which
    answers are missing.
    """

    state: tuple[object, ...]
    alone: Propagation
    together: Propagation
    notes: tuple[str, ...]


def computed(rows: ProjectRows, round_: Round, config: PropagateConfig | None = None) -> Computed:
    """What `write_propagation` writes: to be computed before the write lock is held."""
    said, settings = statements(rows, round_, config), settings_of(round_, config)
    together = combined(rows, said, settings)
    return Computed(_state(rows, round_, settings), said[-1], together, unread_notes(rows))


def write_propagation(
    rows: ProjectRows,
    round_: Round,
    config: PropagateConfig | None = None,
    ready: Computed | None = None,
) -> Propagation:
    """Writes labels and weights of the open round, and in its row what they know of; returns them.

    Where no image has a label nothing is written. Inside the caller's transaction; `ready`, which
    was computed before it, counts unless something was said since.
    """
    settings = settings_of(round_, config)
    if ready is None or ready.state != _state(rows, round_, settings):
        ready = computed(rows, round_, config)
    if (ready.together.labels >= 0).any():
        write_arrays(rows.folder.statement(round_.number), vars(ready.alone))
        write_arrays(rows.folder.propagation(round_.number), vars(ready.together))
        round_.propagated = settings.model_dump(mode="json")
        round_.propagated_until = newest_answer(rows, round_)
        round_.merges_until = rows.newest_merge
    return ready.together


def restore_propagations(rows: ProjectRows) -> list[Path]:
    """Writes again what each propagated round said, alone and with those before it, where a file of
    it is damaged or gone; returns the files. Rounds of versions that kept no statements have none.
    """
    written = []
    for round_ in rows.rounds:
        files = {rows.folder.statement(round_.number), rows.folder.propagation(round_.number)}
        damaged = [path for path in sorted(files) if intact_arrays(path) is None]
        if round_.propagated_until <= 0 or not damaged or _only_together(rows, round_.number):
            continue
        settings = settings_of(round_, None)
        said = statements(rows, round_)
        write_arrays(rows.folder.statement(round_.number), vars(said[-1]))
        write_arrays(rows.folder.propagation(round_.number), vars(combined(rows, said, settings)))
        written += damaged
    return written


def propagated(rows: ProjectRows, round_: Round) -> Propagation:
    """Labels that all rounds up to a propagated one gave; said again where its file is damaged."""
    path, count = rows.folder.propagation(round_.number), rows.project.data.get("count", 0)
    try:
        check(path)
        return Propagation(**_read_labels(path, path.stat().st_mtime_ns, count))
    except DamagedFileError:
        return combined(rows, statements(rows, round_), settings_of(round_, None))


def unread_notes(rows: ProjectRows) -> tuple[str, ...]:
    """Which answers are missing in what was just made of `rows`, as files are damaged."""
    return tuple(str(error) for error in rows.unread.values())


def to_keep(rows: ProjectRows) -> Computed | None:
    """What `keep_answers` would write, if anything: to be computed before the lock is held."""
    round_ = _unkept(rows)
    return None if round_ is None else computed(rows, round_)


def keep_answers(rows: ProjectRows, ready: Computed | None = None) -> None:
    """Propagates what the open round's answers say, so that a round after it builds on them.

    Nothing where that is done, or no answer of it says a label. Inside the caller's transaction;
    `ready`: of `to_keep`, before it.
    """
    round_ = _unkept(rows)
    if round_ is not None:
        write_propagation(rows, round_, ready=ready)


def _unkept(rows: ProjectRows) -> Round | None:
    """The open round, where its answers say labels that were not propagated."""
    round_ = rows.open_round
    if round_ is None or not _is_stale(rows, round_):
        return None
    labelled = any(row.kind == "label" for row in rows.given(round_.number))
    return round_ if labelled or any(selection_marks(rows, round_.number)) else None


def _state(rows: ProjectRows, round_: Round, settings: PropagateConfig) -> tuple[object, ...]:
    """What a round's propagation depends on."""
    newest = max((row.number for row in rows.answers), default=0)
    nodes, count = len(rows.tree(round_.number).nodes), rows.project.data.get("count", 0)
    until = round_.propagated_until
    return round_.number, until, newest, rows.newest_merge, nodes, count, settings.model_dump_json()


@lru_cache(maxsize=16)
def _read_labels(path: Path, _changed: int, count: int) -> dict[str, np.ndarray]:
    return read_labels(path, count)


def newest_answer(rows: ProjectRows, round_: Round) -> int:
    """The number of the newest answer, or revocation, of the round; 0 without any."""
    return max((row.number for row in rows.answers if row.round == round_.number), default=0)


def _is_stale(rows: ProjectRows, round_: Round) -> bool:
    """Whether answers came, or classes were merged, after the round was propagated."""
    answered = newest_answer(rows, round_) > round_.propagated_until
    return answered or rows.newest_merge > round_.merges_until


def _was_changed(rows: ProjectRows, round_: Round, without: Collection[int]) -> bool:
    """Whether an answer of the round was, or is to be, taken back after it was propagated."""
    taken = any(row.round == round_.number and row.number in without for row in rows.answers)
    return taken or newest_answer(rows, round_) > round_.propagated_until
