"""Batches of uint8 images, from memory on the device where they fit, else read ahead from disk.

With them come their features, where a method reads those.
No image is handled alone: a batch is one gather, one transfer and one conversion to float.
"""

import warnings
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from labeller.methods.base import Batch
from labeller.runtime import free_memory, stream_seed

SHARE = 0.5  # of the free memory that images may take; the network needs the rest
AHEAD = 4  # batches read in advance when they come from disk


@dataclass(frozen=True)
class TrainingSet:
    """What is trained on: rows of `images` and what the experts said about them.

    features (N,F) float16, may be memory-mapped: those of the images, where the method reads them.

    images (N,H,W,C) uint8, may be memory-mapped; rows (n,) int64, the rows to train on; labels
    (n,) int64 with -1 for none and weights (n,) float32, in the order of `rows`; gamma of Eq. 4.
    """

    images: np.ndarray
    rows: np.ndarray
    labels: np.ndarray
    weights: np.ndarray
    gamma: float = 0.0
    features: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def row_bytes(self) -> int:
        """Of one image, with its features."""
        kept = [self.images] if self.features is None else [self.images, self.features]
        return sum(each.dtype.itemsize * int(np.prod(each.shape[1:])) for each in kept)


def to_float(images: Tensor) -> Tensor:
    """uint8 in 0..255 to float32 in [0,1], same shape and memory layout."""
    return images.to(torch.float32).div_(255)


def as_tensor(images: np.ndarray) -> Tensor:
    """An array as a tensor of the same memory; read-only memory maps included."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(np.asarray(images))


@dataclass
class Batches:
    """The training set as batches on `device`; open one with `open_batches`."""

    data: TrainingSet
    device: torch.device
    size: int
    resident: bool
    _images: Tensor = field(init=False)
    _features: Tensor | None = field(init=False)
    _labels: Tensor = field(init=False)
    _weights: Tensor = field(init=False)

    def __post_init__(self) -> None:
        """Move the images and features (if resident), labels and weights to the device, once."""
        data = self.data
        images = as_tensor(data.images)
        features = None if data.features is None else as_tensor(data.features)
        if self.resident:
            images = _channels_first(self._moved(images), self.device)
            features = None if features is None else self._moved(features)
        self._images, self._features = images, features
        self._labels = torch.from_numpy(self.data.labels).to(self.device)
        self._weights = torch.from_numpy(self.data.weights).to(self.device)

    def epoch(
        self, seed: int, rank: int = 0, ranks: int = 1, drawn: Tensor | None = None
    ) -> Iterator[Batch]:
        """The batches of one epoch in the order that `seed` gives.

        `drawn` (N,) int64 are the images of this epoch, with repeats; None: each image once.
        Of several processes each gets every `ranks`-th image of the same order, and all of them
        the same number of steps. A last batch of one image is left out: it has no variance.
        """
        order = torch.randperm(len(self.data), generator=torch.Generator().manual_seed(seed))
        order = order if drawn is None else drawn[order]
        mine = order[: len(order) // ranks * ranks][rank::ranks]
        chosen = [part for part in mine.split(self.size) if len(part) > 1]
        kinds = [self._images] if self._features is None else [self._images, self._features]
        for index, (images, *features) in zip(chosen, self._gathered(kinds, chosen), strict=True):
            place = index.to(self.device, non_blocking=True)
            yield Batch(
                images=to_float(images),
                index=place,
                labels=self._labels[place],
                weights=self._weights[place],
                gamma=self.data.gamma,
                features=features[0].float() if features else None,
            )

    def everything(
        self, seed: int, rank: int = 0, ranks: int = 1
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """All images once as (index (B,) on the CPU, images (B,C,H,W) in [0,1]), or in place of
        images their features (B,F) float32, where there are some.

        The order is that of `seed`: a folder's images lie class by class, and batches of one class
        have statistics that mislead. Of several processes each gets every `ranks`-th batch.
        """
        order = torch.randperm(len(self.data), generator=torch.Generator().manual_seed(seed))
        parts = list(order.split(self.size))
        if len(parts) > 1 and len(parts[-1]) == 1:  # one image alone has no variance
            parts[-2:] = [torch.cat(parts[-2:])]
        chosen = parts[rank::ranks]
        read = self._images if self._features is None else self._features
        for index, (values,) in zip(chosen, self._gathered([read], chosen), strict=True):
            yield index, to_float(values) if values.dtype == torch.uint8 else values.float()

    def steps(self, ranks: int = 1) -> int:
        """Batches in one epoch of one of `ranks` processes."""
        whole, rest = divmod(len(self.data) // ranks, self.size)
        return whole + (rest > 1)

    def _moved(self, values: Tensor) -> Tensor:
        """The rows that are trained on, on the device."""
        every = len(self.data) == len(values)
        return (values if every else values[torch.from_numpy(self.data.rows)]).to(self.device)

    def _gathered(self, kinds: list[Tensor], chosen: list[Tensor]) -> Iterator[list[Tensor]]:
        """What each of `kinds` (images, features) has at each of the indices `chosen`."""
        return self._from_memory(kinds, chosen) if self.resident else self._from_disk(kinds, chosen)

    def _from_memory(self, kinds: list[Tensor], chosen: list[Tensor]) -> Iterator[list[Tensor]]:
        for index in chosen:
            place = index.to(self.device, non_blocking=True)
            yield [values.index_select(0, place) for values in kinds]

    def _from_disk(self, kinds: list[Tensor], chosen: list[Tensor]) -> Iterator[list[Tensor]]:
        rows = torch.from_numpy(self.data.rows)
        pin = self.device.type == "cuda"

        def read(index: Tensor) -> list[Tensor]:
            # torch gathers without the interpreter lock, so reading overlaps with training.
            gathered = []
            for values in kinds:
                shape = (len(index), *values.shape[1:])
                pinned = torch.empty(shape, dtype=values.dtype, pin_memory=pin)
                gathered.append(torch.index_select(values, 0, rows[index], out=pinned))
            return gathered

        waiting: deque[Future[list[Tensor]]] = deque()
        with ThreadPoolExecutor(2, thread_name_prefix="read-ahead") as readers:
            try:
                for index in chosen:
                    waiting.append(readers.submit(read, index))
                    if len(waiting) > AHEAD:
                        yield self._arrived(waiting.popleft())
                while waiting:
                    yield self._arrived(waiting.popleft())
            finally:
                for left in waiting:
                    left.cancel()

    def _arrived(self, future: Future[list[Tensor]]) -> list[Tensor]:
        moved = [values.to(self.device, non_blocking=True) for values in future.result()]
        return [_channels_first(each, self.device) if each.ndim == 4 else each for each in moved]


def open_batches(
    data: TrainingSet, device: torch.device, size: int, *, resident: bool | None = None
) -> Batches:
    """Batches of `size` images; `resident` None: decided by the device's free memory."""
    if resident is None:
        resident = len(data) * data.row_bytes < SHARE * free_memory(device)
    return Batches(data, device, size, resident)


def _channels_first(images: Tensor, device: torch.device) -> Tensor:
    """(n,H,W,C) to (n,C,H,W): channels last in memory on a GPU, where it is faster, else not."""
    turned = images.permute(0, 3, 1, 2)
    return turned if device.type == "cuda" else turned.contiguous()


def epoch_seed(seed: int, stream: str, epoch: int) -> int:
    """The seed of one stream in one epoch: a resumed run needs nothing but the epoch's number."""
    return stream_seed(seed, f"{stream}/{epoch}")
