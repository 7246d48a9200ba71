"""A published server with a real provider of sign-ins, and browsers that sign in to it."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx

from labeller import service
from labeller.errors import LabellerError, NotFoundError

SECRETS = """[auth]
redirect_uri = "{origin}/oauth2callback"
cookie_secret = "{cookie_secret}"
client_id = "labeller"
client_secret = "{client_secret}"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
PATIENCE = 120  # seconds until a server must have started


@dataclass(frozen=True)
class Server:
    """A published server: where it is reached, its workspace, its provider and cookie secret."""

    origin: str
    port: int
    workspace: Path
    provider: str
    cookie_secret: str
    process: subprocess.Popen[bytes]

    @property
    def host(self) -> str:
        """As a browser names it in its Host header."""
        return urlsplit(self.origin).netloc

    def browser(self) -> httpx.Client:
        """A browser without any cookie, which does not follow where it is led."""
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers={"Host": self.host})


def free_port() -> int:
    """A port that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def provider_of_sign_ins() -> Iterator[str]:
    """The address of a real OpenID Connect provider, which believes whoever names themselves."""
    try:
        from oidc_provider_mock import run_server_in_thread
    except ImportError as error:
        raise NotFoundError(
            "the attacks need a provider of sign-ins: pip install 'labeller[benchmark]'"
        ) from error
    with run_server_in_thread() as running:
        yield f"http://localhost:{running.server_port}"


@contextmanager
def published(workspace: Path, provider: str, origin: str = "") -> Iterator[Server]:
    """`labeller ui --host` over a workspace, on a free port, for people of that provider.

    `origin`: how people reach it, where that is not the port itself. Raises LabellerError with
    what the server said where it does not start.
    """
    port = free_port()
    origin = origin or f"http://localhost:{port}"
    secret = secrets.token_hex(32)
    file = workspace / "secrets.toml"
    file.touch(0o600)
    file.write_text(
        SECRETS.format(
            origin=origin,
            cookie_secret=secret,
            client_secret=secrets.token_hex(16),
            provider=provider,
        )
    )
    command = [sys.executable, "-m", "labeller.cli", "ui", "--workspace", str(workspace)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--no-browser"]
    log = workspace / "server.log"
    environment = {**os.environ, "LABELLER_IDLE_SECONDS": "10"}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=environment
        )
    try:
        _wait(process, port, log)
        yield Server(origin, port, workspace, provider, secret, process)
    finally:
        process.terminate()
        process.wait(20)


def sign_in(
    browser: httpx.Client, server: Server, person: str, told: Mapping[str, object] | None = None
) -> None:
    """Signs a person in as a browser does: to the provider, its form, and back with a code.

    `told`: what the provider says of them, else that `person` is their verified address.
    """
    claims = dict(told or {"email": person, "email_verified": True})
    httpx.put(f"{server.provider}/users/{quote(person)}", json=claims).raise_for_status()
    asked = browser.get(f"/auth/login?provider={provider_token(server.cookie_secret)}")
    form = asked.headers["location"]
    back = httpx.post(form, data={"sub": person}, follow_redirects=False)
    returned = urlsplit(back.headers["location"])
    browser.get(f"{returned.path}?{returned.query}")
    if "_streamlit_user" not in browser.cookies:
        raise LabellerError(f"{person} could not sign in")


def provider_token(cookie_secret: str, provider: str = "default") -> str:
    """What a page puts behind its Sign in button, as Streamlit makes it."""
    from joserfc import jwt
    from joserfc.jwk import OctKey

    claims = {"provider": provider, "exp": int(time.time()) + 120}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(cookie_secret))


def prepared(workspace: Path, roles: dict[str, str]) -> None:
    """Makes a workspace with the digits to be imported, and gives people roles."""
    store = service.open_store(workspace)
    if not service.projects(store):
        service.create_project(store, "digits", "digits")
    for person, role in roles.items():
        service.give_role(store, person, role)
    store.close()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/_stcore/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise LabellerError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")
