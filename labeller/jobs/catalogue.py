"""What the pages must know of torch's side, written once a version by the worker."""

from importlib.metadata import version

from labeller.store import Store
from labeller.store.files import write_json


def write_catalogue(store: Store) -> None:
    """Writes `catalogue.json`: the methods' forms, and the devices of this machine."""
    import torch

    from labeller.methods import registry
    from labeller.rounds.settings import STEPS
    from labeller.runtime import device_name, resolve_device, resolve_precision
    from labeller.runtime.plug_in_files import plugin_files

    device = resolve_device("auto")
    choices = ["auto", "cpu", *(f"cuda:{n}" for n in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        choices.append("mps")
    devices = {
        "choices": choices,
        "auto": device_name(device),
        "precision": resolve_precision(device, "auto"),
    }
    content = {
        "version": version("labeller"),
        "methods": registry.catalogue(),
        "references": registry.references(),
        "devices": devices,
        "rooms": {room.name: room.catalogue() for room in STEPS.values()},
        "files": plugin_files(),
    }
    write_json(store.folder / "catalogue.json", content)
