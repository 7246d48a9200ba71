"""Saved projects: damaged as bytes, and sound ones with strange rows; and documents of settings."""

import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from labeller import service
from labeller.config import RoundConfig
from labeller.rounds.settings import laid_over
from labeller.service import Store
from labeller.store.saved_files import FILES, MANIFEST, ROWS
from tests.fuzzing.cases import Target, refusal
from tests.fuzzing.damage import EDITS, JSON, NUMBER, TEXT, changed, damaged, mostly
from tests.fuzzing.workspace import Workspace, rows

_OTHER = object()  # the value of the next row


def loading_targets(saved: Path, workspace: Workspace) -> list[Target]:
    """What there is to fuzz of a file that `save_project` wrote, loaded into a workspace."""
    content = saved.read_bytes()
    with zipfile.ZipFile(saved) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    def check(made: bytes) -> bool:
        return _loaded(workspace.store(), made)

    return [
        Target("saved project", EDITS.map(lambda edits: damaged(content, edits)), check),
        _rows(members, check),
        _members(members, check),
        _files(members, check),
        Target("settings", _SETTINGS, _set),
    ]


def _loaded(store: Store, content: bytes) -> bool:
    """Loads a file; what was refused leaves nothing, what was taken can be looked at."""
    before, files = rows(store), _folders(store)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.labeller"
        path.write_bytes(content)
        refused = refusal(lambda: service.load_project(store, path, "loaded"))
    if refused:
        assert (rows(store), _folders(store)) == (before, files), "something is left"
        return True
    assert service.projects(store)[0].name == "loaded"
    for look in _LOOKS:
        refusal(lambda look=look: look(store, "loaded"))
    service.delete_project(store, "loaded")
    return False


_LOOKS = (service.answers, service.classes, service.rounds, service.audit, service.label_issues)


def _folders(store: Store) -> list[str]:
    return sorted(path.name for path in (store.folder / "projects").iterdir())


def _packed(members: dict[str, bytes], **about: Any) -> bytes:
    """The file with these members, each with its digest."""
    known = json.loads(members[MANIFEST])
    listed = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in members.items()
        if name != MANIFEST
    }
    manifest = json.dumps({**known, **about, "members": listed}).encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in {**members, MANIFEST: manifest}.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _rows(members: dict[str, bytes], check: Callable[[bytes], bool]) -> Target:
    """One table with some of its cells, columns or rows changed."""
    tables = {name: json.loads(members[name]) for name in members if name.startswith(ROWS)}
    cell = st.one_of(JSON, NUMBER, TEXT, st.just(_OTHER))
    edits = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), cell), max_size=3)
    filled = st.sampled_from([name for name, table in tables.items() if table["rows"]])

    def whole(made: tuple[str, list[tuple[int, int, Any]], Any]) -> bytes:
        name, wanted, columns = made
        table = json.loads(members[name])
        for row, column, value in wanted:
            place = table["rows"][row % len(table["rows"])]
            other = table["rows"][(row + 1) % len(table["rows"])]
            at = column % len(place)
            place[at] = other[at] if value is _OTHER else value
        if columns is not _OTHER:
            table["columns"] = columns
        return _packed({**members, name: json.dumps(table).encode()})

    of_columns = filled.flatmap(lambda name: changed(tables[name]["columns"]))
    heads = mostly(st.just(_OTHER), of_columns)
    case = st.tuples(filled, edits, heads)
    return Target("rows of a saved project", case, lambda made: check(whole(made)))


def _members(members: dict[str, bytes], check: Callable[[bytes], bool]) -> Target:
    """Another list of members, and another head."""
    head = st.fixed_dictionaries({}, optional={"schema": JSON, "format": JSON, "project": JSON})
    more = st.dictionaries(TEXT.map(lambda name: f"files/{name[:60]}"), st.binary(), max_size=2)
    gone = st.sampled_from(sorted(name for name in members if name != MANIFEST))

    def whole(made: tuple[dict[str, Any], dict[str, bytes], str, bool]) -> bytes:
        about, added, left, without = made
        kept = {name: each for name, each in members.items() if not (without and name == left)}
        return _packed({**kept, **{n: c for n, c in added.items() if _is_text(n)}}, **about)

    case = st.tuples(head, more, gone, st.booleans())
    return Target("members of a saved project", case, lambda made: check(whole(made)))


def _files(members: dict[str, bytes], check: Callable[[bytes], bool]) -> Target:
    """A file of the project is damaged, and its digest is that of the damaged one."""
    names = sorted(name for name in members if name.startswith(FILES))

    def whole(made: tuple[str, list[Any]]) -> bytes:
        name, edits = made
        return _packed({**members, name: damaged(members[name], edits)})

    case = st.tuples(st.sampled_from(names), EDITS)
    return Target("files of a saved project", case, lambda made: check(whole(made)))


def _is_text(name: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in name)


_FIELDS = [
    f"{step}.{name}" if isinstance(value, dict) else step
    for step, value in RoundConfig().model_dump().items()
    for name in (value if isinstance(value, dict) else [""])
]
_SETTINGS = st.dictionaries(
    st.one_of(st.sampled_from(_FIELDS), TEXT),
    st.one_of(NUMBER, JSON, st.sampled_from(["auto", "kmeans", "umap", "knn"])),
    max_size=4,
)


def _set(changes: dict[str, Any]) -> bool:
    """Settings are taken, or refused in one line."""
    made: list[RoundConfig] = []
    if refusal(lambda: made.append(laid_over(RoundConfig(), changes)), ValueError):
        return True
    assert RoundConfig.model_validate(json.loads(made[0].model_dump_json())) == made[0]
    return False
