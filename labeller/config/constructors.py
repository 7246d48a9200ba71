"""Settings of things that others wrote, read off the arguments of their constructors."""

import inspect
from collections.abc import Callable, Collection
from typing import Any

from pydantic import Field, create_model

from labeller.config.settings import Settings


def settings_of_constructor(
    factory: Callable[..., Any], fixed: Collection[str] = ()
) -> tuple[type[Settings], frozenset[str]]:
    """Settings like the arguments of a constructor, and the names of all its arguments.

    Arguments that are no number, word or truth value by default are left to the constructor, as
    are those in `fixed`; it checks the values itself.
    """
    fields: dict[str, Any] = {}
    arguments = inspect.signature(factory).parameters
    for name, argument in arguments.items():
        usable = name not in fixed and not hasattr(Settings, name)
        if usable and isinstance(argument.default, bool | int | float | str):
            told = Field(argument.default, description=f"{name} of {factory.__name__}.")
            fields[name] = (type(argument.default), told)
    return create_model("Config", __base__=Settings, **fields), frozenset(arguments)
