"""Whether a method can be trained without labels, asked before anything is kept or computed."""

from labeller.config import RoundConfig
from labeller.errors import NeedsEncoderError, NeedsLabelsError, UnknownSettingError


def check_method(config: RoundConfig, features: int = 0) -> None:
    """Raises ValueError for an unknown method or a wrong setting of it, StateError for a method
    that learns from labels alone, or that reads features where there are none (`features`, their
    length, is 0). Imports torch.
    """
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
