"""What the classes mean, as people wrote it."""

import pytest

from labeller import service
from labeller.records import Guideline

PROJECT = "digits"


def test_a_guideline_is_kept_replaced_and_taken_away(store):
    assert service.guidelines(store, PROJECT) == {}
    service.set_guideline(store, PROJECT, 3, " open on the left ", [5, 9, 5])
    service.set_guideline(store, PROJECT, 7, "with or without a bar")
    project = service.project(store, PROJECT)
    expected = {3: Guideline("open on the left", (5, 9)), 7: Guideline("with or without a bar")}
    assert service.guidelines(store, project) == service.guidelines(store, PROJECT) == expected
    service.set_guideline(store, PROJECT, 3, "")
    assert list(service.guidelines(store, PROJECT)) == [7]


def test_a_copy_of_a_project_has_them_too(store):
    service.set_guideline(store, PROJECT, 3, "open on the left")
    service.duplicate_project(store, PROJECT, "copy")
    service.set_guideline(store, "copy", 3, "")
    assert service.guidelines(store, "copy") == {}
    assert service.guidelines(store, PROJECT) == {3: Guideline("open on the left")}


@pytest.mark.parametrize(
    ("label", "text", "examples", "message"),
    [
        (10, "x", [], "label must be one of"),
        (3, "x" * 1001, [], "at most 1000 characters, got 1001"),
        (3, "", range(9), "at most 8 images, got 9"),
        (3, "", [1797], "images from 0 to 1796, got 1797"),
    ],
)
def test_what_does_not_fit_is_refused(store, label, text, examples, message):
    with pytest.raises(ValueError, match=message):
        service.set_guideline(store, PROJECT, label, text, list(examples))
    assert service.guidelines(store, PROJECT) == {}
