"""How people sign in to a published server: the `[auth]` of a secrets file, checked beforehand."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from labeller.errors import StateError

NAME = "secrets.toml"
OF_A_PROVIDER = ("client_id", "client_secret", "server_metadata_url")
SHORTEST_SECRET = 32


@dataclass(frozen=True)
class Auth:
    """The file that says how people sign in, and the origin at which they reach the server."""

    file: Path
    origin: str


def places(workspace: Path) -> list[Path]:
    """Where that file may be: in the workspace, else where Streamlit looks for it."""
    folders = (workspace, Path.cwd() / ".streamlit", Path.home() / ".streamlit")
    return [folder / NAME for folder in folders]


def find_auth(workspace: Path) -> Auth | None:
    """The first of the `places` with an `[auth]`; None where there is none.

    Raises StateError for one with which nobody could sign in, or not safely.
    """
    for file in places(workspace):
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise StateError(f"{file} cannot be understood: {error}") from error
        if "auth" in content:
            if os.name == "posix" and file.stat().st_mode & 0o077:
                raise StateError(f"{file} must be readable by you alone: chmod 600 {file}")
            return Auth(file, _checked(content["auth"], file))
    return None


def _checked(auth: Any, file: Path) -> str:
    """The origin of the redirect_uri; raises StateError where something is missing or unsafe."""
    if not isinstance(auth, Mapping):
        raise StateError(f"auth in {file} must be a section, [auth], got {auth!r:.40}")
    secret = str(auth.get("cookie_secret", ""))
    if len(secret) < SHORTEST_SECRET:
        raise StateError(
            f"cookie_secret in {file} must have {SHORTEST_SECRET} characters or more, got "
            f"{len(secret)}; make one with `python -c 'import secrets; print(secrets.token_hex())'`"
        )
    uri = urlsplit(str(auth.get("redirect_uri", "")))
    local = uri.hostname in ("localhost", "127.0.0.1")
    if uri.path != "/oauth2callback" or not uri.hostname or "{" in uri.netloc:
        raise StateError(
            f"redirect_uri in {file} must be the address of this server and /oauth2callback, such "
            f"as https://labels.example.org/oauth2callback, got {auth.get('redirect_uri')!r}"
        )
    if uri.scheme != "https" and not (local and uri.scheme == "http"):
        raise StateError(f"redirect_uri in {file} must begin with https://, got {uri.geturl()}")
    named = {key: each for key, each in auth.items() if isinstance(each, Mapping)}
    named.pop("client_kwargs", None)
    for name, provider in (named or {"": auth}).items():
        for key in OF_A_PROVIDER:
            if not str(provider.get(key, "")).strip():
                raise StateError(f"{key} is missing in [auth{name and f'.{name}'}] of {file}")
    return f"{uri.scheme}://{uri.netloc}"
