"""One file that holds a folder and some JSON, each member with its digest: written, and read back.

A zip with `manifest.json`: what it is, the version of its format, and the bytes and the SHA-256 of
each other member. Members are read to a new folder; what is not as the manifest says is refused.
"""

import hashlib
import json
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from labeller.data.sources.archives import MAX_TOTAL_BYTES, open_zip
from labeller.errors import DataError, StateError
from labeller.events import Progress, Report

FORMAT = 1
MANIFEST, FILES, ROWS = "manifest.json", "files/", "rows/"
_MOST_JSON = 2**28  # bytes of the JSON of one table, which is read at once
_STORED_FROM = 2**26  # bytes: larger ones are images and features, which hardly shrink
_MEGABYTE = 2**20
_WHEN = (1980, 1, 1, 0, 0, 0)  # the same content, the same file
# A name that is visible, and no more than a name, wherever it is written.
_PART = re.compile(r"[^./\\:\x00-\x1f][^/\\:\x00-\x1f]*")


@dataclass(frozen=True)
class Saved:
    """What a file says of itself: `about` of the manifest, and the JSON in it by name."""

    about: dict[str, Any]
    rows: dict[str, Any]


def write_saved(
    stream: BinaryIO,
    about: Mapping[str, Any],
    rows: Mapping[str, Any],
    folder: Path,
    report: Report,
) -> None:
    """Writes the JSON `rows` and the files of `folder`, hidden and temporary ones left out."""
    files = sorted(path for path in folder.rglob("*") if _belongs(path, folder))
    total = sum(path.stat().st_size for path in files) // _MEGABYTE
    members: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(stream, "w") as archive:
        for name, value in rows.items():
            content = json.dumps(value).encode()
            members[f"{ROWS}{name}.json"] = _add(
                archive, f"{ROWS}{name}.json", len(content), [content]
            )
        done = 0
        for path in files:
            report(Progress("save", done // _MEGABYTE, total, path.name))
            name, size = FILES + path.relative_to(folder).as_posix(), path.stat().st_size
            with path.open("rb") as source:
                members[name] = _add(archive, name, size, iter(lambda: source.read(_MEGABYTE), b""))
            done += size
        manifest = {**about, "format": FORMAT, "members": members}
        content = json.dumps(manifest, indent=1).encode()
        _add(archive, MANIFEST, len(content), [content])
    report(Progress("save", total, total))


def saved_about(path: Path) -> dict[str, Any]:
    """What a file says of itself, without reading what is in it; raises as `read_saved`."""
    with open_zip(path, MAX_TOTAL_BYTES) as archive:
        return _manifest(archive, path)[0]


def read_saved(path: Path, folder: Path, report: Report) -> Saved:
    """Reads all members, checks each, and puts the files into `folder`, which is new.

    Raises DataError for what is damaged, unsafe or no such file, StateError for one of a newer
    version and where the disk is too small.
    """
    with open_zip(path, MAX_TOTAL_BYTES) as archive:
        about, members = _manifest(archive, path)
        unpacked = sum(each.file_size for each in archive.infolist())
        _check_space(path, folder, unpacked)
        rows, done, total = {}, 0, unpacked // _MEGABYTE
        for name, known in members.items():
            report(Progress("load", done // _MEGABYTE, total, name))
            if name.startswith(ROWS):
                rows[Path(name).stem] = _json(archive, path, name, known)
            else:
                target = folder / PurePosixPath(name.removeprefix(FILES))
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as stream:
                    _take(archive, path, name, known, stream.write)
            done += archive.getinfo(name).file_size
    report(Progress("load", total, total))
    return Saved(about, rows)


def _belongs(path: Path, folder: Path) -> bool:
    """Whether a file of the project is more than one that is being written."""
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.is_file() and not path.is_symlink() and not hidden


def _add(archive: zipfile.ZipFile, name: str, size: int, parts: Iterable[bytes]) -> dict[str, Any]:
    """Adds a member; returns its bytes and its digest."""
    info = zipfile.ZipInfo(name, _WHEN)
    info.external_attr = 0o100644 << 16
    info.compress_type = zipfile.ZIP_STORED if size >= _STORED_FROM else zipfile.ZIP_DEFLATED
    digest, written = hashlib.sha256(), 0
    with archive.open(info, "w", force_zip64=size >= 2**31 - 1) as target:
        for part in parts:
            target.write(part)
            digest.update(part)
            written += len(part)
    return {"bytes": written, "sha256": digest.hexdigest()}


def _manifest(
    archive: zipfile.ZipFile, path: Path
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What the file is, and its members, which are those that it has."""
    names = archive.namelist()
    if MANIFEST not in names or archive.getinfo(MANIFEST).file_size > _MOST_JSON:
        raise DataError(f"{path.name} is no saved project: it has no list of its files")
    try:
        about = json.loads(_content(archive, path, MANIFEST))
        version, members = about["format"], about.pop("members")
        listed = {
            str(name): (int(each["bytes"]), str(each["sha256"])) for name, each in members.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path, MANIFEST) from error
    if version != FORMAT:
        raise StateError(
            f"{path.name} was saved in format {version!r:.40}, and this labeller reads {FORMAT}; "
            "update labeller"
        )
    if sorted(names) != sorted([*listed, MANIFEST]):
        other = sorted(set(names) ^ {*listed, MANIFEST}) or ["twice the same name"]
        raise DataError(f"{path.name} is not complete: {other[0][:100]} is not as its list says")
    for name in listed:
        if not _safe(name):
            raise DataError(f"{path.name} was refused: {name[:100]!r} is no file of a project")
    return about, members


def _safe(name: str) -> bool:
    """Whether a member is JSON of a table, or lands inside the folder under a visible name."""
    room, _, rest = name.partition("/")
    parts = rest.split("/")
    if room == ROWS.rstrip("/"):
        return len(parts) == 1 and rest.endswith(".json")
    return room == FILES.rstrip("/") and all(_PART.fullmatch(part) for part in parts)


def _check_space(path: Path, folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if wanted > free:
        raise StateError(
            f"{path.name} needs {wanted / 2**30:.1f} GB, and the disk of the workspace has "
            f"{free / 2**30:.1f} GB left; make room, or choose another workspace"
        )


def _json(archive: zipfile.ZipFile, path: Path, name: str, known: Mapping[str, Any]) -> Any:
    if archive.getinfo(name).file_size > _MOST_JSON:
        raise DataError(f"{path.name} was refused: {name} has more than {_MOST_JSON // 2**20} MiB")
    parts: list[bytes] = []
    _take(archive, path, name, known, parts.append)
    try:
        return json.loads(b"".join(parts))
    except ValueError as error:
        raise _damaged(path, name) from error


def _content(archive: zipfile.ZipFile, path: Path, name: str) -> bytes:
    parts: list[bytes] = []
    _unpack(archive, path, name, parts.append)
    return b"".join(parts)


def _take(
    archive: zipfile.ZipFile,
    path: Path,
    name: str,
    known: Mapping[str, Any],
    write: Callable[[bytes], object],
) -> None:
    """Unpacks a member through `write`; raises DataError unless it is as the manifest says."""
    if _unpack(archive, path, name, write) != (known["bytes"], known["sha256"]):
        raise _damaged(path, name)


def _unpack(
    archive: zipfile.ZipFile, path: Path, name: str, write: Callable[[bytes], object]
) -> tuple[int, str]:
    """Bytes and SHA-256 of a member."""
    digest, count = hashlib.sha256(), 0
    try:
        with archive.open(name) as source:
            while part := source.read(_MEGABYTE):
                write(part)
                digest.update(part)
                count += len(part)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise _damaged(path, name) from error
    return count, digest.hexdigest()


def _damaged(path: Path, name: str) -> DataError:
    return DataError(f"{path.name} is damaged: {name} is not as it was saved; copy it again")
