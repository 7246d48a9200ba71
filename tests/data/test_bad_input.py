"""Every kind of bad input: one clear sentence with the next step, and nothing left behind."""

import os
import re
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeller.data.images import ImageStore
from labeller.data.sources import archives
from labeller.errors import DataError, LabellerError, NotFoundError, StateError
from tests.data.bad_inputs import STOPS
from tests.data.making import (
    encoded,
    picture,
    pngs,
    take_in,
    write,
    write_zip,
)


@pytest.mark.parametrize(("make", "message"), [p[1:] for p in STOPS], ids=[p[0] for p in STOPS])
def test_bad_input_stops_with_one_sentence(make, message: str, tmp_path: Path) -> None:
    source = make(tmp_path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(LabellerError) as caught:
        take_in(source, tmp_path, data_dir=tmp_path / "data")
    said = str(caught.value)
    pattern = re.escape(message.replace("{tmp}", str(tmp_path))).replace(re.escape("(*)"), "(.+)")
    assert re.fullmatch(pattern, said), said
    assert "\n" not in said
    assert isinstance(caught.value, DataError | NotFoundError | StateError)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("size", [7, 129, 0, -5, True, 32.0, "32"])
def test_size_is_between_8_and_128(size: object, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"size must be between 8 and 128 pixels, got {size}"):
        take_in("digits", tmp_path, size=size)
    assert not (tmp_path / "store").exists()


def _bitmap(width: int, height: int) -> bytes:
    """A BMP that claims to be large."""
    content = bytearray(encoded(picture(), "BMP"))
    content[18:26] = struct.pack("<2i", width, height)
    return bytes(content)


def _broken_pixels(kind: str) -> bytes:
    """A sound header, then pixels that end too early."""
    content = encoded(picture(side=64), kind)
    return content[: len(content) // 2]


LARGE = "more than 50,000,000 pixels, make it smaller"
UNREADABLE = [
    ("text", b"hello, world", "not an image"),
    ("nothing", b"", "empty file"),
    ("PNG cut after its header", _broken_pixels("PNG"), "damaged: "),
    ("JPEG cut after its header", _broken_pixels("JPEG"), "damaged: image file is truncated"),
    ("GIF cut after its header", _broken_pixels("GIF"), "damaged: "),
    ("WebP cut after its header", _broken_pixels("WEBP"), ""),
    ("TIFF cut", _broken_pixels("TIFF"), ""),
    ("PNG with one wrong byte", encoded(picture()).replace(b"IDAT", b"IDAX"), ""),
    ("60 megapixels", _bitmap(10_000, 6_000), LARGE + ": 10000 x 6000"),
    ("100 megapixels", _bitmap(10_000, 10_000), LARGE + ": 10000 x 10000"),
    ("900 megapixels", _bitmap(30_000, 30_000), LARGE),
    ("PostScript", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image"),
    ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image"),
    ("zip", b"PK\x03\x04" + bytes(40), "not an image"),
]


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize(
    ("content", "reason"), [case[1:] for case in UNREADABLE], ids=[case[0] for case in UNREADABLE]
)
def test_unreadable_file_is_named_and_passed_over(
    content: bytes, reason: str, packed: bool, tmp_path: Path
) -> None:
    files = {**pngs("a.png", "c.png"), "b.png": content}
    source = write_zip(tmp_path / "own.zip", files) if packed else write(tmp_path / "own", files)
    summary = take_in(source, tmp_path, size=12)
    assert summary.count == 2
    (name, why), *more = summary.left_out
    assert (name, more) == ("b.png", [])
    assert why.startswith(reason)
    assert why
    store = ImageStore(tmp_path / "store")
    assert store.names == ["a.png", "c.png"]
    assert store.unreadable == [("b.png", why)]
    assert store.images.shape[0] == 2
    assert np.array_equal(store.images[1], picture(1))


def test_member_damaged_inside_the_archive_is_named(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "own.zip", pngs("a.png", "b.png", "c.png"))
    content = bytearray(path.read_bytes())
    at = content.index(b"b.png") + 60
    content[at : at + 20] = bytes(20)
    path.write_bytes(content)
    assert take_in(path, tmp_path).left_out == [("b.png", "damaged inside the archive")]


def test_broken_link_pipe_and_loop_do_not_stop(tmp_path: Path) -> None:
    own = write(tmp_path / "own", pngs("a.png", "b.png"))
    (own / "broken.png").symlink_to(own / "nowhere.png")
    (own / "loop").symlink_to(own)
    (own / "itself.png").symlink_to(own / "itself.png")
    os.mkfifo(own / "pipe.png")
    summary = take_in(own, tmp_path)
    assert summary.count == 2
    reasons = dict(summary.left_out)
    assert reasons["broken.png"] == "missing, or a broken link"
    assert reasons["pipe.png"] == "not a regular file"
    assert reasons["loop"] == "a link to a folder that is read already"
    assert set(reasons) == {"broken.png", "pipe.png", "itself.png", "loop"}


def test_file_without_permission_is_named(tmp_path: Path) -> None:
    own = write(tmp_path / "own", pngs("a.png", "b.png", "c.png"))
    (own / "b.png").chmod(0)
    if os.access(own / "b.png", os.R_OK):
        pytest.skip("this user may read everything")
    assert take_in(own, tmp_path).left_out == [("b.png", "no permission to read it")]


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 2)
    path = write_zip(tmp_path / "own.zip", pngs("a.png", "b.png", "c.png"))
    with pytest.raises(DataError, match="must hold at most 2 files, got 3; split it, or unpack"):
        take_in(path, tmp_path)


def test_nothing_in_an_archive_is_opened_before_it_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_zip(tmp_path / "own.zip", pngs("a.png", "../evil.png"))
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("a member was opened"))
    with pytest.raises(DataError, match="refused"):
        take_in(path, tmp_path)
    assert not (tmp_path.parent / "evil.png").exists()


def test_no_network_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import urllib.request

    def refuse(*args: object, **options: object) -> None:
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    for name, layout in (("mnist", "MNIST/raw"), ("cifar10", "cifar-10-batches-py")):
        with pytest.raises(DataError) as caught:
            take_in(name, tmp_path, data_dir=tmp_path / "data")
        said = str(caught.value)
        assert said.startswith(f"{name} is not in {tmp_path}/data (or is damaged there) and cannot")
        assert said.endswith(
            f"put it there in torchvision's layout ({layout}), or name the folder that has it with "
            "--data-dir or LABELLER_DATA"
        )
        assert "Name or service not known" in said
        assert "\n" not in said
    assert not (tmp_path / "store").exists()


def test_sixteen_bit_mode_of_pillow_is_known() -> None:
    """Guards the modes that decode.py counts as grey."""
    assert Image.fromarray(np.zeros((2, 2), dtype=np.uint16)).mode == "I;16"
