"""How fast an epoch is: our training against two loops that anyone would write first.

All loops train the same network from the same weights on the same images in batches of the same
size. Ours run in one process and the others in another, since our training also sets how its
process keeps memory.

`bare`: float32 images resident on the device, ordinary Adam. `dataloader`: a torchvision-style data
set behind a DataLoader, with no worker processes or as many as there are processors, whichever is
faster. `labeller fp32`, `labeller auto`: `labeller.training.train`, with its whole set-up.
"""

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms.functional import to_tensor

from labeller.config import TrainConfig
from labeller.events import Report, silent
from labeller.experiments.speed import check_repeats, in_turns, machine, ratio
from labeller.methods import registry
from labeller.methods.base import Batch, ImageShape, Method
from labeller.runtime import resolve_device, resolve_precision
from labeller.training import train

BARE, LOADER, FP32, AUTO = LOOPS = ("bare", "dataloader", "labeller fp32", "labeller auto")


def epoch_benchmark(
    images: np.ndarray | None = None,
    *,
    method: str = "vae",
    config: dict[str, Any] | None = None,
    batch_size: int = 256,
    repeats: int = 5,
    device: str = "auto",
    report: Report = silent,
) -> dict[str, Any]:
    """Time one epoch of each loop `repeats` times, on images (N,H,W,C) uint8.

    `images` None: `enlarged_digits(10_000)`; `method`, `config`: as in `registry.build`. The record
    has `loops` {name: {images_per_second (median), seconds, processor_seconds [one per turn]}} and
    `ratios`, the median speed ratios; where `processor_seconds`, of all threads and processes, is
    far from seconds times processors, other programs had the machine. Raises ValueError where
    there are fewer than two batches, or no repeats, and for a method that is not trained.
    """
    pictures = enlarged_digits(10_000) if images is None else images
    if len(pictures) < 2 * batch_size:
        raise ValueError(f"images must be at least {2 * batch_size}, got {len(pictures)}")
    check_repeats(repeats)
    if not registry.get(method).trainable:
        raise ValueError(f"method must be one that is trained in epochs, got {method}")
    bench = _Bench(np.ascontiguousarray(pictures), method, config or {}, batch_size, device)
    setup = (bench.images, method, bench.config, batch_size, device)
    with _process(setup, (BARE, LOADER)) as theirs, _process(setup, (FP32, AUTO)) as ours:
        where = {BARE: theirs, LOADER: theirs, FP32: ours, AUTO: ours}
        loops = {name: partial(_timed_in, process, name) for name, process in where.items()}
        timings = in_turns(loops, repeats, report)
        workers = theirs.submit(_workers_here).result()
    seconds = {name: [wall for wall, _ in turns] for name, turns in timings.items()}
    return {
        **machine(bench.device),
        "method": method,
        "config": bench.built().config.model_dump(mode="json"),
        "images": list(pictures.shape),
        "batch_size": batch_size,
        "precision_auto": resolve_precision(bench.device, "auto"),
        "dataloader_workers": workers,
        "loops": {
            name: {
                "images_per_second": len(pictures) / statistics.median(times),
                "seconds": times,
                "processor_seconds": [used for _, used in timings[name]],
            }
            for name, times in seconds.items()
        },
        "ratios": {
            "fp32_to_dataloader": ratio(seconds[LOADER], seconds[FP32]),
            "fp32_to_bare": ratio(seconds[BARE], seconds[FP32]),
            "auto_to_bare": ratio(seconds[BARE], seconds[AUTO]),
            "auto_to_dataloader": ratio(seconds[LOADER], seconds[AUTO]),
        },
    }


def enlarged_digits(count: int, side: int = 28) -> np.ndarray:
    """(count, side, side, 1) uint8: scikit-learn's digits enlarged, repeated up to `count`."""
    from sklearn.datasets import load_digits

    small = (load_digits().images * 255 / 16).astype(np.uint8)
    large = [
        Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC) for digit in small
    ]
    return np.stack([np.asarray(digit) for digit in large])[
        np.arange(count) % len(large), ..., None
    ]


class _Pictures(Dataset[tuple[Tensor, int]]):
    """A data set as torchvision's are: an index to a picture (C,H,W) in [0,1] and a target."""

    def __init__(self, images: np.ndarray) -> None:
        self.images = torch.from_numpy(images)
        self.targets = torch.zeros(len(images), dtype=torch.int64)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image, target = self.images[index].numpy(), int(self.targets[index])
        picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
        return to_tensor(picture), target


def _process(setup: tuple[Any, ...], loops: tuple[str, ...]) -> ProcessPoolExecutor:
    """A process of its own that times these loops, one at a time."""
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, spawn, initializer=_start, initargs=(setup, loops))


_here: dict[str, "_Bench"] = {}


def _start(setup: tuple[Any, ...], loops: tuple[str, ...]) -> None:
    _here["bench"] = _Bench(*setup)
    _here["bench"].warm_up(loops)


def _timed_in(process: ProcessPoolExecutor, name: str) -> tuple[float, float]:
    return process.submit(_timed_here, name).result()


def _timed_here(name: str) -> tuple[float, float]:
    return _here["bench"].timed(name)


def _workers_here() -> int:
    return _here["bench"].workers


class _Bench:
    """The images and the loops over them."""

    def __init__(
        self, images: np.ndarray, method: str, config: dict[str, Any], size: int, device: str
    ) -> None:
        self.images, self.method, self.config, self.size = images, method, config, size
        self.device = resolve_device(device)
        pixels = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
        self.resident = pixels.to(self.device, torch.float32).div_(255)
        self.workers = 0

    def built(self) -> Method:
        """The method with the weights that every loop starts from."""
        _, height, width, channels = self.images.shape
        shape = ImageShape(channels, height, width)
        return registry.build(self.method, self.config, shape, 10)

    def warm_up(self, loops: tuple[str, ...]) -> None:
        """Runs each loop shortly: the first steps of a process prepare kernels."""
        whole, resident = self.images, self.resident
        self.images, self.resident = whole[: 4 * self.size], resident[: 4 * self.size]
        for name in loops:
            self.timed(name)
        self.images, self.resident = whole, resident
        if LOADER in loops:
            self.workers = self._best_workers()

    def timed(self, name: str) -> tuple[float, float]:
        """Seconds of one epoch and of its processors, set-up included, building excluded."""
        every: dict[str, Callable[[Method], None]] = {
            BARE: self._bare,
            LOADER: self._dataloader,
            FP32: lambda method: self._ours(method, "32-true"),
            AUTO: lambda method: self._ours(method, "auto"),
        }
        loop = every[name]
        method = self.built().to(self.device).train()
        self._wait()
        started, used = time.perf_counter(), sum(os.times()[:4])
        loop(method)
        self._wait()
        return time.perf_counter() - started, sum(os.times()[:4]) - used

    def _ours(self, method: Method, precision: str) -> None:
        settings = {"epochs": 1, "batch_size": self.size, "device": str(self.device)}
        train(method, self.images, TrainConfig.model_validate({**settings, "precision": precision}))

    def _bare(self, method: Method) -> None:
        adam = torch.optim.Adam(method.parameters(), lr=2e-3)
        for index in torch.split(torch.randperm(len(self.resident)), self.size):
            self._step(method, adam, self.resident[index.to(self.device)])

    def _dataloader(self, method: Method) -> None:
        adam = torch.optim.Adam(method.parameters(), lr=2e-3)
        loader = DataLoader(
            _Pictures(self.images),
            batch_size=self.size,
            shuffle=True,
            num_workers=self.workers,
            pin_memory=self.device.type == "cuda",
        )
        for images, _ in loader:
            self._step(method, adam, images.to(self.device, non_blocking=True))

    def _step(self, method: Method, adam: torch.optim.Adam, images: Tensor) -> None:
        nothing = torch.full((len(images),), -1, device=self.device)
        terms = method.loss(Batch(images, nothing, nothing, nothing.float()))
        adam.zero_grad()
        terms["loss"].backward()
        adam.step()

    def _best_workers(self) -> int:
        seconds = {}
        for workers in (0, os.cpu_count() or 1):
            self.workers = workers
            seconds[workers], _ = self.timed(LOADER)
        return min(seconds, key=lambda workers: seconds[workers])

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
