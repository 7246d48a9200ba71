"""What stands before Streamlit on a published server: hosts, origins, sign-ins and headers."""

import ipaddress
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labeller.ui.published.sign_in import claims_of

HEALTH = "/_stcore/health"  # asked by whoever started the server, under any name
CLOSED = ("/_stcore/metrics", "/_stcore/script-health-check", "/_stcore/agent", "/app/static")
SIGNED_IN = ("/media/", "/_stcore/upload_file/")  # pages ask for themselves
HEADERS = {
    "x-frame-options": "DENY",
    "content-security-policy": "frame-ancestors 'none'; object-src 'none'; base-uri 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
# What people made is shown, and never runs: SVG and HTML are documents too.
OF_PEOPLE = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


class Walls:
    """Middleware that refuses what Streamlit would let in, and adds headers to what goes out.

    `origin` is the server's own as people reach it, such as https://labels.example.org; empty
    where nobody signs in: then it must be the host that was asked for, by its number or name.
    `signed_in` says whether the claims of a cookie still count.
    """

    def __init__(
        self, app: ASGIApp, origin: str, signed_in: Callable[[dict[str, Any]], bool]
    ) -> None:
        self.app, self.origin, self.signed_in = app, origin, signed_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, websocket or start of the server."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused and scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": refused[1]})
        elif refused:
            await PlainTextResponse(refused[1], refused[0])(
                scope, receive, self._dressed(scope, send)
            )
        else:
            heard = _only_bytes(receive) if scope["type"] == "websocket" else receive
            await self.app(scope, heard, self._dressed(scope, send))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """The status and the reason, of what is not let in."""
        headers, path = Headers(scope=scope), scope["path"]
        if path == HEALTH:
            return None
        if any(path == each or path.startswith(f"{each}/") for each in CLOSED):
            return 404, "Not found"
        host, origin = headers.get("host", ""), headers.get("origin")
        if len(headers.getlist("host")) != 1 or not self._is_ours(host):
            return 421, "This server has another name"
        if origin is not None and not self._is_own(origin, host):
            return 403, "Asked for by a page of another server"
        if scope["type"] == "websocket" and origin is None:
            return 403, "Only a browser may ask for this"
        if self.origin and path.startswith(SIGNED_IN):
            claims = claims_of(HTTPConnection(scope).cookies, self.origin)
            if not self.signed_in(claims):
                return 401, "Sign in first"
        return None

    def _is_ours(self, host: str) -> bool:
        """Whether it names this server; without an origin, numbers and the machine's own names
        do: a name that somebody else points here does not.
        """
        if self.origin:
            return host.lower() == urlsplit(self.origin).netloc.lower()
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if name in ("localhost", socket.gethostname().lower(), socket.getfqdn().lower()):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _is_own(self, origin: str, host: str) -> bool:
        own = self.origin or f"http://{host}"
        return origin.lower() == own.lower()

    def _dressed(self, scope: Scope, send: Send) -> Send:
        """`send` with our headers on each response."""
        theirs = scope["path"].startswith(SIGNED_IN)

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers.update(HEADERS)
                if theirs:
                    headers["content-security-policy"] = OF_PEOPLE
                    headers["cache-control"] = "private, no-store"
                if self.origin.startswith("https:"):
                    message["headers"] = [_only_over_tls(*each) for each in headers.raw]
                else:
                    message["headers"] = headers.raw
            await send(message)

        return dressed


def _only_bytes(receive: Receive) -> Receive:
    """`receive` that hangs up on text, which Streamlit does not speak and trips over."""

    async def heard() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive" and message.get("bytes") is None:
            return {"type": "websocket.disconnect", "code": 1003}
        return message

    return heard


def still_counts(store: Any, hours: float) -> Callable[[dict[str, Any]], bool]:
    """Whether a cookie's claims are those of a person with a role, whose sign-in has not ended."""
    from labeller import service
    from labeller.errors import NotAllowedError
    from labeller.ui.published.sign_in import actor_of

    def counts(claims: dict[str, Any]) -> bool:
        actor = actor_of(claims, hours)
        try:
            return actor is not None and service.role(store.acting_as(actor)) is not None
        except NotAllowedError:
            return False

    return counts


def _only_over_tls(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    secure = name.lower() != b"set-cookie" or b"secure" in value.lower().split(b"; ")
    return name, value if secure else value + b"; Secure"
