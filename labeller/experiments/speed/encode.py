"""How fast pictures become features of EfficientNet-Lite0: as a project's are, and eagerly.

Both decode the same files in the same way and give the same features. `labeller` is what a project
does: files are decoded in threads while the network runs, on a CPU by onnxruntime. `eager` is the
loop that anyone would write first: decode a batch, run timm's network on it as (n, 3, 224, 224),
the next batch.
"""

import io
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from labeller.data.decode import decode
from labeller.data.feed import Shaping
from labeller.data.kinds import is_image
from labeller.data.sources.archives import open_zip
from labeller.encoders.encoding import BATCH, encoded
from labeller.encoders.lite0 import SIZE, Lite0, network
from labeller.errors import DataError
from labeller.events import Report, silent
from labeller.experiments.speed import in_turns, machine, ratio
from labeller.runtime import resolve_device, stream_seed
from labeller.runtime.threads import cpu_threads

SHAPING = Shaping(display=0)
OURS, EAGER = LOOPS = ("labeller", "eager")
Run = Callable[[Sequence[bytes]], np.ndarray]


def encode_benchmark(
    files: Sequence[bytes],
    *,
    repeats: int = 3,
    device: str = "auto",
    report: Report = silent,
) -> dict[str, Any]:
    """Time both loops `repeats` times on contents of image files, on one thread and on all.

    The record has `threads` {"one", "all": {threads, images_per_second {labeller, eager: median},
    seconds {labeller, eager: [one per turn]}, ratio}} and `difference`, the largest of the features
    of both. On one thread the process keeps to one core, where the system can be told. Raises
    ValueError for numbers out of range.
    """
    if len(files) < 1 or repeats < 1:
        raise ValueError(f"files and repeats must be at least 1, got {len(files)}, {repeats}")
    place = resolve_device(device)
    result: dict[str, Any] = {}
    differences = []
    for case, threads in {"one": 1, "all": cpu_threads()}.items():
        with keeping_to(threads):
            loops = {OURS: _ours(str(place)), EAGER: _eager(place)}
            ours, eager = (loop(files[:BATCH]) for loop in loops.values())  # and both are warm
            differences.append(float(np.abs(ours.astype(np.float32) - eager).max()))
            timed = {name: partial(_timed, loop, files) for name, loop in loops.items()}
            seconds = in_turns(timed, repeats, report, f", threads: {case}")
        result[case] = {
            "threads": threads,
            "images_per_second": {
                name: len(files) / statistics.median(seconds[name]) for name in LOOPS
            },
            "seconds": seconds,
            "ratio": ratio(seconds[EAGER], seconds[OURS]),
        }
    facts = {**machine(place), "images": len(files)}
    return {**facts, "threads": result, "difference": max(differences)}


def picture_files(source: Path | None, limit: int) -> list[bytes]:
    """The contents of `limit` image files of a folder or zip, in the order of their paths.

    None: JPEG files of 256 x 192 pixels, drawn at random. Raises DataError where there are none.
    """
    if source is None:
        return drawn_files(limit)
    if source.suffix.lower() == ".zip" and source.is_file():
        with open_zip(source) as archive:
            names = sorted(name for name in archive.namelist() if is_image(name))[:limit]
            contents = [archive.read(name) for name in names]
    else:
        paths = sorted(path for path in source.rglob("*") if is_image(path.name))[:limit]
        contents = [path.read_bytes() for path in paths]
    if not contents:
        raise DataError(f"there must be images in a folder or a .zip, got none in {source}")
    return contents


def drawn_files(count: int) -> list[bytes]:
    """JPEG files of soft colours, about as large as photos of that size."""
    draws = np.random.default_rng(stream_seed(0, "benchmark/encode"))
    contents = []
    for _ in range(count):
        small = Image.fromarray(draws.integers(0, 256, (24, 32, 3), dtype=np.uint8))
        stream = io.BytesIO()
        small.resize((256, 192), Image.Resampling.BICUBIC).save(stream, "JPEG", quality=90)
        contents.append(stream.getvalue())
    return contents


@contextmanager
def keeping_to(threads: int) -> Iterator[None]:
    """Inside, so many threads compute; one: everything of this thread runs on one core."""
    before, told = torch.get_num_threads(), os.environ.get("OMP_NUM_THREADS")
    pinned = threads == 1 and hasattr(os, "sched_setaffinity")
    cores = os.sched_getaffinity(0) if pinned else set()
    torch.set_num_threads(threads)
    os.environ["OMP_NUM_THREADS"] = str(threads)
    try:
        if pinned:
            os.sched_setaffinity(0, {max(cores)})  # threads that start from here inherit it
        yield
    finally:
        if pinned:
            os.sched_setaffinity(0, cores)
        torch.set_num_threads(before)
        os.environ.pop("OMP_NUM_THREADS")
        os.environ.update({"OMP_NUM_THREADS": told} if told is not None else {})


def _ours(device: str) -> Run:
    encoder = Lite0(Lite0.Config()).on(device)

    def run(files: Sequence[bytes]) -> np.ndarray:
        batches = encoded(encoder, lambda rows: _decoded(files, rows), np.arange(len(files)))
        return np.concatenate([batch.features for batch in batches])

    return run


def _eager(device: torch.device) -> Run:
    module = network().to(device)

    def features(batch: np.ndarray) -> np.ndarray:
        pixels = torch.from_numpy(batch).to(device).permute(0, 3, 1, 2).contiguous()
        with torch.inference_mode():
            pooled: np.ndarray = module.pooled((pixels.float() - 127) / 128).cpu().numpy()
        return pooled

    def run(files: Sequence[bytes]) -> np.ndarray:
        starts = range(0, len(files), BATCH)
        rows = [np.arange(start, min(start + BATCH, len(files))) for start in starts]
        return np.concatenate([features(_decoded(files, some)) for some in rows])

    return run


def _decoded(files: Sequence[bytes], rows: np.ndarray) -> np.ndarray:
    return np.stack([decode(io.BytesIO(files[row]), SIZE, 3, SHAPING).pixels for row in rows])


def _timed(loop: Run, files: Sequence[bytes]) -> float:
    started = time.perf_counter()
    loop(files)
    return time.perf_counter() - started
