"""Answers: what an expert says, taking it back with all that followed, and what would go."""

from dataclasses import replace
from typing import Any

import numpy as np
from sqlalchemy import func, select

from labeller.config import RoundConfig
from labeller.errors import AlreadyUndoneError, NotFoundError, StateError
from labeller.jobs import queue
from labeller.jobs.kinds import SplitPayload
from labeller.records import Answer, Undoing
from labeller.records.numbers import whole_number
from labeller.rounds.questions.candidates import has_rest
from labeller.service.classes import class_of
from labeller.service.issues import label_issues_of
from labeller.service.lookup import ProjectLike, asking_round, reading, refuse_while_active, writing
from labeller.service.naming import person_name
from labeller.service.progress import people_per_card
from labeller.store import Store, schema
from labeller.store.answers import Leaf, shown_on
from labeller.store.project_rows import Entry, ProjectRows, append, logged
from labeller.store.statements import combined, settings_of, statements


def answer(
    store: Store,
    project: ProjectLike,
    node: str,
    answer: Answer,
    *,
    expert: str = "me",
    check: bool | None = False,
    entry: Entry | None = None,
    round: int | None = None,
    new_class: str | None = None,
) -> Answer:
    """Stores an answer; it is committed when this returns.

    A split queues its clustering too, and so does a label with many marked as wrong, for which the
    worker looks for the rest of the cluster (`rounds.questions.candidates`). A later answer about
    the same node replaces the earlier one of the same expert; those of others stand beside it, and
    count together (`store.people`). `check`: it is a second look at an answer that was doubted
    (`label_issues`), and settles it; None: wherever it is a label, or people differ and it is no
    skip, and the answer before is doubted, as `expert` sees it.
    `entry`: of a browser's log; where it is stored already, by whichever session, nothing changes,
    and what was stored is returned. So it is where the same answer of theirs stands and nothing is
    checked. `round`: the one whose card was seen, where another may have been opened since.
    `new_class`: the label is the class of that name, added where there is none, with the answer.

    Raises StateError for a round that is over or is being retrained with, NotFoundError for an
    unknown node, ValueError for an unknown class and for marked images that the card does not show.
    """
    expert = person_name(expert)
    doubted = check is None and _is_doubted(store, project, node, answer)
    with writing(store, project) as rows:
        if (there := logged(rows.answers, entry)) is not None:
            return rows.answer(there)
        refuse_while_active(rows, "answer", "retrain", "cluster")
        round_ = _seen_round(rows, round)
        tree = rows.tree(round_.number)
        leaf = tree.leaf(node)
        if new_class is not None:
            answer = replace(answer, label=class_of(rows, new_class))
        _check(rows, leaf, answer)
        if check is None:
            check = _is_second_look(rows, leaf, answer, expert, doubted)
        about = reversed(tree.given.get(leaf.node.key, ()))
        mine = next((one for one in about if one.expert == expert), None)
        standing = rows.answer(mine) if mine else None
        if entry is not None and not check and standing and _said(standing) == _said(answer):
            return standing
        values = dict(zip(_SAID, _said(answer), strict=True))
        values["checked"] = check and leaf.answer is not None
        place = {"round": round_.number, "node_key": leaf.node.key, "node": leaf.node.path}
        stored = append(rows, schema.Answer, entry, expert=expert, **place, **values)
        assert stored is not None  # nobody else writes since `logged` was asked
        work = _work(rows, round_, leaf, answer)
        if work is not None:
            of = {"round": round_.number, "node": leaf.node.key, "answer": stored.number}
            queue.enqueue(rows.session, rows.id, SplitPayload(**of, **work))
        return rows.answer(stored)


def answers(store: Store, project: ProjectLike, round: int | None = None) -> list[Answer]:
    """The answers that stand, of one round or of all, oldest first."""
    with reading(store, project) as rows:
        return [rows.answer(row) for row in rows.given(round)]


def stored_answer(store: Store, project: ProjectLike, entry: Entry) -> Answer | None:
    """What was stored for that entry of a browser's log; None where nothing was yet."""
    with reading(store, project) as rows:
        row = logged(rows.answers, entry)
        return None if row is None else rows.answer(row)


def undo(
    store: Store,
    project: ProjectLike,
    *,
    answer: int | None = None,
    expert: str | None = None,
    node: str | None = None,
    entry: Entry | None = None,
    round: int | None = None,
) -> Answer:
    """Revokes one answer: that number, of any round, else the newest of the open round (of
    `expert`, if named), which must be about `node`, if named; `entry` and `round` as of `answer`.

    With it go the answers about the children of its split, and what was propagated from it: an
    open round that was propagated already has to be propagated again. An earlier answer about the
    same cluster stands again. A finished round keeps its questions, its scores and its network;
    what its answers say of the images is said without the revoked one from now on, and the next
    retraining learns from that.

    Raises StateError when there is nothing to undo, NotFoundError for a number or a node that no
    standing answer has.
    """
    expert = None if expert is None else person_name(expert)
    with writing(store, project) as rows:
        if (there := logged(rows.answers, entry)) is not None:
            return next(rows.answer(row) for row in rows.answers if row.number == there.revokes)
        refuse_while_active(rows, "undo", "retrain", "cluster")
        round_ = _seen_round(rows, round)
        target = _target(rows, round_, answer, expert, node)
        gone = [target, *rows.tree(target.round).following(target)]
        for row in reversed(gone):
            about = {name: getattr(row, name) for name in ("round", "node_key", "node")}
            values = {"kind": "revoke", "revokes": row.number, "expert": expert or row.expert}
            append(rows, schema.Answer, entry if row is target else None, **about, **values)
        stale = round_.propagated_until >= min(row.number for row in gone)
        if stale:
            round_.propagated_until = 0
        taken = rows.answer(target)
    if stale:  # after the commit: a file too many is never read, one too few would be missed
        for path in (rows.folder.propagation(round_.number), rows.folder.statement(round_.number)):
            path.unlink(missing_ok=True)
    return taken


def undoing(store: Store, project: ProjectLike, answer: int) -> Undoing:
    """What `undo` of that answer would take away; nothing is written."""
    with reading(store, project) as rows:
        round_ = asking_round(rows)
        target = _target(rows, round_, answer)
        tree = rows.tree(target.round)
        followers = tree.following(target)
        gone = {row.number for row in (target, *followers)}
        counted = tree.decisions[target.node_key].answer is target
        again = rows.tree(target.round, without=gone).decisions.get(target.node_key)
        revived = None if again is None else again.answer
        settings = settings_of(round_, None)
        before, after = (
            combined(
                rows,
                statements(rows, round_, settings, without=without),
                settings,
                without=without,
            )
            for without in ((), gone)
        )
        had, kept = before.labels >= 0, after.labels >= 0
        same = np.isclose(before.weights, after.weights, atol=1e-3)
        return Undoing(
            answer=rows.answer(target),
            followers=tuple(rows.answer(row) for row in followers),
            revived=rows.answer(revived) if revived and counted else None,
            unlabelled=int((had & ~kept).sum()),
            relabelled=int((had & kept & (before.labels != after.labels)).sum()),
            reweighed=int((had & kept & ~same).sum()),
            propagated=round_.propagated_until >= min(gone),
        )


def _seen_round(rows: ProjectRows, number: int | None) -> schema.Round:
    """The round that is being asked about; raises StateError where it is not that number."""
    round_ = asking_round(rows)
    if number not in (None, round_.number):
        raise StateError(f"round {number} is over, and round {round_.number} is asked about now")
    return round_


def _is_doubted(store: Store, project: ProjectLike, node: str, answer: Answer) -> bool:
    """Whether the answer before this label is a label issue.

    Asked before the write lock is held: it reads the files of all clusters.
    """
    if answer.kind != "label":
        return False
    with reading(store, project) as rows:
        mine, newest = schema.Answer.project_id == rows.id, func.max(schema.Round.number)
        round_ = select(newest).where(schema.Round.project_id == rows.id).scalar_subquery()
        before = select(schema.Answer.id).where(
            mine, schema.Answer.node == node, schema.Answer.round == round_
        )
        if rows.session.scalar(before.limit(1)) is None:
            return False
        return any(one.node == node for one in label_issues_of(rows))


def _is_second_look(
    rows: ProjectRows, leaf: Leaf, answer: Answer, expert: str, doubted: bool
) -> bool:
    """Whether it is about an answer that `expert` knows is `doubted`."""
    if leaf.decision is None or leaf.waits_for(expert, people_per_card(rows)):
        return False
    return answer.kind != "skip" if leaf.decision.disputed else doubted


def _work(
    rows: ProjectRows, round_: schema.Round, leaf: Leaf, answer: Answer
) -> dict[str, Any] | None:
    """What a worker has to do with the node after this answer, if anything."""
    if answer.kind == "split":
        return {"split": answer.split}
    if not has_rest(len(answer.wrong)) or not RoundConfig.model_validate(round_.config).ask.rest:
        return None
    if rows.tree(round_.number).has_rest(leaf.node, answer.wrong):
        return None  # made for the same marks, and perhaps answered
    return {"wrong": list(answer.wrong)}


_SAID = ("kind", "label", "split", "confidence", "wrong", "only")


def _said(answer: Answer) -> tuple[object, ...]:
    """What an answer says, whoever gave it and when: the fields _SAID."""
    sure = answer.confidence if answer.kind == "label" else 0.0
    return answer.kind, answer.label, answer.split, sure, answer.wrong, answer.only


def _target(
    rows: ProjectRows,
    round_: schema.Round,
    number: int | None,
    expert: str | None = None,
    node: str | None = None,
) -> schema.Answer:
    """The answer called `number`, of any round, or the newest of the open `round_`."""
    kept = [row for row in rows.given() if expert in (None, row.expert)]
    if number is not None:
        numbers = {row.number: row for row in kept}
        if number not in numbers:
            known = ", ".join(map(str, numbers)) or "there are none"
            raise NotFoundError(f"answer {number} is not among the answers that stand ({known})")
        return numbers[number]
    kept = [row for row in kept if row.round == round_.number]
    if node is not None:
        kept = [row for row in kept if row.size is None]
    if node is not None and node not in {row.node for row in kept}:
        raise AlreadyUndoneError(f"the answer about cluster {node} is taken back already")
    if not kept:
        raise StateError("there is no answer to undo in this round")
    if node not in (None, kept[-1].node):
        raise StateError(
            "Nothing was undone: a newer answer was given in another window. Undo that one first."
        )
    return kept[-1]


def _check(rows: ProjectRows, leaf: Leaf, answer: Answer) -> None:
    node = leaf.node
    if answer.kind == "split" and node.size < 3:
        raise StateError(f"cluster {node.path} has {node.size} images and cannot be split; skip it")
    if answer.kind == "exclude":
        raise ValueError("a card is not set aside, only images are (`label_images`); skip it")
    if answer.kind != "label":
        return
    checked_class(rows, answer.label)
    shown = shown_on(node) if answer.marks else []
    for name, images in (("wrong", answer.wrong), ("only", answer.only)):
        strangers = sorted(set(images) - set(shown))
        if strangers:
            raise ValueError(
                f"{name} must be images on the card of cluster {node.path} ({shown}), got"
                f" {strangers}"
            )
    if answer.wrong and set(answer.wrong) == set(shown):
        raise ValueError(
            f"wrong must leave an image of the card of cluster {node.path}, got all {len(shown)};"
            " skip or split it"
        )


def checked_class(rows: ProjectRows, label: int | None) -> int:
    """The number of a class that can be answered with; raises ValueError for anything else."""
    label, labels = whole_number("label", label), [row.label for row in rows.live_classes]
    if label in labels:
        return label
    if label in rows.names:
        raise ValueError(
            f"class {label} is merged into {rows.names[label]!r}; answer with that one"
        )
    raise ValueError(f"label must be one of {labels}, got {label}; add the class first")
