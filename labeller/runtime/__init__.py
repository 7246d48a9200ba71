"""What a run depends on besides its settings. Loading it loads no torch."""

from labeller.runtime.device import (
    device_name,
    resolve_device,
    resolve_devices,
    resolve_precision,
)
from labeller.runtime.memory import free_memory
from labeller.runtime.seeds import stream_seed
from labeller.runtime.versions import versions

__all__ = [
    "device_name",
    "free_memory",
    "resolve_device",
    "resolve_devices",
    "resolve_precision",
    "stream_seed",
    "versions",
]
