"""Pages of a project with damaged files: they say so, and what does not need them goes on."""

import pytest

from labeller import service
from labeller.rounds.answer import Answer


@pytest.fixture
def folder(store):
    return store.project_folder(service.project(store, "digits").id)


def test_label_goes_on_beside_a_damaged_question_and_guidelines(driver, store, folder):
    service.set_guideline(store, "digits", 0, "a loop")
    folder.guidelines.write_bytes(b"{")
    folder.node(1, "2").write_bytes(b"")
    app = driver.visit("label")
    assert not app.exception
    assert not app.error
    assert "guidelines\\.json" in app.warning[0].value
    service.answer(store, "digits", "1", Answer("label", label=1))
    assert service.labelling(store, "digits").labelled == 1


def test_review_says_which_answers_are_missing(driver, store, folder):
    folder.node(1, "2").write_bytes(b"")
    for node in ("1", "2"):
        service.answer(store, "digits", node, Answer("label", label=1))
    app = driver.visit("review")
    assert not app.exception
    assert [said for each in app.warning if "2\\.npz" in (said := each.value)]


def test_a_page_that_needs_a_damaged_file_names_it(driver, store, folder):
    (folder.data / "images.npy").write_bytes(b"")
    app = driver.visit("label")
    assert not app.exception
    [error] = app.error
    assert "images\\.npy" in error.value
