"""Taking an answer back, with all that followed from it; and what would go, before it goes."""

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from labeller.errors import NotFoundError, StateError
from labeller.jobs import queue
from labeller.records import AnswerView, Undoing
from labeller.service.asking import answer_view
from labeller.service.jobs import refuse_while_active
from labeller.service.lookup import ProjectLike, find_project, open_round
from labeller.service.review import combined, settings_of, statements
from labeller.store import Store
from labeller.store import answers as tree
from labeller.store.classes import merged_labels
from labeller.store.schema import Answer, Project, Round


def undo(
    store: Store, project: ProjectLike, *, answer: int | None = None, expert: str | None = None
) -> AnswerView:
    """Revokes one answer: that number, of any round, else the newest of the open round (of
    `expert`, if named).

    With it go the answers about the children of its split, and what was propagated from it: an
    open round that was propagated already has to be propagated again. An earlier answer about the
    same cluster stands again. A finished round keeps its questions, its scores and its network;
    what its answers say of the images is said without the revoked one from now on, and the next
    retraining learns from that.

    Raises StateError when there is nothing to undo, NotFoundError for a number that no standing
    answer has.
    """
    queue.reconcile(store)
    with store.write() as session:
        row = find_project(session, project)
        refuse_while_active(session, row.id, "undo", "retrain", "cluster")
        round_ = _asking(session, row)
        target = _target(session, row, round_, answer, expert)
        gone = [target, *_following(session, row, target)]
        for each in reversed(gone):
            tree.append(
                session,
                Answer(
                    project_id=row.id,
                    round=each.round,
                    node_key=each.node_key,
                    node=each.node,
                    kind="revoke",
                    revokes=each.number,
                    expert=expert or each.expert,
                ),
            )
        stale = round_.propagated_until >= min(each.number for each in gone)
        if stale:
            round_.propagated_until = 0
        view = answer_view(target, merged_labels(session, row.id))
    if stale:  # after the commit: a file too many is never read, one too few would be missed
        folder = store.project_folder(row.id)
        for path in (folder.propagation(round_.number), folder.statement(round_.number)):
            path.unlink(missing_ok=True)
    return view


def undoing(store: Store, project: ProjectLike, answer: int) -> Undoing:
    """What `undo` of that answer would take away; nothing is written."""
    with store.read() as session:
        row = find_project(session, project)
        round_ = _asking(session, row)
        target = _target(session, row, round_, answer, None)
        given = tree.of_round(session, row.id, target.round)
        followers = _following(session, row, target)
        merged = merged_labels(session, row.id)
        gone = {target.number, *(each.number for each in followers)}
        earlier = [
            each
            for each in tree.not_revoked(given)
            if each.node_key == target.node_key and each.number < target.number
        ]
        newest = tree.standing(given)[target.node_key].number == target.number
        settings = settings_of(round_, None)
        before, after = (
            combined(
                session,
                row,
                statements(store, session, row, round_, settings, without=without),
                settings,
            )
            for without in ((), gone)
        )
    had, kept = before.labels >= 0, after.labels >= 0
    return Undoing(
        answer=answer_view(target, merged),
        followers=tuple(answer_view(each, merged) for each in followers),
        revived=answer_view(earlier[-1], merged) if earlier and newest else None,
        unlabelled=int((had & ~kept).sum()),
        relabelled=int((had & kept & (before.labels != after.labels)).sum()),
        reweighed=int((had & kept & ~np.isclose(before.weights, after.weights, atol=1e-3)).sum()),
        propagated=round_.propagated_until >= min(gone),
    )


def _target(
    session: Session, row: Project, round_: Round, number: int | None, expert: str | None
) -> Answer:
    """The answer called `number`, of any round, or the newest of the open `round_`."""
    query = select(Answer).where(Answer.project_id == row.id).order_by(Answer.number)
    kept = [a for a in tree.not_revoked(list(session.scalars(query))) if expert in (None, a.expert)]
    if number is not None:
        for each in kept:
            if each.number == number:
                return each
        known = ", ".join(str(each.number) for each in kept) or "there are none"
        raise NotFoundError(f"answer {number} is not among the answers that stand ({known})")
    newest = [each for each in kept if each.round == round_.number]
    if not newest:
        raise StateError("there is no answer to undo in this round")
    return newest[-1]


def _following(session: Session, row: Project, target: Answer) -> list[Answer]:
    nodes = tree.nodes_of_round(session, row.id, target.round)
    return tree.following(target, nodes, tree.of_round(session, row.id, target.round))


def _asking(session: Session, row: Project) -> Round:
    round_ = open_round(session, row.id)
    if round_ is None:
        raise StateError("there is no open round; train a method first")
    return round_
