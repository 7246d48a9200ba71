"""Memory: what is left of it, and how freed memory is kept for the next step of a training."""

import ctypes
import platform
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

# Names and limits are those of glibc's malloc.h: no more than 32 MB for the first.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LARGEST_KEPT, KEPT_IN_ALL = 32 << 20, 512 << 20


def keep_freed_memory() -> bool:
    """Lets this process keep what tensors free; returns whether the C library knows how (glibc).

    By default glibc hands large blocks back to the kernel, and each step of a training gets its
    activations and gradients anew, page by page.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT) and mallopt(M_TRIM_THRESHOLD, KEPT_IN_ALL))


def free_memory(device: "torch.device") -> int:
    """Bytes that can still be allocated on `device` without swapping, in this container."""
    import psutil
    import torch

    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return min([int(psutil.virtual_memory().available), *left_to_container()])


def left_to_container(root: Path = Path("/sys/fs/cgroup")) -> list[int]:
    """Bytes that control groups (version 2 or 1) leave to this container; [] without a limit."""
    left = []
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            most, now = (int((root / name).read_text()) for name in (limit, used))
        except (OSError, ValueError):  # not there, or the word max
            continue
        left.append(max(0, most - now))
    return left
