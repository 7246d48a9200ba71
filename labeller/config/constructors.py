"""Settings of things that others wrote, read off the arguments of their constructors."""

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any

from pydantic import Field, create_model, model_validator

from labeller.config.settings import Settings
from labeller.errors import UnknownNameError


def settings_of_constructor(
    factory: Callable[..., Any], fixed: Mapping[str, Any], taken: Collection[str] = ()
) -> tuple[type[Settings], frozenset[str]]:
    """Settings like the arguments of a constructor, and the names of all its arguments.

    Arguments that are no number, word or truth value by default are left to the constructor, as
    are `fixed` ones, whose values are given, and those whose names are `taken` by other settings.
    Values are checked as scikit-learn's estimators check them themselves, before anything is done
    with them. Raises ValueError for a fixed argument that the constructor does not have.
    """
    arguments = inspect.signature(factory).parameters
    for name in fixed:
        if name not in arguments:
            raise UnknownNameError(f"an argument of {factory.__name__}", name, arguments)
    fields: dict[str, Any] = {}
    for name, argument in arguments.items():
        usable = name not in fixed and name not in taken and not hasattr(Settings, name)
        if usable and isinstance(argument.default, bool | int | float | str):
            told = Field(argument.default, description=f"{name} of {factory.__name__}.")
            fields[name] = (type(argument.default), told)

    class Checked(Settings):
        @model_validator(mode="after")
        def _accepted(self) -> "Checked":
            check = getattr(factory(**self.model_dump(), **fixed), "_validate_params", None)
            if check is not None:
                check()
            return self

    return create_model("Config", __base__=Checked, **fields), frozenset(arguments)
