"""Who answers: the account that is signed in, else the name that was typed on the Label page.

A server that `labeller ui --host` publishes says so in $LABELLER_PUBLISHED: `login`, and then no
page is drawn for anybody who is not signed in, or `insecure`.
"""

import os
import time
from typing import Literal, NoReturn

import streamlit as st

from labeller import service
from labeller.config.publishing import limits
from labeller.errors import NotAllowedError
from labeller.records import Actor
from labeller.service import Store
from labeller.ui.frame.text import escape
from labeller.ui.published.sign_in import actor_of

PUBLISHED = "LABELLER_PUBLISHED"
_PERSON = "person"
NOBODY = "me"


def signed_in() -> str | None:
    """The name of the account; None where nobody has signed in."""
    if not getattr(st.user, "is_logged_in", False):
        return None
    actor = actor_of(st.user.to_dict(), 1)
    return actor.name if actor else None


def person() -> str:
    """Under which name this browser answers."""
    return signed_in() or str(st.session_state.get(_PERSON, NOBODY))


def remember(name: object) -> None:
    """The name that the browser kept from the last time, or that was typed."""
    if isinstance(name, str) and name.strip():
        st.session_state[_PERSON] = name.strip()[:60]


def acting(store: Store) -> Store:
    """The workspace in the hands of whoever this browser is; the guard of every page.

    On a published server that asks for a login, a run of anybody who has not signed in, or has no
    role, ends here.
    """
    published = os.environ.get(PUBLISHED)
    if not published:
        return store
    if published != "login":
        return store.acting_as(Actor(person(), role="owner"))
    actor = actor_of(st.user.to_dict(), limits(store.folder).session_hours)
    if actor is None or actor.until < time.time():
        _ask_to_sign_in("Sign in to see the projects.")
    held = store.acting_as(actor)
    try:
        role = service.role(held)
    except NotAllowedError:
        _ask_to_sign_in("You have signed out.")
    if role is None:
        offer_sign_in(held)
        words = f"**{escape(actor.name)}** has no role in this workspace."
        st.info(f"{words} An owner can give you one.", icon=":material/lock:")
        st.stop()
    return held


def offer_sign_in(store: Store) -> None:
    """The button in the sidebar to sign in or out; nothing where sign-in is not configured."""
    if not hasattr(st.user, "is_logged_in"):
        return
    if (name := signed_in()) is None:
        with st.sidebar:
            _buttons("secondary")
        return
    role = service.role(store) if store.actor else None
    words = f"Signed in as {escape(name)}" + (f", {role}" if role else "")
    st.sidebar.caption(words, text_alignment="left")
    st.sidebar.button("Sign out", icon=":material/logout:", on_click=_sign_out, args=(store,))


def _sign_out(store: Store) -> None:
    service.sign_out(store)
    st.logout()


def _ask_to_sign_in(words: str) -> NoReturn:
    """All that the page says to somebody who has not signed in."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown("### labeller", width="content")
        st.caption(words, width="content")
        _buttons("primary")
    st.stop()


def _buttons(kind: Literal["primary", "secondary"]) -> None:
    """One to sign in with each provider that has a name in `[auth]`, else with the only one."""
    named = [name for name, value in st.secrets["auth"].items() if hasattr(value, "items")]
    for name in [each for each in named if each != "client_kwargs"] or [""]:
        words = f"Sign in with {escape(name)}" if name else "Sign in"
        given = (name,) if name else ()
        icon = ":material/login:"
        st.button(words, type=kind, icon=icon, on_click=st.login, args=given, key=f"in {name}")
