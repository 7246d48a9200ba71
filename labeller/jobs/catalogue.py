"""What is known of methods and devices on torch's side, for processes that load none of it."""

from importlib.metadata import version

from labeller.config import PIXELS, RoundConfig
from labeller.errors import NeedsEncoderError, NeedsLabelsError, UnknownSettingError
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


def check_method(config: RoundConfig, features: int | None = None) -> None:
    """Raises ValueError for an unknown method or a wrong setting of it, StateError for a method
    that learns from labels alone, or that reads features where there are none (`features`, their
    length, is 0; where that is not known yet, the settings name no encoder). Imports torch.
    """
    if features is None:
        features = int(config.encode != PIXELS)
    from labeller.methods import registry

    method = registry.get(config.method)
    if method.needs_labels:
        raise NeedsLabelsError(config.method)
    if method.reads == "features" and not features:
        raise NeedsEncoderError(config.method)
    known = method.Config.model_fields
    for name in config.method_config:
        if name not in known:
            raise UnknownSettingError(config.method, name, known)
    method.Config.model_validate(config.method_config)
