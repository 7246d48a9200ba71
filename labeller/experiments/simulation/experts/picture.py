"""An expert who sees one picture only, the decoded centre, as in the paper.

A network trained on true labels plays the person. It learns from pictures made like decoded
centres: averages of several images of one class, blurred and dimmed; as often from blends of two
classes whose target is the share of each; and from the mean of all images, whose target is the
share of each class in the data. A temperature fits its confidence to held-out pictures of the same
kind. None of its weights reach the method.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from labeller.events import Progress, Report, silent
from labeller.experiments.simulation.experts.voting import decline
from labeller.rounds.answer import Answer, Card
from labeller.runtime import resolve_device, stream_seed
from labeller.runtime.threads import few_for
from labeller.training.batches import to_float
from models.compact_cnn import SmallCNN

CONFIDENCE = 0.6
IMAGES = 20_000
LARGEST_SIDE = 32
BATCH = 256
# A small data set needs fewer steps, but enough of them that the network is trained at all.
STEPS = (250, 600)
PASSES = 30
HELD_OUT = 0.1
AVERAGED = 4
NOTHING = 0.05


class PictureExpert:
    """Answers the class that its network reads in the decoded centre, with its softmax confidence.

    Below `threshold` it says "not a class". Where there is no decoded centre it looks at the
    medoid. It learns from at most 20,000 images of `train_index`. Raises ValueError when no
    training image has a target, or a target is not below `classes`.
    """

    name = "picture"

    def __init__(
        self,
        images: np.ndarray,
        targets: np.ndarray,
        classes: int,
        train_index: np.ndarray,
        *,
        seed: int = 0,
        device: str = "auto",
        threshold: float = CONFIDENCE,
        report: Report = silent,
    ) -> None:
        rows, labels = _known_rows(targets, classes, train_index, seed)
        self.images, self.threshold, self.classes = images, threshold, classes
        self.device = resolve_device(device)
        held = max(1, int(HELD_OUT * len(rows))) if len(rows) > 1 else 0
        pictures = _tensor(images[np.sort(rows)], self.device)
        labels = labels[np.argsort(rows)]
        apart = np.random.default_rng(stream_seed(seed, "expert-held-out")).permutation(len(rows))
        learn, test = np.sort(apart[held:]), np.sort(apart[:held])
        with few_for(0):  # steps this small are not worth sharing out
            self.network = _train(pictures[learn], labels[learn], classes, seed, report)
        self.temperature = 1.0
        if held:
            self.temperature = _temperature(
                self.network, pictures[test], labels[test], classes, seed
            )

    def answer(self, card: Card, *, may_split: bool = True) -> Answer:
        """The class in the picture, or a split, or skip."""
        picture = self.images[card.medoid] if card.centre is None else card.centre
        probabilities = self.read(np.asarray(picture)[None])[0]
        label = int(probabilities.argmax())
        if probabilities[label] < self.threshold:
            return decline(card, may_split)
        return Answer("label", label=label, confidence=float(probabilities[label]))

    def read(self, pictures: np.ndarray) -> np.ndarray:
        """Probabilities (n, classes) of pictures uint8 (n, H, W, C)."""
        if pictures.dtype != np.uint8 or pictures.shape[1:] != self.images.shape[1:]:
            raise ValueError(
                f"a picture must be uint8 {self.images.shape[1:]} as the images, got"
                f" {pictures.dtype} {pictures.shape[1:]}"
            )
        with torch.no_grad():
            logits = self.network(to_float(_tensor(pictures, self.device)))
            return torch.softmax(logits / self.temperature, dim=1).cpu().numpy()


def _known_rows(
    targets: np.ndarray, classes: int, train_index: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Up to IMAGES training rows with a target, drawn at random, and their targets."""
    rows = np.asarray(train_index, np.int64)
    rows = rows[np.asarray(targets)[rows] >= 0]
    if not len(rows):
        raise ValueError("the expert picture must have training images with true classes, got none")
    draws = np.random.default_rng(stream_seed(seed, "expert-images"))
    rows = draws.permutation(rows)[:IMAGES]
    labels = np.asarray(targets, np.int64)[rows]
    if labels.max() >= classes:
        raise ValueError(
            f"targets must be below {classes} (the number of classes), got {labels.max()}"
        )
    return rows, labels


def _tensor(images: np.ndarray, device: torch.device) -> Tensor:
    """uint8 (n, C, H, W) on the device, sides above 32 pixels averaged down to 32."""
    tensor = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2)
    if max(tensor.shape[2:]) > LARGEST_SIDE:
        # In pieces: all images at once as float would take four times their memory.
        parts = [
            F.interpolate(part.float(), size=(LARGEST_SIDE, LARGEST_SIDE), mode="area").byte()
            for part in torch.split(tensor, 1024)
        ]
        tensor = torch.cat(parts)
    return tensor.to(device)


def _train(
    pictures: Tensor, targets: np.ndarray, classes: int, seed: int, report: Report
) -> nn.Module:
    """The network after one cycle of Adam on pictures made by `Blends`."""
    steps = int(np.clip(PASSES * len(pictures) / BATCH, *STEPS))
    made = Blends(pictures, targets, classes, stream_seed(seed, "expert-blends"))
    # The start is drawn on the CPU from its own stream; the caller's stream stays where it was.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stream_seed(seed, "expert-start"))
        network: nn.Module = SmallCNN(pictures.shape[1], pictures.shape[2], classes)
    network = network.to(pictures.device).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=5e-3, total_steps=steps)
    network.train()
    for step in range(steps):
        images, shares = made.draw(BATCH)
        loss = F.cross_entropy(network(images), shares)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 20 == 0:
            metrics = {"loss": loss.item()}
            report(Progress("expert", step, steps, "the expert learns to read", metrics))
    report(Progress("expert", steps, steps, "the expert can read", milestone=True))
    return network.eval()


def _temperature(
    network: nn.Module, pictures: Tensor, targets: np.ndarray, classes: int, seed: int
) -> float:
    """The temperature in [0.25, 4] under which held-out blends are least surprising."""
    made = Blends(pictures, targets, classes, stream_seed(seed, "expert-temperature"))
    images, shares = made.draw(2048)
    with torch.no_grad():
        logits = network(images)
    grid = np.geomspace(0.25, 4.0, 33)
    return float(min(grid, key=lambda t: float(F.cross_entropy(logits / t, shares))))


class Blends:
    """Draws pictures that look like decoded centres, with the share of each class as target.

    pictures uint8 (n, C, H, W), targets (n,) in [0, classes).
    """

    def __init__(self, pictures: Tensor, targets: np.ndarray, classes: int, seed: int) -> None:
        device = pictures.device
        order = np.argsort(targets, kind="stable")
        counts = np.bincount(targets, minlength=classes)
        self.pictures = pictures[torch.from_numpy(order).to(device)]
        self.starts = torch.from_numpy(np.cumsum(counts) - counts).to(device)
        self.counts = torch.from_numpy(counts).to(device)
        self.present = torch.from_numpy(np.flatnonzero(counts)).to(device)
        self.frequency = torch.from_numpy(counts[counts > 0].astype(np.float32)).to(device)
        self.mean = to_float(self.pictures).mean(dim=0)
        self.classes = classes
        self.random = torch.Generator(device).manual_seed(seed)

    def draw(self, count: int) -> tuple[Tensor, Tensor]:
        """`count` pictures (count, C, H, W) in [0, 1] and their shares (count, classes)."""
        first, second = self._class(count), self._class(count)
        share = self._uniform(count)
        share = torch.where(self._uniform(count) < 0.5, torch.ones_like(share), share)
        spread = share[:, None, None, None]
        images = spread * self._average(first) + (1 - spread) * self._average(second)
        shares = share[:, None] * F.one_hot(first, self.classes)
        shares = shares + (1 - share)[:, None] * F.one_hot(second, self.classes)
        # What a decoder shows where it learnt nothing, from blank to the mean of all images.
        nothing = self._uniform(count) < NOTHING
        pale = self._uniform(count)[:, None, None, None] * self.mean
        images = torch.where(nothing[:, None, None, None], pale, images)
        frequencies = F.one_hot(self.present, self.classes).T.float() @ self.frequency
        shares = torch.where(nothing[:, None], frequencies / frequencies.sum(), shares)
        brightness = 0.6 + 0.5 * self._uniform(count)[:, None, None, None]
        return (self._blurred(images) * brightness).clamp(0, 1), shares

    def _average(self, classes: Tensor) -> Tensor:
        """For each class (B,), the average of a few of its images, or (half of them) one image."""
        size = (len(classes), AVERAGED)
        place = torch.rand(size, generator=self.random, device=classes.device)
        rows = self.starts[classes, None] + (place * self.counts[classes, None]).long()
        weights = torch.rand(size, generator=self.random, device=classes.device)
        weights[: len(classes) // 2, 1:] = 0  # the classes are drawn anew, so halves are random
        weights = weights + 1e-6
        weights = weights / weights.sum(dim=1, keepdim=True)
        return torch.einsum("bkchw,bk->bchw", to_float(self.pictures[rows]), weights)

    def _blurred(self, images: Tensor) -> Tensor:
        """A third of the pictures sharp, a third blurred (3 x 3), a third more so (5 x 5)."""
        kinds = torch.randperm(len(images), generator=self.random, device=images.device) % 3
        soft = F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
        softer = F.avg_pool2d(F.pad(soft, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
        kinds = kinds[:, None, None, None]
        return torch.where(kinds == 0, images, torch.where(kinds == 1, soft, softer))

    def _class(self, count: int) -> Tensor:
        drawn = torch.multinomial(self.frequency, count, replacement=True, generator=self.random)
        return self.present[drawn]

    def _uniform(self, count: int) -> Tensor:
        return torch.rand(count, generator=self.random, device=self.pictures.device)
