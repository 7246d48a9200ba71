"""The sortable table of a comparison, with what each of its columns says."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from labeller.comparison.table import COLUMNS, NOT_SHARES, meaning

# Titles of columns that are not their names without underscores.
TITLES = {
    "linear_probe_std": "± seeds",
    "mlp": "MLP",
    "knn": "kNN",
    "few_shot": "5-way 5-shot",
    "few_shot_interval": "± 95 %",
    "clustering_accuracy": "cluster accuracy",
    "nmi": "NMI",
    "ari": "ARI",
    "manifold_accuracy": "N2D accuracy",
    "manifold_nmi": "N2D NMI",
    "manifold_ari": "N2D ARI",
    "accuracy_own": "accuracy, own classes",
    "nmi_own": "NMI, own classes",
    "ari_own": "ARI, own classes",
    "psnr": "PSNR, dB",
    "psnr_view": "PSNR from views, dB",
    "position_error": "position error, pixels",
    "best_epoch_accuracy": "best epoch",
    "epoch_seconds": "s per epoch",
    "train_seconds": "s in all",
}
# How other columns begin that have scores.
SCORES = ("answers_", "conv", "linear_", "best_", "loop_")


def table(rows: pd.DataFrame, asked: Mapping[str, Any]) -> None:
    """A sortable table: shares as percentages, the meaning of a column on hover.

    `asked` are the settings of the comparison.
    """
    sizes = {name: int(asked[name]) for name in ("sample", "layer_size") if name in asked}
    shown = rows.dropna(axis=1, how="all").copy()
    config: dict[str, Any] = {}
    for name in map(str, shown.columns):
        title, words = title_of(name), meaning(name, **sizes)
        if name == "method":
            config[name] = st.column_config.TextColumn(title, pinned=True)
            continue
        scored = name in COLUMNS or name.startswith(SCORES)
        if scored and name not in NOT_SHARES:
            shown[name] = 100 * shown[name]
            form = "%.1f%%"
        elif scored:
            form = "%.2f"
        elif pd.api.types.is_integer_dtype(shown[name]) or name in ("epochs", "parameters"):
            form = "localized"
        else:
            form = "%.3g"
        config[name] = st.column_config.NumberColumn(title, format=form, help=words)
    if "linear_probe" in shown:
        shown = shown.sort_values("linear_probe", ascending=False)
    st.dataframe(shown, hide_index=True, column_config=config, height="content", placeholder="–")


def axis_of(name: str) -> str:
    """A score's title on an axis, which says when less is better."""
    return f"{title_of(name)} (less is better)" if name == "position_error" else title_of(name)


def title_of(name: str) -> str:
    """A column's heading: `answers_20` becomes `20 answers`."""
    for head, word in (("answers_", "answers"), ("loop_", "answers, loop")):
        if name.startswith(head):
            return f"{name.removeprefix(head)} {word}"
    return TITLES.get(name, name.replace("_", " "))
