"""How the threads of torch share the processor with everything else; torch is imported late."""

import os
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np

SMALL_STEP = 32_768  # pixels
T = TypeVar("T")
Result = TypeVar("Result")


def yield_while_waiting() -> None:
    """Let OpenMP threads sleep while they wait for each other; call it before torch is imported.

    By default they spin. As soon as another program wants one of the cores, a spinning thread
    keeps it from the very thread that all others wait for. A value that the person has set is left
    alone.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def cpu_threads() -> int:
    """How many threads a computation may use: $OMP_NUM_THREADS, else one per core of ours."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdecimal() and int(wanted) > 0:
        return int(wanted)
    ours = getattr(os, "sched_getaffinity", None)  # Linux: a container may have fewer
    return len(ours(0)) if ours else os.cpu_count() or 1


@contextmanager
def keeping_threads() -> Iterator[None]:
    """Inside, others may change torch's number of threads; afterwards it is what it was.

    UMAP does: numba sets OpenMP to all cores, whatever OMP_NUM_THREADS says.
    """
    torch = sys.modules.get("torch")  # a process that never trains need not load it
    before = torch.get_num_threads() if torch else 0
    try:
        yield
    finally:
        if torch:
            torch.set_num_threads(before)


@contextmanager
def few_for(pixels: int) -> Iterator[None]:
    """Inside, torch uses one thread for steps on so few pixels that sharing them does not pay."""
    import torch

    with keeping_threads():
        if pixels <= SMALL_STEP:
            torch.set_num_threads(1)
        yield


def in_order(
    function: Callable[[T], Result], parts: Iterable[T], threads: int
) -> Generator[Result, None, None]:
    """`function` of each part, in as many threads; results in order, and never many ahead."""
    waiting: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(threads, "in-order")
    try:
        for part in parts:
            waiting.append(pool.submit(function, part))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:  # also of a caller who stops: nothing is begun any more
        pool.shutdown(wait=True, cancel_futures=True)


def batches(rows: "np.ndarray", size: int) -> "Iterator[np.ndarray]":
    """The rows (n,), at most `size` at a time."""
    return (rows[start : start + size] for start in range(0, len(rows), size))
