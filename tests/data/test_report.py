"""The report of an import: all that was found is taken, or left out with a reason."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeller.data.images import ImageStore
from labeller.data.kinds import is_image, why_not
from labeller.data.report import grouped
from labeller.records import ImportReport, LeftOut, read_report
from tests.data.making import encoded, picture, pngs, take_in, write, write_zip


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_everything_that_is_found_is_taken_or_named(packed: bool, tmp_path: Path) -> None:
    files: dict[str, bytes] = {
        **pngs("cat/1.png", "cat/2.png", "dog/1.png"),
        "cat/3.png": encoded(picture(3)[:6]),
        "cat/b.png": b"words",
        "cat/c.jpg": encoded(picture(side=64), "JPEG")[:900],
        "dog/raw.NEF": b"1",
        "dog/film.mp4": b"1",
        "dog/drawing.svg": b"1",
        "dog/more.tar.gz": b"1",
        "notes.txt": b"1",
        "Makefile": b"1",
        "cat/.secret.png": encoded(picture(9)),
        "Thumbs.db": b"1",
        "cat/.DS_Store": b"1",
        "cat/._1.png": b"1",
    }
    own = write_zip(tmp_path / "o.zip", files) if packed else write(tmp_path / "own", files)
    report = take_in(own, tmp_path).report
    assert (report.found, report.taken, report.classes) == (13, 4, ("cat", "dog"))
    assert (report.letterboxed, report.cropped) == (1, 0)
    reasons = {each.reason: each.names for each in report.left_out}
    assert reasons.pop("damaged")[0].startswith("cat/c.jpg (image file is truncated")
    assert reasons == {
        "not an image": ("cat/b.png",),
        ".nef is a raw photo; develop it to JPEG or TIFF": ("dog/raw.NEF",),
        ".mp4 is a video; save its frames as images": ("dog/film.mp4",),
        ".svg is an image of a kind that is not read; convert it to PNG or JPEG": (
            "dog/drawing.svg",
        ),
        ".gz is an archive; unpack it": ("dog/more.tar.gz",),
        "not an image (.txt)": ("notes.txt",),
        "not an image (no ending)": ("Makefile",),
        "a hidden file or folder": ("cat/.secret.png",),
    }
    assert len(ImageStore(tmp_path / "store").unreadable) == 9


def test_the_most_frequent_reason_stands_first_with_the_first_names() -> None:
    pairs = [(f"{row}.png", f"damaged: at {row}") for row in range(7)] + [("x", "empty file")]
    first, second = grouped([pairs.pop(), *pairs])
    assert first.count == 7
    assert first.names == tuple(f"{row}.png (at {row})" for row in range(5))
    assert first.text.startswith("7 left out, damaged: 0.png (at 0), 1.png (at 1), ")
    assert first.text.endswith(", 4.png (at 4) and 2 more")
    assert second == LeftOut("empty file", 1, ("x",))


def test_a_report_in_a_sentence() -> None:
    names = tuple(f"c{row}" for row in range(12))
    report = ImportReport(
        1200, 1100, letterboxed=30, narrow=4, least=0.002, flattened=7, classes=names
    )
    assert report.text == (
        "1,200 found, 1,100 taken, 100 left out, 30 not square, kept whole between margins (4 in "
        "less than two thirds of their square, the narrowest in 0.2%), 7 transparent, laid on "
        "white; 12 classes found: c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 and 2 more."
    )
    stored = {"found": 2, "taken": 2, "letterboxed": 0, "cropped": 1, "long": 0}
    assert read_report({**stored, "classes": ["a"], "left_out": []}).text == (
        "2 found, 2 taken, 0 left out, 1 not square, only their middle kept; 1 class found: a."
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.ppm", "PPM"),
        ("a.pgm", "PPM"),
        ("a.bmp", "BMP"),
        ("a.tiff", "TIFF"),
        ("a.webp", "WEBP"),
        ("a.gif", "GIF"),
        ("a.jfif", "JPEG"),
    ],
)
def test_kinds_that_pillow_reads_are_taken(name: str, kind: str, tmp_path: Path) -> None:
    content = encoded(picture(), kind)
    take_in(write(tmp_path / "own", {name: content, f"b{name}": content}), tmp_path, size=12)
    stored = ImageStore(tmp_path / "store").images
    exact = kind not in ("JPEG", "WEBP", "GIF")
    assert np.abs(stored[0].astype(int) - picture()).mean() < (0.1 if exact else 60)


def test_sixteen_bits_of_a_pgm_are_scaled_as_those_of_a_png(tmp_path: Path) -> None:
    deep = picture(channels=1).astype(np.uint16) * 200
    header = b"P5 12 12 65535\n"
    files = {"a.pgm": header + deep.astype(">u2").tobytes(), "b.png": encoded(deep)}
    take_in(write(tmp_path / "own", files), tmp_path, size=12)
    images = ImageStore(tmp_path / "store").images
    assert np.array_equal(images[0], images[1])


def test_avif_is_read_where_pillow_reads_it_and_else_named(tmp_path: Path) -> None:
    files = pngs("a.png", "b.png")
    if is_image("c.avif"):
        files["c.avif"] = encoded(picture(2, 24), "AVIF")
        assert take_in(write(tmp_path / "own", files), tmp_path).count == 3
    else:
        assert why_not("c.avif").startswith(".avif needs a Pillow that reads AVIF")


_HEIC = """
import sys
{before}
from labeller.data.kinds import is_image, why_not
from labeller.data.ingest import ingest
from labeller.errors import DataError
try:
    summary = ingest(sys.argv[1], sys.argv[2])
    print(summary.count, [each.text for each in summary.report.left_out])
except DataError as error:
    print(error)
"""
_WITHOUT = "sys.modules['pillow_heif'] = None"
# Stands for the real one, which is an extra: its opener registers the format with Pillow.
_WITH = """
import types
from PIL import Image, PngImagePlugin
class Heif(PngImagePlugin.PngImageFile):
    format = "HEIF"
def register_heif_opener():
    Image.register_open("HEIF", lambda stream, name: Heif(stream, name))
sys.modules["pillow_heif"] = types.SimpleNamespace(register_heif_opener=register_heif_opener)
"""


def _import_alone(before: str, own: Path, tmp_path: Path) -> str:
    command = [sys.executable, "-c", _HEIC.format(before=before), str(own), str(tmp_path / "store")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_heic_is_named_with_what_to_install(tmp_path: Path) -> None:
    own = write(tmp_path / "own", {**pngs("a.png", "b.png"), "c.HEIC": encoded(picture())})
    assert _import_alone(_WITHOUT, own, tmp_path) == (
        "2 ['1 left out, .heic needs pillow-heif; pip install pillow-heif, or convert it to JPEG: "
        "c.HEIC']"
    )
    alone = write(tmp_path / "alone", {"c.heif": b"1", "d.txt": b"1"})
    assert _import_alone(_WITHOUT, alone, tmp_path / "x") == (
        f"{alone} holds no image that can be read, the first file is c.heif: .heif needs "
        "pillow-heif; pip install pillow-heif, or convert it to JPEG"
    )


def test_heic_is_read_where_pillow_heif_is_installed(tmp_path: Path) -> None:
    own = write(tmp_path / "own", {**pngs("a.png", "b.png"), "c.HEIC": encoded(picture())})
    assert _import_alone(_WITH, own, tmp_path) == "3 []"


ODD = {
    "one pixel": encoded(Image.new("RGB", (1, 1))),
    "strip": encoded(Image.new("RGB", (20_000, 40))),
    "damaged": encoded(picture(0, 200))[:3000],
    "no image": b"words",
}


@pytest.mark.parametrize("odd", ODD)
def test_one_odd_image_does_not_change_the_size_for_all(odd: str, tmp_path: Path) -> None:
    same = {f"{row}.png": encoded(picture(row, 28)) for row in range(5)}
    summary = take_in(write(tmp_path / "own", {**same, "odd.png": ODD[odd]}), tmp_path)
    store = ImageStore(tmp_path / "store")
    assert (summary.height, summary.width) == (28, 28)
    assert np.array_equal(store.images[0], picture(0, 28))
    if odd in ("one pixel", "strip"):
        assert summary.report.taken == 6
        assert max(store.display(5).shape[:2]) <= 256
    else:
        assert [each.names[0][:7] for each in summary.report.left_out] == ["odd.png"]


def test_images_of_two_sizes_share_none(tmp_path: Path) -> None:
    files = {f"{row}.png": encoded(picture(row, 28 + 4 * (row % 2))) for row in range(6)}
    assert take_in(write(tmp_path / "own", files), tmp_path).height == 64


def test_a_link_out_of_the_folder_is_named_and_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", pngs("x.png", "more/y.png"))
    own = write(tmp_path / "own", pngs("a.png", "b.png", "deep/c.png"))
    (own / "root").symlink_to("/")
    (own / "up").symlink_to(tmp_path)
    (own / "x.png").symlink_to(outside / "x.png")
    (own / "again").symlink_to(own / "deep")
    (own / "deep" / "self").symlink_to(own)
    (own / "copy.png").symlink_to(own / "a.png")
    summary = take_in(own, tmp_path)
    assert ImageStore(tmp_path / "store").names == ["a.png", "b.png", "copy.png", "deep/c.png"]
    reasons = {each.reason: set(each.names) for each in summary.report.left_out}
    assert reasons == {
        "a link that leaves the folder; put what it points to into the folder": {
            *("root", "up", "x.png"),
        },
        "a link to a folder that is read already": {"again", "deep/self"},
    }
