"""Named sources: the digits that ship with scikit-learn, and eight sets through torchvision.

torchvision (and torch with it) is imported only when one of its sets is opened.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from labeller.config.paths import data_folder
from labeller.data.feed import Feed, Part, feed_parts
from labeller.errors import DataError
from labeller.events import Progress, Report, silent

_DIGITS = [str(digit) for digit in range(10)]
_TIMEOUT = 30.0  # seconds without an answer from the network


@dataclass(frozen=True)
class NamedSource:
    """A set known by name: its size, and where torchvision keeps it (`layout`, in the data folder).

    `classes` None: the set brings its own names. `by_train`: torchvision asks for train=True/False
    rather than for split="train"/"test".
    """

    name: str
    title: str
    count: int
    size: int
    channels: int
    dataset: str = ""
    layout: str = ""
    classes: list[str] | None = None
    by_train: bool = True


_SOURCES = {
    source.name: source
    for source in (
        NamedSource("digits", "Handwritten digits (scikit-learn)", 1797, 8, 1, classes=_DIGITS),
        NamedSource("mnist", "MNIST", 70_000, 28, 1, "MNIST", "MNIST/raw", _DIGITS),
        NamedSource(
            "fashion-mnist", "Fashion-MNIST", 70_000, 28, 1, "FashionMNIST", "FashionMNIST/raw"
        ),
        NamedSource("kmnist", "Kuzushiji-MNIST", 70_000, 28, 1, "KMNIST", "KMNIST/raw"),
        NamedSource("cifar10", "CIFAR-10", 60_000, 32, 3, "CIFAR10", "cifar-10-batches-py"),
        NamedSource("cifar100", "CIFAR-100", 60_000, 32, 3, "CIFAR100", "cifar-100-python"),
        NamedSource(
            "svhn",
            "Street View House Numbers",
            99_289,
            32,
            3,
            "SVHN",
            "train_32x32.mat and test_32x32.mat",
            _DIGITS,
            by_train=False,
        ),
        NamedSource(
            "stl10",
            "STL-10 (its labelled images)",
            13_000,
            96,
            3,
            "STL10",
            "stl10_binary",
            by_train=False,
        ),
    )
}


def source_names() -> list[str]:
    """Names of the sources that need no path."""
    return list(_SOURCES)


def describe_sources() -> list[dict[str, Any]]:
    """One record a source: name, title, count, size (pixels), channels, download (bool)."""
    return [
        {
            "name": source.name,
            "title": source.title,
            "count": source.count,
            "size": source.size,
            "channels": source.channels,
            "download": bool(source.dataset),
        }
        for source in _SOURCES.values()
    ]


def open_named(
    name: str, size: int | None, data_dir: str | Path | None = None, report: Report = silent
) -> Feed:
    """The feed of the source called `name`, downloaded into `data_dir` when it is not there.

    Raises ValueError for an unknown name, DataError when the set is absent and cannot be
    downloaded, or is damaged.
    """
    if name not in _SOURCES:
        raise ValueError(f"source must be one of {', '.join(_SOURCES)}, got {name}")
    source = _SOURCES[name]
    if not source.dataset:
        return feed_parts(_digit_parts(), _DIGITS, size)
    root = data_folder(data_dir)
    parts, classes = [], list(source.classes or [])
    for split in ("train", "test"):
        dataset = _open_dataset(source, split, root, report)
        parts.append(_as_part(dataset, split))
        classes = classes or [str(name) for name in dataset.classes]
    return feed_parts(parts, classes, size)


def _digit_parts() -> list[Part]:
    """The 1,797 digits, grey 0..16 scaled to 0..255; every fifth image of each class is held out.

    scikit-learn keeps the writers in order, so every fifth image spreads over all of them.
    """
    from sklearn.datasets import load_digits  # brings scipy along: only when asked for

    images, labels = load_digits(return_X_y=True)
    pixels = np.rint(images.reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
    held_out = np.zeros(len(labels), dtype=bool)
    for digit in range(10):
        held_out[np.flatnonzero(labels == digit)[2::5]] = True
    return [
        Part("train", pixels[~held_out], labels[~held_out].astype(np.int64)),
        Part("test", pixels[held_out], labels[held_out].astype(np.int64)),
    ]


def _open_dataset(source: NamedSource, split: str, root: Path, report: Report) -> Any:
    """torchvision's data set: what lies in `root` first, then a download."""
    import torchvision.datasets

    dataset = getattr(torchvision.datasets, source.dataset)
    which = {"train": split == "train"} if source.by_train else {"split": split}
    try:
        return dataset(root, download=False, **which)
    except RuntimeError:  # torchvision's "not found"
        report(Progress("download", message=f"Downloading {source.title} into {root}"))
    except Exception as error:
        raise _damaged(source, root, error) from error
    try:
        with _network_timeout():
            return dataset(root, download=True, **which)
    except Exception as error:  # the many ways in which a network or a disk can fail
        raise DataError(
            f"{source.name} is not in {root} (or is damaged there) and cannot be downloaded "
            f"({_first_line(error)}); put it there in torchvision's layout ({source.layout}), or "
            "name the folder that has it with --data-dir or LABELLER_DATA"
        ) from error


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


def _damaged(source: NamedSource, root: Path, error: Exception) -> DataError:
    return DataError(
        f"{source.name} in {root} is damaged ({_first_line(error)}); delete {source.layout} there "
        "and try again, or name another folder with --data-dir or LABELLER_DATA"
    )


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
