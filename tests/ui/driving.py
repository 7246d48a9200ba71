"""Drive a page through the app, as a browser would, without a browser or a worker process."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from labeller import service
from tests.support import PATIENCE

APP = Path(__file__).parents[2] / "app.py"


class Driver:
    """Opens pages of the app on one workspace; no worker process is started."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LABELLER_WORKSPACE", str(folder))
        monkeypatch.setattr(service, "ensure_worker", lambda store: None)
        # AppTest starts a server for every run, and a server's first run bypasses app.py when a
        # pages/ folder lies beside it. A browser session meets that once; clicks would be lost.
        started = PagesManager.__init__

        def start(manager: PagesManager, *given: Any, **named: Any) -> None:
            started(manager, *given, **named)
            PagesManager.uses_pages_directory = False

        monkeypatch.setattr(PagesManager, "__init__", start)

    def visit(self, page: str, project: str | None = None) -> AppTest:
        """The page called `page`, run once, with `project` (else the newest) chosen."""
        app = AppTest.from_file(str(APP), default_timeout=PATIENCE)
        if project is not None:
            app.query_params["project"] = project
        return app.switch_page(f"pages/{page}.py").run()


def texts(app: AppTest) -> str:
    """All words on the page that a person reads, in one string."""
    kinds = (app.title, app.subheader, app.markdown, app.caption, app.info, app.error, app.text)
    words = [str(element.value) for kind in kinds for element in kind]
    return "\n".join([*words, *(element.label for element in app.metric)])


def buttons(app: AppTest) -> list[str]:
    """The labels of the buttons on the page."""
    return [button.label for button in app.button]


def button(app: AppTest, label: str):
    """The button with this label; fails with the labels there are."""
    found = [each for each in app.button if each.label == label]
    assert found, f"no button {label!r} among {buttons(app)}"
    return found[0]
