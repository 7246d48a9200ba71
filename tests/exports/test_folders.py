"""Contract over every format with images, and what they share: which images, how they come."""

import errno
import os
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from labeller.errors import StateError, StorageError
from labeller.exports import FolderFormat, registry
from labeller.exports.labelled import FolderSettings
from labeller.service import export_folder
from labeller.service.export_folder import Labels, write_folder
from tests.exports.conftest import FILES

NAMES = [cls.name for cls in registry.folders()]


def made(name: str, labels: Labels, path: Path, report=lambda event: None, **settings) -> list[str]:
    """The files of an export, by their paths inside."""
    format = registry.chosen(path, name, settings)
    assert isinstance(format, FolderFormat)
    write_folder(format, labels, path, report)
    if path.is_dir():
        return sorted(
            file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()
        )
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return sorted(archive.namelist())


def pictures(folder: Path) -> list[Path]:
    """The image files of a folder."""
    return [file for file in folder.rglob("*") if file.suffix.lower() in (".png", ".jpg")]


@pytest.mark.parametrize("name", NAMES)
def test_folder_and_zip_hold_the_same_and_every_image_once(name, labels, tmp_path):
    inside = made(name, labels, tmp_path / "out")
    assert inside == made(name, labels, tmp_path / "out.zip")
    images = pictures(tmp_path / "out")
    assert len(images) == len(FILES) - 2
    assert len({file.as_posix().casefold() for file in images}) == len(images)
    for path in inside:
        assert not path.startswith("/")
        assert ".." not in path.split("/")
    # Originals, byte for byte.
    source = tmp_path / "source"
    before = {(source / file).read_bytes() for file in FILES}
    assert {file.read_bytes() for file in images} < before


@pytest.mark.parametrize("name", NAMES)
def test_the_same_labels_are_the_same_bytes(name, labels, tmp_path):
    for file in ("a.zip", "b.zip"):
        made(name, labels, tmp_path / file)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_settings_say_which_images(name, labels, tmp_path):
    def count(**settings) -> int:
        made(name, labels, tmp_path / "out" / str(len(list(tmp_path.iterdir()))), **settings)
        newest = max((tmp_path / "out").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        found = len(pictures(newest))
        newest.rename(tmp_path / f"seen {len(list(tmp_path.iterdir()))}")
        return found

    assert count(unlabelled=True) == len(FILES)
    assert count(predicted=True) == len(FILES) - 1  # one is set aside
    heavy = int((labels.table["weight"] >= 0.5).sum())
    assert count(minimum_weight=0.5) == heavy
    assert count(minimum_weight=0.5, unlabelled=True) == len(FILES)
    labels.table["weight"] *= 0.5
    with pytest.raises(StateError, match="no image has a label that weighs 1 or more"):
        count(minimum_weight=1)


@pytest.mark.parametrize("name", NAMES)
def test_without_originals_stored_pixels_are_written_and_it_is_said(name, labels, tmp_path):
    changed = tmp_path / "source" / "one" / "1.png"
    changed.write_bytes(changed.read_bytes() + b"x")
    (tmp_path / "source" / "two" / "big.jpg").unlink()
    events = []
    made(name, labels, tmp_path / "out", events.append)
    kept = (
        f"2 of {len(FILES) - 2} images are what the project keeps of them, as PNG: their originals"
    )
    assert events[-1].notice.startswith(kept)
    assert (events[-1].done, events[-1].total) == (len(FILES) - 2, len(FILES) - 2)
    sizes = {Image.open(file).size for file in pictures(tmp_path / "out")}
    assert {(256, 192), (20, 16)} <= sizes
    assert (400, 300) not in sizes


def test_sizes_are_those_of_the_files(labels, tmp_path):
    (tmp_path / "source" / "two" / "big.jpg").unlink()
    (tmp_path / "source" / "one" / "1.png").unlink()
    with export_folder.Originals(labels.images) as originals:
        labelled = export_folder.chosen(labels, FolderSettings(), originals)
    made("fiftyone", labels, tmp_path / "out")
    for image in labelled.images:
        file = tmp_path / "out" / "data" / image.file
        assert Image.open(file).size == (image.width, image.height)


def test_hard_links_are_the_originals_themselves(labels, tmp_path):
    made("imagefolder", labels, tmp_path / "out", link=True)
    originals = {(tmp_path / "source" / file).stat().st_ino for file in FILES}
    assert {file.stat().st_ino for file in pictures(tmp_path / "out")} < originals
    with pytest.raises(ValueError, match="link must be off for a zip"):
        made("imagefolder", labels, tmp_path / "out.zip", link=True)


def test_where_no_link_can_be_made_nothing_is_left(labels, tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(StateError, match="choose a folder on the disk of the originals"):
        made("imagefolder", labels, tmp_path / "new" / "out", link=True)
    assert not list((tmp_path / "new").iterdir())


@pytest.mark.parametrize("target", ["out", "out.zip"])
@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_leaves_nothing_half_written(name, target, labels, tmp_path, monkeypatch):
    written = []

    def fill(images, row):
        written.append(row)
        if len(written) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return b"png"

    monkeypatch.setattr(export_folder, "_png", fill)
    monkeypatch.setattr(export_folder.Originals, "there", lambda *_: False)
    place = tmp_path / "new"
    place.mkdir()
    if target == "out.zip":
        (place / target).write_text("before")
    with pytest.raises(StorageError, match="No space left"):
        made(name, labels, place / target)
    assert [path.name for path in place.iterdir()] == (["out.zip"] if target == "out.zip" else [])
    assert target == "out" or (place / target).read_text() == "before"


def test_a_folder_that_is_there_is_left_alone(labels, tmp_path):
    (tmp_path / "out").mkdir()
    made("coco", labels, tmp_path / "out")
    with pytest.raises(StateError, match="exists and is not empty; choose a new folder"):
        made("coco", labels, tmp_path / "out")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StateError, match="exists and is not empty"):
        made("coco", labels, tmp_path / "file")


def test_an_original_that_changes_meanwhile_is_an_error(labels, tmp_path, monkeypatch):
    monkeypatch.setattr(export_folder.Originals, "there", lambda *_: True)
    (tmp_path / "source" / "one" / "1.png").unlink()
    with pytest.raises(StateError, match=r"original of one/1\.png cannot be read .* export again"):
        made("imagefolder", labels, tmp_path / "new" / "out")
    assert not list((tmp_path / "new").iterdir())


def test_originals_in_a_zip_are_copied_too(labels, tmp_path):
    source = tmp_path / "source"
    with zipfile.ZipFile(tmp_path / "source.zip", "w") as archive:
        for file in FILES:
            archive.write(source / file, file)
    before = {(source / file).read_bytes() for file in FILES}
    labels.images.source = str(tmp_path / "source.zip")
    events = []
    made("imagefolder", labels, tmp_path / "out", events.append, link=True)
    assert {file.read_bytes() for file in pictures(tmp_path / "out")} < before
    assert events[-1].notice == ""


def test_predictions_need_a_classifier(labels, tmp_path):
    del labels.table["predicted"]
    with pytest.raises(StateError, match="predicted needs a classifier"):
        made("imagefolder", labels, tmp_path / "out", predicted=True)


def test_a_stem_is_of_one_image_alone(labels, tmp_path):
    inside = made("fiftyone", labels, tmp_path / "out.zip", unlabelled=True)
    stems = [Path(path).stem.casefold() for path in inside if path.startswith("data/")]
    assert len(set(stems)) == len(FILES)
