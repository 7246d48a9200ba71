"""A training on several devices, a process for each; rank 0 reports and writes the checkpoints."""

import mmap
import multiprocessing
import os
import queue
import socket
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import distributed

from labeller.config import TrainConfig
from labeller.errors import LabellerError, TrainingError
from labeller.events import Progress, Report
from labeller.methods.base import Method
from labeller.registry import load_file, loaded_files
from labeller.runtime import resolve_precision
from labeller.training.batches import TrainingSet
from labeller.training.checkpoints import fill, load_method, save_method
from labeller.training.loop import Loop
from labeller.training.ranks import Rank

PATIENCE = 0.2  # seconds between two looks at the processes


def train_together(
    devices: list[torch.device],
    method: Method,
    data: TrainingSet,
    config: TrainConfig,
    folder: Path | None,
    report: Report,
    resume: bool,
) -> list[dict[str, float]]:
    """`Loop.run` on several devices, each with its part of every batch; gradients are averaged.

    The method ends on the device where it was. Raises what the processes raise, and what
    `report` raises; no process is left behind.
    """
    with tempfile.TemporaryDirectory(prefix="labeller-") as name:
        exchange = Path(name)
        save_method(method, exchange)
        bare = replace(data, images=np.empty(0, np.uint8), features=None)
        arrays = _shared(data.images), None if data.features is None else _shared(data.features)
        setup = _Setup(
            devices, _free_port(), exchange, bare, arrays, config, folder, resume, loaded_files()
        )
        with _running(setup) as (processes, events):
            history = _listen(processes, events, report)
        trained = load_method(exchange)
    fill(method, trained.state_dict())
    method.eval()
    return history


@dataclass(frozen=True)
class _Setup:
    """What a process has to know; `arrays` are images and features, as `_shared` gives them."""

    devices: list[torch.device]
    port: int
    exchange: Path
    data: TrainingSet
    arrays: tuple[Any, Any]
    config: TrainConfig
    folder: Path | None
    resume: bool
    files: list[Path]


@contextmanager
def _running(setup: _Setup) -> Iterator[tuple[list[BaseProcess], Any]]:
    context = multiprocessing.get_context("spawn")  # a forked process cannot use CUDA
    events = context.Queue()
    processes: list[BaseProcess] = [
        context.Process(target=_work, args=(rank, setup, events), daemon=True)
        for rank in range(len(setup.devices))
    ]
    try:
        for process in processes:
            process.start()
        yield processes, events
    finally:
        for process in processes:
            process.kill() if process.is_alive() else None
        for process in processes:
            process.join()


def _listen(processes: list[BaseProcess], events: Any, report: Report) -> list[dict[str, float]]:
    """Pass events on until rank 0 hands in its history."""
    while True:
        try:
            kind, content = events.get(timeout=PATIENCE)
        except queue.Empty:
            dead = [process for process in processes if process.exitcode]
            if dead:
                code = dead[0].exitcode
                raise TrainingError(
                    f"a training process ended with exit code {code}: resume, or train on one "
                    "device"
                ) from None
            continue
        if kind == "progress":
            report(content)
        elif kind == "history":
            history: list[dict[str, float]] = content
            return history
        else:
            raise content


def _work(rank: int, setup: _Setup, events: Any) -> None:
    """One process: rank `rank` of the training."""
    threading.Thread(target=_leave_with_the_parent, daemon=True).start()
    try:
        history = _train(rank, setup, events)
    except (LabellerError, ValueError) as error:
        events.put(("error", error))
    except Exception:
        events.put(
            ("error", RuntimeError(f"in training process {rank}:\n{traceback.format_exc()}"))
        )
    else:
        if rank == 0:
            events.put(("history", history))


def _train(rank: int, setup: _Setup, events: Any) -> list[dict[str, float]]:
    for file in setup.files:
        load_file(file)

    def report(event: Progress) -> None:
        events.put(("progress", event))

    images, features = (None if each is None else _opened(each) for each in setup.arrays)
    assert images is not None
    data = replace(setup.data, images=images, features=features)
    method = load_method(setup.exchange)
    loop = Loop(_joined(rank, setup), method, data, setup.config, setup.folder, report)
    history = loop.run(setup.resume)
    if rank == 0:
        save_method(method, setup.exchange)
    distributed.barrier()
    distributed.destroy_process_group()
    return history


def _joined(number: int, setup: _Setup) -> Rank:
    """This process as one of those of the training, all of which have joined when it returns."""
    device, count = setup.devices[number], len(setup.devices)
    if device.type == "cpu":
        torch.set_num_threads(max(1, torch.get_num_threads() // count))
    else:
        torch.cuda.set_device(device)
    distributed.init_process_group(
        "nccl" if device.type == "cuda" else "gloo",
        init_method=f"tcp://127.0.0.1:{setup.port}",
        rank=number,
        world_size=count,
        timeout=timedelta(minutes=30),
    )
    return Rank(device, resolve_precision(device, setup.config.precision), number, count)


def _shared(images: np.ndarray) -> Any:
    """An array as every process can open it without a copy: a place in a file, or shared memory."""
    if isinstance(images, np.memmap) and isinstance(images.base, mmap.mmap):
        return (str(images.filename), images.dtype.str, images.offset, images.shape)
    return torch.from_numpy(np.array(images)).share_memory_()


def _opened(images: Any) -> np.ndarray:
    if isinstance(images, torch.Tensor):
        return images.numpy()
    filename, dtype, offset, shape = images
    return np.memmap(filename, dtype=dtype, mode="r", offset=offset, shape=shape)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _leave_with_the_parent() -> None:
    """End this process when its parent has died: nobody would stop it then."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
