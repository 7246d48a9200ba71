"""One question of a round, with the pictures that a person judges it by."""

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from labeller import service
from labeller.records import Card
from labeller.store import Store

SIDE = 192  # pixels of a photo, at most
MEMBER, PHOTO = 48, 96  # pixels of a member on the card as one picture, and of one that is a photo
GAP = 3  # pixels between two of them


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Question(Card):
    """A cluster to answer about: what is it? A notebook draws it.

    All that a `Card` has: node, size, share, members, medoid, near, random, far, agreement,
    impurity, known; and round: the round that asks. picture (H, W, C) uint8: the centre of the
    cluster drawn by the method, or where that cannot be (`decoded` False) the image `medoid`.
    pictures (n, H, W, C) uint8: the images near, random and far, in that order. Photos are shown
    larger than a method sees them, as RGBA squares with transparent margins (C = 4).

    suggested: the class that the present classifier gives to most members (None: no classifier
    yet). why: the reason for asking, again where it was answered before, "" where there is nothing
    to say; said: the class of the answer that is doubted, None where nothing was said in this
    round.
    """

    round: int
    picture: np.ndarray
    pictures: np.ndarray
    # A number in a Card; whoever writes a notebook knows classes by name.
    suggested: str | None = None  # type: ignore[assignment]
    said: str | None = None

    @property
    def decoded(self) -> bool:
        """Whether the picture is the decoded centre."""
        return self.centre is not None

    def __repr__(self) -> str:
        return f"<Question {self.node} of round {self.round}: {self._words()}>"

    def _repr_png_(self) -> bytes:
        """The card as notebooks without HTML show it."""
        rows = np.cumsum([len(self.near), len(self.random)])
        return card_png(self.picture, np.split(self.pictures, rows))

    def _repr_html_(self) -> str:
        """The card as notebooks show it."""
        words = html.escape(self._words())
        card = base64.b64encode(self._repr_png_()).decode()
        drawn = "centre" if self.decoded else "medoid"
        return (
            f"<div><b>{self.node}</b>: {words}<br>"
            f'<img alt="{drawn} and members" src="data:image/png;base64,{card}"><br>'
            f"<small>left the {drawn}; right the nearest, some random, the farthest</small></div>"
        )

    def _words(self) -> str:
        parts = [f"{self.size:,} images", f"{self.mixed:.0%} mixed"]
        if self.suggested is not None:
            parts.append(f"looks like {self.suggested!r} ({self.agreement:.0%})")
        if self.said is not None:
            parts.append(f"you said {self.said!r}")
        return ", ".join(parts) + (f". {self.why}" if self.why else "")


def question_of(
    store: Store, project: int, round: int, card: Card, names: dict[int, str], why: str
) -> Question:
    """The question that a card asks; `names` are the classes by number."""
    images = service.pictures(store, project, card.shown, SIDE)
    said = card.answer.label if card.answer is not None else None
    own = {
        "round": round,
        "picture": images[0] if card.centre is None else card.centre,
        "pictures": images[1:],
        "suggested": None if card.suggested is None else names.get(card.suggested),
        "why": why,
        "said": None if said is None else names.get(said),
    }
    return Question(**vars(card) | own)


def card_png(centre: np.ndarray, rows: Sequence[np.ndarray]) -> bytes:
    """`centre` uint8 (H, W, C) large at the left, beside it `rows` of images (n, H, W, C): a PNG.

    C is 1, 3, or 4 for photos, which are drawn larger. The background is transparent, as notebooks
    may be dark.
    """
    rows = [row for row in rows if len(row)]
    side = PHOTO if any(row.shape[-1] == 4 for row in rows) else MEMBER
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
