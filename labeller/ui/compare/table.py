"""The sortable table of a comparison, with what each of its columns says."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from labeller.comparison.columns import column, meaning

# How numbers are written, but for whole ones.
FORMS = {"share": "%.1f%%", "score": "%.2f", "count": "localized", "number": "%.3g"}


def table(rows: pd.DataFrame, asked: Mapping[str, Any]) -> None:
    """A sortable table: shares as percentages, the meaning of a column on hover.

    `asked` are the settings of the comparison.
    """
    sizes = {name: int(asked[name]) for name in ("sample", "layer_size") if name in asked}
    shown = rows.dropna(axis=1, how="all").copy()
    config: dict[str, Any] = {}
    for name in map(str, shown.columns):
        title, form = title_of(name), column(name).form
        if name == "method":
            config[name] = st.column_config.TextColumn(title, pinned=True)
            continue
        if form == "share":
            shown[name] = 100 * shown[name]
        elif form == "number" and pd.api.types.is_integer_dtype(shown[name]):
            form = "count"
        words = meaning(name, **sizes)
        config[name] = st.column_config.NumberColumn(title, format=FORMS[form], help=words)
    if "linear_probe" in shown:
        shown = shown.sort_values("linear_probe", ascending=False)
    st.dataframe(shown, hide_index=True, column_config=config, height="content", placeholder="–")


def axis_of(name: str) -> str:
    """A score's title on an axis, which says when less is better."""
    return f"{title_of(name)} (less is better)" if name == "position_error" else title_of(name)


def title_of(name: str) -> str:
    """A column's heading: `answers_20` becomes `20 answers`."""
    return column(name).title
