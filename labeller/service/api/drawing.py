"""The card of a question as one picture."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

SIDE, PHOTO = 48, 96  # pixels of a member, and of one that is a photo
GAP = 3  # pixels between two of them


def card_png(centre: np.ndarray, rows: Sequence[np.ndarray]) -> bytes:
    """`centre` uint8 (H, W, C) large at the left, beside it `rows` of images (n, H, W, C): a PNG.

    C is 1, 3, or 4 for photos, which are drawn larger. The background is transparent, as notebooks
    may be dark.
    """
    rows = [row for row in rows if len(row)]
    side = PHOTO if any(row.shape[-1] == 4 for row in rows) else SIDE
    step, large = side + GAP, 3 * side + 2 * GAP
    across = max((len(row) for row in rows), default=0)
    size = (large + (4 * GAP + across * step if rows else 0), max(large, len(rows) * step))
    sheet = Image.new("RGBA", size)
    sheet.paste(_sized(centre, large), (0, 0))
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            sheet.paste(_sized(image, side), (large + 4 * GAP + x * step, y * step))
    stream = io.BytesIO()
    sheet.save(stream, format="PNG")
    return stream.getvalue()


def _sized(image: np.ndarray, side: int) -> Image.Image:
    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).convert("RGBA")
    if image.shape[-1] == 4:
        return picture.resize((side, side), Image.Resampling.BICUBIC)
    # Small ones without smoothing: the person should see the pixels that the network sees.
    how = Image.Resampling.NEAREST if image.shape[0] <= side else Image.Resampling.BOX
    return picture.resize((side, side), how)
