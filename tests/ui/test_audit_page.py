"""The Audit page: draw, label, estimate; and the dialog of the classes."""

import sys

from streamlit.testing.v1 import AppTest

from labeller import service
from labeller.ui.audit.card import apply_log
from labeller.ui.widgets.pieces.ledger import Ledger
from tests.service.test_round import label_truly
from tests.support import PATIENCE
from tests.ui.driving import button, texts


def test_the_images_are_drawn_with_the_size_chosen(driver, store):
    app = driver.visit("audit")
    assert not app.exception
    assert "never trained on" in texts(app)
    assert app.number_input[0].value == 300
    app.number_input[0].set_value(50).run()
    button(app, "Draw the images").click().run()
    assert not app.exception
    assert len(service.audit(store, "digits").images) == 50


def test_what_the_card_sends_is_counted_by_the_page(driver, store):
    images = service.draw_audit(store, "digits", 25).images
    project = service.project(store, "digits")
    assert "Label the first images" in texts(driver.visit("audit"))
    entries = [
        {"seq": 1, "kind": "label", "image": images[0], "label": 3},
        {"seq": 2, "kind": "skip", "image": images[1], "label": None},
        {"seq": 3, "kind": "label", "image": images[2], "label": 7},
    ]
    apply_log(Ledger(), store, project, {"client": "tab", "entries": entries})
    assert service.audit(store, "digits").said == {images[0]: 3, images[1]: None, images[2]: 7}
    app = driver.visit("audit")
    assert not app.exception
    assert "no labels to compare with yet" in texts(app)


def test_the_estimate_stands_beside_the_images(driver, store):
    label_truly(store)
    images = service.draw_audit(store, "digits", 25).images
    labels = service.preview(store, "digits").labels
    for image in images:
        service.answer_audit(store, "digits", image, int(labels[image]))
    app = driver.visit("audit")
    assert not app.exception
    (only,) = app.metric
    assert (only.label, only.value) == ("Labels of your answers", "100.0%")
    assert only.delta == "86.7% to 100.0%"
    assert "too early" in texts(app)


def test_a_set_that_is_too_small_says_so(driver, monkeypatch):
    monkeypatch.setattr(sys.modules["labeller.service.audit"], "LEAST", 900)
    app = driver.visit("audit")
    assert not app.exception
    assert "needs 1800 training images or more" in texts(app).replace("\\", "")


def the_forms(folder):
    from labeller import service
    from labeller.ui.widgets.classes import class_forms

    store = service.open_store(folder)
    class_forms(store, service.project(store, "digits"))


def test_the_label_page_opens_the_dialog_of_the_classes(driver):
    app = driver.visit("label")
    button(app, "Rename or merge classes").click().run()
    assert not app.exception
    assert [tab.label for tab in app.tabs] == ["Add", "Rename", "Merge and split", "Guidelines"]


def test_classes_are_merged_and_split_in_the_dialog(store):
    number = service.project(store, "digits").id
    app = AppTest.from_function(
        the_forms, args=(str(store.folder),), default_timeout=PATIENCE
    ).run()
    views = service.classes(store, "digits")
    app.selectbox(key=f"classes {number} gone").set_value(views[4]).run()
    app.selectbox(key=f"classes {number} into").set_value(views[9]).run()
    button(app, "Merge").click().run()
    assert not app.exception
    assert service.classes(store, "digits")[4].merged_into == 9
    button(app, "Split again").click().run()
    assert service.classes(store, "digits")[4].merged_into is None
