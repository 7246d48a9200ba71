"""A whole project as one file, and back: images, networks, rounds, answers, all but its jobs."""

import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ValidationError

from labeller.config import RoundConfig
from labeller.data.images import ImageStore
from labeller.errors import DataError, LabellerError, StateError, one_line
from labeller.events import Report, silent
from labeller.jobs import queue
from labeller.jobs.kinds import KINDS
from labeller.records import ProjectView
from labeller.service.lookup import ProjectLike, reading, refuse_while_active
from labeller.service.projects import checked_name, refuse_taken, view_of
from labeller.store import ProjectFolder, Store
from labeller.store.comparisons import ComparisonFolder, numbers
from labeller.store.files import remove_tree, write_file
from labeller.store.saved_files import Saved, read_saved, write_saved
from labeller.store.saved_rows import Values, add_rows, read_tables, typed_rows
from labeller.store.schema import SCHEMA_VERSION, now

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
    for _ in range(_TRIES):
        before = _tables(store, project)

        def write(stream: BinaryIO, before: _Before = before) -> None:
            about, tables, folder = before
            write_saved(stream, about, tables, folder.path, report)
            if _tables(store, project)[1] != tables:
                raise _ChangedError

        try:
            write_file(path, write)
            return path
        except (_ChangedError, FileNotFoundError):  # a file is gone that was there before
            continue
        except OSError as error:
            reason = f"cannot write {path} ({error.strerror}); choose another file"
            raise StateError(reason) from error
    raise StateError("the project changed while it was being saved; try again in a quiet moment")


def load_project(
    store: Store, path: str | Path, name: str | None = None, report: Report = silent
) -> ProjectView:
    """Makes a project of a file that `save_project` wrote; None: under the name that it had.

    All of it is checked first, and it is there as a whole or not at all. Raises DataError for a
    file that is damaged, unsafe or something else, StateError for one of a newer version, a name
    that is taken and a disk that is full, ValueError for a name that is none.
    """
    path = Path(path).expanduser()
    folder = ProjectFolder(store.folder / "projects" / f".{secrets.token_hex(8)}.loading")
    folder.path.mkdir()
    try:
        saved = read_saved(path, folder.path, report)
        rows = _checked(saved, folder, path)
        name = checked_name(str(saved.about.get("project", "")) if name is None else name)
        return view_of(store, _added(store, rows, name, folder))
    except OSError as error:
        reason = error.strerror or str(error)
        raise StateError(f"{path.name} cannot be read into the workspace ({reason})") from error
    finally:
        shutil.rmtree(folder.path, ignore_errors=True)


_Before = tuple[dict[str, Any], dict[str, Any], ProjectFolder]


class _ChangedError(Exception):
    """Rows are not as they were when the first of them was read."""


def _tables(store: Store, project: ProjectLike) -> _Before:
    """What the file says of itself, the project's rows, and where its files are."""
    queue.reconcile(store)
    with reading(store, project) as rows:
        refuse_while_active(rows, "save", *KINDS)
        if not rows.project.data:
            raise StateError(f"the images of {rows.project.name!r} are not imported yet")
        about = {
            "project": rows.project.name,
            "schema": SCHEMA_VERSION,
            "labeller": version("labeller"),
            "saved_at": now().isoformat(timespec="seconds"),
        }
        return about, read_tables(rows.session, rows.id), rows.folder


def _checked(saved: Saved, folder: ProjectFolder, path: Path) -> Mapping[str, list[Values]]:
    """The rows in the present version, once all of the file was found to be a project."""
    schema = saved.about.get("schema")
    if not isinstance(schema, int) or schema < 1:
        raise DataError(f"{path.name} is no saved project: its version is {schema!r:.40}")
    if schema > SCHEMA_VERSION:
        raise StateError(
            f"{path.name} was saved by a newer labeller (schema {schema}, this one has "
            f"{SCHEMA_VERSION}); update labeller"
        )
    try:
        rows = typed_rows(saved.rows, schema)
        (project,) = rows["projects"]
        RoundConfig.model_validate(project["config"])
        if ImageStore(folder.data).count != project["data"]["count"]:
            raise DataError("it has other images than its rows say")
    except (LabellerError, ValidationError, KeyError, TypeError) as error:
        raise DataError(f"{path.name} cannot be opened: {one_line(error)}") from error
    for number in numbers(folder):  # their jobs stayed where they were
        with suppress(DataError):
            ComparisonFolder(folder, number).change(job=None)
    return rows


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
    except BaseException:
        if target is not None:
            remove_tree(target)
        raise
