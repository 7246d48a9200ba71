"""What a page shows when there is nothing to show yet."""

import streamlit as st

from labeller.ui.frame.navigation import page_info
from labeller.ui.frame.page import open_page


def empty_state(title: str, text: str, target: str) -> None:
    """A centred box: what is missing, why, and one button to the page where that changes."""
    info = page_info(target)
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown(f"### {title}", width="content", text_alignment="center")
        st.markdown(text, width="content", text_alignment="center")
        if st.button(f"Go to {info.title}", type="primary", icon=info.symbol):
            open_page(target)
        st.space("small")
