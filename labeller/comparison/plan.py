"""What a comparison consists of: methods x latent sizes x seeds, a cell each. No torch."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from labeller.comparison.stems import has_shipped_weights
from labeller.config import PIXELS, EncodeConfig, Settings, TrainConfig
from labeller.errors import UnknownNameError
from labeller.methods.names import parse_method, setting_text
from labeller.rounds.spaces import map_spaces

# How positions are measured, in the fingerprint of runs that measure them. Once, pictures with the
# object outside counted too.
POSITIONS_MEASURED = "in the picture"
# The same for probes of layers. Once, their penalty was next to none, whatever the features; then
# the loss network's convolutions were taken for the encoder's.
LAYERS_MEASURED = "penalty chosen, the encoder's own"


class CompareConfig(Settings):
    """Settings of a comparison; every cell is trained and measured with the same ones."""

    methods: tuple[str, ...] = Field(
        description="Methods, perhaps with preset and settings: vae:deep@beta=0.5."
    )
    latents: tuple[int, ...] = Field(
        (), title="Latent sizes", description="None: each method's own."
    )
    one_size: tuple[str, ...] = Field(
        (), description="Those of the methods whose latents have no size to choose (see `sized`)."
    )
    seeds: tuple[int, ...] = Field((0,), description="One training for each.")
    encode: EncodeConfig = Field(
        PIXELS, description="The encoder, for the methods that read features."
    )
    features: dict[str, str] = Field(
        default_factory=dict,
        description="Those methods, and the digest of the encoder (see `with_digest`).",
    )
    train: TrainConfig = TrainConfig()
    settings: dict[str, object] = Field(
        default_factory=dict, description="Settings for every method that has them."
    )
    images: int = Field(
        0, ge=0, title="Training images", description="Train on at most so many; 0: on all."
    )
    sample: int = Field(
        5000, ge=20, le=100_000, title="Images of a sample", json_schema_extra={"step": 1000},
        description="At most so many for probes after epochs and of convolutions, for neighbours, "
        "clusters and answers. The linear probe and the MLPs always take all.",
    )  # fmt: skip
    probe_every: int = Field(
        1, ge=0, title="Epochs between probes", description="A linear probe at the end of an epoch "
        "draws accuracy against epoch. 0: none.",
    )  # fmt: skip
    answers: tuple[int, ...] = Field(
        (10, 20, 30, 50), title="Numbers of answers", description="For label efficiency."
    )
    preset: Literal["manifold", "paper"] = Field(
        "manifold", title="Clusters of", description="Of the curve of label efficiency. manifold: "
        "in a UMAP of the latents; paper: in the latents themselves.",
    )  # fmt: skip
    layers: bool = Field(
        False, title="Probe each convolution", description="A linear probe of each layer too."
    )
    layer_size: int = Field(
        2048, ge=1, le=9600, title="Numbers of a convolution", json_schema_extra={"step": 256},
        description="What is probed of each convolution: its output, max-pooled to so many "
        "numbers.",
    )  # fmt: skip
    mlp_epochs: int = Field(
        0, ge=0, le=10_000, title="Epochs of the MLPs", json_schema_extra={"step": 50},
        description="Trains seven small networks on the latents and tests the best. 0: not.",
    )  # fmt: skip
    positions: tuple[str, ...] = Field(
        (), title="Positions of an object", description="Two .npz files with images and positions: "
        "to learn from, and to test on.",
    )  # fmt: skip
    maps: tuple[str, ...] = Field(("umap", "tsne"), description="Two-dimensional maps to draw.")

    @field_validator("methods", "seeds")
    @classmethod
    def _some(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        if not values:
            raise ValueError("there must be at least one")
        return tuple(dict.fromkeys(values))

    @field_validator("maps")
    @classmethod
    def _drawn(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if value not in map_spaces():
                raise UnknownNameError("map", value, map_spaces())
        return values

    @field_validator("positions")
    @classmethod
    def _two_files(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if len(values) not in (0, 2):
            raise ValueError(f"there must be two files, to learn from and to test on, got {values}")
        return values

    @field_validator("latents", "answers", "seeds")
    @classmethod
    def _large_enough(cls, values: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        least = 0 if info.field_name == "seeds" else 2
        if any(value < least for value in values):
            raise ValueError(f"each must be {least} or more, got {min(values)}")
        return tuple(dict.fromkeys(values))


@dataclass(frozen=True)
class Cell:
    """One training: a method with a preset ("" for the method's defaults), a size and a seed.

    `settings` are (name, value) that this method alone has, over those of the preset.
    """

    method: str
    preset: str
    settings: tuple[tuple[str, object], ...]
    latent: int | None
    seed: int

    @property
    def label(self) -> str:
        """`vae`, `vae:deep`, or `vae:deep@beta=0.5`."""
        name = f"{self.method}:{self.preset}" if self.preset else self.method
        return "@".join([name, *(f"{key}={setting_text(value)}" for key, value in self.settings)])

    @property
    def key(self) -> str:
        """A name for files: letters, digits, dash, dot and underscore, another for each cell."""
        parts = [self.label, "own" if self.latent is None else f"z{self.latent}", f"s{self.seed}"]
        text = "_".join(parts)
        safe = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in text)
        return f"{safe[:60]}_{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def record_head(cell: Cell, config: CompareConfig, state: str) -> dict[str, Any]:
    """What the record of every run begins with, done or failed."""
    return {
        "key": cell.key,
        "state": state,
        "settings": fingerprint(config, cell.method),
        "method": cell.method,
        "preset": cell.preset,
        "label": cell.label,
        "latent": cell.latent,
        "seed": cell.seed,
    }


def cells(config: CompareConfig) -> list[Cell]:
    """All cells, in the order in which they run: every method once before the second seed."""
    return [
        Cell(*parse_method(text), latent=None if text in config.one_size else latent, seed=seed)
        for seed in config.seeds
        for place, latent in enumerate(config.latents or (None,))
        for text in config.methods
        if place == 0 or text not in config.one_size
    ]


def sized(config: CompareConfig, fields: Mapping[str, str | None]) -> CompareConfig:
    """The config that trains a method once, and not once a size, where sizes change nothing.

    `fields`: method -> its setting that is the latent's size; None: it has no such setting. A size
    that stands with the method (`vae@latent=8`) stays too.
    """

    def fixed(text: str) -> bool:
        name, _, settings = parse_method(text)
        field = fields.get(name)
        return name in fields and (field is None or field in dict(settings))

    return config.model_copy(update={"one_size": tuple(filter(fixed, config.methods))})


def check_settings(config: CompareConfig, fields: Mapping[str, Collection[str]]) -> None:
    """Raises ValueError for a setting that none of the chosen methods has, which would do nothing.

    `fields`: method -> the names of its settings; methods that are not in it are not judged.
    """
    chosen = {parse_method(text)[0] for text in config.methods}
    if not chosen <= set(fields):
        return
    names = sorted({name for method in chosen for name in fields[method]})
    for name in config.settings:
        if name not in names:
            raise ValueError(
                f"a setting must be train.KEY or one that a chosen method has "
                f"({', '.join(names)}), got {name}"
            )


def fingerprint(config: CompareConfig, method: str = "") -> str:
    """Says whether two cells of the same key were made with the same settings.

    Which methods, sizes and seeds stand beside a cell changes nothing in it, nor does the device.
    The encoder counts for a `method` that reads its features.
    """
    shared = config.model_copy(
        update={
            "methods": ("",),
            "latents": (),
            "one_size": (),
            "seeds": (0,),
            "encode": PIXELS,
            "features": {},
            "train": config.train.model_copy(update={"device": "auto", "seed": 0}),
        }
    )
    # Without the defaults, so that a setting that a later version adds makes no run stale.
    content = shared.model_dump_json(exclude_defaults=True)
    if config.positions:
        content += POSITIONS_MEASURED
    if config.layers:
        content += LAYERS_MEASURED
    content += config.features.get(method, "")
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def up_to_date(record: Mapping[str, Any], digest: str) -> bool:
    """Whether a record is of a finished run with the settings of the fingerprint `mark`, and with
    the loss network that ships with labeller now, where it has such a one."""
    same = record.get("state") == "done" and record.get("settings") == digest
    return same and has_shipped_weights(record)


def unfinished(config: CompareConfig, records: Iterable[Mapping[str, Any]]) -> list[Cell]:
    """The cells without a finished record that was made as one would be made now."""
    wanted = {cell.key: cell for cell in cells(config)}
    for record in records:
        cell = wanted.get(record["key"])
        if cell is not None and up_to_date(record, fingerprint(config, cell.method)):
            del wanted[cell.key]
    return list(wanted.values())
