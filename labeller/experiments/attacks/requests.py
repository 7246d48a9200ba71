"""Attacks by single requests: names, origins, closed addresses, paths, uploads, headers."""

import contextlib
import socket
import uuid

import httpx

from labeller.config.publishing import limits
from labeller.experiments.attacks.attack import BreachError, Target, attack, stopped
from labeller.experiments.attacks.server import provider_token
from labeller.experiments.attacks.session import RefusedError, opened

EVIL = "https://evil.example.net"
CLOSED = "/_stcore/metrics"
FORM = {"file": ("images.zip", b"PK\x05\x06" + bytes(18), "application/zip")}


@attack("names")
def forged_host(target: Target) -> str:
    """A Host header of another name (DNS rebinding)."""
    return stopped(target.person("owner").get("/", headers={"Host": "evil.example.net"}), 421)


@attack("names")
def other_port(target: Target) -> str:
    """A Host header with our name and another port."""
    return stopped(target.person("owner").get("/", headers={"Host": "localhost:1"}), 421)


@attack("names")
def forwarded_host(target: Target) -> str:
    """X-Forwarded-Host that names another server, to have a login lead there."""
    token = provider_token(target.server.cookie_secret)
    headers = {"X-Forwarded-Host": "evil.example.net", "Forwarded": "host=evil.example.net"}
    answer = target.server.browser().get(f"/auth/login?provider={token}", headers=headers)
    if "evil" in answer.headers["location"]:
        raise BreachError(answer.headers["location"])
    return "ignored"


@attack("names")
def two_hosts(target: Target) -> str:
    """Two Host headers, ours and another."""
    first = raw(target, f"GET / HTTP/1.1\r\nHost: {target.server.host}\r\nHost: evil\r\n\r\n")
    if " 400 " not in first and " 421 " not in first:
        raise BreachError(first)
    return first


@attack("names")
def smuggled_request(target: Target) -> str:
    """A request with two lengths, behind which another one hides."""
    lengths = "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"
    hidden = f"0\r\n\r\nGET /_stcore/metrics HTTP/1.1\r\nHost: {target.server.host}\r\n\r\n"
    first = raw(target, f"POST / HTTP/1.1\r\nHost: {target.server.host}\r\n{lengths}\r\n{hidden}")
    if " 200 " in first:
        raise BreachError(first)
    return first


@attack("origins")
def foreign_origin(target: Target) -> str:
    """The websocket, asked for by a page of another server with the victim's cookies."""
    return unopened(target, origin=EVIL)


@attack("origins")
def origin_of_another_port(target: Target) -> str:
    """The same by a page of our own host at another port."""
    return unopened(target, origin="http://localhost:1")


@attack("origins")
def no_origin(target: Target) -> str:
    """The websocket without any Origin."""
    return unopened(target, origin=None)


@attack("origins")
def null_origin(target: Target) -> str:
    """The websocket from a sandboxed frame, whose Origin is null."""
    return unopened(target, origin="null")


@attack("origins")
def foreign_upload(target: Target) -> str:
    """An upload that a page of another server sends with the victim's cookies."""
    return stopped(upload(target, "owner", headers={"Origin": EVIL}), 403)


@attack("origins")
def upload_without_token(target: Target) -> str:
    """An upload without the token that only our own page knows."""
    return stopped(upload(target, "owner"), 403)


@attack("origins")
def readable_by_others(target: Target) -> str:
    """A page of another server that reads our answers (CORS)."""
    found = target.person("owner").options("/_stcore/upload_file/a/b", headers={"Origin": EVIL})
    allowed = found.headers.get("access-control-allow-origin", "")
    if allowed in ("*", EVIL):
        raise BreachError(f"access-control-allow-origin: {allowed}")
    return stopped(found, 403)


@attack("closed addresses")
def metrics(target: Target) -> str:
    """Figures of the server (/_stcore/metrics), signed in or not."""
    stopped(target.server.browser().get(CLOSED), 404)
    return stopped(target.person("owner").get("/_stcore/metrics?families=session_events"), 404)


@attack("closed addresses")
def agent(target: Target) -> str:
    """The interface for programs (/_stcore/agent), which would drive pages without a browser."""
    stopped(target.server.browser().post("/_stcore/agent/interact", json={}), 404)
    return stopped(target.server.browser().get("/_stcore/agent/openapi.json"), 404)


@attack("closed addresses")
def script_health(target: Target) -> str:
    """The health check that runs a page for whoever asks."""
    return stopped(target.server.browser().get("/_stcore/script-health-check"), 404)


@attack("paths")
def traversal(target: Target) -> str:
    """Paths that climb out of the served folders, plain and encoded."""
    tried = 0
    for start in ("media", "static", "component/labeller", "_stcore/bidi-components/x", "app"):
        for dots in ("..", "%2e%2e", "..%2f..", "%252e%252e", "..\\.."):
            for file in ("secrets.toml", "labeller.db", "etc/passwd"):
                path = f"/{start}/{dots}/{dots}/{dots}/{dots}/{dots}/{file}"
                first = raw(
                    target, f"GET {path} HTTP/1.1\r\nHost: {target.server.host}\r\n\r\n", 3000
                )
                tried += 1
                for secret in ("cookie_secret", "SQLite format", "root:"):
                    if secret in first:
                        raise BreachError(f"{path} gave {secret}")
    return f"none of {tried} paths gave a file"


@attack("paths")
def guessed_media(target: Target) -> str:
    """Files of pages (/media), asked for by somebody who has not signed in."""
    return stopped(target.server.browser().get(f"/media/{'0' * 56}.png"), 401)


@attack("paths")
def known_media(target: Target) -> str:
    """The address of a picture that another person saw, without a sign-in."""
    with opened(target.server, target.person("viewer")) as page:
        text = page.run().text
    start = text.index("/media/")
    address = text[start : text.index('"', start)]
    seen = target.person("viewer").get(address)
    if seen.status_code != 200 or "sandbox" not in seen.headers["content-security-policy"]:
        raise BreachError("the picture is not shown to whom it should be, or could run scripts")
    return stopped(target.server.browser().get(address), 401)


@attack("uploads")
def upload_of_nobody(target: Target) -> str:
    """An upload by somebody who has not signed in."""
    return stopped(upload(target, ""), 401)


@attack("uploads")
def upload_into_a_session(target: Target) -> str:
    """An upload into a session whose number was guessed."""
    return stopped(upload(target, "viewer", headers=token_of(target, "viewer")), 400)


@attack("uploads")
def huge_upload(target: Target) -> str:
    """An upload of more than the limit, by its own account."""
    with opened(target.server, target.person("owner")) as page:
        first = raw(target, announced(target, page.run().session, 50 * 2**30))
    if " 413 " not in first:
        raise BreachError(first)
    return first


@attack("uploads")
def chunked_upload(target: Target) -> str:
    """An upload of more than the limit, in chunks whose sum it does not tell."""
    limit = limits(target.server.workspace).upload_mb
    headers = token_of(target, "owner")
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    begin = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.zip"\r\n\r\n'
    chunk = bytes(2**20)
    with opened(target.server, target.person("owner")) as page:
        path = f"/_stcore/upload_file/{page.run().session}/{uuid.uuid4()}"
        chunks = (begin if not n else chunk for n in range(limit + 64))
        try:
            return stopped(
                target.person("owner").put(path, headers=headers | form, content=chunks), 413
            )
        except httpx.WriteError:
            return "closed in the middle"


@attack("headers")
def framed(target: Target) -> str:
    """The app in a frame of another page (clickjacking)."""
    return each_answer_has(target, "x-frame-options", "DENY", "frame-ancestors 'none'")


@attack("headers")
def sniffed(target: Target) -> str:
    """A file that a browser takes for something else than it is called."""
    return each_answer_has(target, "x-content-type-options", "nosniff", "object-src 'none'")


@attack("headers")
def redirected(target: Target) -> str:
    """A link to our login that leads to another server afterwards (open redirect)."""
    token = provider_token(target.server.cookie_secret)
    browser = target.server.browser()
    for more in ("next", "redirect_uri", "redirect", "url"):
        answer = browser.get("/auth/login", params={"provider": token, more: EVIL})
        if EVIL in answer.headers["location"] or "evil" in answer.headers["location"]:
            raise BreachError(answer.headers["location"])
    for path in ("//evil.example.net/", "/\\evil.example.net/", "/%5cevil.example.net/"):
        away = raw(target, asking(target, path), 3000)
        if "location: //evil" in away.lower() or "location: https://evil" in away.lower():
            raise BreachError(away)
    return "leads to the provider and back to us, whatever was asked for"


def unopened(target: Target, origin: str | None) -> str:
    """How the websocket of a signed-in owner was refused; raises BreachError where it was not."""
    try:
        with opened(target.server, target.person("owner"), origin=origin) as page:
            page.run()
    except RefusedError as refused:
        return str(refused)
    raise BreachError("the websocket was opened")


def upload(target: Target, role: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """The answer to an upload by a person of that role, into a session that there is not."""
    browser = target.person(role) if role else target.server.browser()
    path = f"/_stcore/upload_file/{uuid.uuid4()}/{uuid.uuid4()}"
    return browser.put(path, files=FORM, headers=headers or {})


def token_of(target: Target, role: str) -> dict[str, str]:
    """The header with which our own page sends an upload."""
    browser = target.person(role)
    browser.get("/_stcore/health")
    return {"X-Xsrftoken": browser.cookies["_streamlit_xsrf"], "Origin": target.server.origin}


def announced(target: Target, session: str, size: int) -> str:
    """The head of an upload of so many bytes by an owner."""
    headers = token_of(target, "owner") | {"Content-Length": str(size)}
    jar = target.person("owner").cookies.jar
    headers |= {"Cookie": "; ".join(f"{each.name}={each.value}" for each in jar)}
    head = asking(target, f"/_stcore/upload_file/{session}/{uuid.uuid4()}").rstrip()
    lines = [head.replace("GET", "PUT", 1), *(f"{key}: {value}" for key, value in headers.items())]
    return "\r\n".join(lines) + "\r\n\r\n"


def each_answer_has(target: Target, header: str, value: str, policy: str) -> str:
    """Says that pages, files, refusals and health have a header and a policy, or raises."""
    paths = (
        "/",
        "/label",
        "/_stcore/health",
        "/media/none.png",
        "/auth/logout",
        "/_stcore/metrics",
    )
    for path in paths:
        answer = target.server.browser().get(path)
        given = answer.headers.get("content-security-policy", "")
        if answer.headers.get(header) != value or (policy not in given and "sandbox" not in given):
            raise BreachError(f"{path} has no {header}: {value}")
    return f"{header}: {value} on each answer"


def asking(target: Target, path: str) -> str:
    """A request for a path that no library has tidied."""
    return f"GET {path} HTTP/1.1\r\nHost: {target.server.host}\r\n\r\n"


def raw(target: Target, request: str, length: int = 200) -> str:
    """The beginning of the answer to these bytes, sent as they are."""
    with socket.create_connection(("127.0.0.1", target.server.port), timeout=10) as connection:
        connection.sendall(request.encode())
        with contextlib.suppress(TimeoutError, ConnectionError):
            answer = connection.recv(length).decode(errors="replace")
            return answer if length > 200 else answer.partition("\r\n")[0]
    return "closed"
