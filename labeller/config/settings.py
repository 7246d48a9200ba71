"""Settings of a round, as validated records: forms, commands and saved rounds use these."""

import copy
import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    create_model,
    field_validator,
    model_validator,
)

from labeller.errors import UnknownNameError

# As a number of clusters: let the scores of labeller.rounds.questions.cluster_count choose it.
CHOOSE = 0


class Settings(BaseModel):
    """A frozen record whose unknown fields are errors, so that a typing error is never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TrainConfig(Settings):
    """How a method is trained, whatever the method."""

    epochs: int = Field(12, ge=1, le=10_000, description="Passes over all training images.")
    batch_size: int = Field(256, ge=2, le=65_536, description="Images in one step.")
    learning_rate: float = Field(2e-3, gt=0, le=1.0, description="Peak step size.")
    schedule: Literal["constant", "cosine", "linear", "plateau"] = Field(
        "cosine",
        description="Learning rate over the epochs: constant, falling as a cosine or a line, or "
        "divided by 10 when the loss stalls.",
    )
    patience: int = Field(
        3, ge=0, le=1000, description="Schedule plateau: epochs that a loss may stall."
    )
    optimiser: Literal["adam", "sgd"] = Field(
        "adam", description="Adam, or gradient descent with momentum 0.9."
    )
    weight_decay: float = Field(0.0, ge=0, le=1.0, description="Pull of all weights towards 0.")
    validation: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description="Share of the training images held out; the weights of the epoch with the "
        "lowest loss on them are kept. 0: train on all, keep the last epoch's. None can be held "
        "out from a method that makes its own labels of the training images (uic, deepcluster, "
        "dec): a comparison trains it on all.",
    )
    device: str = Field("auto", description="auto, cpu, cuda, cuda:N or mps.")
    precision: Literal["auto", "32-true", "bf16-mixed"] = Field(
        "auto", description="auto: bf16 where the device is faster with it."
    )
    compile: bool = Field(False, description="Use torch.compile (pays on GPUs, not on CPUs).")
    seed: int = Field(0, ge=0, description="The same seed gives the same result.")


class Choice(Settings):
    """A thing of the registry by name, with settings of its own beside those that all share.

    Only the registry knows which names there are, and which settings each has: they are checked by
    `labeller.rounds.settings`. The thing's own settings stand beside the shared ones, as in
    `cluster.covariance=tied`.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    @property
    def own(self) -> dict[str, Any]:
        """The settings of the thing itself, those that were given."""
        return dict(self.model_extra or {})


class EncodeConfig(Choice):
    """The frozen pretrained network that sees the pictures, and the settings of that encoder."""

    encoder: str = Field("none", description="What turns pictures into features; none: pixels.")


class EmbedConfig(Choice):
    """The space in which images are clustered, what it is made of, and its own settings."""

    space: str = Field("umap", description="Where to cluster.")
    of: Literal["latent", "features"] = Field(
        "latent",
        description="What the space is made of: the method's latents, or the encoder's features, "
        "compared by their direction (cosine).",
        title="Made of",
        json_schema_extra={"titles": {"latent": "The method's latents", "features": "Features"}},
    )


class ClusterConfig(Choice):
    """How points are grouped, and the settings of that algorithm."""

    algorithm: str = Field("gmm", description="How the images are grouped.")
    clusters: int = Field(
        10, ge=0, le=2000, description="Number of clusters, one question each; 0: chosen for you."
    )

    @field_validator("clusters")
    @classmethod
    def _at_least_two(cls, clusters: int) -> int:
        if clusters == 1:
            raise ValueError("must be 2 or more, or 0 to have the number chosen")
        return clusters


class CardConfig(Settings):
    """How many members of a cluster a card shows."""

    near: int = Field(8, ge=0, le=64, description="Members nearest to the centre.")
    random: int = Field(8, ge=0, le=64, description="Members drawn at random.")
    far: int = Field(8, ge=0, le=64, description="Members farthest from the centre.")


class PropagateConfig(Choice):
    """How answers about centres become labels and weights of images: a rule, and its settings.

    join: what counts of several rounds' answers. `strongest` for rounds that each cluster all
    images anew; `latest` where later rounds ask about fewer images in smaller clusters, and so
    know better.
    """

    rule: str = Field("decay", description="How an answer reaches the images of its cluster.")
    join: Literal["strongest", "latest"] = Field(
        "strongest",
        description="Of rounds that speak of one image: the strongest wins, or the latest.",
    )


class RetrainConfig(Settings):
    """How the network is trained again with the weighted labels (paper, Eq. 4)."""

    gamma: float = Field(1000.0, ge=0, description="Weight of the classification loss in Eq. 4.")
    epochs: int = Field(
        6, ge=0, le=10_000, description="Epochs of one retraining; 0: the network stays as it is."
    )
    learning_rate: float = Field(1e-3, gt=0, le=1.0, description="Peak step size of Adam.")


class StudentConfig(Settings):
    """The classifier that learns from the weighted labels (methods/student.py, linear_student.py).

    `choose` is of the linear one; all others but `use` and `network` are of a student of pixels.
    """

    use: bool = Field(False, description="Train a student; predictions and exports are its own.")
    network: Literal["auto", "linear", "compact", "resnet18", "resnet34", "resnet50"] = Field(
        "auto",
        description="auto: linear on the features where there is an encoder; else on pixels, "
        "compact up to 48 of them, resnet18 above.",
    )
    choose: bool = Field(
        True,
        description="Choose the penalty of the linear student, and how much images count that were "
        "looked at, by cross-validation over the answers.",
    )
    augmentation: Literal["auto", "shapes", "photos", "none"] = Field(
        "auto", description="auto: shapes (small moves) for grey images, photos for colour."
    )
    epochs: int = Field(6, ge=1, le=10_000, description="Epochs of its first training.")
    epochs_again: int = Field(
        3, ge=1, le=10_000, description="Epochs in later rounds, which go on from the one before."
    )
    batch_size: int = Field(256, ge=2, le=65_536, description="Images in one step.")
    learning_rate: float = Field(3e-3, gt=0, le=1.0, description="Peak step size of Adam.")
    smoothing: float = Field(0.05, ge=0, lt=1, description="Label smoothing.")
    trust: float = Field(
        0.6, ge=0, le=1, description="Trust in a label at the end of a training; 1: always full."
    )
    consistency: bool = Field(
        True, description="Learn also from its own earlier answers about other augmentations."
    )


class AskConfig(Settings):
    """What rounds after the first ask about.

    unknown: clusters of all images again, those first that earlier rounds know least of.
    uncertain: clusters of the images that the student is least sure of, in a space of its
    features; the largest sum of uncertainty comes first. They are grouped by `algorithm`, which
    follows `cluster.algorithm` where that is chosen (`labeller.rounds.settings`). k-means: its
    clusters are of like size, and a mixture has more parameters than 150 points.
    """

    choice: Literal["unknown", "uncertain"] = Field("unknown", description="Where to ask next.")
    share: float = Field(
        0.1, gt=0, le=1, description="Share of the images that count as uncertain."
    )
    clusters: int = Field(40, ge=2, le=2000, description="Clusters among the uncertain images.")
    algorithm: str = Field("kmeans", description="How the uncertain images are grouped.")
    rest: bool = Field(
        True,
        description="After images of a card were marked as wrong, ask what these and their like "
        "are.",
        title="Ask about the rest of mixed clusters",
    )
    people: int = Field(
        1, ge=1, le=10, title="People per card", description="How many people answer each card."
    )


class RoundConfig(Settings):
    """Everything that one round of a project is made with."""

    preset: str = "recommended"
    method: str = "vae"
    method_config: dict[str, object] = Field(default_factory=dict)
    encode: EncodeConfig = EncodeConfig()
    train: TrainConfig = TrainConfig()
    embed: EmbedConfig = EmbedConfig()
    cluster: ClusterConfig = ClusterConfig()
    card: CardConfig = CardConfig()
    propagate: PropagateConfig = PropagateConfig()
    retrain: RetrainConfig = RetrainConfig()
    student: StudentConfig = StudentConfig()
    ask: AskConfig = AskConfig()


def replaced(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of nested settings with the values of dotted names.

    A group may get new names: its own checks say which of them it knows. Raises ValueError for a
    group that the settings do not have.
    """
    changed = copy.deepcopy(dict(settings))
    for name, value in changes.items():
        *groups, last = name.split(".")
        place: Any = changed
        for group in groups:
            place = place.get(group)
            if not isinstance(place, dict):
                raise ValueError(f"there is no setting {name}")
        place[last] = value
    return changed


def settings_of_constructor(
    factory: Callable[..., Any], fixed: Mapping[str, Any], taken: Collection[str] = ()
) -> tuple[type[Settings], frozenset[str]]:
    """Settings like the arguments of a constructor, and the names of all its arguments.

    Arguments that are no number, word or truth value by default are left to the constructor, as
    are `fixed` ones, whose values are given, and those whose names are `taken` by other settings.
    Values are checked as scikit-learn's estimators check them themselves, before anything is done
    with them. Raises ValueError for a fixed argument that the constructor does not have.
    """
    arguments = inspect.signature(factory).parameters
    for name in fixed:
        if name not in arguments:
            raise UnknownNameError(f"an argument of {factory.__name__}", name, arguments)
    fields: dict[str, Any] = {}
    for name, argument in arguments.items():
        usable = name not in fixed and name not in taken and not hasattr(Settings, name)
        if usable and isinstance(argument.default, bool | int | float | str):
            told = Field(argument.default, description=f"{name} of {factory.__name__}.")
            fields[name] = (type(argument.default), told)

    class Checked(Settings):
        @model_validator(mode="after")
        def _accepted(self) -> "Checked":
            check = getattr(factory(**self.model_dump(), **fixed), "_validate_params", None)
            if check is not None:
                check()
            return self

    return create_model("Config", __base__=Checked, **fields), frozenset(arguments)
