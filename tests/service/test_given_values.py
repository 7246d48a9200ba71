"""Names and numbers that people and programs give: what is none is refused, nothing is written."""

import numpy as np
import pytest

from labeller import service
from labeller.records import Answer

NAMES = ["", " ", "x" * 300, "a\nb", "a\x1b[31mb", "a\u202eb", "a\x7f"]
CLASS = "a class name must have 1 to 80 printable characters"
PROJECT = "a project name must have 1 to 80 printable characters and no slash"
PERSON = "the name of a person must have 1 to 254 printable characters"


def written(store):
    """All that the workspace says of its projects."""
    answers, audit = service.answers(store, "digits"), service.audit(store, "digits")
    guides = service.guidelines(store, "digits")
    return service.projects(store), answers, audit, service.classes(store, "digits"), guides


def refused(store, message, verb, *given, **named):
    """Whether `verb` refuses with that message and changes nothing."""
    before = written(store)
    with pytest.raises(ValueError, match=message) as caught:
        verb(store, *given, **named)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200
    assert written(store) == before


@pytest.fixture
def store(store):
    service.draw_audit(store, "digits", 25)
    return store


@pytest.mark.parametrize("name", NAMES)
def test_a_name_has_a_length_and_no_character_that_cannot_be_seen(store, name):
    for verb, given in ((service.add_class, ("digits",)), (service.rename_class, ("digits", 3))):
        refused(store, CLASS, verb, *given, name)
    refused(store, CLASS, service.create_project, "new", "digits", classes=["cat", name])
    refused(store, PROJECT, service.create_project, name, "digits")
    refused(store, PROJECT, service.rename_project, "digits", name)
    refused(store, PROJECT, service.duplicate_project, "digits", name)
    assert [view.name for view in service.projects(store)] == ["digits"]


@pytest.mark.parametrize("name", NAMES[2:])
def test_a_person_is_named_so_too(store, name):
    node = service.cards(store, "digits")[0].node
    image = service.audit(store, "digits").images[0]
    refused(store, PERSON, service.answer, "digits", node, Answer("skip"), expert=name)
    refused(store, PERSON, service.label_images, "digits", [1], 3, expert=name)
    refused(store, PERSON, service.answer_audit, "digits", image, 3, expert=name)
    refused(store, PERSON, service.undo, "digits", expert=name)
    refused(store, PERSON, service.undo_audit, "digits", expert=name)


def test_who_is_not_named_is_me_and_blanks_around_a_name_are_nothing(store):
    node = service.cards(store, "digits")[0].node
    assert service.answer(store, "digits", node, Answer("skip"), expert=" ").expert == "me"
    assert service.answer(store, "digits", node, Answer("skip"), expert=" ann ").expert == "ann"
    assert service.undo(store, "digits", expert=" ann ").expert == "ann"


@pytest.mark.parametrize("number", [1.9, 1.0, True, "1", None, -1, float("nan"), [1]])
def test_what_is_no_whole_number_is_none(store, number):
    rule, image = "must be a whole number", service.audit(store, "digits").images[0]
    if number is not None:
        refused(store, rule, service.answer_audit, "digits", image, number)
        refused(store, "must be image numbers", service.label_images, "digits", [1, number], 3)
        refused(store, rule, service.label_images, "digits", [1], number)
        with pytest.raises(ValueError, match="label must be"):
            Answer("label", number)
    refused(store, rule, service.answer_audit, "digits", number, 3)
    refused(store, rule, service.rename_class, "digits", number, "x")
    refused(store, rule, service.merge_class, "digits", 1, number)
    refused(store, rule, service.split_class, "digits", number)
    refused(store, rule, service.draw_audit, "digits", number)
    refused(store, rule, service.set_guideline, "digits", number, "x")
    refused(store, rule, service.set_guideline, "digits", 3, "x", [number])
    refused(store, "people", service.set_people_per_card, "digits", number)


def test_numbers_of_numpy_are_whole_numbers(store):
    image = service.audit(store, "digits").images[0]
    assert service.answer_audit(store, "digits", np.int64(image), np.int32(3)).said == {image: 3}
    assert service.label_images(store, "digits", np.array([5, 5, 2]), np.uint8(3)).size == 2


def test_a_number_beyond_all_images_is_refused(store):
    refused(store, "must be image numbers", service.label_images, "digits", [10**30], 3)
    refused(store, "between 0 and 1796", service.label_images, "digits", [1797], 3)
