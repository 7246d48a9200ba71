"""What is typed into the text fields of a new comparison, read and judged while it is typed."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st
from pydantic import ValidationError

from labeller.evaluation.plan import CompareConfig
from labeller.ui.forms import label_of
from labeller.ui.states import sentence

Value = TypeVar("Value")
# Settings of a comparison -> what the page calls them.
NAMES = {
    "latents": "Latent sizes",
    "seeds": "Seeds",
    "images": "Training images",
    "answers": "Numbers of answers",
    "probe_every": "Epochs between probes",
    "mlp_epochs": "Epochs of the MLPs",
    "sample": "Images of a sample",
    "layer_size": "Numbers of a convolution",
}


class Fields:
    """Reads fields; what is wrong with one is said below it and kept in `problems`."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def read(self, name: str, text: str, parse: Callable[[str], Value]) -> Value | None:
        """What `parse` makes of the text of the field `name`; None when it raises ValueError."""
        try:
            return parse(text)
        except ValidationError as refused:
            for problem in refused.errors():
                place = " ".join(label_of(str(part)) for part in problem["loc"])
                self.say(f"{name}, {place}" if place else name, reason(problem))
        except ValueError as refused:
            self.say(name, str(refused))
        return None

    def say(self, name: str, problem: str) -> None:
        """Show and keep what is wrong with the field `name`."""
        self.problems.append(f"{name}: {problem}")
        st.error(sentence(self.problems[-1]), icon=":material/error:")


def numbers(text: str) -> tuple[int, ...]:
    """`16, 64` as numbers; raises ValueError with what was written."""
    try:
        return tuple(int(part) for part in text.replace(";", ",").split(",") if part.strip())
    except ValueError:
        raise ValueError(f"must be whole numbers such as 16, 64, got {text}") from None


def sizes(text: str) -> tuple[int, ...]:
    """Numbers of 2 or more; raises ValueError for others."""
    found = numbers(text)
    if any(number < 2 for number in found):
        raise ValueError(f"each must be 2 or more, got {min(found)}")
    return found


def config_of(values: dict[str, object]) -> CompareConfig:
    """The settings of a comparison; raises ValueError that names the field as the page does."""
    try:
        return CompareConfig.model_validate(values)
    except ValidationError as refused:
        problem = refused.errors()[0]
        place = str(problem["loc"][0]) if problem["loc"] else ""
        raise ValueError(f"{NAMES.get(place, label_of(place))}: {reason(problem)}") from None


def reason(problem: object) -> str:
    """What pydantic says of one value, and the value."""
    assert isinstance(problem, dict)
    words = str(problem["msg"]).removeprefix("Value error, ")
    got = f", got {problem['input']}"
    return words if got in words else f"{words[:1].lower()}{words[1:]}{got}"
