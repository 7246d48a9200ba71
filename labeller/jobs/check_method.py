"""Whether a method can be trained without labels, asked before anything is kept or computed."""

from labeller.config import PIXELS, RoundConfig
from labeller.errors import NeedsEncoderError, NeedsLabelsError, UnknownSettingError


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
