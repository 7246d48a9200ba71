"""Cards as PNG files, and small images as coloured text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from rich.color import Color
from rich.style import Style
from rich.text import Text

if TYPE_CHECKING:
    from labeller.records import Card

WIDTH = 40  # characters of one image in the terminal, at most
SMALL = 16  # images of at most so many pixels are drawn twice as large
SIDE = 64  # pixels of one image on a saved card, at least
PHOTO = 256  # pixels of a photo that stands for the centre; of the members half as many
GAP, LINE = 12, 3  # pixels between the centre and the members, and between two members
CELL = 96  # pixels of one image on a contact sheet
BESIDE = 2  # of the nearest, the random and the farthest members on it, each
QUALITY = 70  # of a JPEG: fifteen cards of photos take 200 KB


def save_card(
    card: Card, images: Callable[[Sequence[int], int], np.ndarray], folder: Path
) -> dict[str, str]:
    """Write the centre alone and the whole card of a question as PNG; returns both paths.

    The card has the centre (or the medoid, when there is none) at the left, and one row each for
    the nearest, the random and the farthest members. `images` gives (n, H, W, C) for image numbers
    and the largest side that is needed; C is 4 for photos, whose members are drawn twice as large.
    """
    medoid = images([card.medoid], PHOTO)[0]
    centre = medoid if card.centre is None else card.centre
    paths = {"centre": folder / f"{card.node}-centre.png", "card": folder / f"{card.node}.png"}
    _picture(centre).save(paths["centre"])
    rows = [images(row, PHOTO // 2) for row in (card.near, card.random, card.far) if len(row)]
    _sheet(centre, rows).save(paths["card"])
    return {name: str(path) for name, path in paths.items()}


def save_sheet(
    cards: Sequence[Card], images: Callable[[Sequence[int], int], np.ndarray], file: Path
) -> None:
    """Write a contact sheet of at least one card, to see whether the centres can be read.

    One row per card: its decoded centre (empty where there is none) and the medoid, then a few
    of the nearest, the random and the farthest members. `images` is that of `save_card`.
    """
    rows = [
        [card.centre, *images([card.medoid], CELL)]
        + [
            one
            for part in (card.near, card.random, card.far)
            if len(part)
            for one in images(part[:BESIDE], CELL)
        ]
        for card in cards
    ]
    step = CELL + LINE
    width = 2 * step + GAP + (max(map(len, rows)) - 2) * step
    sheet = Image.new("RGB", (width, len(rows) * step), "white")
    for y, row in enumerate(rows):
        photos = row[1].shape[-1] == 4
        for x, image in enumerate(row):
            if image is not None:
                drawn = _enlarged(image, CELL, smooth=photos)
                sheet.paste(drawn, (x * step + GAP * (x > 1), y * step), drawn)
    sheet.save(file, quality=QUALITY, progressive=True, optimize=True)


def as_text(images: Sequence[np.ndarray]) -> Text:
    """Images (H, W, C) uint8 side by side, two pixels in each character."""
    text = Text()
    small = [np.asarray(_sized(_picture(image)).convert("RGB")) for image in images]
    height = max(image.shape[0] for image in small)
    for row in range(0, height, 2):
        for image in small:
            two = np.zeros((2, *image.shape[1:]), np.uint8)  # black below its end
            two[: len(image[row : row + 2])] = image[row : row + 2]
            for upper, lower in zip(*two.tolist(), strict=True):
                text.append(
                    "▀", Style(color=Color.from_rgb(*upper), bgcolor=Color.from_rgb(*lower))
                )
            text.append("  ")
        text.append("\n")
    return text


def _sheet(centre: np.ndarray, rows: list[np.ndarray]) -> Image.Image:
    photos = any(row.shape[-1] == 4 for row in rows)
    side = PHOTO // 2 if photos else SIDE * max(1, round(centre.shape[0] / SIDE))
    step = side + LINE
    big = 2 * side
    width = big + GAP + max((len(row) for row in rows), default=0) * step
    sheet = Image.new("RGB", (width, max(big, len(rows) * step)), "white")
    places = [(centre, big, (0, 0))]
    for y, row in enumerate(rows):
        places += [(image, side, (big + GAP + x * step, y * step)) for x, image in enumerate(row)]
    for image, length, place in places:
        drawn = _enlarged(image, length)
        sheet.paste(drawn, place, drawn)
    return sheet


def _picture(image: np.ndarray) -> Image.Image:
    return Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)


def _enlarged(image: np.ndarray, side: int, *, smooth: bool = False) -> Image.Image:
    # Without smoothing: the person should see the pixels that the network sees. Not so a photo.
    smooth = smooth or image.shape[-1] == 4
    how = Image.Resampling.BICUBIC if smooth else Image.Resampling.NEAREST
    return _picture(image).convert("RGBA").resize((side, side), how)


def _sized(picture: Image.Image) -> Image.Image:
    """The picture in a size for the terminal."""
    if picture.width > WIDTH:
        return picture.resize((WIDTH, WIDTH * picture.height // picture.width))
    if picture.width > SMALL:
        return picture
    size = (2 * picture.width, 2 * picture.height)
    return picture.resize(size, Image.Resampling.NEAREST)
