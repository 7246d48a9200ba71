"""Any network of timm (https://huggingface.co/docs/timm): DINOv2, SigLIP 2, ConvNeXt, ...

Weights come from the Hugging Face hub, or from a file where there is no internet. Preprocessing is
what timm has on record for these weights, never a guess: the wrong mean or size costs accuracy and
says nothing.
"""

import copy
import difflib
import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
from pydantic import Field, field_validator

from labeller.config import Settings
from labeller.encoders.base import Encoder, register
from labeller.errors import DataError, NotFoundError, UnknownNameError, one_line

NEEDED = ("input_size", "mean", "std")  # of a preprocessing


@register
class Timm(Encoder):
    """A pretrained network of timm, such as DINOv2 or SigLIP 2, from the hub or from a file.

    Pictures are shown whole: timm's own crop of the middle is left out, since what is to be
    labelled may lie at the edge.
    """

    name = "timm"
    title = "timm: DINOv2, SigLIP 2, ..."
    licence = "that of the model: its card on the Hugging Face hub names it"
    spelled = "model"

    class Config(Settings):
        """Which network, and where its weights are."""

        model: str = Field(
            "vit_small_patch14_dinov2.lvd142m",
            min_length=1,
            description="A model of timm with the tag of its weights.",
        )
        weights: str = Field(
            "",
            description="Without internet: its weights (.safetensors or .pth), or a folder as timm "
            "saves one (config.json beside them). Empty: from the hub.",
        )
        size: int = Field(
            0,
            ge=0,
            le=1024,
            description="Side in pixels of its pictures; smaller is faster. 0: the model's own.",
        )

        @field_validator("weights")
        @classmethod
        def _whole_path(cls, weights: str) -> str:
            """The worker runs in another folder."""
            return str(Path(weights).expanduser().absolute()) if weights.strip() else ""

    def __init__(self, config: Any) -> None:
        """Raises NotFoundError where the settings name weights that are not there."""
        super().__init__(config)
        if config.weights and not Path(config.weights).exists():
            raise NotFoundError(
                f"there are no weights in {config.weights}: give a file or a folder of timm's"
            )

    @property
    def size(self) -> int:
        """The side that its preprocessing names, or the settings."""
        return int(self._preprocessing["input_size"][-1])

    @property
    def features(self) -> int:
        """What the network gives before its classifier."""
        return self._width

    @cached_property
    def digest(self) -> str:
        """Of every tensor, by name, and of size, mean and deviation."""
        import torch

        content = hashlib.sha256()
        for name, tensor in sorted(self._network.state_dict().items()):
            content.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
            content.update(tensor.cpu().contiguous().flatten().view(torch.uint8).numpy())
        content.update(repr([self._preprocessing[key] for key in NEEDED]).encode())
        return content.hexdigest()[:16]

    def forward(self, batch: np.ndarray) -> np.ndarray:
        """The features (n, F) float32."""
        import torch

        place = next(self._network.parameters()).device
        with torch.inference_mode():
            pictures = torch.from_numpy(batch).to(place)
            features: np.ndarray = self._seeing(pictures).float().cpu().numpy()
        return features

    def module(self) -> Any:
        """The network and its preprocessing, a copy on the CPU."""
        return copy.deepcopy(self._seeing).cpu()

    @cached_property
    def _seeing(self) -> Any:
        from models.normalised import Normalised

        known = self._preprocessing
        place = next(self._network.parameters()).device
        return Normalised(self._network, known["mean"], known["std"]).to(place)

    @cached_property
    def _preprocessing(self) -> dict[str, Any]:
        """`input_size`, `mean` and `std`, as timm resolves them for the network."""
        from timm.data.config import resolve_model_data_config

        size = {"img_size": self.config.size} if self.config.size else {}
        resolved: dict[str, Any] = resolve_model_data_config(self._network, size)
        return resolved

    @cached_property
    def _network(self) -> Any:
        from labeller.runtime import resolve_device

        place = resolve_device(self.device)  # first: a device that is missing costs no download
        return loaded(self.config).to(place)

    @cached_property
    def _width(self) -> int:
        """By trial: what timm's networks say of it counts what their classifier adds, or not."""
        shape = self.forward(np.zeros((1, self.size, self.size, 3), np.uint8)).shape
        if len(shape) != 2:
            raise DataError(f"{self.config.model} must give a row per picture, got {shape}")
        return int(shape[1])


def loaded(config: Timm.Config) -> Any:
    """The network with its weights and without its classifier, on the CPU.

    Raises ValueError for a model or a size that timm refuses, DataError for weights that cannot be
    fetched or are another model's.
    """
    import timm

    record, local = recorded(config), Path(config.weights)
    fixed = record.get("fixed_input_size") and config.size
    options: dict[str, Any] = {"img_size": config.size} if fixed else {}
    name = config.model
    if local.is_dir() and config.weights:
        name = f"local-dir:{local}"
    elif config.weights:
        options["pretrained_cfg_overlay"] = {"file": str(local), "custom_load": False}
    try:
        # With its classifier: timm then wants every tensor to be in the file.
        network = cast(Any, timm.create_model(name, pretrained=True, **options))
    except Exception as error:  # of the hub, of a file's format, of tensors that do not fit
        raise DataError(_refusal(config, record, error)) from error
    network.reset_classifier(0)
    return network.eval()


def recorded(config: Timm.Config) -> dict[str, Any]:
    """What timm, or the folder of the weights, has on record: preprocessing and where weights are.

    Raises UnknownNameError for a model that timm does not have, ValueError for one without a known
    preprocessing and for a tag that must be named.
    """
    from timm.models import get_pretrained_cfg, is_model, split_model_name_tag

    if not is_model(config.model):
        raise UnknownNameError("model of timm", config.model, _near(config.model))
    architecture, tag = split_model_name_tag(config.model)
    if config.weights and Path(config.weights).is_dir():
        record = _record_of_folder(Path(config.weights), architecture)
    else:
        if config.weights and not tag:
            _refuse_ambiguous(architecture)
        try:
            pretrained = get_pretrained_cfg(config.model)
        except RuntimeError as error:
            raise ValueError(one_line(error)) from None
        record = pretrained.to_dict() if pretrained is not None and pretrained.has_weights else {}
    if not all(record.get(key) for key in NEEDED):
        raise ValueError(
            f"model must have a preprocessing that timm knows, got {config.model} without: give a "
            "folder with its config.json (timm.models.save_for_hf writes one)"
        )
    return record


def _record_of_folder(folder: Path, architecture: str) -> dict[str, Any]:
    try:
        content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        theirs, record = content["architecture"], dict(content.get("pretrained_cfg") or content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"a folder of weights must hold config.json as timm writes it, got {folder}: "
            f"{one_line(error)}"
        ) from None
    if theirs != architecture:
        raise ValueError(f"model must be {theirs}, as the folder {folder} says, got {architecture}")
    return record


def _refuse_ambiguous(architecture: str) -> None:
    """A file alone does not say with which preprocessing its weights were trained."""
    from timm.models import get_pretrained_cfg, list_pretrained

    names = list_pretrained(f"{architecture}.*")
    records: list[Any] = [get_pretrained_cfg(name) for name in names]
    if len({repr([getattr(record, key) for key in NEEDED]) for record in records}) > 1:
        raise ValueError(
            f"model must name the tag of its weights, one of {', '.join(names)}, got {architecture}"
        )


def _near(name: str) -> list[str]:
    from timm import list_models

    models = list_models()
    near = [other for other in models if name in other] or difflib.get_close_matches(name, models)
    return [*near[:5], f"... ({len(models)} in all)"]


def _refusal(config: Timm.Config, record: dict[str, Any], error: Exception) -> str:
    why = one_line(error)[:200]
    if config.weights:
        return f"the weights in {config.weights} are not those of {config.model}: {why}"
    hub = record.get("hf_hub_id")
    place = f"https://huggingface.co/{hub}" if hub else record.get("url", "")
    return (
        f"the weights of {config.model} cannot be fetched ({why}): fetch model.safetensors of "
        f"{place} on a computer with internet, and give the file as encode.weights=FILE"
    )
