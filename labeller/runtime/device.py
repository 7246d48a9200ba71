"""Devices and precisions by name; torch is imported inside the functions that need it."""

import platform
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

CPU_INFO = Path("/proc/cpuinfo")


def resolve_devices(name: str = "auto") -> "list[torch.device]":
    """The devices that `name` asks for: one, or one for each process that trains together.

    Besides the names of `resolve_device`: `cuda:all`, `cuda:0,1` (those GPUs), and `cpu:N`
    (N processes on the CPU, which tests what several GPUs do).
    Raises ValueError for another name, or for a device that this machine does not have.
    """
    import torch

    kind, _, which = name.partition(":")
    if kind == "cpu" and which.isdecimal() and int(which) > 0:
        return [torch.device("cpu")] * int(which)
    if kind == "cuda" and which == "all":
        return [resolve_device(f"cuda:{i}") for i in range(max(1, torch.cuda.device_count()))]
    if kind == "cuda" and "," in which:
        return [resolve_device(f"cuda:{i}") for i in dict.fromkeys(which.split(","))]
    return [_one_device(name)]


def resolve_device(name: str = "auto") -> "torch.device":
    """The device called `name`: auto (CUDA, then MPS, then CPU), cpu, cuda, cuda:N or mps.

    Of a name for several devices it is the first. Raises ValueError as `resolve_devices` does.
    """
    return resolve_devices(name)[0]


def _one_device(name: str) -> "torch.device":
    import torch

    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if _has_mps() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError:
        device = torch.device("meta")
    there = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(_has_mps())}
    if device.type not in there:
        raise ValueError(f"device must be auto, cpu, cuda, cuda:N or mps, got {name}")
    if (device.index or 0) >= there[device.type]:
        raise ValueError(
            f"device must be one that this machine has ({', '.join(_present(there))}), got {name}"
        )
    return device


def resolve_precision(device: "torch.device", name: str = "auto") -> str:
    """`32-true` or `bf16-mixed`; `auto` takes bf16 where the device has instructions for it.

    Raises ValueError for another name.
    """
    if name not in ("auto", "32-true", "bf16-mixed"):
        raise ValueError(f"precision must be auto, 32-true or bf16-mixed, got {name}")
    if name != "auto":
        return name
    return "bf16-mixed" if _fast_bf16(device) else "32-true"


def device_name(device: "torch.device") -> str:
    """A name to show: the GPU's, or the processor's with its number of threads."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return f"Apple GPU ({platform.processor() or platform.machine()})"
    return f"{_processor()} ({torch.get_num_threads()} threads)"


def _has_mps() -> bool:
    import torch

    return torch.backends.mps.is_available()


def _present(there: dict[str, int]) -> list[str]:
    return [
        kind if count == 1 else f"{kind}:0-{count - 1}" for kind, count in there.items() if count
    ]


def _fast_bf16(device: "torch.device") -> bool:
    """Whether bf16 is faster than float32: emulated bf16 is slower, so ask for instructions."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type != "cpu":
        return False
    return bool(_processor_flags() & {"avx512_bf16", "amx_bf16"})


def _processor_flags() -> set[str]:
    """Names of the instruction sets, as Linux writes them; empty where they cannot be known."""
    if not CPU_INFO.exists():
        return _flags_of_torch()
    return set(_cpu_info("flags").split())


def _flags_of_torch() -> set[str]:
    # Private names of torch, and so only where there is no /proc; without them: float32.
    import torch

    asked = {"avx512_bf16": "_is_avx512_bf16_supported", "amx_bf16": "_is_amx_tile_supported"}
    return {flag for flag, name in asked.items() if getattr(torch.cpu, name, bool)()}


def _processor() -> str:
    return _cpu_info("model name") or platform.processor() or platform.machine()


def _cpu_info(key: str) -> str:
    """What Linux says of the first processor; "" where it says nothing."""
    with suppress(OSError):
        for line in CPU_INFO.read_text(errors="replace").splitlines():
            if line.startswith(key):
                return line.partition(":")[2].strip()
    return ""
