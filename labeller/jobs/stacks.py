"""Where the threads of a process are: for a worker that crashed or seems to hang."""

import faulthandler
import os
import signal
import threading


def tell_stacks() -> None:
    """After a crash, and on SIGUSR1, standard error gets the place where every thread is.

    Only in the main thread, once. A thread of its own answers, so that the answer comes even
    while the main thread waits in C, and holds the GIL meanwhile: `faulthandler.register` reads
    the frames of running threads without it, which now and then ends the process (CPython's
    issue 116008).
    """
    faulthandler.enable()
    if not hasattr(signal, "SIGUSR1"):  # Windows
        return
    asked, asking = os.pipe()
    os.set_blocking(asking, False)  # set_wakeup_fd wants that
    signal.set_wakeup_fd(asking, warn_on_full_buffer=False)
    signal.signal(signal.SIGUSR1, lambda _signal, _frame: None)  # else it ends the process
    threading.Thread(target=_answer, args=(asked,), name="stacks", daemon=True).start()


def _answer(asked: int) -> None:
    while received := os.read(asked, 1):
        if received[0] == signal.SIGUSR1:
            faulthandler.dump_traceback(all_threads=True)
