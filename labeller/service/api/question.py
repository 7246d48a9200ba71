"""One question of a round, with the pictures that a person judges it by."""

import base64
import html
from dataclasses import dataclass

import numpy as np

from labeller import service
from labeller.records import Card
from labeller.service.api.drawing import card_png
from labeller.store import Store

SIDE = 192  # pixels of a photo, at most


@dataclass(frozen=True, eq=False, repr=False)
class Question:
    """A cluster to answer about: what is it? A notebook draws it.

    node: its path in the tree of splits ("3", "3.1"); round: the round that asks; size: how many
    images it stands for, share: the same in [0, 1] of all images to label; members (size,) int64:
    their numbers, which index `Project.images`. picture (H, W, C) uint8: the centre of the cluster
    drawn by the method, or where that cannot be (`decoded` False) the image `medoid`, the most
    central one. near, random, far: the members nearest to the centre, some at random, and the
    farthest; pictures (n, H, W, C) uint8: those images in that order. Photos are shown larger than
    a method sees them, as RGBA squares with transparent margins (C = 4).

    suggested: the class that the present classifier gives to most members (None: no classifier
    yet), agreement: to which share of them; impurity in [0, 1]: how mixed the cluster seems;
    known in [0, 1]: how settled the members' labels are from earlier rounds.

    why: the reason for asking, again where it was answered before, "" where there is nothing to
    say; said: the class of the answer that is doubted, None where nothing was said in this round.
    """

    node: str
    round: int
    size: int
    share: float
    members: np.ndarray
    picture: np.ndarray
    decoded: bool
    medoid: int
    near: tuple[int, ...]
    random: tuple[int, ...]
    far: tuple[int, ...]
    pictures: np.ndarray
    suggested: str | None
    agreement: float
    impurity: float
    known: float
    why: str = ""
    said: str | None = None

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
        parts = [f"{self.size:,} images", f"{self.impurity:.0%} mixed"]
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
    same = ("node", "size", "share", "members", "medoid", "near", "random", "far")
    same += ("agreement", "impurity", "known")
    return Question(
        **{field: getattr(card, field) for field in same},
        round=round,
        picture=images[0] if card.centre is None else card.centre,
        decoded=card.centre is not None,
        pictures=images[1:],
        suggested=None if card.suggested is None else names.get(card.suggested),
        why=why,
        said=None if said is None else names.get(said),
    )
