"""Forms for what is chosen by name from the registry: an encoder, a space, a clusterer, a rule."""

import inspect
from typing import Any, TypeVar

import streamlit as st

from labeller.config import Choice, EncodeConfig
from labeller.rounds.settings import STEPS
from labeller.service.projects import AUTO
from labeller.ui.frame.text import escape
from labeller.ui.widgets.forms import schema_form

AnyChoice = TypeVar("AnyChoice", bound=Choice)


def choose_thing(step: str, choice: AnyChoice, key: str, label: str) -> AnyChoice:
    """A list of the things of a step; returns the choice, with the settings of another thing gone.

    step: one of STEPS; the widget's key is `key` and the setting's name.
    """
    setting = STEPS[step].setting
    present = getattr(choice, setting)
    field: Any = type(choice).model_fields[setting]
    name = pick(
        step,
        present,
        f"{key}.{setting}",
        label,
        help=field.description,
        instead=field.default,
    )
    if name == present:
        return choice
    shared = {field: getattr(choice, field) for field in type(choice).model_fields}
    return type(choice)(**{**shared, setting: name})


def choose_encoder(choice: EncodeConfig, key: str) -> EncodeConfig:
    """What sees the pictures, with its settings, what it is for and the licence of its weights."""
    left, right = st.columns([1, 3])
    with left:
        choice = choose_thing("encode", choice, key, "Encoder")
    return _encoder_settings(choice, key, right)


def choose_new_encoder(key: str) -> EncodeConfig | None:
    """The same for a project whose images are not there yet; None: chosen from them."""
    left, right = st.columns([1, 3])
    things = STEPS["encode"].things()
    titles = {AUTO: "Auto", **{name: thing.title for name, thing in things.items()}}
    name = left.selectbox(
        "Encoder",
        list(titles),
        format_func=titles.__getitem__,
        key=f"{key}.encoder",
        help="What turns pictures into features.",
    )
    if name != AUTO:
        return _encoder_settings(EncodeConfig(encoder=name), key, right)
    st.caption(
        "Chosen from the images when they are there: the pixels or a pretrained network, "
        "whichever separates them better. The Train page says why, and another can be chosen "
        "there."
    )
    return None


def _encoder_settings(choice: EncodeConfig, key: str, place: Any) -> EncodeConfig:
    """The settings of the encoder, in `place`; below, what it is for and its weights' licence."""
    with place:
        choice = own_settings("encode", choice, key, columns=3)
    chosen = STEPS["encode"].get(choice.encoder)
    about = " ".join((inspect.getdoc(chosen) or "").partition("\n\n")[0].split())
    st.caption(escape(f"{about} Licence: {chosen.licence}." if chosen.licence else about))
    return choice


def pick(
    step: str, present: str, key: str, label: str, *, help: str | None = None, instead: str
) -> str:
    """The name of one of the things of a step, `present` at first.

    Where that is not known, since its plug-in is gone, `instead` is shown and the person is told.
    """
    room = STEPS[step]
    things = room.things()
    names = list(things)
    name: str = st.selectbox(
        label,
        names,
        names.index(present if present in things else instead),
        format_func=lambda each: things[each].title,
        key=key,
        help=help,
    )
    if present not in things:
        st.warning(f"The {room.noun} {escape(present)} is not known here any more.")
    return name


def own_settings(step: str, choice: AnyChoice, key: str, columns: int = 2) -> AnyChoice:
    """Widgets for the settings of the thing chosen; returns the choice with what they hold."""
    room = STEPS[step]
    chosen = room.get(getattr(choice, room.setting))
    schema = chosen.Config.model_json_schema()
    values = schema_form(schema, choice.own, f"{key}.{chosen.name}", columns=columns)
    return choice.model_copy(update=values)
