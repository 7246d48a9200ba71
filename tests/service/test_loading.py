"""Saved projects of older versions, and files that are none: brought up to date, or refused."""

import base64
import json
import zipfile
import zlib
from pathlib import Path

import pytest
from sqlalchemy import select

from labeller import service
from labeller.errors import DataError, StateError
from labeller.store.saved_files import FILES, ROWS, write_saved
from labeller.store.schema import PROJECT_TABLES
from tests.support import told

# Half a gigabyte of images in half a megabyte.
BOMB = {"base64": base64.b64encode(zlib.compress(bytes(2**29), 1)).decode()}


# The columns of the tables that got more since.
OF_VERSION_3 = {
    "answers": "number round node_key node kind label confidence split revokes checked expert"
    " created_at",
    "audit_labels": "number image kind label revokes expert created_at",
    "rounds": "number model state config propagated propagated_until merges_until metrics seconds"
    " created_at finished_at",
}


def rewritten(source: Path, target: Path, change) -> Path:
    """A copy of a saved project whose tables `change` has edited, with true digests."""
    with zipfile.ZipFile(source) as archive, target.open("wb") as stream:
        about = json.loads(archive.read("manifest.json"))
        rows = {
            Path(name).stem: json.loads(archive.read(name))
            for name in archive.namelist()
            if name.startswith(ROWS)
        }
        folder = target.with_suffix(".files")
        for name in archive.namelist():
            if name.startswith(FILES):
                path = folder / name.removeprefix(FILES)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(name))
        change(about, rows)
        write_saved(stream, about, rows, folder, lambda event: None)
    return target


def without(rows: dict, table: str, *columns: str) -> None:
    """Takes columns out of a table."""
    kept = [n for n, name in enumerate(rows[table]["columns"]) if name not in columns]
    rows[table]["columns"] = [rows[table]["columns"][n] for n in kept]
    rows[table]["rows"] = [[row[n] for n in kept] for row in rows[table]["rows"]]


def test_one_of_an_older_version_is_brought_up_to_date(saved: Path, tmp_path: Path) -> None:
    def cards_alone(about: dict, rows: dict) -> None:
        """Without answers about images that were selected, which came later."""
        size = rows["answers"]["columns"].index("size")
        rows["answers"]["rows"] = [row for row in rows["answers"]["rows"] if row[size] is None]

    def older(about: dict, rows: dict) -> None:
        cards_alone(about, rows)
        about["schema"] = 3
        for table, columns in OF_VERSION_3.items():
            without(rows, table, *set(rows[table]["columns"]).difference(columns.split()))

    store = service.open_store(tmp_path / "ws")
    for name, change in (("older", older), ("newer", cards_alone)):
        path = rewritten(saved / "d.labeller", tmp_path / f"{name}.labeller", change)
        service.load_project(store, path, name)
    assert told(store, "older") == told(store, "newer")
    store.close()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda about, rows: about.update(schema=99), "by a newer labeller .schema 99"),
        (lambda about, rows: about.update(schema="x"), "its version is 'x'"),
        (lambda about, rows: rows.update(jobs=rows["models"]), "a table 'jobs' that no version"),
        (lambda about, rows: rows["nodes"]["rows"].append([1]), "not those of a project"),
        (lambda about, rows: rows["projects"]["rows"].clear(), "must hold one project, got 0"),
        (lambda about, rows: without(rows, "nodes", "key"), "not those of a project"),
        (lambda about, rows: set_value(rows, "nodes", "key", "../../x"), "has the key '../../x'"),
        (
            lambda about, rows: set_value(rows, "models", "number", "../x"),
            "number in its table mod",
        ),
        (lambda about, rows: set_value(rows, "rounds", "number", 2**53), "a round has the number"),
        (lambda about, rows: set_value(rows, "classes", "label", 4), "cannot stand beside each"),
        (lambda about, rows: set_value(rows, "answers", "images", BOMB), "more images than a proj"),
        (lambda about, rows: set_value(rows, "answers", "images", {"x": 1}), "not those of a proj"),
        (lambda about, rows: set_value(rows, "answers", "created_at", 3), "not those of a project"),
        (
            lambda about, rows: set_value(rows, "projects", "data", "{}"),
            "cannot be opened: 'count'",
        ),
        (lambda about, rows: set_value(rows, "projects", "config", '{"x": 1}'), "x: "),
        (lambda about, rows: rows["nodes"]["columns"].__setitem__(0, 'a"); DROP'), "table 'nodes'"),
    ],
)
def test_what_is_no_project_of_ours_is_named_and_nothing_is_made(
    saved: Path, tmp_path: Path, change, said: str
) -> None:
    path = rewritten(saved / "d.labeller", tmp_path / "bad.labeller", change)
    store = service.open_store(tmp_path / "ws")
    with pytest.raises((DataError, StateError), match=said):
        service.load_project(store, path)
    assert service.projects(store) == []
    assert list((tmp_path / "ws" / "projects").iterdir()) == []
    with store.read() as session:
        assert not any(list(session.scalars(select(table))) for table in PROJECT_TABLES)
    store.close()


def test_names_that_cannot_be_shown_are_made_so(saved: Path, tmp_path: Path) -> None:
    def named(about: dict, rows: dict) -> None:
        set_value(rows, "classes", "name", "a\x1b[2J" + "x" * 100)
        set_value(rows, "answers", "expert", "ann\n" + "x" * 300)

    path = rewritten(saved / "d.labeller", tmp_path / "named.labeller", named)
    store = service.open_store(tmp_path / "ws")
    service.load_project(store, path, "named")
    assert service.classes(store, "named")[0].name == f"a?[2J{'x' * 75}"
    assert f"ann?{'x' * 250}" in {answer.expert for answer in service.answers(store, "named")}
    store.close()


def set_value(rows: dict, table: str, column: str, value: object) -> None:
    """Changes the first row of a table."""
    rows[table]["rows"][0][rows[table]["columns"].index(column)] = value
