"""Methods by name: those of this folder, of installed packages and of a user's files.

One room of `labeller.registry`; here is what is asked of methods alone: building one, presets, and
which of them learn without labels.
"""

import inspect
from typing import Any

import torch

from labeller.methods.base import ImageShape, Method
from labeller.methods.names import changes_of
from labeller.registry import Room
from labeller.runtime import stream_seed


def _check(cls: type[Method]) -> None:
    if cls.reads not in ("images", "features"):
        raise ValueError(f"{cls.name} must read images or features, got {cls.reads}")
    if cls.needs_labels and not cls.trainable:
        raise ValueError(f"{cls.name} needs labels and so must be trainable: fit sees no labels")
    for preset, changes in cls.presets.items():
        try:
            cls.Config.model_validate(changes)
        except ValueError as error:
            raise ValueError(
                f"preset {preset} of {cls.name} does not fit Config: {error}"
            ) from error


ROOM = Room[Method]("labeller.methods", noun="method", base=Method, check=_check, torch=True)
register, get, everything = ROOM.register, ROOM.get, ROOM.names


def names() -> list[str]:
    """All names that an unsupervised training can choose from, sorted."""
    return [name for name, cls in ROOM.things().items() if not cls.needs_labels]


def chosen(text: str) -> tuple[str, dict[str, Any]]:
    """`vae:deep@beta=0.5` as the name and the fields that differ from the defaults.

    Raises ValueError for a method or a preset that does not exist.
    """
    made = changes(text)
    return made["method"], made["method_config"]


def changes(text: str) -> dict[str, Any]:
    """The same as settings of a round: `method` and `method_config`."""
    return changes_of(text, lambda name: get(name).presets)


def build(
    name: str, config: dict[str, Any], shape: ImageShape, classes: int, *, seed: int = 0
) -> Method:
    """A method with fresh weights that depend only on the arguments.

    `config` holds the fields that differ from the defaults; a wrong one raises ValueError.
    """
    cls = get(name)
    settings = cls.Config.model_validate(config)
    with torch.random.fork_rng(devices=[]):  # the caller's random numbers stay as they were
        torch.manual_seed(stream_seed(seed, f"weights/{name}"))
        method = cls(settings, shape, classes)
    return method.to(memory_format=torch.channels_last) if cls.channels_last else method


def size_field(name: str) -> str | None:
    """The setting that is the size of the method's latent; None where other settings decide it."""
    cls = get(name)
    return cls.size_field if cls.size_field in cls.Config.model_fields else None


def has_parts(name: str) -> bool:
    """Whether the method takes features layer by layer: `parts` then says how many each gives."""
    cls = get(name)
    return cls.reads == "features" and "parts" in cls.Config.model_fields


def catalogue() -> dict[str, dict[str, Any]]:
    """JSON-able facts of every method, for forms in a process that has no torch.

    {name: {title, doc, schema (JSON schema of Config), presets, defaults, can_decode (with the
    defaults), decoding (the presets that can), needs_labels, trainable, reads, size_field}}
    """
    return {name: _entry(get(name)) for name in names()}


def references() -> dict[str, dict[str, Any]]:
    """The same facts of the methods that need labels: baselines for the others."""
    return {name: _entry(cls) for name, cls in ROOM.things().items() if cls.needs_labels}


def _entry(cls: type[Method]) -> dict[str, Any]:
    return {
        "title": cls.title,
        "doc": inspect.cleandoc(cls.__doc__ or ""),
        "schema": cls.Config.model_json_schema(),
        "presets": cls.presets,
        "defaults": cls.Config().model_dump(mode="json"),
        "can_decode": cls.decodes(cls.Config()),
        "decoding": [
            preset
            for preset, changes in cls.presets.items()
            if cls.decodes(cls.Config.model_validate(changes))
        ],
        "needs_labels": cls.needs_labels,
        "trainable": cls.trainable,
        "reads": cls.reads,
        "size_field": size_field(cls.name),
    }
