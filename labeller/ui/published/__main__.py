"""Starts the published server: `python -m labeller.ui.published APP HOST PORT [SECRETS ORIGIN]`.

`labeller ui --host` does, once it has checked who may reach it.
"""

import sys
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from labeller import service
from labeller.config.paths import workspace_folder
from labeller.config.publishing import limits
from labeller.ui.published.walls import Walls, still_counts


def options(host: str, port: int, upload_mb: int, secrets: str, origin: str) -> dict[str, Any]:
    """Streamlit's own settings: nothing that is not needed, and of uploads no more than allowed."""
    chosen: dict[str, Any] = {
        "server.address": host,
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.allowedHosts": ["*"],  # the walls know better: they compare the port too
        "server.enableCORS": True,
        "server.enableXsrfProtection": True,
        "server.enableStaticServing": False,
        "server.maxUploadSize": upload_mb,
        "server.maxMessageSize": 100,
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        "logger.level": "warning",
    }
    if origin:
        chosen |= {"secrets.files": [secrets], "server.corsAllowedOrigins": [origin]}
    return chosen


def main(app: str, host: str, port: str, secrets: str = "", origin: str = "") -> None:
    """Serves until the process is ended."""
    store = service.open_store(workspace_folder())
    most = limits(store.folder)
    walls = Middleware(Walls, origin=origin, signed_in=still_counts(store, most.session_hours))
    chosen = options(host, int(port), most.upload_mb, secrets, origin)
    st.App(Path(app), middleware=[walls]).run(config=chosen)


if __name__ == "__main__":
    main(*sys.argv[1:])
