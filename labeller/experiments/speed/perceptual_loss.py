"""How fast the perceptual loss is without its padding, and with the target's features kept.

All versions compute the loss of "Pseudo Labelling" (Eq. 3) and its gradient for the same images.
"""

import time
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from labeller.events import Report, silent
from labeller.experiments.speed import check_repeats, in_turns, machine, ratio
from labeller.methods.loss_networks import (
    FilledLossNetwork,
    LossNetworkConfig,
    squared_difference,
)
from labeller.methods.pl_ae import CANVAS
from labeller.runtime import resolve_device, stream_seed
from models.loss_network import LossNetwork

PADDED, UNPADDED, KEPT = VERSIONS = ("padded", "unpadded", "kept")


def perceptual_benchmark(
    *,
    side: int = 64,
    batch_size: int = 100,
    repeats: int = 5,
    device: str = "auto",
    loss: dict[str, Any] | None = None,
    report: Report = silent,
) -> dict[str, Any]:
    """Time the loss and its gradient `repeats` times each way, in float32.

    Of `batch_size` square images of `side` pixels, up to 224; `loss`: of LossNetworkConfig.
    The record has `seconds` {padded, unpadded, kept: [one per turn]}, `ratio` (padded / unpadded),
    `ratio_kept` (padded / kept: as from the second epoch on), `operations` of one turn, and
    `gradient_difference`, the largest from the padded version as a share of the largest gradient.
    Raises ValueError for numbers out of range.
    """
    for name, value, most in (("side", side, CANVAS), ("batch_size", batch_size, 65_536)):
        if not 1 <= value <= most:
            raise ValueError(f"{name} must be between 1 and {most}, got {value}")
    check_repeats(repeats)
    settings, place = LossNetworkConfig.model_validate(loss or {}), resolve_device(device)
    network = FilledLossNetwork(settings, canvas=CANVAS)
    network.fill()
    network.to(place)
    draws = torch.Generator().manual_seed(stream_seed(0, "benchmark/perceptual"))
    images = torch.rand(2, batch_size, 3, side, side, generator=draws).to(place)
    with torch.no_grad():
        kept = network(images[1])
    gradients = [_gradient(network, name, images, kept) for name in VERSIONS]
    operations = {name: _operations(network, name, images, kept) for name in VERSIONS}
    timed = {name: partial(_timed, network, name, images, kept) for name in VERSIONS}
    seconds = in_turns(timed, repeats, report)
    padded, *others = gradients
    return {
        **machine(place),
        "loss": settings.model_dump(mode="json"),
        "images": [batch_size, side, side, 3],
        "canvas": CANVAS,
        "seconds": seconds,
        "ratio": ratio(seconds[PADDED], seconds[UNPADDED]),
        "ratio_kept": ratio(seconds[PADDED], seconds[KEPT]),
        "operations": operations,
        "gradient_difference": float(
            max((padded - other).abs().max() for other in others) / padded.abs().max()
        ),
    }


def _gradient(network: LossNetwork, name: str, images: Tensor, kept: Tensor) -> Tensor:
    """The gradient of the loss of images[0] against images[1] by images[0]."""
    features = network.everywhere if name == PADDED else network.forward
    rebuilt = images[0].clone().requires_grad_()
    with torch.no_grad():
        wanted = kept if name == KEPT else features(images[1])
    (gradient,) = torch.autograd.grad(squared_difference(features(rebuilt), wanted), rebuilt)
    return gradient


def _operations(network: LossNetwork, name: str, images: Tensor, kept: Tensor) -> int:
    with FlopCounterMode(display=False) as counter:
        _gradient(network, name, images[:, :1], kept[:1])
    operations: int = counter.get_total_flops() * images.shape[1]
    return operations


def _timed(network: LossNetwork, name: str, images: Tensor, kept: Tensor) -> float:
    if images.device.type == "cuda":
        torch.cuda.synchronize(images.device)
    started = time.perf_counter()
    _gradient(network, name, images, kept).sum().item()  # reading a number waits for the device
    return time.perf_counter() - started
