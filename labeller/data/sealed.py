"""Files that end in a digest of themselves, so that damage is seen when they are read.

The digest is written with the file and renamed with it, so no kill leaves the two apart, and it
goes wherever the file is copied. `.npy` and `.npz`: `MAGIC` and 16 bytes of BLAKE2b behind the
last byte, where numpy looks for nothing. JSON and safetensors: one more key. Files of before have
none: they are read as they are, and a zip has its own check sums.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from tokenize import TokenError
from typing import Any, BinaryIO, Literal
from zipfile import BadZipFile

import numpy as np

from labeller.data.meaning import meaning
from labeller.errors import DamagedFileError

MAGIC = b"labeller"
DIGEST_BYTES = 16
TRAILER_BYTES = len(MAGIC) + DIGEST_BYTES
KEY = "file_digest"
OTHER = "its digest is another one"
_SEALED = (len(KEY), 2 * DIGEST_BYTES)
# A larger file is only looked at when it is opened: its size, and that it ends as it should.
# `labeller verify` reads all of it.
MOST = 2**28
# What numpy, zipfile and json raise for what is cut off, flipped or something else.
_UNREADABLE = (
    *(OSError, ValueError, LookupError, EOFError, TypeError, AttributeError, ArithmeticError),
    *(BadZipFile, zlib.error, RuntimeError, MemoryError, SyntaxError, TokenError),
)


def seal(stream: BinaryIO) -> None:
    """Appends the digest of what stands in `stream`, which is open for reading too."""
    stream.flush()
    stream.seek(0)
    digest = _digest(stream)
    stream.seek(0, 2)
    stream.write(MAGIC + digest)


def sealed_json(value: Mapping[str, Any]) -> bytes:
    """One JSON object with its digest."""
    text = json.dumps(dict(value), indent=1)
    return json.dumps({**json.loads(text), KEY: _of_text(text)}, indent=1).encode()


def seal_weights(content: bytes) -> Iterator[bytes | memoryview]:
    """The parts of a safetensors file with its digest among its metadata."""
    header, buffer = _weights(content)
    metadata = header.setdefault("__metadata__", {})
    metadata.pop(KEY, None)
    metadata[KEY] = _of_weights(header, [buffer])
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    yield from (len(text).to_bytes(8, "little"), text, buffer)


def intact_array(path: Path, mode: Literal["r"] | None = None) -> np.ndarray | None:
    """The array of a cache; None where it is not there, or damaged, so that it is made again."""
    try:
        return read_array(path, mode)
    except DamagedFileError:
        return None


def intact_arrays(path: Path) -> dict[str, np.ndarray] | None:
    """The same of an `.npz`."""
    try:
        return read_arrays(path)
    except DamagedFileError:
        return None


def read_array(
    path: Path, mode: Literal["r"] | None = None, *, thorough: bool = False
) -> np.ndarray:
    """The array of a `.npy`, with `mode` "r" on the disk; raises DamagedFileError.

    `thorough`: a large one is checked as a whole too.
    """
    check(path, thorough=thorough)
    try:
        array: np.ndarray = np.load(path, mmap_mode=mode, allow_pickle=False)
        if not isinstance(array, np.ndarray):
            raise ValueError("it is no array")
    except _UNREADABLE as error:
        raise damaged(path, error) from error
    return array


def read_arrays(path: Path, *, thorough: bool = False) -> dict[str, np.ndarray]:
    """All arrays of a `.npz`; raises DamagedFileError."""
    check(path, thorough=thorough)
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except _UNREADABLE as error:
        raise damaged(path, error) from error


def read_json(path: Path) -> dict[str, Any]:
    """One JSON object without its digest; raises DamagedFileError."""
    check(path)
    try:
        document = _document(path)
    except _UNREADABLE as error:
        raise damaged(path, error) from error
    document.pop(KEY, None)
    return document


def read_record(path: Path) -> dict[str, Any]:
    """The JSON record in the header of a file of weights, which are checked; DamagedFileError."""
    check(path)
    try:
        record: dict[str, Any] = json.loads(_header(path)["__metadata__"]["record"])
    except _UNREADABLE as error:
        raise damaged(path, error) from error
    return record


def is_sealed(path: Path) -> bool:
    """Whether a file holds a digest of itself."""
    if path.suffix == ".json":
        return KEY in _document(path)
    if path.suffix == ".safetensors":
        return KEY in _header(path).get("__metadata__", {})
    with path.open("rb") as stream:
        stream.seek(max(path.stat().st_size - TRAILER_BYTES, 0))
        return stream.read(len(MAGIC)) == MAGIC


def check(path: Path, *, thorough: bool = False) -> None:
    """Raises DamagedFileError where a file is not as it was written; asked again, where it has not
    changed since, it is not read again. A file without a digest passes.
    """
    try:
        state = path.stat()
        whole = thorough or state.st_size <= MOST
        _check(path, whole, (state.st_mtime_ns, state.st_size, state.st_ino))
    except _UNREADABLE as error:
        raise damaged(path, error) from error


def file_digest(path: Path) -> str:
    """The digest of a whole file, for files that cannot hold one."""
    with path.open("rb") as stream:
        return _digest(stream).hex()


def check_digest(path: Path, digest: str | None, *, thorough: bool = False) -> None:
    """The same as `check` by a digest that is kept elsewhere (None: no digest is known)."""
    try:
        state = path.stat()
        if digest and (thorough or state.st_size <= MOST):
            _check_digest(path, digest, (state.st_mtime_ns, state.st_size, state.st_ino))
    except OSError as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> DamagedFileError:
    """The error for a file that cannot be read, and why."""
    if isinstance(error, DamagedFileError):
        return error
    if isinstance(error, FileNotFoundError):
        return broken(path, "it is gone")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return broken(path, " ".join(reason.split()) or "it is cut off")


def broken(path: Path, reason: str) -> DamagedFileError:
    """The error for a file that is damaged, for that `reason`, with what it means."""
    return DamagedFileError(path, reason, meaning(path))


@lru_cache(maxsize=8192)
def _check(path: Path, whole: bool, _state: tuple[int, ...]) -> None:
    if path.suffix in _CHECKS:
        _CHECKS[path.suffix](path)
        return
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(size - TRAILER_BYTES, 0))
        trailer = stream.read(TRAILER_BYTES)
        sealed = len(trailer) == TRAILER_BYTES and trailer.startswith(MAGIC)
        stream.seek(0)
        if whole and sealed and _digest(stream, size - TRAILER_BYTES) != trailer[len(MAGIC) :]:
            raise broken(path, OTHER)
        stream.seek(0)
        wanted = _array_end(stream) + TRAILER_BYTES * sealed if path.suffix == ".npy" else size
        if size != wanted:
            raise broken(path, f"it has {size:,} bytes, not {wanted:,}")


@lru_cache(maxsize=1024)
def _check_digest(path: Path, digest: str, _state: tuple[int, ...]) -> None:
    if file_digest(path) != digest:
        raise broken(path, OTHER)


def _document(path: Path) -> dict[str, Any]:
    document = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict):
        raise ValueError("it is no JSON object")
    return document


def _check_json(path: Path) -> None:
    document = _document(path)
    last = next(reversed(document), "")
    if KEY not in document and (len(last), len(str(document.get(last)))) == _SEALED:
        raise broken(path, "its digest has another name")
    digest = document.pop(KEY, None)
    if digest is not None and digest != _of_text(json.dumps(document, indent=1)):
        raise broken(path, OTHER)


def _header(path: Path) -> dict[str, Any]:
    """The header of a safetensors file, which says what stands where in it."""
    with path.open("rb") as stream:
        size = int.from_bytes(stream.read(8), "little")
        header: dict[str, Any] = json.loads(stream.read(min(size, path.stat().st_size)))
    return header


def _check_weights(path: Path) -> None:
    header = _header(path)
    with path.open("rb") as stream:
        size = int.from_bytes(stream.read(8), "little")
        stream.seek(8 + size)
        digest = header.get("__metadata__", {}).pop(KEY, None)
        end = max(
            (each["data_offsets"][1] for each in header.values() if "dtype" in each), default=0
        )
        if path.stat().st_size != 8 + size + end:
            raise broken(path, f"it has {path.stat().st_size:,} bytes, not {8 + size + end:,}")
        parts = iter(lambda: stream.read(2**20), b"")
        if digest is not None and _of_weights(header, parts) != digest:
            raise broken(path, OTHER)


_CHECKS = {".json": _check_json, ".safetensors": _check_weights}


def _weights(content: bytes) -> tuple[dict[str, Any], memoryview]:
    """Header and buffer of a safetensors file."""
    size = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + size]), memoryview(content)[8 + size :]


def _of_weights(header: Mapping[str, Any], parts: Iterable[bytes | memoryview]) -> str:
    content = hashlib.blake2b(json.dumps(header, sort_keys=True).encode(), digest_size=DIGEST_BYTES)
    for part in parts:
        content.update(part)
    return content.hexdigest()


def _array_end(stream: BinaryIO) -> int:
    """How many bytes of a `.npy` numpy reads; raises ValueError for what is none."""
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0
    if version != (1, 0):
        read = np.lib.format.read_array_header_2_0
    shape, _, dtype = read(stream)
    return stream.tell() + int(np.prod(shape, dtype=np.int64)) * dtype.itemsize


def _digest(stream: BinaryIO, size: int | None = None) -> bytes:
    """BLAKE2b of the next `size` bytes, or of all."""
    content = hashlib.blake2b(digest_size=DIGEST_BYTES)
    left = size
    while part := stream.read(2**20 if left is None else min(2**20, left)):
        content.update(part)
        left = None if left is None else left - len(part)
    return content.digest()


def _of_text(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=DIGEST_BYTES).hexdigest()
