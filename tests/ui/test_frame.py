"""The frame: navigation, the guard of deep links, the project picker, escaping, sprites."""

import gc

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from labeller import service
from labeller.ui.frame.job_banner import duration
from labeller.ui.frame.navigation import PAGES, keep_apart, page_info
from labeller.ui.frame.text import escape
from labeller.ui.widgets.sprites import data_uri, png, sprite
from tests.service.test_round import label_truly
from tests.support import PATIENCE
from tests.ui.driving import APP, Driver, buttons, texts


def test_every_page_of_the_navigation_has_a_file():
    for info in PAGES:
        assert (APP.parent / info.file).is_file(), info.file


def test_what_is_loaded_is_left_alone_by_the_garbage_collector_once():
    before = gc.get_freeze_count()
    try:
        keep_apart(1)
        frozen = gc.get_freeze_count()
        assert frozen > before
        kept = [[] for _ in range(100)]
        keep_apart(1)
        assert gc.get_freeze_count() <= frozen
        keep_apart(2)
        assert gc.get_freeze_count() > frozen - len(kept)
    finally:
        gc.unfreeze()


def test_an_unknown_page_is_refused_with_the_pages():
    with pytest.raises(ValueError, match="projects, train, label"):
        page_info("lable")


def test_a_deep_link_that_bypasses_the_app_still_gets_the_frame(store, monkeypatch):
    """Without the driver's patch, Streamlit runs pages/review.py alone at first."""
    monkeypatch.setenv("LABELLER_WORKSPACE", str(store.folder))
    monkeypatch.setattr(service, "ensure_worker", lambda store: None)
    app = AppTest.from_file(str(APP), default_timeout=PATIENCE).switch_page("pages/review.py").run()
    assert not app.exception
    assert [picker.label for picker in app.sidebar.selectbox] == ["Project"]
    assert "Review" in app.title[0].value


def test_an_empty_workspace_has_one_button_to_projects(tmp_path, monkeypatch):
    app = Driver(tmp_path / "empty", monkeypatch).visit("label")
    assert not app.exception
    assert buttons(app) == ["Create a project"]


def test_the_address_chooses_the_project_and_the_picker_follows(driver, store):
    service.create_project(store, "other", "digits")
    app = driver.visit("label", project="digits")
    assert app.sidebar.selectbox[0].value == service.project(store, "digits").id
    app = driver.visit("label", project="other")
    assert app.sidebar.selectbox[0].value == service.project(store, "other").id
    assert "No questions yet" in texts(app)


def test_hostile_class_names_are_shown_as_they_are(driver, store):
    service.rename_class(store, "digits", 0, "![x](http://example.org/a.png) <b>bold</b>")
    label_truly(store)
    app = driver.visit("review")
    assert not app.exception
    assert "](http" not in texts(app)
    assert "<b>" not in texts(app)


def test_escaped_text_has_no_markdown_left():
    assert escape("a *b* [c](d)") == r"a \*b\* \[c\]\(d\)"
    assert escape("two\n\n# lines") == r"two \# lines"
    assert escape("plain words 123") == "plain words 123"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0 s"), (59.4, "59 s"), (61, "1 min 1 s"), (1500, "25 min"), (7500, "2 h 5 min")],
)
def test_times_read_well(seconds, words):
    assert duration(seconds) == words


def test_a_sprite_has_every_picture_in_its_cell():
    images = np.arange(5 * 2 * 2, dtype=np.uint8).reshape(5, 2, 2, 1)
    sheet = sprite(images, columns=3, scale=2, gap=1)
    assert sheet.shape == (2 * 4 + 1, 3 * 4 + 2, 4)
    assert (sheet[5:9, 5:9, 0] == images[4, ..., 0].repeat(2, 0).repeat(2, 1)).all()
    assert (sheet[5:9, 10:, 3] == 0).all()  # the sixth cell is empty


def test_sprites_refuse_nothing_to_draw():
    with pytest.raises(ValueError, match="n >= 1"):
        sprite(np.zeros((0, 2, 2, 1), np.uint8), columns=3)
    with pytest.raises(ValueError, match="columns must be at least 1"):
        sprite(np.zeros((1, 2, 2, 1), np.uint8), columns=0)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_become_png(channels):
    image = np.zeros((4, 4, channels), np.uint8)
    assert png(image).startswith(b"\x89PNG")
    assert data_uri(image).startswith("data:image/png;base64,")
