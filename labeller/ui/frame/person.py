"""Who answers: the account that is signed in, else the name that was typed on the Label page."""

import streamlit as st

from labeller.ui.frame.text import escape

_PERSON = "person"
NOBODY = "me"


def signed_in() -> str | None:
    """The name of the account; None where sign-in is not configured (`[auth]` of secrets.toml)."""
    if not getattr(st.user, "is_logged_in", False):
        return None
    return str(st.user.get("email") or st.user.get("name") or st.user.get("sub"))


def person() -> str:
    """Under which name this browser answers."""
    return signed_in() or str(st.session_state.get(_PERSON, NOBODY))


def remember(name: object) -> None:
    """The name that the browser kept from the last time, or that was typed."""
    if isinstance(name, str) and name.strip():
        st.session_state[_PERSON] = name.strip()[:60]


def offer_sign_in() -> None:
    """The button in the sidebar to sign in or out; nothing where sign-in is not configured."""
    if not hasattr(st.user, "is_logged_in"):
        return
    if (name := signed_in()) is None:
        st.sidebar.button("Sign in", icon=":material/login:", on_click=st.login)
    else:
        st.sidebar.caption(f"Signed in as {escape(name)}", text_alignment="left")
        st.sidebar.button("Sign out", icon=":material/logout:", on_click=st.logout)
