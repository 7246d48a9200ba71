"""What the label grid is sent: records of the cards as plain data, and their pictures as sheets."""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from labeller.records import Card, Guideline, JobView, OriginalImage, ProjectView
from labeller.ui.widgets.sprites import data_uri, is_photo, shrink, sprite, square

TILE = 40  # side of a picture in the strip of all cards
MEMBER = 72  # largest side of a member's picture
PORTRAIT = 200  # largest side of the centre and of the medoid
# Photos are sent larger than they are shown on most screens, as many have two pixels in one.
MEMBER_PHOTO, PORTRAIT_PHOTO = 112, 256
BUDGET = 2_000_000  # characters of pictures sent at once

# What the grid is told of a card, and of the answer about it.
_CARD = (
    *("node", "depth", "size", "taken", "share", "mixed", "state"),
    *("suggested", "agreement", "known", "why", "shown"),
)
_ANSWER = ("kind", "label", "confidence", "split", "wrong", "only", "expert")

Read = Callable[[Sequence[int], int], np.ndarray]  # image numbers, side -> uint8 (n, H, W, C)


def card_data(
    card: Card, issue: str | None = None, *, rest_comes: bool = False, fresh: float = 1.0
) -> dict[str, Any]:
    """A card without its pictures; `issue` says why its answer should be checked, `rest_comes` that
    the worker looks for its rest, and `fresh` which share of its images had no label before.

    A card that asks about a cluster of an earlier round again says so in the same place.
    """
    return {
        **{field: getattr(card, field) for field in _CARD},
        "sheet": sheet_name(card),
        "rest_comes": rest_comes,
        "fresh": fresh,
        "answer": card.answer and {field: getattr(card.answer, field) for field in _ANSWER},
        "voices": [
            {field: getattr(voice, field) for field in ("expert", "kind", "label")}
            for voice in card.voices
        ],
        "disputed": card.disputed,
        "counts": _counts(card),
        "doubt": issue or (card.again if card.state == "open" else "") or None,
        "centre": card.centre is not None,
        **{part: len(getattr(card, part)) for part in ("near", "random", "far")},
    }


def _counts(card: Card) -> dict[str, Any] | None:
    """The class that counts of the card where it is not the one that the person said."""
    counts, shown = card.counts, card.answer
    if counts is None or shown is None or (counts.kind, counts.label) == (shown.kind, shown.label):
        return None
    return {"label": counts.label} if counts.kind == "label" else None


def rests_sought(jobs: Iterable[JobView]) -> set[object]:
    """Numbers of the answers that have a rest which the worker looks for, or will."""
    waiting = [job for job in jobs if job.active and job.kind == "split"]
    return {job.arguments["answer"] for job in waiting if "wrong" in job.arguments}


def class_data(
    project: ProjectView, guides: Mapping[int, Guideline] | None = None
) -> list[dict[str, Any]]:
    """The classes as the grid shows them, with what `guides` say of them."""
    known = guides or {}
    return [
        {"label": one.label, "name": one.name, **guide_data(one.label, known.get(one.label))}
        for one in project.classes
    ]


def guide_data(label: int, guide: Guideline | None) -> dict[str, Any]:
    """What a class means: the text, how many examples, and the name of their sheet."""
    if guide is None:
        return {}
    return {
        "guide": guide.text,
        "examples": len(guide.examples),
        "sheet": f"guide/{label}/{'-'.join(map(str, guide.examples))}",
    }


def guide_sheet(guide: Guideline, read: Read) -> dict[str, Any]:
    """The examples of a class on one sheet: `uri`, `columns`, `side`, `photo`."""
    images = shrink(read(guide.examples, MEMBER_PHOTO), MEMBER)
    photo, columns = is_photo(images), len(images)
    uri = data_uri(sprite(images, columns=columns), photo=photo)
    return {"uri": uri, "columns": columns, "side": images.shape[2], "photo": photo}


def original_data(original: OriginalImage) -> dict[str, Any]:
    """An original as the page shows it."""
    told = {name: getattr(original, name) for name in ("name", "width", "height", "note")}
    content = base64.b64encode(original.content).decode()
    return {**told, "uri": f"data:{original.kind};base64,{content}"}


def sheet_name(card: Card) -> str:
    """Names the pictures of a card; a second split may reuse a node's path for other images."""
    return f"{card.node}/{card.size}/{card.medoid}/{sum(card.far)}"


def sheet(card: Card, read: Read) -> dict[str, Any]:
    """The pictures of one card: centre, medoid, and all members on one sheet.

    Its keys: `side` of the portraits, `centre` and `medoid` (data addresses, centre None where
    the method cannot decode), `photo` (bool, of the medoid), `member` with `uri`, `columns`, `side`
    and `photo`, None without members.
    """
    medoid = shrink(read([card.medoid], PORTRAIT_PHOTO), PORTRAIT)
    photo = is_photo(medoid)
    made: dict[str, Any] = {
        "side": medoid.shape[2],
        "centre": None,
        "medoid": data_uri(medoid[0], photo=photo),
        "photo": photo,
        "member": None,
    }
    if card.centre is not None:
        centre = shrink(card.centre[None], PORTRAIT)[0]
        made["centre"], made["side"] = data_uri(centre), centre.shape[1]
    members = [*card.near, *card.random, *card.far]
    if members:
        small = shrink(read(members, MEMBER_PHOTO), MEMBER)
        columns = min(8, len(small))
        uri = data_uri(sprite(small, columns=columns), photo=photo)
        side = small.shape[2]
        made["member"] = {"uri": uri, "columns": columns, "side": side, "photo": photo}
    return made


def strip(cards: Sequence[Card], read: Read) -> dict[str, Any]:
    """One small picture of each card on one sheet: its centre where there is one, else its medoid.

    Of photos the medoid: so small, a decoded centre is a blur of colours.
    """
    medoids = read([card.medoid for card in cards], TILE)
    photo = is_photo(medoids)
    shown = [
        medoid if photo or card.centre is None else card.centre
        for card, medoid in zip(cards, medoids, strict=True)
    ]
    columns = min(32, len(shown))
    tiles = [sprite(square(image, TILE)[None], columns=1) for image in shown]  # all of them RGBA
    return {
        "uri": data_uri(sprite(np.stack(tiles), columns=columns)),
        "columns": columns,
        "side": TILE,
        "sheets": [sheet_name(card) for card in cards],
    }


def nearest_first(cards: Sequence[Card], wanted: str | None) -> list[Card]:
    """The cards, those nearest to node `wanted` first (None: to the first open card)."""
    at = next((i for i, card in enumerate(cards) if card.node == wanted), None)
    if at is None:
        at = next((i for i, card in enumerate(cards) if card.state == "open"), 0)
    # The next cards matter more than those before.
    rank = [(i - at) if i >= at else 2 * (at - i) for i in range(len(cards))]
    return [cards[i] for i in np.argsort(rank, kind="stable")]
