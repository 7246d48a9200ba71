"""Step 2 of a round: the space in which the latents are clustered, and maps for the eye.

One file a space. A transformer of scikit-learn's kind needs no class: `register_transformer`.
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np

from labeller.config import EmbedConfig
from labeller.config.settings import settings_of_constructor
from labeller.errors import UnknownNameError
from labeller.events import Progress, Report, silent
from labeller.registry import Room, Thing
from labeller.rounds.graph import Neighbours
from labeller.rounds.points import checked_points


class Space(Thing):
    """Turns latents (N, D) into the points (N, M) that are clustered, or that a map shows."""

    # Settings with which the space is a two-dimensional map for the eye; None: it draws none.
    map_settings: ClassVar[dict[str, Any] | None] = None
    meaning: ClassVar[str] = ""  # what distances on that map say, in a sentence for the person
    slow_import: ClassVar[str] = ""  # a module that takes seconds: a training imports it beside
    # `points` takes the `neighbours` of the latents too, where the caller has them.
    uses_neighbours: ClassVar[bool] = False

    @abstractmethod
    def points(self, latents: np.ndarray, *, seed: int = 0, report: Report = silent) -> np.ndarray:
        """The points (N, M) float32 of finite latents (N, D) float32; the same seed, the same."""

    def for_few(self, count: int) -> Self:
        """The space with settings that suit so few points, in later rounds and splits."""
        return self


ROOM = Room[Space](
    "labeller.rounds.spaces", noun="space", base=Space, choice=EmbedConfig, setting="space"
)
register, space_of = ROOM.register, ROOM.chosen


def embed(
    latents: np.ndarray,
    config: EmbedConfig | Space,
    *,
    seed: int = 0,
    report: Report = silent,
    neighbours: Neighbours | None = None,
) -> np.ndarray:
    """The points (N, M) in the space of `config`, from latents (N, D).

    `neighbours` are those of the latents, when the caller has them; a space that needs more finds
    them. Raises ValueError for latents that are not finite or not (N, D), for an unknown space,
    and for fewer points than the space can arrange.
    """
    space = config if isinstance(config, Space) else space_of(config)
    latents = checked_points(latents, "latents")
    shared: dict[str, Any] = {"neighbours": neighbours} if space.uses_neighbours else {}
    return space.points(latents, seed=seed, report=report, **shared)


def map_spaces() -> dict[str, type[Space]]:
    """The spaces that draw maps, by name."""
    return {name: cls for name, cls in ROOM.things().items() if cls.map_settings is not None}


def map_titles() -> dict[str, str]:
    """What people call each kind of map, by name."""
    return {name: cls.title for name, cls in map_spaces().items()}


def map2d(
    latents: np.ndarray,
    kind: str = "umap",
    *,
    seed: int = 0,
    report: Report = silent,
    neighbours: Neighbours | None = None,
) -> np.ndarray:
    """A map (N, 2) of latents (N, D) for the eye, by one of `map_spaces`; `neighbours` as above.

    Raises ValueError for an unknown kind and for latents that `embed` refuses.
    """
    if kind not in map_spaces():
        raise UnknownNameError("kind of map", kind, map_spaces())
    latents = checked_points(latents, "latents")
    if latents.shape[1] == 1:  # a line, drawn flat
        latents = np.pad(latents, ((0, 0), (0, 1)))
    space = ROOM.make(kind, map_spaces()[kind].map_settings or {})
    return embed(latents, space, seed=seed, report=report, neighbours=neighbours)


def register_transformer(
    transformer: Callable[..., Any], *, name: str, title: str, **fixed: Any
) -> type[Space]:
    """Registers a class of scikit-learn's TransformerMixin kind as a space; returns the space.

    Its settings are those arguments of the constructor that are numbers, words or truth values,
    less `fixed` ones, which are always passed so. `random_state`, where it has one, is the seed.
    """
    if not hasattr(transformer, "fit_transform"):
        raise ValueError(
            f"a transformer must have fit_transform, got {transformer.__name__} without it"
        )
    config, arguments = settings_of_constructor(transformer, fixed, ROOM.taken)
    seeded = "random_state" in arguments

    def points(
        self: Space, latents: np.ndarray, *, seed: int = 0, report: Report = silent
    ) -> np.ndarray:
        report(Progress("embed", 0, 1, self.title))
        settings = {**self.config.model_dump(), **fixed}
        settings |= {"random_state": seed} if seeded else {}
        transformed = transformer(**settings).fit_transform(latents)
        report(Progress("embed", 1, 1, self.title))
        return np.asarray(transformed, np.float32)

    fields = {"name": name, "title": title, "Config": config, "points": points}
    fields |= {"__doc__": transformer.__doc__, "__module__": transformer.__module__}
    return register(type(transformer.__name__, (Space,), fields))
