"""The pure parts of our JavaScript on one page of Chromium, each test a few calls of them."""

from pathlib import Path

import pytest

from labeller.ui.audit import card
from labeller.ui.explore import board
from labeller.ui.label import grid
from labeller.ui.review import board as review
from labeller.ui.widgets import picker
from labeller.ui.widgets.pieces import pieces_js, read
from tests.browser.javascript.cards import CLASSES, MODEL

GRID, CARD, PICKER, REVIEW, MAP = (
    Path(each.__file__).parent for each in (grid, card, picker, review, board)
)
ADDRESS = "http://labeller.test/"  # a page of its own has a localStorage, a blank one has none
PRELUDE = """
const clock = { now: 0 };
Date.now = () => clock.now;
"""


@pytest.fixture(scope="session")
def scripts(chromium):
    """A page on which all functions and classes of our boards are global."""
    page = chromium.new_page()
    page.route(ADDRESS, lambda route: route.fulfill(body="<body></body>", content_type="text/html"))
    page.goto(ADDRESS)
    label = ("marks.js", "several.js", "model.js", "words.js", "bindings.js", "keys.js")
    boards = [pieces_js(GRID, *label), read(CARD, "model.js"), read(REVIEW, "model.js")]
    boards += [read(MAP, name) for name in ("columns.js", "view.js", "model.js", "journey.js")]
    exported = read(PICKER, "picker.js").replace("export default function", "function showPicker")
    page.add_script_tag(content="\n".join([PRELUDE, *boards, exported]))
    yield page
    page.close()


@pytest.fixture
def js(scripts):
    """Runs a function's body on a clean page at 1,000 ms; keyword arguments are its variables."""
    scripts.evaluate(
        "localStorage.clear(); document.body.replaceChildren(); SHARED.models.clear();"
        "POINTS.clear();"
        "clock.now = 1000;"
    )

    def run(body, **values):
        return scripts.evaluate(f"({{ {', '.join(values)} }}) => {{ {body} }}", values)

    return run


@pytest.fixture
def grid(js):
    """Runs a body after a model has received `cards`."""

    def run(body, *cards, **values):
        return js(MODEL + body, cards=list(cards), classes=CLASSES, **values)

    return run
