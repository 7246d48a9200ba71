"""Seeds by name, and what the machine has."""

import os
import subprocess
import sys

import pytest
import torch

from labeller import runtime
from labeller.runtime import device
from labeller.runtime.memory import left_to_container


def test_streams_of_a_seed_are_their_own():
    seeds = {runtime.stream_seed(seed, name) for seed in range(20) for name in ("a", "b", "c/1")}
    assert len(seeds) == 60
    assert all(0 <= seed < 2**32 for seed in seeds)
    assert runtime.stream_seed(0, "shuffle") == 189349598  # fixed: old results stay repeatable


def test_the_module_loads_without_torch():
    code = "import sys, labeller.runtime as r; r.stream_seed(0, 'x'); print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.strip() == "False"


def test_devices_by_name():
    cpu = torch.device("cpu")
    assert runtime.resolve_device("cpu") == cpu
    assert runtime.resolve_device("cpu:2") == cpu
    assert runtime.resolve_devices("cpu:2") == [cpu, cpu]
    assert runtime.resolve_device("auto").type in ("cpu", "cuda", "mps")


@pytest.mark.parametrize("name", ["tpu", "gpu", "", "cuda:x", "cpu:x", "meta", "cuda:0,x"])
def test_other_devices_are_refused(name):
    with pytest.raises(ValueError, match="device must be"):
        runtime.resolve_device(name)


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "cuda:7", "cuda:all", "cuda:0,1", "mps"])
def test_devices_that_are_not_there_are_refused(name, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(ValueError, match=r"that this machine has \(cpu\), got"):
        runtime.resolve_device(name)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("fpu avx2 avx512_bf16", "bf16-mixed"),
        ("fpu amx_bf16 amx_tile", "bf16-mixed"),
        ("fpu avx512f avx512bw", "32-true"),
        ("", "32-true"),
    ],
)
def test_bf16_only_where_the_processor_has_it(flags, expected, monkeypatch):
    monkeypatch.setattr(device, "_processor_flags", lambda: set(flags.split()))
    assert runtime.resolve_precision(torch.device("cpu"), "auto") == expected


def test_precision_as_asked():
    assert runtime.resolve_precision(torch.device("cpu"), "32-true") == "32-true"
    assert runtime.resolve_precision(torch.device("cpu"), "bf16-mixed") == "bf16-mixed"
    with pytest.raises(ValueError, match="auto, 32-true or bf16-mixed, got 16"):
        runtime.resolve_precision(torch.device("cpu"), "16")


def test_versions_and_names():
    found = runtime.versions()
    assert {"python", "torch", "numpy"} <= set(found)
    assert "threads" in runtime.device_name(torch.device("cpu"))
    assert runtime.free_memory(torch.device("cpu")) > 0


@pytest.mark.parametrize(
    ("limit", "used", "left"),
    [("1000", "400", [600]), ("1000", "1200", [0]), ("max", "400", []), (None, None, [])],
)
def test_a_container_has_what_its_control_group_leaves(tmp_path, limit, used, left):
    for version in ("", "memory/"):
        root = tmp_path / f"of {version}"
        names = ("memory.max", "memory.current")
        if version:
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
        (root / version).mkdir(parents=True)
        for name, value in zip(names, (limit, used), strict=True):
            if value is not None:
                (root / version / name).write_text(f"{value}\n")
        assert left_to_container(root) == left
