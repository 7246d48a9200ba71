"""A project as one page of HTML, to send to somebody: it needs no labeller and asks for no file.

All pictures are in it, drawings are SVG, and it forbids itself scripts and requests, so that a
name that somebody chose can do nothing.
"""

from importlib.metadata import version
from pathlib import Path

from labeller.errors import StateError
from labeller.records import ProjectView
from labeller.service.lookup import ProjectLike
from labeller.service.projects import images_of, view_of
from labeller.service.report import about, data, quality
from labeller.service.report.markup import element, raw, safe, tiles
from labeller.store import Store
from labeller.store.files import write_bytes
from labeller.store.schema import now

_STYLE = Path(__file__).with_name("style.css")
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def write_report(store: Store, project: ProjectLike, path: str | Path) -> Path:
    """Writes the report; raises StateError before images are imported, and where it cannot."""
    path, content = Path(path), report_html(store, project)
    try:
        write_bytes(path, content)
    except OSError as error:
        reason = f"cannot write {path} ({error.strerror}); choose another file"
        raise StateError(reason) from error
    return path


def report_html(store: Store, project: ProjectLike) -> bytes:
    """The report in UTF-8: data, classes with examples, quality, rounds, method, how it was made.

    What is not known yet (rounds, true classes, an audit) is left out. Raises StateError before
    the images are imported.
    """
    view = view_of(store, project)
    images_of(store, view)
    table = data.labels(store, view)
    quality_of = quality.known(store, view)
    parts = [
        _head(view, quality_of),
        data.images(view, table),
        data.classes(store, view, table),
        quality.accuracy(quality_of),
        quality.rounds(store, view),
        quality.confusion(store, view),
        quality.issues(store, view),
        about.method(view),
        about.made(store, view),
    ]
    body = element("main", *(part for part in parts if part))
    return _page(view.name, body).encode()


def _head(view: ProjectView, known: quality.Known) -> str:
    today = now()
    said = f"Report of {today.day} {today:%B %Y}, made with labeller {version('labeller')}"
    numbers = [
        ("Images", f"{view.count:,}", f"{view.train:,} to label, {view.test:,} held out"),
        ("With a label", f"{view.covered:.1%}", "of the images to label, by the answers"),
        ("Answers", f"{view.answers:,}", f"by {known.experts}" if known.experts else ""),
        ("Accuracy", known.headline, known.headline_of),
    ]
    return element("header", element("h1", view.name), element("p", said), tiles(numbers))


def _page(title: str, body: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{safe(title)}: report</title>\n"
        f"<style>\n{_STYLE.read_text('utf-8')}</style>\n</head>\n"
        f"<body>\n{raw(body)}\n</body>\n</html>\n"
    )
