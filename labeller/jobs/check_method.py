"""Whether a method can be trained without labels, asked before anything is kept or computed."""

from labeller.config import RoundConfig
from labeller.errors import NeedsLabelsError, UnknownSettingError


def check_method(config: RoundConfig) -> None:
    """Raises ValueError for an unknown method or a wrong setting of it, StateError for a method
    that learns from labels alone. Imports torch.
    """
    from labeller.methods import registry

    method = registry.get(config.method)
    if method.needs_labels:
        raise NeedsLabelsError(config.method)
    known = method.Config.model_fields
    for name in config.method_config:
        if name not in known:
            raise UnknownSettingError(config.method, name, known)
    method.Config.model_validate(config.method_config)
