"""How errors are shown on pages: in a sentence, and what the disk refused is tried again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from labeller.errors import LabellerError, StorageError, one_line
from labeller.ui.frame.text import sentence

AGAIN = 5  # seconds between two attempts


@contextmanager
def showing_errors(*others: type[Exception]) -> Iterator[None]:
    """Shows the message of a LabellerError or OSError raised inside, or of one of `others`
    (ValueError where something was typed); the rest passes through.

    Every fragment has it too: the one around the page does not see what its own runs raise.
    """
    kinds: tuple[type[Exception], ...] = (LabellerError, OSError, *others)
    try:
        yield
    except kinds as error:
        st.error(sentence(one_line(error)), icon=":material/error:")


@contextmanager
def trying_again() -> Iterator[None]:
    """As `showing_errors`; a page that the disk or the database stopped is run again by itself."""
    with showing_errors():
        try:
            yield
        except StorageError:
            _run_again(time.monotonic())
            raise


@st.fragment(run_every=AGAIN)
def _run_again(since: float) -> None:
    if time.monotonic() - since > AGAIN / 2:  # else it is a part of the run that failed
        st.rerun(scope="app")
