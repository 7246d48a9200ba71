"""Originals of images: as the file is where browsers show it, else as they can."""

import io

import numpy as np
import pytest
from PIL import Image

from labeller import service
from labeller.errors import NotFoundError
from labeller.jobs.worker import run_waiting
from labeller.service import originals


@pytest.fixture
def photos(tmp_path):
    """A project of a folder with files of several kinds."""
    folder = tmp_path / "photos"
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels)
    for name in ("a.png", "b.jpg", "c.bmp", "d.png"):
        picture.save(folder / name)
    store = service.open_store(tmp_path / "workspace")
    service.create_project(store, "photos", str(folder), size=16)
    run_waiting(store)
    yield store, folder
    store.close()


def opened(original):
    return Image.open(io.BytesIO(original.content))


def test_a_file_that_browsers_show_comes_as_it_is(photos):
    store, folder = photos
    for row, (name, kind) in enumerate([("a.png", "image/png"), ("b.jpg", "image/jpeg")]):
        original = service.original(store, "photos", row)
        assert (original.name, original.kind) == (name, kind)
        assert original.content == (folder / name).read_bytes()
        assert (original.width, original.height, original.note) == (120, 90, "")


def test_another_kind_and_a_large_file_come_as_jpeg(photos, monkeypatch):
    store, _ = photos
    original = service.original(store, "photos", 2)
    assert original.kind == "image/jpeg"
    assert opened(original).size == (120, 90)
    monkeypatch.setattr(originals, "MOST_BYTES", 100)
    monkeypatch.setattr(originals, "SIDE", 60)
    original = service.original(store, "photos", 0)
    assert opened(original).size == (60, 45)
    assert (original.width, original.height, original.note) == (120, 90, "shown at 60 x 45")


def test_one_that_is_gone_or_was_changed_is_shown_as_it_is_stored(photos):
    store, folder = photos
    (folder / "a.png").unlink()
    (folder / "d.png").write_bytes(b"no image")
    size = (folder / "b.jpg").stat().st_size  # of PostScript, which would start another program
    (folder / "b.jpg").write_bytes(b"%!PS-Adobe-3.0\n%%BoundingBox: 0 0 9 9\n".ljust(size))
    for row in (0, 1, 3):
        original = service.original(store, "photos", row)
        assert "this is what is stored of it" in original.note
        assert opened(original).format == "PNG"


def test_images_that_were_never_files_are_shown_as_they_are_stored(store):
    original = service.original(store, "digits", 5)
    assert (original.width, original.height) == (8, 8)
    assert original.note == "as it is stored: the source has no image files"
    assert opened(original).size == (8, 8)
    with pytest.raises(NotFoundError, match="between 0 and 1796"):
        service.original(store, "digits", 1797)
