"""What an outsider writes in an afternoon: a plain CNN on the labelled images, nothing else."""

from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from labeller.experiments.label_efficiency.learners import LabelledSet
from labeller.runtime import resolve_device

BATCH = 32
MOST_EPOCHS = 200
LEARNT = 0.05  # the mean loss of an epoch at which the labels are learnt
STEPS = 300  # at the least: crops go on teaching after the labels are learnt


class PlainCnn:
    """Three convolutions, Adam, crops, and flips where images have colours; a `Learner`."""

    settings: ClassVar[dict[str, Any]] = {
        "plain-cnn": 1,
        "epochs": MOST_EPOCHS,
        "learnt": LEARNT,
        "steps": STEPS,
    }

    def __init__(self, device: str = "auto") -> None:
        self.device = device

    def __call__(self, data: LabelledSet) -> np.ndarray:
        """Probabilities (N, classes) of images uint8 (N, H, W, C)."""
        torch.manual_seed(data.seed)
        device = torch.device(resolve_device(self.device))
        inputs, (known, labels) = data.inputs, data.known
        network = _network(inputs.shape[-1], data.classes).to(device)
        _train(network, _tensor(inputs[known], device), torch.from_numpy(labels).to(device))
        network.eval()
        with torch.no_grad():
            parts = [
                network(_tensor(inputs[start : start + 500], device)).softmax(dim=1).cpu().numpy()
                for start in range(0, len(inputs), 500)
            ]
        return np.concatenate(parts)


def _network(channels: int, classes: int) -> nn.Module:
    layers: list[nn.Module] = []
    for width in (32, 64, 128):
        layers += [nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
        layers.append(nn.MaxPool2d(2))
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, classes))


def _train(network: nn.Module, images: Tensor, labels: Tensor) -> None:
    """Until the labels are learnt, in at least STEPS steps, or MOST_EPOCHS epochs of them."""
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    steps = 0
    for _ in range(MOST_EPOCHS):
        losses = []
        for rows in torch.split(torch.randperm(len(images), device=images.device), BATCH):
            loss = F.cross_entropy(network(_shifted(images[rows])), labels[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(float(loss.detach()))
        steps += len(losses)
        if steps >= STEPS and np.mean(losses) < LEARNT:
            return


def _shifted(images: Tensor) -> Tensor:
    """A batch moved by up to an eighth of its side, and in colour mirrored half of the time."""
    side = images.shape[-1]
    pad = max(1, side // 8)
    wide = F.pad(images, (pad, pad, pad, pad), mode="reflect")
    top, left = torch.randint(2 * pad + 1, (2, len(images))).tolist()
    moved = torch.stack(
        [
            image[:, y : y + images.shape[-2], x : x + side]
            for image, y, x in zip(wide, top, left, strict=True)
        ]
    )
    if images.shape[1] == 3:
        mirrored = torch.rand(len(images), device=images.device) < 0.5
        moved[mirrored] = moved[mirrored].flip(-1)
    return moved


def _tensor(images: np.ndarray, device: torch.device) -> Tensor:
    return torch.from_numpy(np.array(images)).to(device).permute(0, 3, 1, 2) / 255
