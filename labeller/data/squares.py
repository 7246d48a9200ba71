"""Pictures as an encoder is shown them: square, in RGB, of its own size."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from labeller.data.images import ImageStore


def squares(store: ImageStore, rows: Sequence[int] | np.ndarray, size: int) -> np.ndarray:
    """The images of these rows as uint8 (n, size, size, 3) RGB; grey is repeated.

    They are the stored pixels, resized with Pillow's bicubic filter. Threads may call it at once.
    Raises ValueError for a row outside the store.
    """
    found = np.empty((len(rows), size, size, 3), np.uint8)
    for place, pixels in enumerate(store.thumbnails(rows)):
        image = Image.fromarray(pixels)
        if image.size != (size, size):
            image = image.resize((size, size), Image.Resampling.BICUBIC)
        found[place] = np.asarray(image)
    return found
