"""A process that is asked where it hangs answers even while its main thread is not in Python."""

import signal
import subprocess
import sys

import pytest

HANGING = """
import hashlib
from labeller.jobs.worker import tell_stacks

tell_stacks()
print("ready", flush=True)
hashlib.pbkdf2_hmac("sha256", b"a", b"b", 5 * 10**8)  # minutes in C, without the GIL
"""


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="this system has no SIGUSR1")
def test_it_answers_while_the_main_thread_is_in_c() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HANGING], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            for _ in range(3):
                process.send_signal(signal.SIGUSR1)
                assert process.stderr
                assert any("in <module>" in line for line in process.stderr)
            assert process.poll() is None
        finally:
            process.kill()
