"""Attacks on sign-ins and roles: forged, old and planted cookies, and messages of others."""

import json
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx

from labeller import service
from labeller.errors import StateError
from labeller.experiments.attacks.attack import BreachError, Target, absent, attack
from labeller.experiments.attacks.server import provider_token, sign_in
from labeller.experiments.attacks.session import Page, RefusedError, opened

PAGES = ("", "train", "label", "review", "audit", "explore", "results", "compare", "export")
SIGN_IN = "Sign in to see the projects."


@attack("sign-ins")
def nobody(target: Target) -> str:
    """Every page, without a sign-in."""
    for page in PAGES:
        with opened(target.server, target.server.browser()) as tab:
            needs_sign_in(tab.run(page))
    return f"each of {len(PAGES)} pages asks for a sign-in"


@attack("sign-ins")
def press_of_nobody(target: Target) -> str:
    """The press of an owner's button, sent without a sign-in."""
    with opened(target.server, target.person("owner")) as tab:
        key = tab.run().widget("To delete, type")
    with opened(target.server, target.server.browser()) as tab:
        needs_sign_in(tab.run("", {key: "digits"}))
    return "asks for a sign-in"


@attack("sign-ins")
def forged_cookie(target: Target) -> str:
    """A cookie of an owner, signed with another secret."""
    return useless(target, cookie(target, claims(target), secret="0" * 64))


@attack("sign-ins")
def altered_cookie(target: Target) -> str:
    """The cookie of a viewer, with the address of an owner written into it."""
    from itsdangerous import URLSafeTimedSerializer

    own = target.person("viewer").cookies["_streamlit_user"]
    forged = URLSafeTimedSerializer("x", salt="x").dumps(json.dumps(claims(target)))
    return useless(target, ".".join([forged.rsplit(".", 2)[0], *own.rsplit(".", 2)[1:]]))


@attack("sign-ins")
def replayed_cookie(target: Target) -> str:
    """A cookie that was stolen, used after its owner has signed out."""
    victim = target.server.browser()
    sign_in(victim, target.server, "owner@example.org")
    stolen = victim.cookies["_streamlit_user"]
    with opened(target.server, victim) as tab:
        key = tab.run().widget("Sign out")
        tab.run("", {key: True})
    answer = useless(target, stolen)
    with opened(target.server, target.person("owner")) as tab:
        if SIGN_IN in tab.run().text:
            raise BreachError("another sign-in of the same person ended too")
    return answer


@attack("sign-ins")
def old_cookie(target: Target) -> str:
    """A cookie that is older than a session may be."""
    old = claims(target) | {"iat": int(time.time()) - 13 * 3600}
    return useless(target, cookie(target, old))


@attack("sign-ins")
def cookie_of_another_place(target: Target) -> str:
    """A cookie that a server with the same secret gave at another address."""
    return useless(target, cookie(target, claims(target) | {"origin": "https://b.example.org"}))


@attack("sign-ins")
def planted_session(target: Target) -> str:
    """A session cookie that the attacker plants in the victim's browser before it signs in."""
    attacker, victim = target.server.browser(), target.server.browser()
    token = provider_token(target.server.cookie_secret)
    attacker.get(f"/auth/login?provider={token}")
    planted = attacker.cookies["_streamlit_session"]
    victim.cookies.set("_streamlit_session", planted, domain="127.0.0.1")
    sign_in(victim, target.server, "owner@example.org")
    with opened(target.server, attacker) as tab:
        return needs_sign_in(tab.run())


@attack("sign-ins")
def code_of_another(target: Target) -> str:
    """The attacker's own code from the provider, returned by the victim's browser (login CSRF)."""
    attacker, victim = target.server.browser(), target.server.browser()
    returned = code(target, attacker, "viewer@example.org")
    victim.get(returned)
    if "_streamlit_user" in victim.cookies:
        raise BreachError("the victim is signed in as the attacker")
    return "not signed in"


@attack("sign-ins")
def code_twice(target: Target) -> str:
    """A code from the provider, used a second time by who saw the address."""
    victim, thief = target.server.browser(), target.server.browser()
    returned = code(target, victim, "owner@example.org")
    session = victim.cookies["_streamlit_session"]
    victim.get(returned)
    thief.cookies.set("_streamlit_session", session, domain="127.0.0.1")
    thief.get(returned)
    if "_streamlit_user" in thief.cookies:
        raise BreachError("signed in by an old code")
    return "not signed in"


@attack("sign-ins")
def unverified_address(target: Target) -> str:
    """An account with the address of an owner, which the provider did not verify."""
    told = {"email": "owner@example.org", "email_verified": False}
    return without_role(target, "mallory-1", told)


@attack("sign-ins")
def name_of_an_owner(target: Target) -> str:
    """An account whose name is the address of an owner."""
    return without_role(target, "mallory-2", {"name": "owner@example.org"})


@attack("sign-ins")
def session_of_another(target: Target) -> str:
    """A viewer goes on with the session of an owner, whose number leaked."""
    with opened(target.server, target.person("owner")) as theirs:
        session = theirs.run().session
        with opened(target.server, target.person("viewer"), resume=session) as tab:
            absent(tab.run().text, "Signed in as owner", "New project")
            if tab.session == session:
                raise BreachError("the same session")
    return "a session of their own"


@attack("roles")
def message_of_an_annotator(target: Target) -> str:
    """A viewer sends what the Label page of an annotator would."""
    with opened(target.server, target.person("annotator")) as tab:
        grid = tab.run("label").widget("labeller_label_grid")
    with opened(target.server, target.person("viewer")) as tab:
        tab.run("label")
        tab.run("label", {grid: said(target, "viewer-1", "viewer@example.org")})
    return unanswered(target, "viewer@example.org")


@attack("roles")
def role_taken_meanwhile(target: Target) -> str:
    """An annotator answers after their role was taken, on a page that was open before."""
    store, browser = target.store(), target.server.browser()
    service.give_role(store, "tom@example.org", "annotator")
    sign_in(browser, target.server, "tom@example.org")
    with opened(target.server, browser) as tab:
        grid = tab.run("label").widget("labeller_label_grid")
        service.take_role(store, "tom@example.org")
        tab.run("label", {grid: said(target, "tom-1", "tom@example.org")})
        if "has no role" not in tab.text:
            raise BreachError("the page says nothing")
    return unanswered(target, "tom@example.org")


@attack("roles")
def name_of_another(target: Target) -> str:
    """An annotator answers in the name of an owner."""
    with opened(target.server, target.person("annotator")) as tab:
        grid = tab.run("label").widget("labeller_label_grid")
        tab.run("label", {grid: said(target, "forged-1", "owner@example.org")})
    unanswered(target, "owner@example.org")
    if not any(one.expert == "annotator@example.org" for one in given(target)):
        raise BreachError("the answer was lost")
    return "stored in their own name"


@attack("roles")
def button_of_an_owner(target: Target) -> str:
    """An annotator presses an owner's button on the Projects page (and the owner does)."""
    with opened(target.server, target.person("owner")) as tab:
        tab.run()
        name, rename = tab.widget("name 1 digits"), tab.widget('label: "Rename"')
    for role in ("viewer", "annotator", "owner"):
        with opened(target.server, target.person(role)) as tab:
            tab.run()
            tab.run("", {name: f"of the {role}"})
            tab.run("", {name: f"of the {role}", rename: True})
    (project,) = service.projects(target.store())
    service.rename_project(target.store(), project, "digits")
    if project.name != "of the owner":
        raise BreachError(f"the project is called {project.name!r}")
    return "only the owner's press counted"


@attack("messages")
def oversized_message(target: Target) -> str:
    """A message of 30 MB on the websocket."""
    return closes(target, bytes(30 * 2**20))


@attack("messages")
def nonsense_message(target: Target) -> str:
    """A message that is none."""
    return closes(target, b"\xff" * 100)


@attack("messages")
def text_message(target: Target) -> str:
    """A message as text."""
    return closes(target, "hello")


@attack("messages")
def shutdown_message(target: Target) -> str:
    """A message of Streamlit's developers, which ends the server."""
    from streamlit.proto.BackMsg_pb2 import BackMsg

    sent = BackMsg(debug_shutdown_runtime=True)
    with opened(target.server, target.server.browser()) as tab:
        tab.socket.send(sent.SerializeToString())
        needs_sign_in(tab.run())
    return "ignored"


def claims(target: Target) -> dict[str, Any]:
    """What a cookie of an owner says, fresh."""
    return {
        "iss": target.server.provider,
        "sub": "owner@example.org",
        "email": "owner@example.org",
        "iat": int(time.time()),
        "nonce": str(time.time_ns()),
        "origin": target.server.origin,
        "is_logged_in": True,
        "provider": "default",
    }


def cookie(target: Target, told: dict[str, Any], secret: str = "") -> str:
    """A cookie as the server would sign it, or another secret."""
    from itsdangerous import URLSafeTimedSerializer

    signer = URLSafeTimedSerializer(secret or target.server.cookie_secret, salt="_streamlit_user")
    return str(signer.dumps(json.dumps(told)))


def useless(target: Target, value: str) -> str:
    """How a cookie that should open nothing was met; raises BreachError where it opens pages."""
    thief = target.server.browser()
    thief.cookies.set("_streamlit_user", value, domain="127.0.0.1")
    if thief.get("/media/none.png").status_code != 401:
        raise BreachError("files are open to it")
    with opened(target.server, thief) as tab:
        return needs_sign_in(tab.run("label"))


def needs_sign_in(tab: Page) -> str:
    """Raises BreachError where the page shows anything but that one has to sign in."""
    absent(tab.text, "digits", "New project", "Signed in as")
    if SIGN_IN not in tab.text and "You have signed out." not in tab.text:
        raise BreachError(f"no sign-in was asked for: {tab.text[-200:]}")
    return "asks for a sign-in"


def without_role(target: Target, number: str, told: dict[str, Any]) -> str:
    """How an account of the provider is met that should have no role."""
    browser = target.server.browser()
    sign_in(browser, target.server, number, told)
    with opened(target.server, browser) as tab:
        absent(tab.run().text, "digits", "New project")
        if "has no role" not in tab.text:
            raise BreachError("it was not told that it has no role")
    return f"{number} has no role"


def code(target: Target, browser: httpx.Client, person: str) -> str:
    """The address to which the provider sends a browser back, not yet asked for."""
    token = provider_token(target.server.cookie_secret)
    form = browser.get(f"/auth/login?provider={token}").headers["location"]
    back = urlsplit(httpx.post(form, data={"sub": person}).headers["location"])
    return f"{back.path}?{back.query}"


def said(target: Target, client: str, expert: str) -> dict[str, Any]:
    """The log of a Label page with one answer about the first card."""
    node = service.cards(target.store(), "digits")[0].node
    entry = {"seq": 1, "kind": "label", "node": node, "label": 1, "confidence": 0.9}
    return {"log": {"client": client, "entries": [entry | {"expert": expert}]}}


def given(target: Target) -> list[Any]:
    """The answers of the project."""
    with suppress(StateError):
        return service.answers(target.store(), "digits")
    return []


def unanswered(target: Target, person: str) -> str:
    """Raises BreachError where an answer of that person is stored."""
    if any(one.expert == person for one in given(target)):
        raise BreachError(f"an answer of {person} was stored")
    return "not stored"


def closes(target: Target, message: bytes | str) -> str:
    """How the websocket ends after a message; raises BreachError where it goes on."""
    try:
        with opened(target.server, target.person("viewer")) as tab:
            tab.socket.send(message)
            tab.run()
    except RefusedError as refused:
        return str(refused)
    raise BreachError("the websocket goes on")
