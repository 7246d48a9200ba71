"""Forms from schemas: the widget, bounds, help and value of every kind of field."""

from typing import Literal

import pytest
from pydantic import Field
from streamlit.testing.v1 import AppTest

from labeller.config import RoundConfig, Settings
from labeller.ui.widgets import forms


class Inner(Settings):
    depth: int = Field(2, ge=1, le=4, description="How deep.")


class Sample(Settings):
    epochs: int = Field(12, ge=1, le=100, description="How long.")
    rate: float = Field(2e-3, gt=0, le=1.0, description="How fast.")
    kind: Literal["one", "two"] = Field("two", description="Which.")
    quick: bool = Field(True, description="Whether.")
    title: str = Field("x", description="What.")
    noise: float | None = Field(None, ge=0, description="Perhaps.")
    sizes: tuple[int, ...] = Field((8, 16), description="Many.")
    inner: Inner = Inner()


def _page() -> None:
    import streamlit as st

    from labeller.ui.widgets.forms import settings_form
    from tests.ui.test_forms import Sample

    st.session_state.result = settings_form(Sample(), "form")


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_function(_page).run()


def test_a_form_shows_the_defaults_and_returns_them(app):
    assert not app.exception
    assert app.session_state.result == Sample()


def test_numbers_have_their_bounds_and_help(app):
    epochs = app.number_input(key="form.epochs")
    assert (epochs.min, epochs.max, epochs.help) == (1, 100, "How long.")
    assert app.number_input(key="form.rate").step == pytest.approx(1e-3)
    assert app.number_input(key="form.inner.depth").max == 4


def test_choices_become_a_select_box_and_flags_a_toggle(app):
    assert app.selectbox(key="form.kind").options == ["one", "two"]
    assert app.toggle(key="form.quick").value is True


def test_changes_come_back_with_the_record_s_types(app):
    app.number_input(key="form.epochs").set_value(20)
    app.number_input(key="form.noise").set_value(0.5)
    app.selectbox(key="form.kind").set_value("one")
    app.text_input(key="form.sizes").set_value("[4, 4]")
    app.number_input(key="form.inner.depth").set_value(3)
    app.run()
    assert app.session_state.result == Sample(
        epochs=20, noise=0.5, kind="one", sizes=(4, 4), inner=Inner(depth=3)
    )


def test_what_the_record_refuses_is_said_and_not_used(app):
    app.number_input(key="form.rate").set_value(0.0).run()
    assert "Rate" in app.error[0].value
    assert app.session_state.result == Sample()


def test_a_list_that_does_not_parse_is_said(app):
    app.text_input(key="form.sizes").set_value("8 and 16").run()
    assert "Sizes must be written like" in app.error[0].value
    assert app.session_state.result == Sample()


def test_every_setting_of_a_round_has_help():
    schema = RoundConfig.model_json_schema()
    for name, definition in schema["$defs"].items():
        for field, values in definition["properties"].items():
            assert values.get("description"), f"{name}.{field}"


@pytest.mark.parametrize(("value", "step"), [(2e-3, 1e-3), (1.0, 0.1), (5.0, 1.0), (None, 0.1)])
def test_the_step_follows_the_size_of_the_value(value, step):
    assert forms.step_of(value) == pytest.approx(step)
