"""Which loss network a method compares images with, and where its weights come from.

The weights are looked for when the network is first used, and then belong to the method: a saved
method needs neither the file nor the network connection that they came from.
"""

import logging
from pathlib import Path
from typing import Literal, Self, TypeVar

import torch
from pydantic import Field, model_validator
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

import models
from labeller.config import Settings
from labeller.errors import NotFoundError, StateError
from models.loss_network import LAYERS, LossNetwork, first_layers

SHIPPED = {
    "stem-unlabelled": "stem-unlabelled.safetensors",
    "stem-labelled": "stem-labelled.safetensors",
}
# Learnt without a label, so that the whole method is unsupervised ("Pseudo Labelling", section
# 4.2); used too where ImageNet's weights cannot be had.
STEM = "stem-unlabelled"
STEM_LAYERS = 5  # of AlexNet, in the files that ship

log = logging.getLogger(__name__)
Config = TypeVar("Config", bound="LossNetworkConfig")


class _NotDownloadedError(Exception):
    """torchvision's weights are neither in its cache nor to be had from the network."""


class LossNetworkConfig(Settings):
    """The part of a pre-trained network that compares images."""

    loss_network: Literal["alexnet", "vgg11", "vgg13", "vgg16", "vgg19"] = Field(
        "alexnet", description="Network whose first layers compare images."
    )
    loss_layers: int = Field(
        STEM_LAYERS,
        ge=1,
        le=max(LAYERS.values()),
        description="How many of its layers; 5 of AlexNet end with its second ReLU.",
    )
    loss_weights: str = Field(
        STEM,
        description="stem-unlabelled (ships with labeller, learnt from CIFAR-10 without labels), "
        "stem-labelled (with them), torchvision (ImageNet, downloaded once), or a file of weights.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        most = LAYERS[self.loss_network]
        if self.loss_layers > most:
            raise ValueError(
                f"loss_layers of {self.loss_network} must be between 1 and {most}, "
                f"got {self.loss_layers}"
            )
        if self.loss_weights in SHIPPED and not _has_stem(self):
            raise ValueError(
                f"loss_weights {self.loss_weights} are those of AlexNet's first {STEM_LAYERS} "
                f"layers: choose torchvision or a file for {self.loss_layers} of "
                f"{self.loss_network}"
            )
        return self


class FilledLossNetwork(LossNetwork):
    """A loss network that finds its weights when it is first used, unless they were loaded."""

    def __init__(
        self, config: LossNetworkConfig, *, canvas: int | None = None, sigmoid: bool = False
    ) -> None:
        """`canvas` and `sigmoid` as in LossNetwork."""
        layers = first_layers(config.loss_network, config.loss_layers)
        super().__init__(layers, canvas=canvas, sigmoid=sigmoid)
        self.config, self.filled, self.replaced = config, False, False

    def forward(self, images: Tensor) -> Tensor:
        """Images (B,3,H,W) in [0,1] to features (B,F,h,w) where they can differ.

        Raises NotFoundError or StateError where there are no weights, or none that fit.
        """
        if not self.filled:
            self.fill()
        return super().forward(images)

    def fill(self) -> None:
        """Find the weights now."""
        try:
            weights = _weights(self.config)
        except _NotDownloadedError as error:
            if not _has_stem(self.config):
                raise NotFoundError(
                    f"{error}: give the path of a file as loss_weights, or use alexnet"
                ) from error
            log.warning("%s: the stem that ships with labeller is used instead", error)
            weights = _weights(self.config.model_copy(update={"loss_weights": STEM}))
            self.replaced = True
        self.layers.load_state_dict(weights)
        self.filled = True

    def settled(self, config: Config) -> Config:
        """`config` with the weights that were used: the stem where none could be downloaded.

        A method takes it over when its training ends (a resumed one needs the settings that it
        began with), so that its record is true.
        """
        return config.model_copy(update={"loss_weights": STEM}) if self.replaced else config

    def notice(self) -> str:
        """That the stem took the place of other weights, if it did; else ""."""
        if not self.replaced:
            return ""
        return (
            f"the ImageNet weights of {self.config.loss_network} are not here and could not be "
            f"downloaded: the loss network has those that come with labeller ({STEM})"
        )

    def get_extra_state(self) -> Tensor:
        """Whether the weights are there, and are the stem's in place of others: 0, 1 or 2."""
        return torch.tensor(2 if self.replaced else int(self.filled))

    def set_extra_state(self, state: Tensor) -> None:
        """Weights that are loaded are not looked for again."""
        self.filled, self.replaced = bool(state), int(state) == 2


def squared_difference(features: Tensor, targets: Tensor) -> Tensor:
    """Sum over features of the squared difference, mean over images: Eqs. 2 and 3 of "Feature
    Prediction Loss", Eqs. 3 and 7 of "Pseudo Labelling", with the squared error for l.

    Args: both (B,...). Returns a scalar, in float32 whatever comes in.
    """
    return (features.float() - targets.float()).square().sum() / len(features)


def shipped(weights: str) -> Path:
    """The file of weights that came with labeller; `weights` is a key of SHIPPED."""
    return Path(models.__file__).parent / "weights" / SHIPPED[weights]


def _has_stem(config: LossNetworkConfig) -> bool:
    return config.loss_network == "alexnet" and config.loss_layers <= STEM_LAYERS


def _weights(config: LossNetworkConfig) -> dict[str, Tensor]:
    """The weights of the first layers, by their names in `first_layers`."""
    wanted = first_layers(config.loss_network, config.loss_layers).state_dict()
    if config.loss_weights in SHIPPED:
        weights = _read(shipped(config.loss_weights))
    elif config.loss_weights == "torchvision":
        weights = _downloaded(config)
    else:
        weights = _read(Path(config.loss_weights).expanduser())
    return {name: _matching(weights, name, like, config) for name, like in wanted.items()}


def _matching(
    weights: dict[str, Tensor], name: str, like: Tensor, config: LossNetworkConfig
) -> Tensor:
    value = weights.get(name, weights.get(f"features.{name}"))
    if value is None or value.shape != like.shape:
        got = "none" if value is None else f"one of shape {tuple(value.shape)}"
        raise StateError(
            f"the weights {config.loss_weights} must have a tensor {name} of shape "
            f"{tuple(like.shape)} for {config.loss_network}, and have {got}: choose the file of "
            f"a {config.loss_network}"
        )
    return value


def _read(file: Path) -> dict[str, Tensor]:
    """A safetensors file, or a torchvision file (.pth), which is read without running code."""
    if not file.is_file():
        raise NotFoundError(
            f"there are no loss weights {file}: loss_weights must be {', '.join(SHIPPED)}, "
            "torchvision or the path of a file"
        )
    try:
        if file.suffix == ".safetensors":
            return load_file(file)
        weights = torch.load(file, map_location="cpu", weights_only=True)
    except (SafetensorError, OSError, ValueError, RuntimeError, EOFError) as error:
        raise StateError(f"the loss weights {file} cannot be read ({error})") from error
    except Exception as error:  # unpickling errors have no common base
        raise StateError(f"{file} is no file of weights") from error  # torch's advice is unsafe
    if not isinstance(weights, dict):
        raise StateError(f"{file} must hold named weights, got {type(weights).__name__}")
    return weights


def _downloaded(config: LossNetworkConfig) -> dict[str, Tensor]:
    """torchvision's ImageNet weights; raises _NotDownloadedError without a network."""
    import torchvision

    weights = torchvision.models.get_model_weights(config.loss_network).DEFAULT
    try:
        return dict(weights.get_state_dict(progress=False))
    except (OSError, RuntimeError) as error:  # urllib's errors are OSErrors
        raise _NotDownloadedError(
            f"the ImageNet weights of {config.loss_network} are not here and cannot be downloaded "
            f"({error})"
        ) from error
