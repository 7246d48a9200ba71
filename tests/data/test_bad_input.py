"""Every kind of bad input: one clear sentence with the next step, and nothing left behind."""

import os
import re
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeller.data import archives
from labeller.data.images import ImageStore
from labeller.errors import DataError, LabellerError, NotFoundError, StateError
from tests.data.making import (
    encoded,
    fabricate_mnist,
    picture,
    pngs,
    take_in,
    write,
    write_zip,
)

NAMES = "digits, mnist, fashion-mnist, kmnist, cifar10, cifar100, svhn, stl10"
KINDS = "png jpg jpeg bmp gif tif tiff webp"
AGAIN = "make the archive again from plain files"


def _folder(files: dict[str, bytes | None]) -> Callable[[Path], Path]:
    return lambda tmp: write(tmp / "own", files)


def _zip(*names: str) -> Callable[[Path], Path]:
    return lambda tmp: write_zip(tmp / "own.zip", pngs(*names))


def _file(name: str, content: bytes) -> Callable[[Path], Path]:
    return lambda tmp: write(tmp, {name: content}) / name


def _npz(**arrays: np.ndarray) -> Callable[[Path], Path]:
    def make(tmp: Path) -> Path:
        np.savez(tmp / "own.npz", **arrays)
        return tmp / "own.npz"

    return make


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


def _full_store(tmp: Path) -> Path:
    write(tmp / "store", {"images.npy": b"mine"})
    return _folder(pngs("a.png", "b.png"))(tmp)


def _cut_mnist(tmp: Path) -> str:
    raw = fabricate_mnist(tmp / "data") / "MNIST" / "raw"
    (raw / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + struct.pack(">3i", 40, 28, 28))
    return "mnist"


GREY = np.zeros((4, 9, 9), dtype=np.uint8)

STOPS = [
    # wrong path or name
    ("empty name", lambda tmp: " ", f"source must not be empty; give a path or one of {NAMES}"),
    (
        "wrong path",
        lambda tmp: tmp / "nowhere",
        "there is no folder or file {tmp}/nowhere; give the path of a folder, .zip or .npz, or one "
        f"of {NAMES}",
    ),
    (
        "name with a slip",
        lambda tmp: "minst",
        "there is no folder or file minst (did you mean mnist?); give the path of a folder, .zip "
        f"or .npz, or one of {NAMES}",
    ),
    (
        "name of a null character",
        lambda tmp: "a\0b",
        "there is no folder or file a\0b; give the path of a folder, .zip or .npz, or one of "
        f"{NAMES}",
    ),
    (
        "single image",
        _file("a.png", encoded(picture())),
        "a.png is not a folder, a .zip or a .npz; put the images into a folder or a .zip and give "
        "its path",
    ),
    # folders
    ("empty folder", _folder({}), f"{{tmp}}/own is empty; put images into it ({KINDS})"),
    (
        "only empty folders",
        _folder({"cat": None, "dog/x": None}),
        f"{{tmp}}/own is empty; put images into it ({KINDS})",
    ),
    (
        "only junk",
        _folder({".DS_Store": b"1", "Thumbs.db": b"1", "__MACOSX/a.png": b"1"}),
        f"{{tmp}}/own is empty; put images into it ({KINDS})",
    ),
    (
        "no images",
        _folder({"a.txt": b"1", "b.csv": b"1"}),
        f"{{tmp}}/own holds no images: none of its 2 files is one of {KINDS}; convert them, or "
        "choose another folder or archive",
    ),
    (
        "text called .png",
        _folder({"a.png": b"hello", "b.png": b"world"}),
        "{tmp}/own must hold at least 2 readable training images, got 0; 2 files could not be "
        "read, the first is a.png (not an image): replace or add images",
    ),
    (
        "one image",
        _folder(pngs("a.png")),
        "{tmp}/own must hold at least 2 readable training images, got 1; add images",
    ),
    (
        "one class without images",
        _folder({**pngs("cat/1.png", "cow/2.png"), "dog": None}),
        "the class dog in {tmp}/own has no images; add some or delete its folder",
    ),
    (
        "one class of two without images",
        _folder({**pngs("cat/1.png", "cat/2.png"), "dog/.DS_Store": b"1"}),
        "the class dog in {tmp}/own has no images; add some or delete its folder",
    ),
    (
        "one class only held out",
        _folder(pngs("train/cat/1.png", "train/cow/1.png", "test/cat/1.png", "test/dog/1.png")),
        "the class dog in {tmp}/own is held out but has no training images; add some or delete "
        "its folder",
    ),
    (
        "empty training folder",
        _folder({**pngs("test/1.png", "test/2.png"), "train": None}),
        "the training folder of {tmp}/own holds no images; put the images to label there",
    ),
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
        "zip with an empty class",
        lambda tmp: write_zip(tmp / "own.zip", {**pngs("cat/1.png", "cow/1.png"), "dog/": b""}),
        "the class dog in own.zip has no images; add some or delete its folder",
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
    # arrays
    (
        "npz without images",
        _npz(pixels=GREY),
        "own.npz must hold an array called images, got pixels; save it again with np.savez(path, "
        "images=..., labels=...)",
    ),
    (
        "npz of a wrong shape",
        _npz(images=np.zeros((4, 9))),
        "images in own.npz must be numbers of shape (N, H, W) or (N, H, W, 1 or 3) in C order, got "
        "float64 (4, 9); save it again so",
    ),
    (
        "npz of two channels",
        _npz(images=np.zeros((4, 9, 9, 2), dtype=np.uint8)),
        "images in own.npz must be numbers of shape (N, H, W) or (N, H, W, 1 or 3) in C order, got "
        "uint8 (4, 9, 9, 2); save it again so",
    ),
    (
        "npz of Python objects",
        _npz(images=np.full((4, 9, 9), None)),
        "images in own.npz must be numbers of shape (N, H, W) or (N, H, W, 1 or 3) in C order, got "
        "object (4, 9, 9); save it again so",
    ),
    (
        "npz with labels as Python objects",
        _npz(images=GREY, labels=np.array(["a", None, "b", "c"], dtype=object)),
        "labels in own.npz holds Python objects, which are never loaded; save it as plain numbers "
        "or text",
    ),
    (
        "npz with too few labels",
        _npz(images=GREY, labels=np.arange(3)),
        "labels in own.npz must have one value an image (4), got shape (3,)",
    ),
    (
        "npz with a label beyond its classes",
        _npz(images=GREY, labels=np.array([0, 1, 2, 0]), classes=np.array(["a", "b"])),
        "labels in own.npz must be below 2 (the number of classes), got 2",
    ),
    (
        "npz with labels as fractions",
        _npz(images=GREY, labels=np.zeros(4)),
        "labels in own.npz must be whole numbers or names, got float64",
    ),
    (
        "npz with an unknown split",
        _npz(images=GREY, split=np.array(["train", "test", "dev", "train"])),
        'split in own.npz must be "train" or "test", got dev',
    ),
    (
        "npz with floats beyond 1",
        _npz(images=np.full((4, 9, 9), 7.5)),
        "images in own.npz must be between 0 and 1 as float64, got 7.5 to 7.5; scale them, or save "
        "them as uint8",
    ),
    (
        "npz with NaN",
        _npz(images=np.full((4, 9, 9), np.nan)),
        "images in own.npz must be between 0 and 1 as float64, got nan to nan; scale them, or save "
        "them as uint8",
    ),
    # the store and the downloaded sets
    (
        "store that exists",
        _full_store,
        "{tmp}/store exists and is not empty; choose a new folder or delete it",
    ),
    (
        "damaged MNIST",
        _cut_mnist,
        "mnist in {tmp}/data is damaged (*); delete MNIST/raw there and try again, or name another "
        "folder with --data-dir or LABELLER_DATA",
    ),
]


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


UNREADABLE = [
    ("text", b"hello, world", "not an image"),
    ("nothing", b"", "empty file"),
    ("PNG cut after its header", _broken_pixels("PNG"), "damaged: "),
    ("JPEG cut after its header", _broken_pixels("JPEG"), "damaged: image file is truncated"),
    ("GIF cut after its header", _broken_pixels("GIF"), "damaged: "),
    ("WebP cut after its header", _broken_pixels("WEBP"), ""),
    ("TIFF cut", _broken_pixels("TIFF"), ""),
    ("PNG with one wrong byte", encoded(picture()).replace(b"IDAT", b"IDAX"), ""),
    ("60 megapixels", _bitmap(10_000, 6_000), "10000 x 6000 has more than 50,000,000 pixels"),
    ("100 megapixels", _bitmap(10_000, 10_000), "10000 x 10000 has more than 50,000,000 pixels"),
    ("900 megapixels", _bitmap(30_000, 30_000), "it has more than 50,000,000 pixels"),
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
    (name, why), *more = summary.unreadable
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
    assert take_in(path, tmp_path).unreadable == [("b.png", "damaged inside the archive")]


def test_broken_link_pipe_and_loop_do_not_stop(tmp_path: Path) -> None:
    own = write(tmp_path / "own", pngs("a.png", "b.png"))
    (own / "broken.png").symlink_to(own / "nowhere.png")
    (own / "loop").symlink_to(own)
    (own / "itself.png").symlink_to(own / "itself.png")
    os.mkfifo(own / "pipe.png")
    summary = take_in(own, tmp_path)
    assert summary.count == 2
    reasons = dict(summary.unreadable)
    assert reasons["broken.png"] == "missing, or a broken link"
    assert reasons["pipe.png"] == "not a regular file"
    assert set(reasons) == {"broken.png", "pipe.png", "itself.png"}


def test_file_without_permission_is_named(tmp_path: Path) -> None:
    own = write(tmp_path / "own", pngs("a.png", "b.png", "c.png"))
    (own / "b.png").chmod(0)
    if os.access(own / "b.png", os.R_OK):
        pytest.skip("this user may read everything")
    assert take_in(own, tmp_path).unreadable == [("b.png", "no permission to read it")]


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
