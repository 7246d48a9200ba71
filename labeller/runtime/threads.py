"""How the threads of torch share the processor with everything else; torch is imported late."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SMALL_STEP = 32_768  # pixels


def yield_while_waiting() -> None:
    """Let OpenMP threads sleep while they wait for each other; call it before torch is imported.

    By default they spin. As soon as another program wants one of the cores, a spinning thread
    keeps it from the very thread that all others wait for: an epoch on the digits took 2 to 4 s
    on two busy cores, and 0.2 s with this. A value that the person has set is left alone.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def cpu_threads() -> int:
    """How many threads a computation may use: $OMP_NUM_THREADS, else one per core of ours."""
    told = os.environ.get("OMP_NUM_THREADS", "")
    if told.isdecimal() and int(told) > 0:
        return int(told)
    ours = getattr(os, "sched_getaffinity", None)  # Linux: a container may have fewer
    return len(ours(0)) if ours else os.cpu_count() or 1


@contextmanager
def keeping_threads() -> Iterator[None]:
    """Inside, others may change torch's number of threads; afterwards it is what it was.

    UMAP does: numba sets OpenMP to all cores, whatever OMP_NUM_THREADS says. Two programs of one
    thread each then fight with four for two cores: on a busy machine a student saw 890 images a
    second after a UMAP, and 2,400 before it.
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
    """Inside, torch uses one thread for steps on so few pixels that sharing them does not pay.

    A step on 32 digits of 8 x 8 takes 2 ms with one thread and 4 to 9 ms with two.
    """
    import torch

    before = torch.get_num_threads()
    if pixels <= SMALL_STEP:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
