"""Settings of a round against the registry: which names there are, and which settings each has."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from labeller.config import CHOOSE, Choice, PropagateConfig, RoundConfig
from labeller.config.settings import replaced
from labeller.encoders.base import ROOM as ENCODERS
from labeller.errors import LabellerError, UnknownSettingError, WrongSettingError, one_line
from labeller.registry import Room
from labeller.rounds import clusterers, propagation, spaces

# The steps whose thing is chosen by name, and the rooms that these are in.
STEPS: dict[str, Room[Any]] = {
    "encode": ENCODERS,
    "embed": spaces.ROOM,
    "cluster": clusterers.ROOM,
    "propagate": propagation.ROOM,
}
ASKING = ("embed", "cluster", "card", "ask")  # the steps of a new round on a network that there is
AnyChoice = TypeVar("AnyChoice", bound=Choice)


def changed(config: RoundConfig, changes: Mapping[str, Any]) -> RoundConfig:
    """The settings of a round with some replaced, by dotted name (`cluster.covariance`).

    Who chooses an algorithm chooses it for later rounds too, unless `ask.algorithm` is named.
    Raises ValueError for a setting, a name or a value that is unknown, and for a setting that the
    thing chosen does not have.
    """
    wanted = dict(changes)
    if "cluster.algorithm" in wanted:
        wanted.setdefault("ask.algorithm", wanted["cluster.algorithm"])
    whole = RoundConfig.model_validate(replaced(config.model_dump(), wanted))
    for name in wanted:
        if not _has(whole, name):
            step, _, setting = name.partition(".")
            chosen, settings = _settings_of(step, getattr(whole, step))
            raise UnknownSettingError(chosen, setting, settings)
    return checked(whole)


def laid_over(config: RoundConfig, changes: Mapping[str, Any]) -> RoundConfig:
    """The same with the changes that somebody typed; None is an option that was not given.

    Raises ValueError in one line.
    """
    given = {key: _plain(value) for key, value in changes.items() if value is not None}
    try:
        return changed(config, given)
    except LabellerError:
        raise
    except ValueError as error:
        raise ValueError(one_line(error)) from None


def of_steps(settings: Mapping[str, Any] | None) -> dict[str, Any]:
    """{"latent": 32, "embed.dimensions": 5} by dotted names: one without a dot is the method's."""
    given = settings or {}
    return {key if "." in key else f"method_config.{key}": given[key] for key in given}


def taught(config: RoundConfig, epochs: int | None) -> dict[str, Any]:
    """As changes: the epochs of a retraining.

    With a student it is the student that learns; the network stays as the settings have it.
    """
    lengths = ("student.epochs", "student.epochs_again") if config.student.use else ()
    return dict.fromkeys(lengths or ("retrain.epochs",), epochs)


def questions(clusters: int | None) -> dict[str, Any]:
    """As changes: the number of clusters of a round to come, whichever images it asks about.

    In a first round those are all images, in a later one perhaps the uncertain ones; CHOOSE has
    the number of the first chosen. Nothing for None.
    """
    if clusters is None:
        return {}
    chosen = {"cluster.clusters": clusters}
    return chosen if clusters == CHOOSE else {**chosen, "ask.clusters": clusters}


def refuse_others(changes: Mapping[str, Any], steps: Collection[str], doing: str) -> None:
    """Raises UnknownSettingError for a change of a step that `doing` does not do."""
    for name in changes:
        if name.partition(".")[0] not in steps:
            raise UnknownSettingError(doing, name, [f"{step}.NAME" for step in steps])


def fitting(config: RoundConfig, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes without settings that only other spaces, algorithms or rules have than those
    that they choose: for one list of changes that several presets are to share.
    """
    whole = RoundConfig.model_validate(replaced(config.model_dump(), changes))
    return {name: value for name, value in changes.items() if _has(whole, name)}


def checked(config: RoundConfig) -> RoundConfig:
    """The settings with those of each chosen thing complete, and without those of others.

    Raises ValueError for a name that the registry does not have, a setting that nothing has, and a
    value that is refused.
    """
    clusterers.ROOM.get(config.ask.algorithm)
    if config.embed.of == "features" and config.encode.encoder == "none":
        raise WrongSettingError(
            "embed.of must be latent without an encoder, got features: choose one (encode.encoder)"
        )
    steps = {step: checked_step(step, getattr(config, step)) for step in STEPS}
    return config.model_copy(update=steps)


def refuse_clusters(config: RoundConfig, images: int) -> None:
    """Raises WrongSettingError for more clusters than there are `images` to ask about."""
    clusters = config.cluster.clusters
    if clusters > images and clusterers.clusterer_of(config.cluster).takes_count:
        raise WrongSettingError(
            f"clusters must be between 2 and {images} (the images to label), got {clusters}"
        )


def checked_propagation(config: PropagateConfig | None) -> PropagateConfig | None:
    """The same of the settings of a propagation alone; None stays None."""
    return None if config is None else checked_step("propagate", config)


def checked_step(step: str, choice: AnyChoice) -> AnyChoice:
    """The same of one of STEPS."""
    room = STEPS[step]
    chosen = room.get(getattr(choice, room.setting))
    anywhere = {field for thing in room.things().values() for field in thing.Config.model_fields}
    for name in choice.own:
        if name not in anywhere:
            raise UnknownSettingError(chosen.name, name, chosen.Config.model_fields)
    own = {name: value for name, value in choice.own.items() if name in chosen.Config.model_fields}
    shared = {name: getattr(choice, name) for name in type(choice).model_fields}
    try:
        complete = chosen.Config.model_validate(own).model_dump()
    except ValidationError as error:
        raise WrongSettingError(f"{chosen.name}: {one_line(error)}") from None
    return type(choice)(**shared, **complete)


def _has(config: RoundConfig, name: str) -> bool:
    """Whether the thing that a step is done with has the setting of that dotted name."""
    step, _, setting = name.partition(".")
    return step not in STEPS or setting in _settings_of(step, getattr(config, step))[1]


def _settings_of(step: str, choice: Choice) -> tuple[str, list[str]]:
    """The name of the thing chosen, and all settings that can be given with it."""
    chosen = STEPS[step].get(getattr(choice, STEPS[step].setting))
    return chosen.name, [*type(choice).model_fields, *chosen.Config.model_fields]


def _plain(value: Any) -> Any:
    """Numbers of numpy as Python's own, and paths whole: the worker runs in another folder."""
    if isinstance(value, Path):
        return str(value.expanduser().absolute())
    return value.tolist() if hasattr(value, "tolist") else value
