"""What people are shown of images: photos from their display pictures, small pixels as they are."""

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeller import service
from labeller.cli.pictures import save_card, save_sheet
from labeller.errors import NotFoundError
from labeller.jobs.worker import run_waiting
from labeller.records import Card
from labeller.service import Store
from labeller.service.api.question import card_png
from tests.data.making import encoded, write


def card_of(node, centre, medoid, near=(), random=()):
    shown = {"medoid": medoid, "near": near, "random": random, "far": ()}
    return Card(node=node, size=3, impurity=0.0, centre=centre, **shown)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A project of three upright photos of 60 x 120 pixels, left half red and right half blue."""
    pixels = np.zeros((120, 60, 3), np.uint8)
    pixels[:, :30, 0] = pixels[:, 30:, 2] = 255
    content = encoded(pixels, "JPEG", quality=95, subsampling=0)
    own = write(tmp_path / "own", {f"{n}.jpg": content for n in range(3)})
    opened = service.open_store(tmp_path / "workspace")
    service.create_project(opened, "photos", str(own), size=16)
    run_waiting(opened)
    yield opened
    opened.close()


def test_photos_are_whole_between_clear_margins(store: Store) -> None:
    shown = service.pictures(store, "photos", [2, 0], 80)
    assert shown.shape == (2, 80, 80, 4)
    assert shown[0, :, :20, 3].max() == shown[0, :, 60:, 3].max() == 0
    assert shown[0, :, 20:60, 3].min() == 255
    assert np.abs(shown[0, 40, 24].astype(int) - [255, 0, 0, 255]).max() < 8
    assert np.abs(shown[0, 40, 56].astype(int) - [0, 0, 255, 255]).max() < 8


def test_photos_are_not_enlarged(store: Store) -> None:
    assert service.pictures(store, "photos", [1], 256).shape == (1, 120, 120, 4)
    assert service.pictures(store, "photos", [], 256).shape == (0, 256, 256, 4)
    assert service.images(store, "photos", [1]).shape == (1, 16, 16, 3)


def test_small_pixels_are_shown_as_they_are(tmp_path: Path) -> None:
    store = service.open_store(tmp_path)
    service.create_project(store, "digits", "digits")
    run_waiting(store)
    shown = service.pictures(store, "digits", [5, 3], 256)
    assert np.array_equal(shown, service.images(store, "digits", [5, 3]))
    store.close()


def test_a_saved_card_shows_photos(store: Store, tmp_path: Path) -> None:
    card = card_of("1", None, 0, (1, 2))
    paths = save_card(
        card, lambda rows, side: service.pictures(store, "photos", rows, side), tmp_path
    )
    with Image.open(paths["card"]) as sheet:
        assert sheet.size == (256 + 12 + 2 * (128 + 3), 256)
        assert sheet.mode == "RGB"
        assert sheet.getpixel((2, 128)) == (255, 255, 255)  # the margin is the sheet's white
        assert np.asarray(sheet)[128, 80].tolist() == pytest.approx([255, 0, 0], abs=8)


def test_a_contact_sheet_has_each_centre_beside_medoid_and_members(
    store: Store, tmp_path: Path
) -> None:
    green = np.zeros((16, 16, 3), np.uint8)
    green[..., 1] = 200
    some = card_of("1", None, 0, (1, 2, 0, 1), (2,))
    drawn = card_of("2", green, 1)
    file = tmp_path / "sheet.png"
    save_sheet([some, drawn], partial(service.pictures, store, "photos"), file)
    with Image.open(file) as sheet:
        pixels = np.asarray(sheet)
    step, members = 96 + 3, 2 * (96 + 3) + 12
    assert pixels.shape == (2 * step, members + 3 * step, 3)  # of four nearest members two
    assert pixels[step + 48, 48].tolist() == [0, 200, 0]
    assert (pixels[:step, :96] == 255).all()  # the first card has no centre
    red = [
        (48, step + 36),
        (step + 48, step + 36),
        (48, members + 36),
        (48, members + 2 * step + 36),
    ]
    for place in red:
        assert pixels[place].tolist() == pytest.approx([255, 0, 0], abs=8)
    assert (pixels[step:, members:] == 255).all()


def test_the_centre_among_photos_is_smooth_on_a_contact_sheet(store: Store, tmp_path: Path) -> None:
    halves = np.zeros((2, 2, 3), np.uint8)
    halves[0] = 255
    card = card_of("1", halves, 0)
    for name, images in (
        ("photos", partial(service.pictures, store, "photos")),
        ("pixels", lambda rows, _: np.zeros((len(rows), 8, 8, 3), np.uint8)),
    ):
        save_sheet([card], images, tmp_path / f"{name}.png")
    shades = [
        len(np.unique(np.asarray(Image.open(tmp_path / f"{name}.png"))[:96, 48]))
        for name in ("photos", "pixels")
    ]
    assert shades[0] > 10
    assert shades[1] == 2


def test_a_card_in_a_notebook_shows_photos_larger(store: Store) -> None:
    photos = service.pictures(store, "photos", [0, 1, 2], 96)
    small = np.zeros((3, 8, 8, 3), np.uint8)
    sizes = [Image.open(io.BytesIO(card_png(rows[0], [rows[1:]]))).size for rows in (photos, small)]
    assert sizes == [(3 * 96 + 6 + 12 + 2 * 99, 294), (3 * 48 + 6 + 12 + 2 * 51, 150)]


def test_pictures_of_a_deleted_project_are_said_to_be_gone(store: Store) -> None:
    view = service.project(store, "photos")
    service.delete_project(store, view)
    with pytest.raises(NotFoundError, match="gone: was the project deleted"):
        service.pictures(store, view, [0], 32)
