"""Attacks by what people bring: archives, images, paths, names."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from labeller import service
from labeller.config.publishing import NAME as LIMITS
from labeller.errors import LabellerError
from labeller.experiments.attacks.attack import BreachError, Target, absent, attack
from labeller.experiments.attacks.session import opened
from labeller.records import Actor
from labeller.service import Store

SCRIPT = "<script>alert(1)</script>"


@attack("archives")
def climbing_names(target: Target) -> str:
    """A zip whose files are called ../../../evil.png and /tmp/evil.png."""
    names = ("../../../../evil.png", "/tmp/labeller-evil.png", "..\\..\\evil.png", "a/../../e.png")

    def write(zip: zipfile.ZipFile) -> None:
        for name in names:
            zip.writestr(name, flat_png(8))

    what = imported(target, write)
    outside = [*target.server.workspace.parent.rglob("evil.png"), Path("/tmp/labeller-evil.png")]
    if any(path.exists() for path in outside):
        raise BreachError("a file was written outside")
    return what


@attack("archives")
def bomb(target: Target) -> str:
    """An image of 60,000 x 60,000 pixels in 50 kB (a decompression bomb)."""
    return imported(target, lambda zip: zip.writestr("a/bomb.png", flat_png(60_000)))


@attack("archives")
def bomb_of_zeros(target: Target) -> str:
    """A file of 320 MB in a zip of 300 kB."""

    def write(zip: zipfile.ZipFile) -> None:
        with zip.open("a/zeros.png", "w", force_zip64=True) as member:
            for _ in range(20):
                member.write(bytes(2**24))

    return imported(target, write)


@attack("archives")
def link_out(target: Target) -> str:
    """A zip with a symbolic link to /etc/passwd, called like an image."""

    def write(zip: zipfile.ZipFile) -> None:
        link = zipfile.ZipInfo("a/link.png")
        link.external_attr = 0o120777 << 16
        zip.writestr(link, "/etc/passwd")

    return imported(target, write)


@attack("archives")
def script_in_svg(target: Target) -> str:
    """An SVG and an HTML page with a script, under their own names and as .png."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{SCRIPT}</svg>'

    def write(zip: zipfile.ZipFile) -> None:
        for name in ("a/x.svg", "a/x.html", "a/svg.png", "a/x.png.html"):
            zip.writestr(name, svg)

    return imported(target, write)


@attack("archives")
def table_upload(target: Target) -> str:
    """An upload that is a table of paths of the server's files."""
    stream = io.BytesIO(b"path\n/etc/passwd\n")
    return refused(lambda: service.save_upload(owner(target), "paths.csv", stream))


@attack("archives")
def climbing_upload(target: Target) -> str:
    """An upload called ../../labeller.db.zip."""
    path = service.save_upload(owner(target), "../../labeller.db.zip", io.BytesIO(b""))
    uploads = target.server.workspace / "uploads"
    if uploads not in path.resolve().parents:
        raise BreachError(f"it was written to {path}")
    return "kept among the uploads"


@attack("folders")
def folder_outside(target: Target) -> str:
    """An owner types paths of the server that are in no folder for images."""
    workspace = target.server.workspace
    tried = ("/etc", "/", "~", "/proc/self/cwd", str(workspace), f"{workspace}/uploads/..")
    for path in tried:
        refused(partial(create, target, path))
    return f"{len(tried)} paths refused"


@attack("folders")
def features_outside(target: Target) -> str:
    """Features that are read from a file of the server."""
    path = target.server.workspace / "labeller.db.npy"
    path.touch()
    encoder = f"file:{path}"
    return refused(lambda: create(target, "digits", encoder))


@attack("names")
def script_in_names(target: Target) -> str:
    """Markup with scripts and links as names of a class and of a project."""
    store, evil = owner(target), f"{SCRIPT}<img src=x onerror=alert(1)>[a](javascript:alert(1))"
    view = service.create_project(store, "a<img src=x onerror=alert(1)>", "digits")
    try:
        label = service.add_class(store, "digits", evil[:80]).label
        report = service.report_html(store, "digits").decode()
        absent(report, SCRIPT, "<img src=x", 'href="javascript:')
        with opened(target.server, target.person("viewer")) as page:
            for address in ("", "review", "results", "export"):
                for element in page.run(address).elements:
                    words = str(element.markdown.body) + str(element.heading.body)
                    absent(words.replace("\\<", ""), SCRIPT, "<img src=x")
                    if element.markdown.allow_html and "onerror" in words:
                        raise BreachError("a name is HTML")
        service.rename_class(store, "digits", label, "harmless")
    finally:
        service.delete_project(target.store(), view)
    return "shown as it is written"


@attack("limits")
def many_projects(target: Target) -> str:
    """More projects than the limit."""
    return limited(target, "projects = 1", lambda: create(target, "digits"))


@attack("limits")
def full_disk(target: Target) -> str:
    """Uploads until the workspace is full."""
    upload = partial(service.save_upload, owner(target), "a.zip", io.BytesIO(b""))
    return limited(target, "workspace_gb = 0.0001", upload)


def owner(target: Target) -> Store:
    """The workspace in the hands of an owner who is signed in."""
    return target.store().acting_as(Actor("owner@example.org"))


def create(target: Target, source: str, encoder: str | None = None) -> None:
    """An owner makes a project of that source."""
    service.create_project(owner(target), "new", source, encoder=encoder)


def refused(act: Callable[[], object]) -> str:
    """The message with which an act was refused; raises BreachError where it was done."""
    try:
        act()
    except LabellerError as error:
        return str(error).partition(";")[0][:120]
    raise BreachError("it was done")


def limited(target: Target, limits: str, act: Callable[[], object]) -> str:
    """The same while these limits hold."""
    file = target.server.workspace / LIMITS
    file.write_text(limits)
    try:
        return refused(act)
    finally:
        file.unlink()


def imported(target: Target, write: Callable[[zipfile.ZipFile], object]) -> str:
    """What the import of an uploaded zip says, which has nothing that may become an image."""
    from labeller.jobs.worker import run_waiting

    store, stream = owner(target), io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        write(archive)
    stream.seek(0)
    view = service.create_project(
        store, "evil", str(service.save_upload(store, "evil.zip", stream)), size=8
    )
    try:
        run_waiting(store)
        job = service.last_job(store, view, "ingest")
        report = service.project(store, view).report
        for name in service.image_names(store, view, range(report.taken)) if report else ():
            if "link" in name or "svg" in name or "zeros" in name:
                raise BreachError(f"{name} became an image")
        return (job.error if job and job.error else report.text if report else "nothing")[:160]
    finally:
        service.delete_project(store, view)


def flat_png(side: int) -> bytes:
    """A black PNG of that side, in a few bytes a row."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    pixels = zlib.compressobj(9)
    rows = b"".join(pixels.compress(bytes(1 + side // 8 + 1)) for _ in range(side)) + pixels.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", head), chunk(b"IDAT", rows), chunk(b"IEND", b""))
    )
