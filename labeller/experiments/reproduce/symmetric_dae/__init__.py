"""`symmetric-dae`: the tables of "Unsupervised Feature Learning With Symmetrically Connected
Convolutional Denoising Auto-encoders".

Table 2 and supplement B: a classifier that starts from the encoder against Gaussian, He and
Xavier starts, by the number of labelled images. Table 6: PSNR and accuracy with full shortcuts,
one from input to output, and none. Table 7: the four corruptions. All cells of a seed and a network
share the classifier's training; those of one autoencoder share its weights.

All are of Network-1; at the scales `paper` and `smoke` Table 2 is of the VGG-like Network-2 too,
on the images of Network-1 in place of PASCAL VOC 2007, of which an image has many classes.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from labeller.config import TrainConfig
from labeller.evaluation.pictures import psnr
from labeller.experiments.initialisation.classifier import compare_starts
from labeller.experiments.reproduce.data import Pictures, images_of
from labeller.experiments.reproduce.experiment import Bench, Cell, Scale
from labeller.experiments.reproduce.symmetric_dae.report import (
    NETWORKS,
    PAPER,
    RANDOM,
    SHORTCUTS,
    STARTS,
    summarise,
)
from labeller.experiments.reproduce.trained import fit, halves, shape_of
from labeller.methods import registry
from labeller.methods.symmetric_dae import SymmetricDAE
from labeller.runtime import stream_seed
from labeller.training import load_method, save_method
from labeller.training.batches import as_tensor, to_float


def cells(scale: Scale, seeds: Sequence[int]) -> list[Cell]:
    """For each seed the starts (Table 2), and the shortcuts and corruptions (Tables 6, 7).

    The starts of Network-2 come last, where the scale has them.
    """
    base = PAPER.settings(scale)
    corruptions, second = base.pop("corruptions"), base.pop("network-2", None)
    rows: dict[str, dict[str, Any]] = {}

    def row(name: str, settings: dict[str, Any], start: str, *kinds: str) -> None:
        method = {
            **settings["method"],
            **dict(zip(("shortcuts", "corruption"), kinds, strict=True)),
        }
        rows[name] = {**settings, "method": method, "start": start}

    for start in RANDOM:
        row(start, base, start, "full", "pixel")
    for corruption in corruptions:
        for shortcuts in SHORTCUTS if corruption == "pixel" else ("full",):
            row(f"{corruption}-{shortcuts}", base, "data-driven", shortcuts, corruption)
    # Network-2 is pre-trained on the corruption that the paper found best for it. Cells of
    # Network-1 do not name theirs: their settings are those of finished cells.
    for start in STARTS if second else ():
        other = {**base, **second, "network": NETWORKS[1]}
        row(f"network-2-{start}", other, start, "full", "small-blocks")
    return Cell.seeded(rows, seeds)


def measure(settings: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Accuracy by labelled images from one start; for the data-driven one also the PSNR."""
    images = images_of(settings, bench)
    pretrained = settings["start"] == "data-driven"
    method = (
        load_method(_pretrained(settings, images, bench))
        if pretrained
        else registry.build("symmetric-dae", settings["method"], shape_of(images), 1)
    )
    assert isinstance(method, SymmetricDAE)
    config = TrainConfig(seed=settings["seed"], device=bench.device, **settings["tuning"])
    training, test = halves(images)
    scores = compare_starts(
        method,
        training,
        test,
        config,
        labelled=[count for count in settings["labelled"] if count <= len(training[0])],
        starts=[settings["start"]],
        hidden=settings.get("hidden", 0),
        report=bench.report,
    )
    numbers: dict[str, Any] = {
        "accuracy": {str(score.labelled): score.accuracy for score in scores},
        "drawing": {"losses": list(scores[-1].losses)},
    }
    if pretrained:
        numbers |= _repaired(method, test[0], settings["seed"])
    return numbers


def _pretrained(settings: dict[str, Any], images: Pictures, bench: Bench) -> Path:
    """The autoencoder of these settings, trained without labels on all training images, once."""
    deciding = ("source", "train", "test", "method", "pretraining", "seed")

    def make(folder: Path) -> None:
        seed = settings["seed"]
        method = registry.build("symmetric-dae", settings["method"], shape_of(images), 1, seed=seed)
        fit(method, images, settings["pretraining"], bench, seed)
        save_method(method, folder)

    return bench.keep("autoencoder", {key: settings[key] for key in deciding}, make)


def _repaired(method: Any, images: np.ndarray, seed: int) -> dict[str, float]:
    """PSNR in dB of test images (N,H,W,C) uint8, corrupted and repaired."""
    draws = torch.Generator().manual_seed(stream_seed(seed, "corrupted"))
    method = method.cpu().eval()
    broken, whole = [], []
    with torch.inference_mode():
        for part in torch.split(as_tensor(images), 256):
            pixels = to_float(part.permute(0, 3, 1, 2).contiguous())
            corrupted = method.corrupt(pixels, draws)
            broken.append(_bytes(corrupted.clamp(0, 1)))
            whole.append(_bytes(method.rebuild(corrupted)))
    return {
        "psnr": psnr(images, np.concatenate(whole)),
        "psnr_corrupted": psnr(images, np.concatenate(broken)),
    }


def _bytes(images: Any) -> np.ndarray:
    pixels: np.ndarray = images.mul(255).round().byte().permute(0, 2, 3, 1).numpy()
    return pixels


EXPERIMENT = PAPER.experiment(cells, measure, summarise)
