"""Zip archives that must be refused: what makes each, and the sentence it must give."""

import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

from labeller.data.kinds import SUFFIXES
from tests.data.making import encoded, picture, pngs, write, write_zip

KINDS = " ".join(suffix.lstrip(".") for suffix in SUFFIXES)
AGAIN = "make the archive again from plain files"


def _file(name: str, content: bytes) -> Callable[[Path], Path]:
    return lambda tmp: write(tmp, {name: content}) / name


def _zip(*names: str) -> Callable[[Path], Path]:
    return lambda tmp: write_zip(tmp / "own.zip", pngs(*names))


def _member(change: Callable[[zipfile.ZipInfo], None], size: int = 100) -> Callable[[Path], Path]:
    """A zip whose second member is described as `change` says."""

    def make(tmp: Path) -> Path:
        path = tmp / "own.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.png", encoded(picture()))
            info = zipfile.ZipInfo("b.png")
            info.compress_type = zipfile.ZIP_DEFLATED
            change(info)
            archive.writestr(info, bytes(size))
        return path

    return make


def _link(info: zipfile.ZipInfo) -> None:
    info.external_attr = (stat.S_IFLNK | 0o777) << 16


def _pipe(info: zipfile.ZipInfo) -> None:
    info.external_attr = (stat.S_IFIFO | 0o666) << 16


def _patched(field: int, value: bytes) -> Callable[[Path], Path]:
    """A zip with `value` written at offset `field` of the first entry of its central directory."""

    def make(tmp: Path) -> Path:
        path = _zip("a.png", "b.png")(tmp)
        content = bytearray(path.read_bytes())
        start = content.index(b"PK\x01\x02") + field
        content[start : start + len(value)] = value
        path.write_bytes(content)
        return path

    return make


def _cut_zip(tmp: Path) -> Path:
    path = _zip("a.png", "b.png")(tmp)
    path.write_bytes(path.read_bytes()[:-60])
    return path


def _overlapping(tmp: Path) -> Path:
    path = tmp / "own.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.png", bytes(100_000))
        archive.filelist += [archive.filelist[0]] * 20  # the same bytes under many entries
    return path


ARCHIVES = [
    # archives
    (
        "text called .zip",
        _file("own.zip", b"hello"),
        "own.zip is not a zip archive or is damaged; make or upload it again",
    ),
    (
        "empty file called .zip",
        _file("own.zip", b""),
        "own.zip is not a zip archive or is damaged; make or upload it again",
    ),
    ("cut zip", _cut_zip, "own.zip is not a zip archive or is damaged; make or upload it again"),
    (
        "zip without images",
        lambda tmp: write_zip(tmp / "own.zip", {"a.txt": b"1"}),
        f"own.zip holds no images: none of its 1 files is one of {KINDS}; convert them, or choose "
        "another folder or archive",
    ),
    (
        "empty zip",
        lambda tmp: write_zip(tmp / "own.zip", {}),
        f"own.zip is empty; put images into it ({KINDS})",
    ),
    (
        "zip with ../",
        _zip("a.png", "../../evil.png"),
        f"own.zip was refused: ../../evil.png points outside the archive; {AGAIN}",
    ),
    (
        "zip with ..\\",
        _zip("a.png", "x\\..\\..\\evil.png"),
        f"own.zip was refused: x\\..\\..\\evil.png points outside the archive; {AGAIN}",
    ),
    (
        "zip with an absolute path",
        _zip("a.png", "/tmp/evil.png"),
        f"own.zip was refused: /tmp/evil.png has an absolute path; {AGAIN}",
    ),
    (
        "zip with a drive",
        _zip("a.png", "C:\\evil.png"),
        f"own.zip was refused: C:\\evil.png has an absolute path; {AGAIN}",
    ),
    ("zip with a link", _member(_link), f"own.zip was refused: b.png is a link; {AGAIN}"),
    (
        "zip with a pipe",
        _member(_pipe),
        f"own.zip was refused: b.png is not a regular file; {AGAIN}",
    ),
    (
        "encrypted zip",
        _patched(8, b"\x01\x00"),
        f"own.zip was refused: a.png is encrypted with a password; {AGAIN}",
    ),
    (
        "zip of an unusual method",
        _patched(10, b"\x62\x00"),
        f"own.zip was refused: a.png is compressed in an unusual way (use deflate); {AGAIN}",
    ),
    (
        "zip with a huge member",
        _patched(24, struct.pack("<I", 300 * 2**20)),
        f"own.zip was refused: a.png unpacks to more than 256 MiB; {AGAIN}",
    ),
    (
        "zip bomb in one member",
        _member(lambda info: None, size=70 * 2**20),
        f"own.zip was refused: b.png shrinks more than 200-fold, as in a zip bomb; {AGAIN}",
    ),
    (
        "zip bomb of members that overlap",
        _overlapping,
        "own.zip was refused: its members overlap, as in a zip bomb; make the archive again from "
        "plain files",
    ),
]
