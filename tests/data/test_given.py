"""Pictures as callers have them become what the import makes of the same file."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeller.data.decode import as_square, listed
from labeller.data.images import ImageStore
from labeller.data.ingest import ingest
from labeller.data.resize import with_channels

SIDE = 24


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Turned by EXIF, transparent, grey of 16 bits, all of them not square."""
    random = np.random.default_rng(0)
    folder = tmp_path / "files"
    folder.mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    colour = random.integers(0, 256, (20, 32, 3), dtype=np.uint8)
    Image.fromarray(colour).save(folder / "a.png", exif=exif)
    clear = random.integers(0, 256, (40, 30, 4), dtype=np.uint8)
    Image.fromarray(clear).save(folder / "b.png")
    Image.fromarray(random.integers(0, 65536, (12, 30), dtype=np.uint16)).save(folder / "c.png")
    return sorted(folder.iterdir())


@pytest.mark.parametrize("fit", ["letterbox", "crop"])
def test_a_path_and_an_open_image_are_as_at_the_import(files, tmp_path, fit) -> None:
    ingest(files[0].parent, tmp_path / "store", size=SIDE, fit=fit, plain=True)
    stored = ImageStore(tmp_path / "store").images
    for path, wanted in zip(files, stored, strict=True):
        np.testing.assert_array_equal(as_square(path, SIDE, 3, fit), wanted)
        with Image.open(path) as image:
            np.testing.assert_array_equal(as_square(image, SIDE, 3, fit), wanted)
    with Image.open(files[1]) as image:
        np.testing.assert_array_equal(as_square(np.asarray(image), SIDE, 3, fit), stored[1])
    assert as_square(files[0], SIDE, 1, fit).shape == (SIDE, SIDE, 1)


def test_an_array_with_and_without_an_axis_of_grey() -> None:
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    for given in (pixels, pixels[..., None]):
        np.testing.assert_array_equal(as_square(given, 8, 1, "crop")[..., 0], pixels)
    assert len(listed(np.zeros((5, 8, 8), np.uint8))) == 5
    assert len(listed("one.png")) == 1


def test_channels_are_repeated_or_weighed() -> None:
    colour = np.array([[[[255, 0, 0]]]], np.uint8)
    assert with_channels(colour, 1).tolist() == [[[[76]]]]
    assert with_channels(colour[..., :1], 3).tolist() == [[[[255, 255, 255]]]]
    assert with_channels(colour, 3) is colour


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.zeros((8, 8, 3), np.uint8), r"one image is \[image\]"),
        ([np.zeros((8, 8), np.float32)], "must be uint8 .* got float32"),
        (
            [np.zeros((8, 8, 2), np.uint8)],
            r"must be uint8 of shape .* got uint8 of shape \(8, 8, 2\)",
        ),
        ([7], "a path, a PIL image or an array, got int"),
    ],
)
def test_what_is_no_picture_is_refused(given, message) -> None:
    with pytest.raises(ValueError, match=message):
        listed(given)
