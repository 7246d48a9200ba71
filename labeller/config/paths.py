"""Where workspaces and data sets lie, unless a command or a variable says otherwise."""

import os
from pathlib import Path

import platformdirs


def workspace_folder(given: str | Path | None = None) -> Path:
    """The workspace: the given folder, else $LABELLER_WORKSPACE, else the user's data folder."""
    chosen = given or os.environ.get("LABELLER_WORKSPACE") or platformdirs.user_data_dir("labeller")
    return Path(chosen).expanduser().absolute()


def data_folder(given: str | Path | None = None) -> Path:
    """Where data sets lie or are downloaded: given, else $LABELLER_DATA, else the user's cache."""
    chosen = given or os.environ.get("LABELLER_DATA") or platformdirs.user_cache_dir("labeller")
    return Path(chosen).expanduser().absolute()


def cache_folder() -> Path:
    """Where files lie that can be made again, such as a converted network."""
    return Path(platformdirs.user_cache_dir("labeller"))
