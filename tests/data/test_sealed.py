"""Files with a digest: each flipped byte and each cut is seen, and files of before are read."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save

from labeller.data import sealed
from labeller.errors import DamagedFileError
from labeller.store.files import (
    read_array,
    read_arrays,
    read_json,
    write_array,
    write_arrays,
    write_json,
)

ARRAY = np.arange(40, dtype=np.float32).reshape(8, 5)


def _weights(path: Path) -> None:
    content = save({"a": torch.arange(6.0), "b": torch.zeros(2, 2)}, {"record": '{"x": 1}'})
    with path.open("wb") as stream:
        stream.writelines(sealed.seal_weights(content))


KINDS = {
    "a.npy": (lambda path: write_array(path, ARRAY), read_array),
    "a.npz": (lambda path: write_arrays(path, {"a": ARRAY, "b": ARRAY[0]}), read_arrays),
    "a.json": (lambda path: write_json(path, {"text": "é", "list": [1, 2.5, None]}), read_json),
    "a.safetensors": (_weights, sealed.read_record),
}


@pytest.fixture(params=KINDS)
def kind(request, tmp_path):
    """A file that was just written, and what reads it."""
    write, read = KINDS[request.param]
    path = tmp_path / "models" / "1" / request.param
    path.parent.mkdir(parents=True)
    write(path)
    return path, read


def test_what_is_written_is_read(kind):
    path, read = kind
    first = read(path)
    assert sealed.is_sealed(path)
    assert str(read(path)) == str(first)


def test_each_flipped_byte_is_seen(kind):
    path, read = kind
    content, right = path.read_bytes(), str(read(path))
    for place in range(len(content)):
        for mask in (0x01, 0x80):
            flipped = bytearray(content)
            flipped[place] ^= mask
            path.write_bytes(flipped)
            assert _read(read, path) in (right, "damaged"), place


def _read(read, path: Path) -> str:
    try:
        return str(read(path))
    except DamagedFileError as error:
        one_line = str(path) in str(error) and "\n" not in str(error)
        return "damaged" if one_line else str(error)


def test_flips_in_the_content_of_arrays_are_never_passed(tmp_path):
    path = tmp_path / "a.npy"
    write_array(path, ARRAY)
    content = path.read_bytes()
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        with pytest.raises(DamagedFileError):
            read_array(path)


def test_each_cut_is_seen(kind):
    path, read = kind
    content = path.read_bytes()
    whole = len(content) - sealed.TRAILER_BYTES  # an array without its digest is one of before
    for size in range(len(content)):
        path.write_bytes(content[:size])
        if path.suffix == ".npz" and size >= whole:
            continue
        if path.suffix == ".npy" and size == whole:
            continue
        with pytest.raises(DamagedFileError):
            read(path)


@pytest.mark.parametrize("how", ["gone", "folder", "other"])
def test_what_is_no_file_of_ours_is_named(kind, how):
    path, read = kind
    path.unlink()
    if how == "folder":
        path.mkdir()
    elif how == "other":
        path.write_bytes(b"[1, 2]")
    with pytest.raises(DamagedFileError, match=r"is damaged \(.+\): .*copy of the workspace"):
        read(path)


def test_files_without_a_digest_are_read(tmp_path):
    np.save(tmp_path / "a.npy", ARRAY)
    np.savez(tmp_path / "a.npz", a=ARRAY)
    (tmp_path / "a.json").write_text(json.dumps({"a": 1}))
    (tmp_path / "a.safetensors").write_bytes(save({"a": torch.zeros(2)}, {"record": "{}"}))
    assert np.array_equal(read_array(tmp_path / "a.npy", "r"), ARRAY)
    assert np.array_equal(read_arrays(tmp_path / "a.npz")["a"], ARRAY)
    assert read_json(tmp_path / "a.json") == {"a": 1}
    assert sealed.read_record(tmp_path / "a.safetensors") == {}
    assert not any(sealed.is_sealed(path) for path in tmp_path.iterdir())


def test_an_array_of_before_that_is_too_long_is_damaged(tmp_path):
    np.save(tmp_path / "a.npy", ARRAY)
    with (tmp_path / "a.npy").open("ab") as stream:
        stream.write(b"more")
    with pytest.raises(DamagedFileError, match="bytes, not"):
        read_array(tmp_path / "a.npy")


def test_others_read_arrays_with_a_digest(tmp_path):
    write_array(tmp_path / "a.npy", ARRAY)
    write_arrays(tmp_path / "a.npz", {"a": ARRAY})
    assert np.array_equal(np.load(tmp_path / "a.npy"), ARRAY)
    assert np.array_equal(np.load(tmp_path / "a.npy", mmap_mode="r"), ARRAY)
    assert np.array_equal(np.load(tmp_path / "a.npz")["a"], ARRAY)


def test_a_large_file_is_read_whole_only_when_all_is_checked(tmp_path, monkeypatch):
    path = tmp_path / "a.npy"
    write_array(path, ARRAY)
    content = bytearray(path.read_bytes())
    content[-40] ^= 1
    path.write_bytes(content)
    monkeypatch.setattr(sealed, "MOST", 100)
    read_array(path)
    with pytest.raises(DamagedFileError, match="digest"):
        read_array(path, thorough=True)


def test_a_file_that_has_not_changed_is_not_read_again(tmp_path, monkeypatch):
    path = tmp_path / "a.npy"
    write_array(path, ARRAY)
    sealed.check(path)
    monkeypatch.setattr(sealed, "_digest", lambda *_: pytest.fail("it was read again"))
    sealed.check(path)
