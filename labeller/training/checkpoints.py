"""Weights on disk: safetensors with a JSON record, renamed into place, never a pickle.

The record also stands in the header of the safetensors file, so that a reader sees weights and
record of the same moment whenever the writer died; the JSON file is for readers without torch.
"""

import json
import os
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from labeller.data.sealed import check, damaged, seal_weights, sealed_json
from labeller.errors import NotFoundError, StateError, TrainingError, writing
from labeller.methods import registry
from labeller.methods.base import ImageShape, Method
from labeller.runtime import versions

WEIGHTS, METHOD = "weights.safetensors", "method.json"
CHECKPOINT, RECORD = "checkpoint.safetensors", "checkpoint.json"
FORMAT = 1


class NotFiniteError(TrainingError):
    """A state that must not become a checkpoint."""


def save_method(method: Method, folder: str | Path) -> None:
    """Write weights.safetensors and method.json (name, config, shape, classes) to `folder`."""
    _write(Path(folder), (WEIGHTS, METHOD), _copied(method.state_dict()), _describe(method))


def load_method(folder: str | Path, device: str | torch.device = "cpu") -> Method:
    """The method that `save_method` wrote, ready to encode.

    Raises NotFoundError without the file, DamagedFileError where it cannot be read, ValueError
    where its method is not known here (a user's method: load its file first).
    """
    file = Path(folder) / WEIGHTS
    if not file.is_file():
        raise NotFoundError(f"there are no weights in {folder}: train the method first")
    tensors, record = _read(file)
    method = registry.build(
        record["method"], record["config"], ImageShape(**record["shape"]), record["classes"]
    )
    try:
        fill(method, tensors)
    except RuntimeError as error:  # other tensors than the method has
        raise damaged(file, error) from error
    return method.to(device).eval()


def remove_method(folder: Path) -> None:
    """Delete what `save_method` wrote, if it is there, and the folder."""
    for name in (WEIGHTS, METHOD):
        (folder / name).unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def save_checkpoint(
    folder: Path, method: Method, optimiser: torch.optim.Optimizer, progress: dict[str, Any]
) -> None:
    """Write the state after an epoch; raises NotFiniteError, and writes nothing, if not finite."""
    tensors = {f"method.{name}": value for name, value in method.state_dict().items()}
    for place, state in optimiser.state_dict()["state"].items():
        for key, value in state.items():
            tensors[f"optimiser.{place}.{key}"] = torch.as_tensor(value)
    check_finite(tensors)
    _write(folder, (CHECKPOINT, RECORD), _copied(tensors), _describe(method) | progress)


def load_checkpoint(
    folder: Path, method: Method, optimiser: torch.optim.Optimizer
) -> dict[str, Any] | None:
    """Put the last checkpoint of `folder` into method and optimiser, and return its record.

    None where there is none. Raises StateError where it belongs to another method, and
    DamagedFileError where it cannot be read; nothing is changed then.
    """
    file = folder / CHECKPOINT
    if not file.is_file():
        return None
    tensors, record = _read(file)
    for key, value in _describe(method).items():
        if key != "versions" and record[key] != value:
            raise StateError(
                f"the checkpoint in {folder} was made with {key} {record[key]}, this training "
                f"has {value}: use the same settings, or train from the start"
            )
    fill(method, _below(tensors, "method."))
    states: dict[int, dict[str, Tensor]] = {}
    for name, value in _below(tensors, "optimiser.").items():
        place, _, key = name.partition(".")
        states.setdefault(int(place), {})[key] = value
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": states, "param_groups": groups})
    _lie_as_their_parameters(optimiser)
    return record


def _lie_as_their_parameters(optimiser: torch.optim.Optimizer) -> None:
    """Give moments the memory format of their parameters: a fused step pairs them by address."""
    for parameter, state in optimiser.state.items():
        for key, value in state.items():
            if value.shape == parameter.shape and value.stride() != parameter.stride():
                state[key] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def remove_checkpoint(folder: Path) -> None:
    """Delete the checkpoint of an earlier training."""
    for name in (CHECKPOINT, RECORD):
        (folder / name).unlink(missing_ok=True)


def fill(method: Method, tensors: dict[str, Tensor]) -> None:
    """Load parameters and buffers; a buffer that training had resized takes its new size."""
    for name, buffer in method.named_buffers():
        if name in tensors and tensors[name].shape != buffer.shape:
            owner, _, key = name.rpartition(".")
            setattr(method.get_submodule(owner), key, torch.empty_like(tensors[name]))
    method.load_state_dict(tensors)


def check_finite(tensors: dict[str, Tensor]) -> None:
    """Raise NotFiniteError that names a tensor with NaN or infinity in it, if there is one."""
    floating = [(name, value) for name, value in tensors.items() if value.is_floating_point()]
    # The largest magnitude is finite exactly when all are: one number per tensor, read at once.
    largest = torch.stack(
        [value.abs().amax().float().cpu() for _, value in floating if value.numel()]
    )
    if not torch.isfinite(largest).all():
        bad = next(name for name, value in floating if not torch.isfinite(value).all())
        raise NotFiniteError(f"{bad} is no longer finite")


def _describe(method: Method) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "method": method.name,
        "config": method.config.model_dump(mode="json"),
        "shape": _described(method.shape),
        "classes": method.classes,
        "versions": versions(),
    }


def _described(shape: ImageShape) -> dict[str, int]:
    """The shape as a record; without features as in the files of before there were any."""
    return {name: value for name, value in asdict(shape).items() if name != "features" or value}


def _copied(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    # Copies: safetensors refuses tensors that share memory or are not contiguous.
    return {
        name: value.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)
        for name, value in tensors.items()
    }


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }


def _write(
    folder: Path, names: tuple[str, str], tensors: dict[str, Tensor], record: dict[str, Any]
) -> None:
    drafts = [folder / f"{name}.new" for name in names]
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with drafts[0].open("wb") as stream:
                stream.writelines(seal_weights(save(tensors, {"record": json.dumps(record)})))
            drafts[1].write_bytes(sealed_json(record))
            for draft in drafts:
                with draft.open("rb+") as file:
                    os.fsync(file.fileno())  # or a power cut leaves the new name on an empty file
            for draft, name in zip(drafts, names, strict=True):
                draft.replace(folder / name)
        finally:
            for draft in drafts:
                with suppress(OSError):
                    draft.unlink(missing_ok=True)


def _read(file: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    check(file)
    try:
        with safe_open(file, framework="pt") as opened:
            record = json.loads(opened.metadata()["record"])
            names = opened.keys()
            tensors = {name: opened.get_tensor(name) for name in names}
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise damaged(file, error) from error
    if record.get("format") != FORMAT:
        raise StateError(
            f"{file} has format {record.get('format')}, this version reads {FORMAT}: train again"
        )
    return tensors, record
