"""The contract of a space, and the room of the registry in which spaces stand."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from labeller.config import EmbedConfig, Settings
from labeller.events import Report, silent
from labeller.registry import Room
from labeller.rounds.graph import Neighbours, find_neighbours


class Space(ABC):
    """Turns latents (N, D) into the points (N, M) that are clustered, or that a map shows.

    A subclass has a `name`, a `title`, a pydantic `Config` and `points`. Libraries that are slow
    to load are imported inside the functions: the web server reads this room.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    # Settings with which the space is a two-dimensional map for the eye; None: it draws none.
    map_settings: ClassVar[dict[str, Any] | None] = None
    meaning: ClassVar[str] = ""  # what distances on that map say, in a sentence for the person
    uses_neighbours: ClassVar[bool] = False  # `points` is quicker with neighbours that are known

    class Config(Settings):
        """Settings of a space; each field has a description and bounds."""

    def __init__(self, config: Any) -> None:
        self.config = config

    @abstractmethod
    def points(
        self,
        latents: np.ndarray,
        *,
        seed: int = 0,
        report: Report = silent,
        neighbours: Neighbours | None = None,
    ) -> np.ndarray:
        """The points (N, M) float32 of finite latents (N, D) float32; the same seed, the same.

        `neighbours` are those of the latents, when the caller has them.
        """

    def for_few(self, count: int) -> "Space":
        """The space with settings that suit so few points, in later rounds and splits."""
        return self


TAKEN = frozenset(EmbedConfig.model_fields)  # settings that stand beside each space's own
ROOM: Room[type[Space]] = Room(
    "spaces", "labeller.rounds.spaces", noun="space", base=Space, taken=TAKEN
)
register = ROOM.register


def enough(
    known: Neighbours | None, latents: np.ndarray, count: int, seed: int, report: Report
) -> Neighbours:
    """`count` neighbours of the latents (N - 1 when that is less): the known ones if they do."""
    count = min(count, len(latents) - 1)
    if known is not None and len(known.indices) == len(latents) and known.count >= count:
        return known.nearest(count)
    return find_neighbours(latents, max(count, 1), seed=seed, report=report)
