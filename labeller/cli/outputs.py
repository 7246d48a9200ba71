"""Files and folders that a command writes: refused before its work, and not after it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import typer


def new_file(path: Path | None) -> Path | None:
    """An option's callback: `path`, if a file can be written there; "-" is standard output."""
    if path is not None and str(path) != "-":
        if path.is_dir():
            raise typer.BadParameter(f"{path} is a folder; give the name of a file")
        _check_folder(path.parent)
    return path


def new_folder(path: Path) -> Path:
    """The same for a folder of files."""
    _check_folder(path)
    return path


def new_figure(path: Path | None) -> Path | None:
    """The same for a figure, which is a picture or a web page."""
    if path is not None and path.suffix not in (".png", ".html"):
        raise typer.BadParameter(f"a figure must end in .png or .html, got {path.name}")
    return new_file(path)


def new_picture(path: Path | None) -> Path | None:
    """The same for a picture of pixels."""
    if path is not None and path.suffix.lower() not in (".jpg", ".jpeg", ".png"):
        raise typer.BadParameter(f"a picture must end in .jpg or .png, got {path.name}")
    return new_file(path)


def _check_folder(folder: Path) -> None:
    """Make the folder, and a file in it for a moment; raises BadParameter with the reason."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".labeller-"):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise typer.BadParameter(f"nothing can be written to {folder} ({reason})") from None
