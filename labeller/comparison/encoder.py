"""The encoder of a comparison in which some method reads features."""

from labeller.comparison.plan import CompareConfig
from labeller.encoders import Encoder, encoder_of
from labeller.errors import NeedsEncoderError
from labeller.methods import registry
from labeller.methods.names import parse_method


def with_digest(config: CompareConfig, device: str) -> tuple[CompareConfig, Encoder | None]:
    """The config that knows which methods read features and the digest of the encoder that gives
    them, so that another one measures anew; and that encoder, None where all read images.

    Raises NeedsEncoderError where a method reads features and the config has no encoder, ValueError
    for an unknown method or encoder, NotFoundError and DataError where its files cannot be had.
    """
    names = dict.fromkeys(parse_method(text)[0] for text in config.methods)
    reading = [name for name in names if registry.get(name).reads == "features"]
    encoder = encoder_of(config.encode, device) if reading else None
    if encoder is not None and not encoder.features:
        raise NeedsEncoderError(reading[0])
    digest = "" if encoder is None else encoder.digest
    return config.model_copy(update={"features": dict.fromkeys(reading, digest)}), encoder
