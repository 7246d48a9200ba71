"""Copies of a whole project, as another one or as a file, and a project of such a file.

All but the jobs: images, networks, rounds, answers. Nothing is copied or packed in a transaction:
rows are read before and after, and when they differ the copy is made again.
"""

import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ValidationError

from labeller.config import RoundConfig
from labeller.data.images import ImageStore
from labeller.data.layout import class_titles
from labeller.errors import DataError, LabellerError, LostDatabaseError, StateError, one_line
from labeller.events import Report, silent
from labeller.jobs import queue
from labeller.jobs.kinds import KINDS
from labeller.records import ProjectView
from labeller.records.names import visible
from labeller.service.limits import check_room, check_source
from labeller.service.lookup import ProjectLike, reading, refuse_while_active
from labeller.service.naming import LONGEST_PERSON, project_name
from labeller.service.projects import refuse_taken, view_of
from labeller.store import ProjectFolder, Store
from labeller.store.comparisons import ComparisonFolder, numbers
from labeller.store.files import remove_tree, write_file
from labeller.store.saved_files import Saved, read_saved, saved_about, write_saved
from labeller.store.saved_rows import Values, add_rows, read_tables, typed_rows
from labeller.store.schema import SCHEMA_VERSION
from labeller.store.schema import now as clock
from labeller.store.temporary import scratch_folder, sweep_beside

SUFFIX = ".labeller"
_TRIES = 3


def save_project(
    store: Store, project: ProjectLike, path: str | Path, report: Report = silent
) -> Path:
    """Writes the project to a file, which `load_project` makes a project of, here or elsewhere.

    It is written under another name and renamed. Raises StateError while a job of the project runs,
    before its images are imported, where the file cannot be written, and when answers come faster
    than the project can be read.
    """
    path = Path(path).expanduser()

    def copy(now: _Snapshot) -> None:
        def write(stream: BinaryIO) -> None:
            write_saved(stream, now.about, now.tables, now.folder.path, report)
            _refuse_changed(store, project, "save", now)

        write_file(path, write)

    sweep_beside(path)
    try:
        _copied(store, project, "save", copy)
    except OSError as error:
        reason = f"cannot write {path} ({error.strerror}); choose another file"
        raise StateError(reason) from error
    return path


def load_project(
    store: Store, path: str | Path, name: str | None = None, report: Report = silent
) -> ProjectView:
    """Makes a project of a file that `save_project` wrote; None: under the name that it had.

    All of it is checked first, and it is there as a whole or not at all. Raises DataError for a
    file that is damaged, unsafe or something else, StateError for one of a newer version, a name
    that is taken and a disk that is full, ValueError for a name that is none.
    """
    path = Path(path).expanduser()
    check_source(store, str(path))
    check_room(store, projects=1)
    about = saved_about(path)
    name = project_name(str(about.get("project", "")) if name is None else name)
    with store.read() as session:
        refuse_taken(session, name)  # before gigabytes are unpacked
    _check_version(about, path)
    try:
        with _new_folder(store) as folder:
            rows = _checked(read_saved(path, folder.path, report), folder, path)
            return view_of(store, _added(store, rows, name, folder))
    except OSError as error:
        reason = error.strerror or str(error)
        raise StateError(f"{path.name} cannot be read into the workspace ({reason})") from error


def duplicate_project(store: Store, project: ProjectLike, name: str) -> ProjectView:
    """Copies a project under another name; raises StateError as `save_project`."""
    name = project_name(name)
    check_room(store, projects=1)
    with store.read() as session:
        refuse_taken(session, name)
    with _new_folder(store) as folder:

        def copy(now: _Snapshot) -> None:
            shutil.rmtree(folder.path)
            shutil.copytree(now.folder.path, folder.path)
            _refuse_changed(store, project, "duplicate", now)

        copied = _copied(store, project, "duplicate", copy)
        rows = _checked(Saved(copied.about, copied.tables), folder, folder.path)
        return view_of(store, _added(store, rows, name, folder))


@dataclass(frozen=True)
class _Snapshot:
    """What a file says of itself, a project's rows, and where its files are."""

    about: dict[str, Any]
    tables: dict[str, Any]
    folder: ProjectFolder


class _ChangedError(Exception):
    """Rows are not as they were when the first of them was read."""


@contextmanager
def _new_folder(store: Store) -> Iterator[ProjectFolder]:
    """A folder beside those of projects, which is one of them at the end, or gone."""
    store.refuse_read_only()
    with scratch_folder(store.folder / "projects" / secrets.token_hex(8)) as folder:
        yield ProjectFolder(folder)


def _copied(
    store: Store, project: ProjectLike, doing: str, copy: Callable[[_Snapshot], None]
) -> _Snapshot:
    """Calls `copy` with what there is of the project until nothing of it changed meanwhile."""
    for _ in range(_TRIES):
        now = _snapshot(store, project, doing)
        try:
            copy(now)
            return now
        except (_ChangedError, FileNotFoundError):  # a file is gone that was there before
            continue
    raise StateError(f"cannot {doing} a project that changes all the time; do so when it is quiet")


def _refuse_changed(store: Store, project: ProjectLike, doing: str, now: _Snapshot) -> None:
    if _snapshot(store, project, doing).tables != now.tables:
        raise _ChangedError


def _snapshot(store: Store, project: ProjectLike, doing: str) -> _Snapshot:
    """The project in one consistent state; raises StateError without images and beside a job."""
    queue.reconcile(store)
    with reading(store, project) as rows:
        refuse_while_active(rows, doing, *KINDS)
        if not rows.project.data:
            raise StateError(f"the images of {rows.project.name!r} are not imported yet")
        about = {
            "project": rows.project.name,
            "schema": SCHEMA_VERSION,
            "labeller": version("labeller"),
            "saved_at": clock().isoformat(timespec="seconds"),
        }
        return _Snapshot(about, read_tables(rows.session, rows.id), rows.folder)


def _check_version(about: Mapping[str, Any], path: Path) -> None:
    schema = about.get("schema")
    if not isinstance(schema, int) or schema < 1:
        raise DataError(f"{path.name} is no saved project: its version is {schema!r:.40}")
    if schema > SCHEMA_VERSION:
        raise StateError(
            f"{path.name} was saved by a newer labeller (schema {schema}, this one has "
            f"{SCHEMA_VERSION}); update labeller"
        )


def _checked(saved: Saved, folder: ProjectFolder, path: Path) -> Mapping[str, list[Values]]:
    """The rows in the present version, once all of the file was found to be a project."""
    try:
        rows = typed_rows(saved.rows, saved.about["schema"])
        (project,) = rows["projects"]
        RoundConfig.model_validate(project["config"])
        if ImageStore(folder.data).count != project["data"]["count"]:
            raise DataError("it has other images than its rows say")
    except (LabellerError, ValidationError, KeyError, TypeError) as error:
        raise DataError(f"{path.name} cannot be opened: {one_line(error)}") from error
    _name_well(rows)
    for number in numbers(folder):  # their jobs stayed where they were
        with suppress(DataError):
            ComparisonFolder(folder, number).change(job=None)
    return rows


def _name_well(rows: Mapping[str, list[Values]]) -> None:
    """Gives classes and people names as they may be: others may have made the file."""
    for row, name in zip(
        rows["classes"], class_titles([row["name"] for row in rows["classes"]]), strict=True
    ):
        row["name"] = name
    for row in (*rows["answers"], *rows["audit_labels"]):
        row["expert"] = visible(row["expert"])[:LONGEST_PERSON].strip() or "me"


def _added(store: Store, rows: Mapping[str, list[Values]], name: str, folder: ProjectFolder) -> int:
    """Adds rows and files at once; returns the project's number."""
    target = None
    try:
        with store.write() as session:
            refuse_taken(session, name)
            number = add_rows(session, rows, name).id
            target = store.project_folder(number).path
            remove_tree(target)  # of a project whose rows were never committed
            folder.path.rename(target)
        return number
    except LostDatabaseError:
        raise  # what was committed may come back, and needs its files
    except BaseException:
        if target is not None:
            remove_tree(target)
        raise
