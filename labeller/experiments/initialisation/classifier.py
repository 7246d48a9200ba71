"""Where a classifier starts from: a denoising encoder, or random weights of three kinds.

The data-driven initialisation of "Unsupervised Feature Learning With Symmetrically Connected
Convolutional Denoising Auto-encoders" (sections 3.2 and 4.1, supplement B): the encoder of a
trained autoencoder starts a classifier, which is then fine-tuned as a whole on labelled images,
against the same network from random weights.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field
from torch import Tensor, nn

from labeller.config import Settings, TrainConfig
from labeller.evaluation.scores import accuracy
from labeller.events import Report, silent
from labeller.methods.base import Batch, Method
from labeller.methods.symmetric_dae import SymmetricDAE, centred
from labeller.rounds.encode import classify
from labeller.runtime import stream_seed
from labeller.training import train

STARTS = ("data-driven", "gaussian", "he", "xavier")
SPREAD = 0.01  # standard deviation of the Gaussian start


class Classifier(Method):
    """The encoder of a denoising autoencoder with a classifier on its pooled bottleneck."""

    name: ClassVar[str] = "encoder-classifier"
    title: ClassVar[str] = "Classifier from an encoder"
    can_decode = False

    class Config(Settings):
        """The classifier's own layers."""

        hidden: int = Field(
            0, ge=0, le=8192, description="Units of two dense layers (Network-2: 4096); 0: none."
        )

    def __init__(self, source: SymmetricDAE, classes: int, hidden: int = 0) -> None:
        """A copy of the encoder of `source`, and new layers for `classes` classes."""
        super().__init__(self.Config(hidden=hidden), source.shape, classes)
        self.source = deepcopy(source)
        # A classifier needs no decoder, and has a head of its own: another type in their places.
        self.source.decoder = nn.Identity()  # type: ignore[assignment]
        outputs = source.encoder.outputs
        layers: list[nn.Module] = []
        for _ in range(2 if hidden else 0):
            layers += [nn.Linear(outputs, hidden), nn.ReLU(), nn.Dropout(0.5)]
            outputs = hidden
        self.dense = nn.Sequential(*layers)
        self.head = nn.Linear(outputs, classes)
        self.source.head = nn.Identity()  # type: ignore[assignment]

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Cross-entropy of the labelled images, cropped and mirrored as in the pre-training."""
        images = centred(self.source.augmented(batch.images))
        features = self.dense(self.source.encoder(images).float())
        return self.with_classification({"loss": features.new_zeros(())}, features, batch)

    def encode(self, images: Tensor) -> Tensor:
        """Images (B,C,H,W) to what the last layer reads (B,D)."""
        features: Tensor = self.dense(self.source.encode(images))
        return features


@dataclass(frozen=True)
class StartScore:
    """Test accuracy in [0,1] of one start, fine-tuned on `labelled` images."""

    start: str
    labelled: int
    accuracy: float
    losses: tuple[float, ...]  # training loss of each epoch (Fig. 3)


def make_classifier(
    source: SymmetricDAE, classes: int, start: str, *, hidden: int = 0, seed: int = 0
) -> Classifier:
    """A classifier with the encoder of `source` (data-driven) or with random weights.

    gaussian: N(0, 0.01^2); he: N(0, 2/fan_in); xavier: N(0, 2/(fan_in + fan_out)); biases 0.
    The layers that `source` does not have start as in `he` for the data-driven start.
    Raises ValueError for another start.
    """
    if start not in STARTS:
        raise ValueError(f"start must be one of {', '.join(STARTS)}, got {start}")
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stream_seed(seed, f"start/{start}"))
        made = Classifier(source, classes, hidden).cpu()
        kept = {id(module) for module in made.source.modules()} if start == "data-driven" else set()
        for module in made.modules():
            if id(module) not in kept:
                _initialise(module, start)
    return made


def compare_starts(
    source: SymmetricDAE,
    training: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    config: TrainConfig,
    *,
    labelled: Sequence[int] = (1000,),
    starts: Sequence[str] = STARTS,
    hidden: int = 0,
    report: Report = silent,
) -> list[StartScore]:
    """Fine-tune a classifier from each start on each number of labelled images.

    `training` and `test` are images (N,H,W,C) uint8 and targets (N,) int64, -1 for none. The
    labelled images are drawn class by class with `config.seed`, the same for every start, a
    smaller number a part of a larger one. Raises ValueError for more than there are.
    """
    classes = int(max(training[1].max(), test[1].max())) + 1
    order = _by_turns(training[1], config.seed)
    scores = []
    for count in labelled:
        if not 2 <= count <= len(order):
            raise ValueError(
                f"labelled must be between 2 and {len(order)} (the images with a target), "
                f"got {count}"
            )
        for start in starts:
            made = make_classifier(source, classes, start, hidden=hidden, seed=config.seed)
            history = train(
                made,
                training[0],
                config,
                labels=training[1],
                gamma=1.0,
                index=np.sort(order[:count]),
                report=report,
            )
            answers = classify(made, test[0], device=config.device).argmax(1)
            right = accuracy(answers, test[1])
            losses = tuple(record["loss"] for record in history)
            scores.append(
                StartScore(start, count, float("nan") if right is None else right, losses)
            )
    return scores


def _initialise(module: nn.Module, start: str) -> None:
    if isinstance(module, nn.BatchNorm2d):
        module.reset_parameters()
    if not isinstance(module, nn.Conv2d | nn.Linear):
        return
    if start == "gaussian":
        nn.init.normal_(module.weight, std=SPREAD)
    elif start == "xavier":
        nn.init.xavier_normal_(module.weight)
    else:
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    if module.bias is not None:
        nn.init.zeros_(module.bias)


def _by_turns(targets: np.ndarray, seed: int) -> np.ndarray:
    """Rows with a target, in an order whose every beginning has equally many of each class."""
    draws = np.random.default_rng(stream_seed(seed, "labelled"))
    shuffled = draws.permutation(np.flatnonzero(targets >= 0))
    turn = np.zeros(len(shuffled), np.int64)
    for each in np.unique(targets[shuffled]):
        own = targets[shuffled] == each
        turn[own] = np.arange(own.sum())
    return shuffled[np.argsort(turn, kind="stable")]
