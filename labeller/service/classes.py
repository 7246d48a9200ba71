"""Classes while labelling goes on: add, rename, merge one into another, and split it again.

A class keeps its number for ever, and answers keep the number that was said. A merge is a stored
fact of its own that everyone who reads labels applies, so that taking it back loses nothing.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from labeller.errors import StateError
from labeller.jobs import queue
from labeller.records import ClassView
from labeller.service.jobs import refuse_while_active
from labeller.service.lookup import ProjectLike, classes_of, find_project, newest_round
from labeller.store import Store
from labeller.store import answers as tree
from labeller.store.audit import audit_labels, newest_label, standing_labels
from labeller.store.classes import append_merge, newest_merge, standing_merges
from labeller.store.schema import Answer, ClassMerge, Project, ProjectClass, Round


def classes(store: Store, project: ProjectLike) -> list[ClassView]:
    """All classes by label, those merged into another (`merged_into`) included."""
    with store.read() as session:
        row = find_project(session, project)
        merges = standing_merges(session, row.id)
        return [
            ClassView(c.label, c.name, merges[c.label].target if c.label in merges else None)
            for c in classes_of(session, row.id)
        ]


def add_class(store: Store, project: ProjectLike, name: str) -> ClassView:
    """Adds a class; its label is the next number."""
    (name,) = checked_classes([name])
    with store.write() as session:
        row = find_project(session, project)
        _refuse_taken(session, row, name)
        label = max((c.label for c in classes_of(session, row.id)), default=-1) + 1
        session.add(ProjectClass(project_id=row.id, label=label, name=name))
    return ClassView(label, name)


def rename_class(store: Store, project: ProjectLike, label: int, name: str) -> None:
    """Gives a class another name; its label and its answers stay."""
    (name,) = checked_classes([name])
    with store.write() as session:
        row = find_project(session, project)
        found = _class(session, row, label)
        if found.name != name:
            _refuse_taken(session, row, name)
            found.name = name


def merge_class(store: Store, project: ProjectLike, label: int, into: int) -> ClassView:
    """Counts the class `label` as the class `into` from now on, wherever labels are read.

    Answers keep what was said, and arrays of finished rounds are not rewritten: `split_class`
    brings the class back. Classes that were merged into `label` go along. Raises StateError while
    a retraining runs and for a class that is merged already, ValueError for an unknown one.
    """
    queue.reconcile(store)
    with store.write() as session:
        row = find_project(session, project)
        refuse_while_active(session, row.id, "merge classes", "retrain")
        gone, kept = _class(session, row, label), _class(session, row, into)
        if label == into:
            raise ValueError(f"a class is merged into another one, got {gone.name!r} for both")
        merges, names = standing_merges(session, row.id), _names(session, row)
        for one in (gone, kept):
            if one.label in merges:
                target = names[merges[one.label].target]
                raise StateError(
                    f"class {one.name!r} is merged into {target!r} already; use {target!r}, "
                    f"or split {one.name!r} again first"
                )
        append_merge(session, _merge(session, row, label, into))
    return ClassView(label, gone.name, merged_into=into)


def split_class(store: Store, project: ProjectLike, label: int) -> ClassView:
    """Takes the merge of a class back; labels that were said for it count as its own again.

    Raises StateError while something depends on the merge: a later merge of its target, answers
    or audit labels that were given for both classes since, or a round built on the merged labels.
    """
    queue.reconcile(store)
    with store.write() as session:
        row = find_project(session, project)
        refuse_while_active(session, row.id, "split classes", "retrain")
        found, merges = _class(session, row, label), standing_merges(session, row.id)
        if label not in merges:
            raise StateError(f"class {found.name!r} is not merged into another one")
        _refuse_dependents(session, row, merges[label])
        taken = _merge(session, row, label, merges[label].target)
        taken.revokes = merges[label].number
        append_merge(session, taken)
    return ClassView(label, found.name)


def checked_classes(names: Sequence[str]) -> list[str]:
    """The names without blanks around them; raises ValueError for a bad one and for two alike."""
    cleaned = [name.strip() for name in names]
    for name in cleaned:
        if not 1 <= len(name) <= 80 or not name.isprintable():
            raise ValueError(f"a class name must have 1 to 80 printable characters, got {name!r}")
    if len(set(cleaned)) != len(cleaned):
        raise ValueError(f"class names must differ, got {', '.join(cleaned)}")
    return cleaned


def refuse_unmerged(session: Session, round_: Round) -> None:
    """Raises StateError when classes were merged or split after the round was propagated."""
    if newest_merge(session, round_.project_id) > round_.merges_until:
        raise StateError(
            "classes were merged or split after the propagation; propagate again, then retrain"
        )


def _merge(session: Session, row: Project, label: int, into: int) -> ClassMerge:
    answers = select(Answer.number).where(Answer.project_id == row.id)
    return ClassMerge(
        project_id=row.id,
        label=label,
        target=into,
        answers_until=session.scalar(answers.order_by(Answer.number.desc()).limit(1)) or 0,
        audit_until=newest_label(session, row.id),
    )


def _refuse_dependents(session: Session, row: Project, merge: ClassMerge) -> None:
    """Raises StateError that says what was built on a merge and how to undo it, if possible."""
    names = _names(session, row)
    gone, kept = names[merge.label], names[merge.target]
    further = standing_merges(session, row.id).get(merge.target)
    if further is not None:
        raise StateError(
            f"class {kept!r} was merged into {names[further.target]!r} since; split {kept!r} first"
        )
    newest = newest_round(session, row.id)
    built = select(Round.number).where(
        Round.project_id == row.id, Round.merges_until >= merge.number, Round.propagated_until > 0
    )
    for number in session.scalars(built.order_by(Round.number)):
        if newest is None or number < newest.number or newest.state == "finished":
            raise StateError(
                f"round {number} was finished with {gone!r} counted as {kept!r}, and what came "
                f"after builds on it; add a new class and answer with that instead"
            )
    since = _said_since(session, row, merge)
    if since:
        raise StateError(
            f"{since} since the merge said {kept!r} and may mean {gone!r}; take them back first"
        )


def _said_since(session: Session, row: Project, merge: ClassMerge) -> str:
    """What was labelled with the target after the merge, in words; empty for nothing."""
    newest = newest_round(session, row.id)
    given = tree.of_round(session, row.id, newest.number) if newest else []
    answers = sum(
        said.label == merge.target and said.number > merge.answers_until
        for said in tree.standing(given).values()
    )
    audited = sum(
        said.label == merge.target and said.number > merge.audit_until
        for said in standing_labels(audit_labels(session, row.id)).values()
    )
    parts = [(answers, "answer"), (audited, "audit label")]
    return " and ".join(f"{n} {what}{'s' * (n > 1)}" for n, what in parts if n)


def _class(session: Session, row: Project, label: int) -> ProjectClass:
    known = {c.label: c for c in classes_of(session, row.id)}
    if label not in known:
        raise ValueError(f"label must be one of {sorted(known)}, got {label}")
    return known[label]


def _names(session: Session, row: Project) -> dict[int, str]:
    return {c.label: c.name for c in classes_of(session, row.id)}


def _refuse_taken(session: Session, row: Project, name: str) -> None:
    merges, names = standing_merges(session, row.id), _names(session, row)
    for label, known in names.items():
        if known == name and label in merges:
            raise StateError(
                f"there is a class {name!r} already, merged into {names[merges[label].target]!r}; "
                "split it again, or choose another name"
            )
        if known == name:
            raise StateError(f"there is a class {name!r} already")
