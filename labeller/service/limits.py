"""What people on a published server may read of its disk, and how much they may fill of it.

Nothing of it holds for the person at this computer.
"""

import os
from pathlib import Path

from labeller.config import EncodeConfig
from labeller.config.publishing import NAME, limits
from labeller.data.browse import inside, roots
from labeller.data.sources.registry import named
from labeller.errors import NotAllowedError, StateError
from labeller.store import Store
from labeller.store.schema import Project

UPLOADS = (".zip", ".labeller")  # a table may name any file of the server


def folders(store: Store) -> list[Path]:
    """The folders that may be looked through for images: of a server those of $LABELLER_FOLDERS."""
    if store.actor is None or os.environ.get("LABELLER_FOLDERS", "").strip():
        return roots()
    return []


def check_source(store: Store, source: str) -> None:
    """Raises NotAllowedError for a path that is no upload, and outside of the `folders`."""
    if store.actor is None or source in named():
        return
    place = Path(source).expanduser().resolve()
    if not inside(place, [*folders(store), (store.folder / "uploads").resolve()]):
        known = ", ".join(map(str, folders(store))) or "none, until LABELLER_FOLDERS names some"
        raise NotAllowedError(
            f"{source} is outside of the folders of this server that images may come from ({known})"
        )


def check_encoder(store: Store, encode: EncodeConfig) -> None:
    """Raises NotAllowedError for an encoder that reads such a file."""
    path = encode.own.get("path")
    if path is not None:
        check_source(store, str(path))


def check_upload(store: Store, filename: str) -> None:
    """Raises NotAllowedError for a file that is no archive, StateError where there is no room."""
    if store.actor is None:
        return
    if Path(filename).suffix.lower() not in UPLOADS:
        raise NotAllowedError(
            f"an upload must end in {' or '.join(UPLOADS)}, got {Path(filename).name[:80]!r}"
        )
    check_room(store)


def check_room(store: Store, projects: int = 0) -> None:
    """Raises StateError where the workspace is full, or has no room for so many more projects."""
    if store.actor is None:
        return
    most = limits(store.folder)
    with store.read() as session:
        count = session.query(Project).count()
    if count + projects > most.projects:
        raise StateError(
            f"a workspace may have {most.projects} projects, and this one has {count}; delete one, "
            f"or have an owner raise `projects` in {NAME}"
        )
    size = sum(_size(path) for path in store.folder.rglob("*")) / 2**30
    if size > most.workspace_gb:
        raise StateError(
            f"a workspace may have {most.workspace_gb:g} GB, and this one has {size:.1f}; delete a "
            f"project, or have an owner raise `workspace_gb` in {NAME}"
        )


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:  # gone meanwhile
        return 0
