"""The pages of the app, in the order in which a person needs them."""

import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import streamlit as st


@dataclass(frozen=True)
class PageInfo:
    """One page: its key (also the URL), its title in the navigation, its file and its icons."""

    key: str
    title: str
    icon: str

    @property
    def file(self) -> str:
        """The page's file, relative to the folder of app.py."""
        return f"pages/{self.key}.py"

    @property
    def symbol(self) -> str:
        """The icon in the notation of Streamlit; these symbols ship with it."""
        return f":material/{self.icon}:"


PAGES: tuple[PageInfo, ...] = (
    PageInfo("projects", "Projects", "folder_open"),
    PageInfo("train", "Train", "model_training"),
    PageInfo("label", "Label", "sell"),
    PageInfo("review", "Review", "fact_check"),
    PageInfo("audit", "Audit", "verified"),
    PageInfo("explore", "Explore", "scatter_plot"),
    PageInfo("results", "Results", "monitoring"),
    PageInfo("compare", "Compare", "compare_arrows"),
    PageInfo("export", "Export", "download"),
)


def page_info(key: str) -> PageInfo:
    """The page called `key`; raises ValueError that lists the keys."""
    for page in PAGES:
        if page.key == key:
            return page
    raise ValueError(f"page must be one of {', '.join(p.key for p in PAGES)}, got {key}")


def run_app() -> None:
    """Draws the frame and runs the chosen page inside it; all that app.py does.

    The navigation is announced before the frame, the service and their libraries are imported:
    until then Streamlit lists the files of pages/, for seconds after the first start.
    """
    run = build_navigation()
    from labeller.ui.frame.errors import trying_again
    from labeller.ui.frame.page import draw_frame

    try:
        with trying_again():
            draw_frame()
            run()
    finally:
        keep_apart(len(sys.modules))


@lru_cache(maxsize=1)
def keep_apart(_modules: int) -> None:
    """Has the garbage collector leave alone what is loaded, as long as no module comes along.

    Streamlit collects after each run, also after each key on the Label page. Going through all that
    our libraries have loaded takes a tenth of a second, in which nothing is sent to the browser.
    """
    gc.collect()
    gc.freeze()


def build_navigation() -> Callable[[], None]:
    """Shows the navigation and returns what runs the page that the person is on.

    The icon of the browser tab is set first: `st.navigation` would otherwise have the browser
    fetch one from the internet.
    """
    st.set_page_config(page_title="labeller", page_icon="🏷️", layout="wide")
    pages = [
        st.Page(page.file, title=page.title, icon=page.symbol, url_path=page.key, default=not place)
        for place, page in enumerate(PAGES)
    ]
    return st.navigation(pages).run
