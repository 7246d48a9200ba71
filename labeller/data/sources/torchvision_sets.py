"""Seven sets through torchvision, each downloaded once into the data folder.

torchvision (and torch with it) is imported only when one of the sets is opened.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from labeller.data.feed import Feed, Part, feed_parts
from labeller.data.sources.registry import NamedSource, register
from labeller.errors import DataError
from labeller.events import Progress, Report

_TEN = tuple(str(digit) for digit in range(10))
_TIMEOUT = 30.0  # seconds without an answer from the network


class TorchvisionSet(NamedSource):
    """A set of torchvision: its class there, and the files that it keeps in the data folder.

    `classes`: empty where the set brings its own names. `by_train`: torchvision asks for
    train=True/False rather than for split="train"/"test".
    """

    download = True
    dataset: ClassVar[str]
    layout: ClassVar[tuple[str, ...]]
    classes: ClassVar[tuple[str, ...]] = ()
    by_train: ClassVar[bool] = True

    def open(self, size: int | None, data_dir: Path, report: Report) -> Feed:
        """What lies in `data_dir` first, then a download."""
        parts, classes = [], list(self.classes)
        for split in ("train", "test"):
            dataset = self._dataset(split, data_dir, report)
            parts.append(_as_part(dataset, split))
            classes = classes or [str(name) for name in dataset.classes]
        return feed_parts(parts, classes, size)

    @classmethod
    def present(cls, data_dir: Path) -> bool:
        """Whether all its files lie in `data_dir`."""
        return all((data_dir / file).exists() for file in cls.layout)

    def _dataset(self, split: str, root: Path, report: Report) -> Any:
        import torchvision.datasets

        dataset = getattr(torchvision.datasets, self.dataset)
        which = {"train": split == "train"} if self.by_train else {"split": split}
        try:
            return dataset(root, download=False, **which)
        except RuntimeError:  # torchvision's "not found"
            report(Progress("download", message=f"Downloading {self.title} into {root}"))
        except Exception as error:
            raise DataError(
                f"{self.name} in {root} is damaged ({_first_line(error)}); delete {self._files()} "
                "there and try again, or name another folder with --data-dir or LABELLER_DATA"
            ) from error
        try:
            with _network_timeout():
                return dataset(root, download=True, **which)
        except Exception as error:  # the many ways in which a network or a disk can fail
            raise DataError(
                f"{self.name} is not in {root} (or is damaged there) and cannot be downloaded "
                f"({_first_line(error)}); put it there in torchvision's layout ({self._files()}), "
                "or name the folder that has it with --data-dir or LABELLER_DATA"
            ) from error

    def _files(self) -> str:
        return " and ".join(self.layout)


# By torchvision's name: name, title, how many images, their side in pixels, channels and files.
_SETS: dict[str, tuple[str, str, int, int, int, tuple[str, ...]]] = {
    "MNIST": ("mnist", "MNIST", 70_000, 28, 1, ("MNIST/raw",)),
    "FashionMNIST": ("fashion-mnist", "Fashion-MNIST", 70_000, 28, 1, ("FashionMNIST/raw",)),
    "KMNIST": ("kmnist", "Kuzushiji-MNIST", 70_000, 28, 1, ("KMNIST/raw",)),
    "CIFAR10": ("cifar10", "CIFAR-10", 60_000, 32, 3, ("cifar-10-batches-py",)),
    "CIFAR100": ("cifar100", "CIFAR-100", 60_000, 32, 3, ("cifar-100-python",)),
    "SVHN": (
        *("svhn", "Street View House Numbers", 99_289, 32, 3),
        ("train_32x32.mat", "test_32x32.mat"),
    ),
    "STL10": ("stl10", "STL-10 (its labelled images)", 13_000, 96, 3, ("stl10_binary",)),
}
_ABOUT = {
    "MNIST": "handwritten digits of 28 by 28 pixels, grey",
    "FashionMNIST": "pictures of ten kinds of clothes, 28 by 28 pixels, grey",
    "KMNIST": "cursive Japanese characters of ten kinds, 28 by 28 pixels, grey",
    "CIFAR10": "photos of ten kinds of animals and vehicles, 32 by 32 pixels, colour",
    "CIFAR100": "photos of a hundred kinds of things, 32 by 32 pixels, colour",
    "SVHN": "digits cut out of photos of house numbers, 32 by 32 pixels, colour",
    "STL10": "photos of ten kinds of animals and vehicles, 96 by 96 pixels, colour",
}
_NAMELESS, _BY_SPLIT = {"MNIST", "SVHN"}, {"SVHN", "STL10"}
_FIELDS = ("name", "title", "count", "size", "channels", "layout")
for _rank, (_dataset, _row) in enumerate(_SETS.items(), start=1):
    _facts: dict[str, Any] = dict(zip(_FIELDS, _row, strict=True))
    _facts |= {"dataset": _dataset, "rank": _rank, "__module__": __name__}
    _facts |= {"classes": _TEN if _dataset in _NAMELESS else ()}
    _facts |= {"by_train": _dataset not in _BY_SPLIT}
    _facts |= {"__doc__": f"{_facts['count']:,} {_ABOUT[_dataset]}."}
    register(type(_dataset, (TorchvisionSet,), _facts))


def _as_part(dataset: Any, split: str) -> Part:
    """Data of torchvision as uint8 (N, H, W[, C]): a view, whatever the order of the axes."""
    images = np.asarray(dataset.data)
    labels = dataset.targets if hasattr(dataset, "targets") else dataset.labels
    if images.ndim == 4 and images.shape[1] == 3 and images.shape[-1] != 3:
        images = images.transpose(0, 2, 3, 1)
    return Part(split, images, np.asarray(labels).astype(np.int64))


@contextmanager
def _network_timeout() -> Iterator[None]:
    """torchvision sets no timeout, so that a silent network would hang for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
