"""Where `labeller ui --host` lets others reach the app, and how they sign in."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from labeller.errors import StateError
from labeller.ui.published.auth import Auth, find_auth, places

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Published:
    """Where a server listens that others reach, and how they sign in; no `auth`: they do not."""

    host: str
    auth: Auth | None

    @property
    def origin(self) -> str:
        """As people reach it; empty where nobody signs in."""
        return self.auth.origin if self.auth else ""


def publish(workspace: Path, host: str, insecure: bool) -> Published | None:
    """What `--host` asks for, checked; None where only this computer reaches it, as without it.

    Raises StateError where others would reach the server and nobody had to sign in.
    """
    auth = None if insecure else find_auth(workspace)
    if auth or insecure:
        return Published(host, auth)
    if _is_loopback(host):
        return None
    raise StateError(
        f"--host {host} lets others reach this server, and nobody would have to sign in: write an "
        f"[auth] into {places(workspace)[0]} (docs/publishing.md), or add --insecure if all who "
        "reach it may do all"
    )


def reached_at(host: str) -> str:
    """An address at which this computer reaches a server that listens at `host`."""
    return HOST if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
