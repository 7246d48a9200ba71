"""Encoders: frozen pretrained networks that turn pictures into features. One file a family.

A new one subclasses `Encoder` and uses `@register`.
"""

from typing import Any

from pydantic import ValidationError

from labeller.config import EncodeConfig
from labeller.encoders.base import ROOM, Encoder, register
from labeller.errors import WrongSettingError, one_line

__all__ = ["ROOM", "Encoder", "changes", "encoder_of", "parsed", "register", "spelling"]


def encoder_of(config: EncodeConfig, device: str = "cpu") -> Encoder:
    """The encoder that the settings choose, to run on `device`.

    Raises ValueError for a wrong name or value, NotFoundError for a file that is not there.
    """
    return ROOM.chosen(config).on(device)


def parsed(text: str) -> EncodeConfig:
    """The settings of NAME or NAME:VALUE, such as `lite0`, `timm:vit_...` and `file:features.npy`.

    Raises ValueError for a name that there is not, and for a value that the encoder refuses.
    """
    name, colon, value = text.strip().partition(":")
    cls = ROOM.get(name)
    if colon and cls.spelled is None:
        raise ValueError(f"encoder {name} must be given without a colon, got {text}")
    own = {cls.spelled: value} if colon and cls.spelled else {}
    try:
        complete = cls.Config.model_validate(own).model_dump()
    except ValidationError as error:
        raise WrongSettingError(f"{name}: {one_line(error)}") from None
    return EncodeConfig(encoder=name, **complete)


def changes(text: str | None) -> dict[str, Any]:
    """NAME or NAME:VALUE as changes of a round's settings by dotted name, all that the encoder has.

    Nothing for None. Raises ValueError as `parsed` does.
    """
    if text is None:
        return {}
    return {f"encode.{key}": value for key, value in parsed(text).model_dump().items()}


def spelling(config: EncodeConfig) -> str:
    """The settings as NAME or NAME:VALUE, for people; other settings are not in it."""
    setting = ROOM.get(config.encoder).spelled
    value = config.own.get(setting, "") if setting else ""
    return f"{config.encoder}:{value}" if value else config.encoder
