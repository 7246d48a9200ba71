"""The form of PropagateConfig on the Review page: the rule first, then what belongs to it."""

import streamlit as st

from labeller.config import PropagateConfig
from labeller.rounds import propagation
from labeller.ui.widgets.choices import choose_thing, own_settings


def rule_form(default: PropagateConfig, key: str) -> PropagateConfig:
    """Widgets for how answers spread, `default` at first; widget keys begin with `key`."""
    st.subheader("How answers spread", anchor=False)
    chosen = choose_thing("propagate", default, key, "Rule")
    st.caption(propagation.ROOM.get(chosen.rule).meaning)
    return own_settings("propagate", chosen, key, columns=1)
