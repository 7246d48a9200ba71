"""The scores of each class, as a table."""

import pandas as pd
import streamlit as st

MEANINGS = {
    "precision": "Of the images given this class, the share that truly are of it.",
    "recall": "Of the images truly of this class, the share that were given it.",
    "f1": "Harmonic mean of precision and recall.",
}
MOST_ROWS = 17
TALLEST = 640  # pixels, with a scroll bar


def score_table(scores: pd.DataFrame) -> None:
    """Columns name, images, precision, recall and f1 in [0, 1], shown in percent."""
    shown = scores.rename(columns={"support": "images"})
    columns = ["name", "images", *MEANINGS]
    shown = shown[[name for name in columns if name in shown]].copy()
    shown[list(MEANINGS)] *= 100
    number = st.column_config.NumberColumn
    st.dataframe(
        shown,
        hide_index=True,
        height="content" if len(shown) <= MOST_ROWS else TALLEST,
        column_config={
            "name": "class",
            "images": number("images", format="localized", help="True images of the class."),
            "precision": number("precision", format="%.1f%%", help=MEANINGS["precision"]),
            "recall": number("recall", format="%.1f%%", help=MEANINGS["recall"]),
            "f1": st.column_config.ProgressColumn(
                "F1", format="%.1f%%", min_value=0, max_value=100, help=MEANINGS["f1"]
            ),
        },
    )
