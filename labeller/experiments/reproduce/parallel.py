"""Cells side by side, each in a process of its own with its share of the cores.

So all cores have work, whatever a step can split; measured times of epochs are those beside it.
"""

import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from dataclasses import replace
from multiprocessing import active_children, get_context

from labeller.events import Progress, silent
from labeller.experiments.reproduce.experiment import Bench, Record

Measure = Callable[[Bench], Record]


def side_by_side(measures: Sequence[Measure], bench: Bench, processes: int) -> None:
    """`measure(bench)` for all of `measures`, which can be pickled, so many at a time.

    Raises what the first to fail raised, after those that run beside it have ended; the others
    are not begun. Ctrl-C ends all of them at once.
    """
    threads = max(1, (os.cpu_count() or 1) // processes)
    total, quiet = len(measures), replace(bench, report=silent)

    def tell(count: int, message: str = "") -> None:
        bench.report(Progress("cells", count, total, message, milestone=bool(message)))

    spawn = get_context("spawn")  # a forked process cannot use CUDA
    pool = ProcessPoolExecutor(min(processes, total), spawn, _share, (threads,))
    tell(0, f"{total} cells, {min(processes, total)} at a time")
    try:
        waiting = {pool.submit(measure, quiet) for measure in measures}
        while waiting:
            done, waiting = wait(waiting, timeout=1, return_when=FIRST_EXCEPTION)
            for place, future in enumerate(done, total - len(waiting) - len(done) + 1):
                tell(place, f"{future.result().name} is finished")
            tell(total - len(waiting))
    except KeyboardInterrupt:
        for child in active_children():
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _share(threads: int) -> None:
    """Give this process its part of the cores; Ctrl-C is the first process's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from labeller.runtime.threads import yield_while_waiting

    yield_while_waiting()
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(threads)
    threadpool_limits(threads)
