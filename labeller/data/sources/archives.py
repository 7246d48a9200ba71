"""Images in a zip archive, read from it one by one: nothing is ever extracted to the disk."""

import io
import re
import stat
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from labeller.data.decode import UnreadableError
from labeller.data.feed import Feed
from labeller.data.files import Files, feed_files
from labeller.data.kinds import is_hidden, is_image, is_junk
from labeller.data.layout import shown
from labeller.data.sources.registry import PathSource, register
from labeller.errors import DataError
from labeller.events import Progress, Report

MAX_MEMBERS = 2_000_000
MAX_MEMBER_BYTES = 256 * 2**20
MAX_TOTAL_BYTES = 2**40
# Deflate shrinks at most 1032-fold, and only what is nearly constant; photographs about 10-fold.
MAX_RATIO = 200
_RATIO_FROM_BYTES = 64 * 2**20
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_DRIVE = re.compile(r"^[A-Za-z]:")


@register
class ZipArchive(PathSource):
    """Images in a zip, in class folders or not."""

    name = "zip"
    title = "Zip archive of images"
    what = ".zip"
    rank = 1

    @classmethod
    def accepts(cls, path: Path) -> bool:
        """Any file that ends in .zip."""
        return path.suffix.lower() == ".zip" and not path.is_dir()

    def open(self, path: Path, size: int | None, report: Report, plain: bool) -> Feed:
        """Raises DataError when it is damaged, encrypted or unsafe.

        Unsafe are members outside the archive's own folder, links, more than 2,000,000 members, a
        member over 256 MiB, over 1 TiB in all, more than 64 MiB that shrink more than 200-fold,
        and members that share their bytes.
        """
        report(Progress("scan", message="Reading the archive's list of files"))
        files = self.files(path, report)
        try:
            return feed_files(files, size, report, plain)
        except BaseException:
            files.close()
            raise

    def files(self, path: Path, report: Report) -> Files:
        """Its members that are image files."""
        return _ArchiveFiles(open_zip(path), path)


def open_zip(path: Path, member_bytes: int = MAX_MEMBER_BYTES) -> zipfile.ZipFile:
    """The zip at `path`, its list of members checked; raises DataError."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, ValueError, NotImplementedError):
        raise DataError(
            f"{path.name} is not a zip archive or is damaged; make or upload it again"
        ) from None
    except OSError as error:
        raise DataError(
            f"{path.name} cannot be opened ({error.strerror}); check its permissions"
        ) from error
    try:
        check_members(archive.infolist(), path, member_bytes)
    except BaseException:
        archive.close()
        raise
    return archive


def check_members(members: list[zipfile.ZipInfo], path: Path, member_bytes: int) -> None:
    """Raises DataError when the list of members is unsafe, before any of them is read."""
    if len(members) > MAX_MEMBERS:
        raise DataError(
            f"{path.name} must hold at most {MAX_MEMBERS:,} files, got {len(members):,}; "
            "split it, or unpack it and give the folder"
        )
    for member in members:
        problem = _problem(member, member_bytes)
        if problem:
            raise DataError(
                f"{path.name} was refused: {shown(member.orig_filename[:200])} {problem}; make the "
                "archive again from plain files"
            )
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if packed > path.stat().st_size:
        raise DataError(
            f"{path.name} was refused: its members overlap, as in a zip bomb; make the archive "
            "again from plain files"
        )
    if unpacked > MAX_TOTAL_BYTES or _is_bomb(unpacked, packed):
        raise DataError(
            f"{path.name} was refused: its {packed:,} bytes unpack to {unpacked:,}, as in a zip "
            "bomb; unpack it yourself and give the folder"
        )


def _problem(member: zipfile.ZipInfo, member_bytes: int) -> str:
    """What is unsafe in one member, or nothing."""
    name = member.orig_filename.replace("\\", "/")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if ".." in name.split("/"):
        return "points outside the archive"
    if name.startswith("/") or _DRIVE.match(name):
        return "has an absolute path"
    if "\0" in name:
        return "has a null character in its name"
    if kind == stat.S_IFLNK:
        return "is a link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is not a regular file"
    if member.flag_bits & 0x1:
        return "is encrypted with a password"
    if member.compress_type not in _METHODS:
        return "is compressed in an unusual way (use deflate)"
    if member.file_size > member_bytes:
        return f"unpacks to more than {member_bytes // 2**20} MiB"
    if _is_bomb(member.file_size, member.compress_size):
        return f"shrinks more than {MAX_RATIO}-fold, as in a zip bomb"
    return ""


def _is_bomb(unpacked: int, packed: int) -> bool:
    return unpacked > _RATIO_FROM_BYTES and unpacked > MAX_RATIO * max(packed, 1)


class _ArchiveFiles(Files):
    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        super().__init__(path.name)
        self._archive = archive
        self._members: list[zipfile.ZipInfo] = []
        folders: set[str] = set()
        used: set[str] = set()
        for member in archive.infolist():
            name = _clean(member.filename)
            if not name or any(is_junk(part) for part in name.split("/")):
                continue
            folder = member.filename.endswith(("/", "\\"))
            if any(is_hidden(part) for part in name.split("/")):
                if not folder:
                    self.pass_over(name, hidden=True)
                continue
            used.update(_above(name))
            if folder:
                folders.add(name)
            elif is_image(name):
                self.paths.append(name)
                self._members.append(member)
            else:
                self.pass_over(name)
        self.empty = sorted(folders - used)

    def open(self, row: int) -> tuple[BinaryIO, int]:
        member = self._members[row]
        try:
            content = self._archive.read(member)
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError):
            raise UnreadableError("damaged inside the archive") from None
        except Exception as error:  # lzma and bz2 have errors of their own
            raise UnreadableError(f"damaged inside the archive: {error}") from error
        return io.BytesIO(content), len(content)

    def size(self, row: int) -> int:
        return self._members[row].file_size

    def close(self) -> None:
        self._archive.close()


def _clean(name: str) -> str:
    """The name of a member with / between its parts, as some Windows programs do not write it."""
    parts = name.replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", "."))


def _above(name: str) -> list[str]:
    """The folders that a member lies in."""
    return [name[:end] for end, letter in enumerate(name) if letter == "/"]
