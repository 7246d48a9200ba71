"""The commands that are killed: each can be given again, and then everything is as it should be."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labeller import service
from labeller.experiments.faults.prepared import PROJECT, opened
from labeller.experiments.faults.victims import Act, Say
from labeller.records import Answer
from labeller.service import Store
from labeller.service.lookup import reading
from labeller.service.projects import images_of

ANSWERS = 60  # of a session, about the same cards again and again
CLIENT = "a browser"


@dataclass(frozen=True)
class Command:
    """What is done, what comes before it, and what of that which it called saved is not there."""

    name: str
    act: Act
    begin: Callable[[Store], None] = lambda _: None
    lost: Callable[[Store, tuple[Any, ...]], int] = lambda _, said: 0


def _answers(workspace: Path, say: Say) -> None:
    """The log of a browser, from its start: what is stored already is not stored again."""
    with opened(workspace) as store:
        cards = [card.node for card in service.cards(store, PROJECT)]
        for number in range(ANSWERS):
            answer = Answer("label", number % 9, 0.8 if number % 2 else 1.0)
            node, entry = cards[number % len(cards)], (CLIENT, number)
            say(service.answer(store, PROJECT, node, answer, entry=entry).number)


def _undo(workspace: Path, say: Say) -> None:
    """As many answers taken back, and given again, by the log."""
    with opened(workspace) as store:
        node = service.cards(store, PROJECT)[0].node
        for number in range(0, ANSWERS, 2):
            answer = Answer("label", number % 9)
            service.answer(store, PROJECT, node, answer, entry=(CLIENT, number))
            service.undo(store, PROJECT, node=node, entry=(CLIENT, number + 1))
            say((CLIENT, number + 1))


def _lost_answers(store: Store, said: tuple[Any, ...]) -> int:
    """Numbers that were called saved and stand no more, and entries that were stored twice."""
    with reading(store, PROJECT) as rows:
        known = [row.number for row in rows.answers]
        logged = [row.sequence for row in rows.answers if row.client == CLIENT]
    return len(set(said) - set(known)) + len(logged) - len(set(logged))


def _lost_undoing(store: Store, said: tuple[Any, ...]) -> int:
    with reading(store, PROJECT) as rows:
        logged = {(row.client, row.sequence) for row in rows.answers}
    return len(set(said) - logged)


def _selection(workspace: Path, say: Say) -> None:
    with opened(workspace) as store:
        rows = images_of(store, PROJECT).train
        for number in range(20):
            chosen = rows[number : number + 20]
            entry = (CLIENT, number)
            say(service.label_images(store, PROJECT, chosen, number % 9, entry=entry).number)


def _audit(workspace: Path, say: Say) -> None:
    with opened(workspace) as store:
        images = service.draw_audit(store, PROJECT, 30).images
        for number, image in enumerate(images):
            service.answer_audit(store, PROJECT, image, number % 9, entry=(CLIENT, number))
            say((CLIENT, number))


def _lost_audit(store: Store, said: tuple[Any, ...]) -> int:
    with reading(store, PROJECT) as rows:
        logged = {(row.client, row.sequence) for row in rows.audit_labels}
    return len(set(said) - logged)


def _classes(workspace: Path, _say: Say) -> None:
    """Classes are added and named anew, one of them is merged into another."""
    with opened(workspace) as store:
        for number in range(20):
            one = service.add_class(store, PROJECT, f"class {number}", exist_ok=True)
            service.set_guideline(store, PROJECT, one.label, f"what {number} looks like")
        with reading(store, PROJECT) as rows:
            merged = 3 in rows.merges
        if not merged:
            service.merge_class(store, PROJECT, 3, 8)


def _propagate(workspace: Path, _say: Say) -> None:
    with opened(workspace) as store:
        service.propagate(store, PROJECT)


def _save(workspace: Path, _say: Say) -> None:
    with opened(workspace) as store:
        _saved(store)


def _saved(store: Store) -> None:
    service.save_project(store, PROJECT, store.folder / "saved.labeller")


def _load(workspace: Path, _say: Say) -> None:
    """A project of the file; the command says that there is one already where it is done."""
    with opened(workspace) as store:
        if "loaded" not in {view.name for view in service.projects(store)}:
            service.load_project(store, workspace / "saved.labeller", "loaded")


def _duplicate(workspace: Path, _say: Say) -> None:
    with opened(workspace) as store:
        if "copy" not in {view.name for view in service.projects(store)}:
            service.duplicate_project(store, PROJECT, "copy")


def _delete(workspace: Path, _say: Say) -> None:
    with opened(workspace) as store:
        if PROJECT in {view.name for view in service.projects(store)}:
            service.delete_project(store, PROJECT)


def _table(workspace: Path, _say: Say) -> None:
    with opened(workspace) as store:
        service.export_labels(store, PROJECT, workspace / "labels.csv")


def _images(workspace: Path, _say: Say) -> None:
    with opened(workspace) as store:
        service.export_labels(store, PROJECT, workspace / "labels.zip", "imagefolder")


def _migrate(workspace: Path, _say: Say) -> None:
    with opened(workspace):
        pass


def _make_older(store: Store) -> None:
    """The database as it was in version 5."""
    with closing(sqlite3.connect(store.folder / "labeller.db")) as database:
        for table in ("answers", "audit_labels"):
            database.execute(f"DROP INDEX {table}_of_logs")
            for column in ("client", "sequence"):
                database.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        for column in ("size", "images", "replaces"):
            database.execute(f"ALTER TABLE answers DROP COLUMN {column}")
        database.execute("UPDATE workspace SET schema_version = 5")
        database.commit()


COMMANDS = (
    Command("answers", _answers, lost=_lost_answers),
    Command("undo", _undo, lost=_lost_undoing),
    Command("selections", _selection, lost=_lost_answers),
    Command("audit", _audit, lost=_lost_audit),
    Command("classes", _classes),
    Command("propagate", _propagate),
    Command("save", _save),
    Command("load", _load, _saved),
    Command("duplicate", _duplicate),
    Command("delete", _delete),
    Command("export", _table),
    Command("export with images", _images),
    Command("migration", _migrate, _make_older),
)
