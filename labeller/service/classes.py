"""Classes while labelling goes on: add, rename, merge one into another, and split it again.

A class keeps its number for ever, and answers keep the number that was said. A merge is a stored
fact of its own that everyone who reads labels applies, so that taking it back loses nothing.
"""

from labeller.errors import StateError
from labeller.records import ClassView
from labeller.records.numbers import whole_number
from labeller.service.lookup import ProjectLike, changing, reading, writing
from labeller.service.naming import class_names
from labeller.store import Store
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import ClassMerge, ProjectClass


def classes(store: Store, project: ProjectLike) -> list[ClassView]:
    """All classes by label, those merged into another (`merged_into`) included."""
    with reading(store, project) as rows:
        into = {label: merge.target for label, merge in rows.merges.items()}
        return [ClassView(row.label, row.name, into.get(row.label)) for row in rows.classes]


def add_class(
    store: Store, project: ProjectLike, name: str, *, exist_ok: bool = False
) -> ClassView:
    """Adds a class; its label is the next number. With `exist_ok` one that is there will do."""
    (name,) = class_names([name])
    with writing(store, project) as rows:
        return ClassView(class_of(rows, name) if exist_ok else _added(rows, name), name)


def class_of(rows: ProjectRows, name: str) -> int:
    """The number of the class of that name, which is added where there is none."""
    (name,) = class_names([name])
    known = (row.label for row in rows.live_classes if row.name == name)
    label = next(known, None)
    return _added(rows, name) if label is None else label


def rename_class(store: Store, project: ProjectLike, label: int, name: str) -> None:
    """Gives a class another name; its label and its answers stay."""
    (name,) = class_names([name])
    with writing(store, project) as rows:
        row = _class(rows, label)
        if row.name != name:
            _refuse_taken(rows, name)
            row.name = name


def merge_class(store: Store, project: ProjectLike, label: int, into: int) -> ClassView:
    """Counts the class `label` as the class `into` from now on, wherever labels are read.

    Answers keep what was said, and arrays of finished rounds are not rewritten: `split_class`
    brings the class back. Classes that were merged into `label` go along. Raises StateError while
    a retraining runs and for a class that is merged already, ValueError for an unknown one.
    """
    with changing(store, project, "merge classes", "retrain") as rows:
        gone, kept = _class(rows, label), _class(rows, into)
        if label == into:
            raise ValueError(f"a class is merged into another one, got {gone.name!r} for both")
        names = _own_names(rows)
        for row in (gone, kept):
            if row.label in rows.merges:
                target = names[rows.merges[row.label].target]
                raise StateError(
                    f"class {row.name!r} is merged into {target!r} already; use {target!r}, "
                    f"or split {row.name!r} again first"
                )
        _append(rows, label, into)
    return ClassView(label, gone.name, merged_into=into)


def split_class(store: Store, project: ProjectLike, label: int) -> ClassView:
    """Takes the merge of a class back; labels that were said for it count as its own again.

    Raises StateError while something depends on the merge: a later merge of its target, answers
    or audit labels that were given for both classes since, or a round built on the merged labels.
    """
    with changing(store, project, "split classes", "retrain") as rows:
        row = _class(rows, label)
        if label not in rows.merges:
            raise StateError(f"class {row.name!r} is not merged into another one")
        _refuse_dependents(rows, rows.merges[label])
        _append(rows, label, rows.merges[label].target, revokes=rows.merges[label].number)
    return ClassView(label, row.name)


def _added(rows: ProjectRows, name: str) -> int:
    _refuse_taken(rows, name)
    label = max((row.label for row in rows.classes), default=-1) + 1
    row = ProjectClass(project_id=rows.id, label=label, name=name)
    rows.session.add(row)
    rows.classes.append(row)
    return label


def _append(rows: ProjectRows, label: int, into: int, revokes: int | None = None) -> None:
    """Adds a merge, or one that takes a merge back."""
    rows.session.add(
        ClassMerge(
            project_id=rows.id,
            number=rows.newest_merge + 1,
            label=label,
            target=into,
            revokes=revokes,
            answers_until=max((row.number for row in rows.answers), default=0),
            audit_until=max((row.number for row in rows.audit_labels), default=0),
        )
    )


def _refuse_dependents(rows: ProjectRows, merge: ClassMerge) -> None:
    """Raises StateError that says what was built on a merge and how to undo it, if possible."""
    names = _own_names(rows)
    gone, kept = names[merge.label], names[merge.target]
    further = rows.merges.get(merge.target)
    if further is not None:
        raise StateError(
            f"class {kept!r} was merged into {names[further.target]!r} since; split {kept!r} first"
        )
    for row in rows.rounds:
        built = row.merges_until >= merge.number and row.propagated_until > 0
        if built and row is not rows.open_round:
            raise StateError(
                f"round {row.number} was finished with {gone!r} counted as {kept!r}, and what came "
                f"after builds on it; add a new class and answer with that instead"
            )
    since = _said_since(rows, merge)
    if since:
        raise StateError(
            f"{since} since the merge said {kept!r} and may mean {gone!r}; take them back first"
        )


def _said_since(rows: ProjectRows, merge: ClassMerge) -> str:
    """What was labelled with the target after the merge, in words; empty for nothing."""
    newest = rows.newest_round
    decisions = rows.tree(newest.number).decisions.values() if newest else ()
    answers = [row for one in decisions for row in one.voices]
    since = [row.number > merge.answers_until for row in answers if row.label == merge.target]
    audited = [
        row.number > merge.audit_until for row in rows.audited.values() if row.label == merge.target
    ]
    counts = [(sum(since), "answer"), (sum(audited), "audit label")]
    return " and ".join(f"{n} {what}{'s' * (n > 1)}" for n, what in counts if n)


def _class(rows: ProjectRows, label: int) -> ProjectClass:
    known, label = {row.label: row for row in rows.classes}, whole_number("label", label)
    if label not in known:
        raise ValueError(f"label must be one of {sorted(known)}, got {label}")
    return known[label]


def _own_names(rows: ProjectRows) -> dict[int, str]:
    """The name of each class number, those of merged classes too."""
    return {row.label: row.name for row in rows.classes}


def _refuse_taken(rows: ProjectRows, name: str) -> None:
    names = _own_names(rows)
    for label, known in names.items():
        if known == name and label in rows.merges:
            raise StateError(
                f"there is a class {name!r} already, merged into"
                f" {names[rows.merges[label].target]!r}; split it again, or choose another name"
            )
        if known == name:
            raise StateError(f"there is a class {name!r} already")
