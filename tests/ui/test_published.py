"""Who a token names, what the walls let in where nobody signs in, and that pages have one guard."""

import ast
import socket
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.runtime.secrets import secrets_singleton

from labeller.ui.published.sign_in import actor_of
from labeller.ui.published.walls import Walls

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("pages/*.py"), *ROOT.glob("labeller/ui/**/*.py")]
TOLD = {
    "is_logged_in": True,
    "iss": "https://id.example.org",
    "sub": "1234",
    "email": "Ann@Example.org",
    "name": "olga@example.org",
    "iat": 1000,
    "nonce": "a",
}


def test_a_person_is_known_by_their_verified_address_else_by_number():
    ann = actor_of(TOLD, hours=2)
    assert (ann.name, ann.until, ann.role) == ("ann@example.org", 1000 + 7200, None)
    assert actor_of(TOLD | {"email_verified": True}, 2).name == "ann@example.org"
    for unverified in (False, "false"):
        assert actor_of(TOLD | {"email_verified": unverified}, 2).name == "1234"
    assert actor_of({key: TOLD[key] for key in TOLD if key != "email"}, 2).name == "1234"


@pytest.mark.parametrize(
    "changes", [{"is_logged_in": False}, {"iat": None}, {"iat": "x"}, {"email": "", "sub": ""}]
)
def test_a_token_that_says_too_little_is_nobodys(changes):
    assert actor_of(TOLD | changes, 2) is None


def test_each_sign_in_is_told_from_the_others():
    sessions = {actor_of(TOLD | each, 2).session for each in ({}, {"nonce": "b"}, {"iat": 1001})}
    assert len(sessions) == 3
    assert actor_of(TOLD, 2).session == actor_of(TOLD | {"picture": "x"}, 5).session


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8501", 200),
        ("192.168.1.5", 200),
        ("[::1]:8501", 200),
        (socket.gethostname(), 200),
        ("evil.example.net", 421),
        ("192.168.1.5.evil.net", 421),
        ("[::1", 421),
        ("", 421),
    ],
)
def test_without_a_sign_in_only_addresses_and_the_own_name_are_answered(host, status):
    """A name that somebody points at this address would be another page's way in."""
    inner = Starlette(routes=[Route("/{path:path}", lambda request: PlainTextResponse("hello"))])
    client = TestClient(Walls(inner, "", lambda claims: False))
    answer = client.get("/label", headers={"host": host})
    assert answer.status_code == status
    assert answer.headers["x-frame-options"] == "DENY"
    own = client.get("/", headers={"host": "10.0.0.1", "origin": "http://10.0.0.1"})
    assert own.status_code == 200
    assert client.get("/", headers={"host": "10.0.0.1", "origin": "http://b"}).status_code == 403


def test_a_cookie_that_says_secure_already_says_it_once():
    from starlette.responses import Response

    def give(request):
        answer = Response("")
        answer.set_cookie("a", "b", secure=True)
        answer.set_cookie("c", "d")
        return answer

    inner = Starlette(routes=[Route("/", give)])
    client = TestClient(Walls(inner, "https://a.org", lambda claims: False))
    given = client.get("/", headers={"host": "a.org"}).headers.get_list("set-cookie")
    assert [each.lower().count("secure") for each in given] == [1, 1]


def test_pages_get_their_workspace_from_the_guard_alone():
    """And call verbs by `service.NAME`, which asks for the role: not those of its modules."""
    for path in PAGES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                "labeller.service."
            ):
                verbs = [alias.name for alias in node.names if not alias.name.isupper()]
                assert not verbs, f"{path.name} imports {verbs}"
            if isinstance(node, ast.Attribute) and node.attr == "open_store":
                assert path.name in ("page.py", "__main__.py"), path


@pytest.fixture
def with_auth(monkeypatch, tmp_path):
    """Streamlit finds an [auth], and forgets it after the test."""
    secrets_singleton._reset()
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text('[auth]\ncookie_secret = "x"\n')
    monkeypatch.chdir(tmp_path)
    yield
    secrets_singleton._reset()


def test_a_page_without_a_sign_in_ends_at_the_guard(store, monkeypatch, with_auth):
    """In the process itself: st.user is nobody there."""
    from tests.ui.driving import Driver, buttons, texts

    monkeypatch.setenv("LABELLER_PUBLISHED", "login")
    app = Driver(store.folder, monkeypatch).visit("label", "digits")
    assert not app.exception
    assert "Sign in to see the projects." in texts(app)
    assert buttons(app) == ["Sign in"]


def test_where_nobody_signs_in_the_limits_hold_all_the_same(store, monkeypatch):
    from tests.ui.driving import Driver

    monkeypatch.setenv("LABELLER_PUBLISHED", "insecure")
    monkeypatch.delenv("LABELLER_FOLDERS", raising=False)
    app = Driver(store.folder, monkeypatch).visit("projects")
    assert not app.exception
    kinds = next(each for each in app.get("button_group") if each.proto.label == "Images")
    assert [option.content for option in kinds.proto.options] == [
        "A ready-made set", "Upload a zip",
    ]  # fmt: skip
