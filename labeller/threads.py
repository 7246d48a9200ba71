"""How the threads of torch share the processor with everything else; no torch is imported here."""

import os


def yield_while_waiting() -> None:
    """Let OpenMP threads sleep while they wait for each other; call it before torch is imported.

    By default they spin. As soon as another program wants one of the cores, a spinning thread
    keeps it from the very thread that all others wait for: an epoch on the digits took 2 to 4 s
    on two busy cores, and 0.2 s with this. A value that the person has set is left alone.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
