"""nginx before a published server, as examples/publish configures it, and attacks on it."""

import datetime
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

import labeller
from labeller.experiments.attacks.attack import BreachError, Target, attack, stopped
from labeller.experiments.attacks.server import PATIENCE, Server, free_port, published

CONFIGURATION = Path(labeller.__file__).parents[1] / "examples" / "publish" / "nginx.conf"
KIND = "behind nginx"
NAME = "labels.example.org"
SLOW = 2  # seconds: a slow client is cut off sooner than in the file, which says 10


@dataclass(frozen=True)
class Proxy:
    """nginx, the server behind it, whose origin is nginx, and its port without TLS."""

    server: Server
    plain: int


@contextmanager
def behind_nginx(workspace: Path, provider: str) -> Iterator[Proxy]:
    """nginx before a published server of that workspace."""
    port, plain = free_port(), free_port()
    origin = f"https://localhost:{port}"
    folder = workspace.parent / "nginx"
    folder.mkdir()
    certificate(folder)
    with published(workspace, provider, origin) as server:
        file = folder / "nginx.conf"
        file.write_text(configured(origin, port, plain, server.port, folder))
        command = ["nginx", "-p", str(folder), "-c", str(file), "-e", str(folder / "error.log")]
        command += ["-g", f"daemon off; pid {folder / 'pid'};"]
        process = subprocess.Popen(command)
        try:
            until = time.monotonic() + PATIENCE
            while time.monotonic() < until:
                with suppress(OSError):
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                time.sleep(0.1)
            yield Proxy(server, plain)
        finally:
            process.terminate()
            process.wait(20)


def configured(origin: str, port: int, plain: int, server: int, folder: Path) -> str:
    """The configuration as it is, but for names, ports, files and how long it waits."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    changes = {
        f"https://{NAME}": origin,
        f"server_name {NAME}": "server_name localhost",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "listen 80": f"listen 127.0.0.1:{plain}",
        "server 127.0.0.1:8501": f"server 127.0.0.1:{server}",
        "/etc/nginx/certificates": str(folder),
        "client_header_timeout 10s": f"client_header_timeout {SLOW}s",
    }
    for old, new in changes.items():
        if old not in text:
            raise BreachError(f"{CONFIGURATION} has no {old!r}")
        text = text.replace(old, new)
    return text


def certificate(folder: Path) -> None:
    """Writes fullchain.pem and privkey.pem of localhost, which nobody trusts."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    kind = serialization.PrivateFormat.PKCS8
    (folder / "fullchain.pem").write_bytes(made.public_bytes(pem))
    (folder / "privkey.pem").write_bytes(key.private_bytes(pem, kind, plain))


@attack(KIND)
def slow_client(target: Target) -> str:
    """Connections that send their request a byte a second (slow loris)."""
    with ExitStack() as stack:
        slow = [stack.enter_context(connected(target)) for _ in range(20)]
        begun = time.monotonic()
        for connection in slow:
            connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        while time.monotonic() - begun < 5 * SLOW and not all(map(is_closed, slow)):
            for connection in slow:
                with suppress(OSError):
                    connection.sendall(b"a")
            time.sleep(0.2)
        waited = time.monotonic() - begun
        if not all(map(is_closed, slow)):
            raise BreachError(f"they are open after {waited:.0f} s")
    return f"closed after {waited:.0f} s, while the limit was {SLOW}; in the file it is 10"


@attack(KIND)
def many_connections(target: Target) -> str:
    """A hundred requests at once of one address."""
    with ExitStack() as stack:
        many = []
        for _ in range(100):
            many.append(stack.enter_context(connected(target)))
            many[-1].sendall(announced(target, 9))  # whose body never comes
        refused = sum(b" 429 " in peeked(connection) for connection in many)
    if not refused:
        raise BreachError("all were let in")
    return f"{refused} of 100 got HTTP 429"


@attack(KIND)
def many_sign_ins(target: Target) -> str:
    """A hundred sign-ins in a row of one address."""
    with browser(target) as one:
        codes = [one.get("/auth/login").status_code for _ in range(100)]
    if 429 not in codes:
        raise BreachError("all were let in")
    return f"{codes.count(429)} of 100 got HTTP 429"


@attack(KIND)
def other_name(target: Target) -> str:
    """TLS for another name, and HTTP for another name over it."""
    try:
        connected(target, "evil.example.net").close()
        raise BreachError("a certificate was given")
    except ssl.SSLError:
        pass
    with browser(target) as one:
        answer = one.get("/", headers={"Host": "evil.example.net"})
        return f"no handshake, and {stopped(answer, 400, 421, 403)}"


@attack(KIND)
def plain_http(target: Target) -> str:
    """HTTP without TLS, with a Host header that would lead elsewhere."""
    answer = httpx.get(
        f"http://127.0.0.1:{proxy_of(target).plain}/label", headers={"Host": "evil.example.net"}
    )
    if answer.headers["location"] != f"{address(target)}/label":
        raise BreachError(answer.headers["location"])
    return stopped(answer, 308)


@attack(KIND)
def metrics_of_proxy(target: Target) -> str:
    """Figures of the server, through the proxy."""
    with browser(target) as one:
        return stopped(one.get("/_stcore/metrics"), 404)


@attack(KIND)
def long_header(target: Target) -> str:
    """A header of 100 kB."""
    with browser(target) as one:
        return stopped(one.get("/", headers={"X-Long": "a" * 100_000}), 400, 414, 431, 494)


@attack(KIND)
def large_body(target: Target) -> str:
    """An upload of 50 GB, by its own account."""
    with connected(target) as one:
        one.sendall(announced(target, 50 * 2**30))
        first = one.recv(200).partition(b"\r\n")[0].decode()
    if " 413 " not in first:
        raise BreachError(first)
    return first


@attack(KIND)
def cookies_over_http(target: Target) -> str:
    """A cookie that the browser would send without TLS."""
    with browser(target) as one:
        given = one.get("/_stcore/health").headers.get("set-cookie", "")
    if "secure" not in given.lower():
        raise BreachError(given)
    return "Secure"


def announced(target: Target, size: int) -> bytes:
    """The head of an upload of so many bytes."""
    host = urlsplit(address(target)).netloc
    length = f"Content-Length: {size}\r\n\r\n"
    return f"PUT /_stcore/upload_file/a/b HTTP/1.1\r\nHost: {host}\r\n{length}".encode()


def address(target: Target) -> str:
    """Of nginx, as people type it."""
    return proxy_of(target).server.origin


def proxy_of(target: Target) -> Proxy:
    """nginx of the target."""
    if not isinstance(target.proxy, Proxy):
        raise BreachError("there is no nginx")
    return target.proxy


def browser(target: Target) -> httpx.Client:
    """A browser at the proxy."""
    return httpx.Client(base_url=address(target), verify=False)


def connected(target: Target, name: str = "localhost") -> ssl.SSLSocket:
    """A connection to the proxy, by TLS."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    bare = socket.create_connection(("127.0.0.1", urlsplit(address(target)).port or 443))
    return context.wrap_socket(bare, server_hostname=name)


def is_closed(connection: ssl.SSLSocket) -> bool:
    """Whether the other side has closed it."""
    return peeked(connection) == b"" and connection.timeout == 0.05


def peeked(connection: ssl.SSLSocket) -> bytes:
    """What it has sent; None yet counts as a space."""
    connection.settimeout(0.05)
    try:
        return connection.recv(200)
    except TimeoutError:
        return b" "
    except OSError:
        return b""
