"""Tests; as in the worker, threads of torch leave the cores to others while they wait."""

from labeller.runtime.threads import yield_while_waiting

yield_while_waiting()
