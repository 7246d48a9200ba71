"""What the audit card is sent: the images to come, what was said last, and pictures in chunks."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from labeller.records import AuditView, ProjectView
from labeller.ui.widgets.sprites import data_uri, is_photo, shrink

SIDE = 320  # largest side of a picture
CHUNK = 12  # pictures sent at once
AHEAD = 3 * CHUNK  # images named ahead
BACK = 60  # newest words that undo can take back without asking the server

Read = Callable[[Sequence[int], int], np.ndarray]  # image numbers, side -> uint8 (n, H, W, C)


def session_name(project: ProjectView, view: AuditView) -> str:
    """Names the audit in the browser; another one never has this name."""
    return f"audit {project.id} {view.drawn_at.isoformat()}"


def card_data(project: ProjectView, view: AuditView) -> dict[str, Any]:
    """The audit without its pictures: images to come, what was said of the last ones, and totals.

    Its keys: `session`, `size` (images in all), `done`, `skipped`, `next` (images in their order),
    `said` (image and label, None: could not be told; the newest last), `classes`.
    """
    coming = [image for image in view.images if image not in view.said]
    return {
        "session": session_name(project, view),
        "size": len(view.images),
        "done": len(view.said),
        "skipped": view.skipped,
        "next": coming[:AHEAD],
        "said": [[image, label] for image, label in list(view.said.items())[-BACK:]],
        "classes": [{"label": one.label, "name": one.name} for one in project.classes],
    }


def chunks(view: AuditView) -> list[tuple[int, ...]]:
    """Images whose pictures are wanted: those around the next one, the two chunks after and before.

    A chunk keeps its place in the list as long as it is wanted, so that it is sent only once: three
    places take turns. An image that is next out of order has its chunk as well.
    """
    place = len(view.images) - 1 if view.next is None else view.images.index(view.next)
    found: list[tuple[int, ...]] = [()] * 3
    for number in (place // CHUNK - 1, place // CHUNK, place // CHUNK + 1):
        if number >= 0:
            found[number % 3] = view.images[number * CHUNK : (number + 1) * CHUNK]
    return found


def sheets(images: Sequence[int], read: Read) -> dict[str, Any]:
    """The pictures of some images, by number: `uri`, `side` in pixels, and `photo` (bool)."""
    pixels = shrink(read(images, SIDE), SIDE)
    photo = is_photo(pixels)
    return {
        str(image): {
            "uri": data_uri(picture, photo=photo),
            "side": picture.shape[1],
            "photo": photo,
        }
        for image, picture in zip(images, pixels, strict=True)
    }
