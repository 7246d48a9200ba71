"""Every kind of image file and array becomes the same square of 8 bits."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeller.data import ingest as ingest_module
from labeller.data.images import ImageStore
from labeller.data.resize import resize_square
from labeller.evaluation.targets import read_targets
from tests.data.making import encoded, picture, take_in, write

GRADIENT = np.tile(np.arange(0, 240, 20, dtype=np.uint8), (12, 1))  # (12, 12), dark to light
COLOURS = np.stack([GRADIENT, GRADIENT.T, 255 - GRADIENT], axis=-1)


def _of_mode(mode: str) -> Image.Image:
    return Image.fromarray(COLOURS).convert(mode)


@pytest.mark.parametrize(
    ("name", "content", "grey", "tolerance"),
    [
        ("RGB png", encoded(COLOURS), False, 0),
        ("RGB bmp", encoded(COLOURS, "BMP"), False, 0),
        ("RGB webp", encoded(COLOURS, "WEBP", lossless=True), False, 0),
        ("RGB tiff", encoded(COLOURS, "TIFF"), False, 0),
        ("RGB jpeg", encoded(COLOURS, "JPEG", quality=100, subsampling=0), False, 6),
        ("CMYK jpeg", encoded(_of_mode("CMYK"), "JPEG", quality=100), False, 30),
        ("CMYK tiff", encoded(_of_mode("CMYK"), "TIFF"), False, 1),
        ("YCbCr tiff", encoded(_of_mode("YCbCr"), "TIFF"), False, 3),
        ("RGBA png", encoded(_of_mode("RGBA")), False, 0),
        ("palette gif", encoded(_of_mode("P"), "GIF"), False, 60),
        ("palette png", encoded(Image.fromarray(COLOURS).quantize(256)), False, 60),
        ("L png", encoded(GRADIENT), True, 0),
        ("L jpeg", encoded(GRADIENT, "JPEG", quality=100), True, 4),
        ("LA png", encoded(Image.fromarray(GRADIENT).convert("LA")), True, 0),
        ("grey palette", encoded(Image.fromarray(GRADIENT).convert("P"), "GIF"), True, 0),
        ("16-bit png", encoded(GRADIENT.astype(np.uint16) * 257), True, 0),
        ("16-bit tiff", encoded(GRADIENT.astype(np.uint16) * 257, "TIFF"), True, 0),
        ("32-bit tiff", encoded(GRADIENT.astype(np.int32), "TIFF"), True, 0),
        ("float tiff", encoded(GRADIENT.astype(np.float32) / 255, "TIFF"), True, 1),
    ],
)
def test_kind_of_file(
    name: str, content: bytes, grey: bool, tolerance: int, tmp_path: Path
) -> None:
    suffix = name.split()[-1].replace("palette", "gif")
    own = write(tmp_path / "own", {f"a.{suffix}": content, f"b.{suffix}": content})
    summary = take_in(own, tmp_path)
    assert summary.channels == (1 if grey else 3)
    expected = GRADIENT[..., None] if grey else COLOURS
    off = ImageStore(tmp_path / "store").images[1].astype(int) - expected
    assert np.abs(off).max() <= tolerance


def test_black_and_white_png(tmp_path: Path) -> None:
    image = Image.fromarray((GRADIENT > 100).astype(np.uint8) * 255).convert("1")
    take_in(write(tmp_path / "own", {n: encoded(image) for n in ("a.png", "b.png")}), tmp_path)
    assert np.array_equal(ImageStore(tmp_path / "store").images[0, ..., 0] > 0, GRADIENT > 100)


def test_one_colour_image_makes_all_three_channels(tmp_path: Path) -> None:
    own = write(tmp_path / "own", {"a.png": encoded(GRADIENT), "b.png": encoded(COLOURS)})
    assert take_in(own, tmp_path).channels == 3
    assert np.array_equal(ImageStore(tmp_path / "store").images[0], np.stack([GRADIENT] * 3, -1))


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    clear = np.zeros((12, 12, 4), dtype=np.uint8)
    clear[:6, :, 3] = 255
    palette = Image.fromarray(COLOURS).quantize(4)
    palette.info["transparency"] = int(np.asarray(palette)[0, 0])
    files = {"a.png": encoded(clear), "b.png": encoded(palette)}
    files["opaque.png"] = encoded(Image.fromarray(COLOURS).convert("RGBA"))
    summary = take_in(write(tmp_path / "own", files), tmp_path)
    assert summary.report.flattened == 2
    assert "2 transparent, laid on white" in summary.report.text
    images = ImageStore(tmp_path / "store").images
    assert images[0, :6].max() == 0
    assert images[0, 6:].min() == 255
    assert images[1, 0, 0].tolist() == [255, 255, 255]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int, tmp_path: Path) -> None:
    from PIL import ImageOps

    wide = np.zeros((8, 16), dtype=np.uint8)
    wide[2, 5], wide[6, 10] = 255, 128
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(wide, "PNG", exif=exif)
    take_in(write(tmp_path / "own", {"a.png": content, "b.png": content}), tmp_path, fit="crop")
    store = ImageStore(tmp_path / "store")
    image = Image.fromarray(wide)
    image.getexif()[0x0112] = orientation
    upright = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(
        store.images[0, ..., 0], resize_square(upright[None, ..., None], 8, "crop")[0, ..., 0]
    )
    import pyarrow.parquet as pq

    row = pq.read_table(tmp_path / "store" / "manifest.parquet").to_pylist()[0]
    assert (row["width"], row["height"]) == upright.shape[::-1]
    assert row["bytes"] == len(content)


def test_sizes_and_long_images(tmp_path: Path) -> None:
    files = {"a.png": encoded(picture(0, 40)), "b.jpg": encoded(picture(1, 300), "JPEG")}
    files["c.png"] = encoded(picture(2, 200)[:50])
    summary = take_in(write(tmp_path / "own", files), tmp_path, fit="crop")
    assert (summary.height, summary.width) == (64, 64)
    assert summary.report.text == (
        "3 found, 3 taken, 0 left out, 1 not square, only their middle kept "
        "(of 1 more than a third is lost, and all of the narrowest but 25.0%); no classes found."
    )


@pytest.mark.parametrize(("side", "stored"), [(5, 8), (8, 8), (100, 100), (128, 128), (129, 64)])
def test_common_side_is_kept_up_to_128(side: int, stored: int, tmp_path: Path) -> None:
    content = encoded(picture(0, side))
    own = write(tmp_path / "own", {"a.png": content, "b.png": content})
    assert take_in(own, tmp_path).height == stored


@pytest.mark.parametrize(("edge", "side"), [(28, 32), (32, 8), (8, 28), (96, 64), (13, 100)])
def test_arrays_are_resized_as_pillow_does(edge: int, side: int) -> None:
    smooth = Image.fromarray(picture(0, 6)).resize((edge, edge), Image.Resampling.BICUBIC)
    ours = resize_square(np.asarray(smooth)[None], side)[0].astype(int)
    theirs = np.asarray(smooth.resize((side, side), Image.Resampling.BICUBIC)).astype(int)
    assert np.abs(ours - theirs).max() <= 1


def test_arrays_of_every_number_kind(tmp_path: Path) -> None:
    base = np.stack([GRADIENT] * 3)
    kinds = {
        "uint8": base,
        "uint16": base.astype(np.uint16) * 257,
        "big": (base.astype(np.uint16) * 257).astype(">u2"),
        "int64": base.astype(np.int64),
        "float": base / 255,
        "channel": base[..., None],
    }
    for name, images in kinds.items():
        np.savez_compressed(tmp_path / f"{name}.npz", images=images, labels=[2, -1, 0])
        ingest_module.ingest(tmp_path / f"{name}.npz", tmp_path / name)
        assert np.array_equal(ImageStore(tmp_path / name).images[..., 0], base), name
        targets = read_targets(tmp_path / name)
        assert targets is not None
        assert targets.tolist() == [2, -1, 0]
    assert ImageStore(tmp_path / "uint8").classes == ["0", "1", "2"]
