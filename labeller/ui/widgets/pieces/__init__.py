"""What our components share: JavaScript, styles, the ledger of what was sent, and pictures.

The files are put together as text, in order, since a component is one script.
"""

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent
# Small pieces, the log of unconfirmed entries, keys, the choice of a class, what a page is.
_BOARD = ("parts.js", "log.js", "keys.js", "chooser.js", "board.js")


def board_js(folder: Path, *names: str) -> str:
    """The script of a component that is a board: the shared pieces, then its own files."""
    return "\n".join([*(read(_FOLDER, name) for name in _BOARD), *(read(folder, n) for n in names)])


def board_css(folder: Path, *names: str) -> str:
    """The style of a component that is a board: the shared one, then its own files."""
    return "\n".join([read(_FOLDER, "board.css"), *(read(folder, name) for name in names)])


@cache
def read(folder: Path, name: str) -> str:
    """A file beside the code, read once a process."""
    return (folder / name).read_text(encoding="utf-8")


def nothing() -> None:
    """A state of a component needs a callback to exist."""
