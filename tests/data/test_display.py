"""Display pictures, letterboxed training pixels, and the squares that encoders read."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeller.data.display import DISPLAY, OFFSETS
from labeller.data.images import ImageStore
from labeller.data.resize import pad_square, resize_square
from labeller.data.squares import origin, squares
from labeller.errors import DataError
from tests.data.making import encoded, picture, take_in, write, write_zip


def _smooth(width: int, height: int, seed: int = 0) -> Image.Image:
    """A colour picture without fine noise, which compression would change."""
    rough = Image.fromarray(picture(seed, 5))
    return rough.resize((width, height), Image.Resampling.BICUBIC)


def _store(tmp_path: Path, files: dict[str, bytes], **options) -> ImageStore:
    take_in(write(tmp_path / "own", files), tmp_path, **options)
    return ImageStore(tmp_path / "store")


def _off(ours: np.ndarray, theirs: np.ndarray | Image.Image) -> float:
    return float(np.abs(ours.astype(int) - np.asarray(theirs).astype(int)).mean())


def test_a_display_picture_is_whole_and_at_most_256_long(tmp_path: Path) -> None:
    wide, tall = _smooth(600, 300), _smooth(90, 180, 1)
    files = {"a.jpg": encoded(wide, "JPEG", quality=95), "b.png": encoded(tall)}
    store = _store(tmp_path, {**files, "c.png": encoded(picture(2, 16))}, size=16)
    assert store.display(0).shape == (128, 256, 3)
    assert _off(store.display(0), wide.resize((256, 128), Image.Resampling.BICUBIC)) < 4
    assert store.display(1).shape == (180, 90, 3)  # never enlarged
    assert _off(store.display(1), tall) < 4
    assert np.array_equal(store.display(2), store.images[2])  # all it has is stored already


def test_a_small_jpeg_is_kept_byte_by_byte(tmp_path: Path) -> None:
    content = encoded(_smooth(200, 100), "JPEG")
    large = encoded(_smooth(257, 100), "JPEG")
    _store(tmp_path, {"a.jpg": content, "b.jpg": large}, size=32)
    kept = (tmp_path / "store" / DISPLAY).read_bytes()
    assert kept.startswith(content)
    assert kept[len(content) :].startswith(b"RIFF")


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_display_picture_is_upright(orientation: int, tmp_path: Path) -> None:
    from PIL import ImageOps

    wide = _smooth(120, 60)
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(wide, "JPEG", quality=95, exif=exif)
    store = _store(tmp_path, {"a.jpg": content, "b.jpg": content}, size=16)
    wide.getexif()[0x0112] = orientation
    upright = np.asarray(ImageOps.exif_transpose(wide))
    assert store.display(0).shape == upright.shape
    assert _off(store.display(0), upright) < 4
    assert _off(store.images[0], resize_square(upright[None], 16, "letterbox")[0]) < 4


def test_transparency_of_a_display_picture_is_white_and_grey_is_repeated(tmp_path: Path) -> None:
    clear = np.zeros((40, 60, 4), dtype=np.uint8)
    grey = encoded(_smooth(60, 40).convert("L"))
    store = _store(tmp_path, {"a.png": encoded(clear), "b.png": grey}, size=16)
    assert store.display(0).min() > 250
    assert np.ptp(store.display(1), axis=-1).max() <= 6


def test_nothing_is_kept_where_the_stored_pixels_show_all(tmp_path: Path) -> None:
    store = _store(tmp_path, {"a.png": encoded(picture(0, 12)), "b.png": encoded(picture(1, 12))})
    names = {path.name for path in store.folder.iterdir()}
    assert not names & {DISPLAY, OFFSETS}
    assert np.array_equal(store.display(1), store.images[1])


def test_arrays_larger_than_the_stored_size_have_display_pictures(tmp_path: Path) -> None:
    images = np.stack([np.asarray(_smooth(60, 40, seed)) for seed in range(3)])
    np.savez(tmp_path / "own.npz", images=images)
    take_in(tmp_path / "own.npz", tmp_path, size=16)
    store = ImageStore(tmp_path / "store")
    assert store.display(2).shape == (40, 60, 3)
    assert _off(store.display(2), images[2]) < 5


def test_damaged_display_pictures_are_one_sentence(tmp_path: Path) -> None:
    own = {"a.png": encoded(_smooth(60, 40)), "b.png": encoded(_smooth(60, 40))}
    store = _store(tmp_path, own, size=16)
    path = store.folder / DISPLAY
    content = path.read_bytes()
    path.write_bytes(bytes(len(content)))
    with pytest.raises(DataError, match=r"display.bin is damaged \(its digest is another one\)"):
        store.display(0)
    path.write_bytes(content[:-1])
    with pytest.raises(DataError, match=r"display.bin is damaged"):
        ImageStore(store.folder).display(0)


def test_letterbox_keeps_the_whole_image_between_its_own_colours() -> None:
    bands = np.zeros((1, 10, 40, 1), dtype=np.uint8)
    bands[:, 0], bands[:, -1], bands[:, 4:6, 20:] = 100, 50, 200
    padded = pad_square(bands)
    assert padded.shape == (1, 40, 40, 1)
    assert np.array_equal(padded[:, 15:25], bands)
    assert np.unique(padded[:, :15]).tolist() == np.unique(padded[:, 25:]).tolist() == [75]
    tall = pad_square(bands.transpose(0, 2, 1, 3))
    assert np.array_equal(tall, padded.transpose(0, 2, 1, 3))


@pytest.mark.parametrize("kind", ["files", "arrays"])
def test_fit_decides_what_becomes_of_a_long_image(kind: str, tmp_path: Path) -> None:
    pixels = np.full((20, 60, 3), 120, dtype=np.uint8)
    pixels[:, :15], pixels[:, 45:] = 255, 0
    if kind == "files":
        content = encoded(pixels)
        own = write(tmp_path / "own", {"a.png": content, "b.png": content})
    else:
        own = tmp_path / "own.npz"
        np.savez(own, images=np.stack([pixels, pixels]))
    whole = take_in(own, tmp_path, size=12)
    store = ImageStore(tmp_path / "store")
    assert store.fit == "letterbox"
    assert (store.images[0, 5, 0, 0], store.images[0, 5, -1, 0]) == (255, 0)
    assert (whole.report.letterboxed, whole.report.cropped, whole.report.narrow) == (2, 0, 2)
    assert "2 not square, kept whole between margins" in whole.report.text
    (tmp_path / "store").rename(tmp_path / "first")
    middle = take_in(own, tmp_path, size=12, fit="crop")
    store = ImageStore(tmp_path / "store")
    assert store.fit == "crop"
    assert np.unique(store.images).tolist() == [120]
    assert (middle.report.letterboxed, middle.report.cropped) == (0, 2)
    lost = "only their middle kept (of 2 more than a third is lost, and all of the narrowest but"
    assert f"{lost} 33.3%)" in middle.report.text


def test_a_fit_that_does_not_exist_is_refused_first(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="fit must be letterbox or crop, got 'stretch'"):
        take_in(tmp_path / "nowhere", tmp_path, fit="stretch")


def _photos(side: int, tmp_path: Path, packed: bool = False, **options) -> ImageStore:
    files = {f"{i}.png": encoded(_smooth(side, side // 2, i)) for i in range(4)}
    own = tmp_path / "own.zip"
    own = write_zip(own, files) if packed else write(tmp_path / "own", files)
    take_in(own, tmp_path, size=32, **options)
    return ImageStore(tmp_path / "store")


def _as_encoded(side: int, row: int, size: int) -> np.ndarray:
    pixels = np.asarray(_smooth(side, side // 2, row))
    return resize_square(pixels[None], size, "crop")[0]


def test_squares_of_what_is_kept(tmp_path: Path) -> None:
    store = _photos(400, tmp_path)
    assert store.fit == "letterbox"  # of the pixels; encoders see the middle
    assert origin(store, 128) == "display"
    made = squares(store, [3, 0], 128)
    assert made.shape == (2, 128, 128, 3)
    assert _off(made[0], _as_encoded(400, 3, 128)) < 4
    assert _off(made[1], _as_encoded(400, 0, 128)) < 4


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_squares_larger_than_that_come_from_the_originals(packed: bool, tmp_path: Path) -> None:
    store = _photos(400, tmp_path, packed)
    assert origin(store, 320) == "originals"
    assert _off(squares(store, [2], 320)[0], _as_encoded(400, 2, 320)) < 1


def test_what_is_kept_shows_less_of_the_middle_than_the_originals(tmp_path: Path) -> None:
    store = _photos(400, tmp_path)
    assert (origin(store, 128), origin(store, 224)) == ("display", "originals")


def test_squares_where_the_originals_are_gone_or_others(tmp_path: Path) -> None:
    store = _photos(400, tmp_path)
    (tmp_path / "own" / "2.png").write_bytes(encoded(_smooth(300, 200)))
    assert origin(store, 320) == "stored"
    assert _off(squares(store, [1], 320)[0], _as_encoded(400, 1, 320)) < 4


def test_an_original_that_changes_later_is_replaced_by_what_is_stored(tmp_path: Path) -> None:
    store = _photos(400, tmp_path)
    assert origin(store, 320) == "originals"
    (tmp_path / "own" / "1.png").unlink()
    assert _off(squares(store, [1], 320)[0], _as_encoded(400, 1, 320)) < 4


def test_squares_of_grey_pixels_as_they_are(tmp_path: Path) -> None:
    take_in("digits", tmp_path)
    store = ImageStore(tmp_path / "store")
    assert origin(store, 224) == "display"
    assert np.array_equal(squares(store, [5], 8)[0], np.repeat(store.images[5], 3, axis=-1))
    with pytest.raises(ValueError, match="rows must be between 0 and 1796"):
        squares(store, [1797], 8)
    with pytest.raises(ValueError, match="size must be 1 or more pixels, got 0"):
        squares(store, [0], 0)


def test_a_store_without_a_record_of_its_fit_is_cropped(tmp_path: Path) -> None:
    store = _photos(400, tmp_path)
    del store.meta["fit"]
    (store.folder / "meta.json").write_text(json.dumps(store.meta), encoding="utf-8")
    assert store.fit == "letterbox"
    assert ImageStore(store.folder).fit == "crop"


def test_squares_of_stored_pixels_show_no_margins(tmp_path: Path) -> None:
    store = _photos(32, tmp_path)  # 32 x 16 px, all of it in the stored pixels, between margins
    assert store.pictures is None
    made = squares(store, [2], 16)
    assert _off(made[0], _as_encoded(32, 2, 16)) < 2
