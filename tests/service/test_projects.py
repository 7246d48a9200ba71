"""Projects: what may be made, and that copies and deletions are whole."""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest

from labeller import service
from labeller.errors import DataError, NotFoundError, StateError
from labeller.rounds.answer import Answer
from labeller.store.schema import Project
from tests.support import write_digit_folder


def test_the_list_says_what_a_project_is_and_waits_for(store):
    (view,) = service.projects(store)
    assert (view.name, view.state, view.round) == ("digits", "asking", 1)
    assert (view.count, view.height, view.width, view.channels) == (1797, 8, 8, 1)
    assert view.train + view.test == view.count
    assert [c.name for c in view.classes] == list("0123456789")
    assert view.next_step.page == "label"


def test_names_are_unique_and_checked(store):
    with pytest.raises(StateError, match="already"):
        service.create_project(store, "digits", "digits")
    for name in ("", " ", "a/b", "x" * 81):
        with pytest.raises(ValueError, match="1 to 80 printable characters"):
            service.create_project(store, name, "digits")


def test_an_unknown_source_lists_the_named_ones(store):
    with pytest.raises(NotFoundError, match="digits, mnist"):
        service.create_project(store, "other", "nowhere")


def test_a_path_that_no_source_accepts_is_refused_before_there_is_a_project(store, tmp_path):
    (tmp_path / "notes.txt").write_text("words")
    with pytest.raises(DataError, match=r"notes\.txt is not a folder"):
        service.create_project(store, "other", str(tmp_path / "notes.txt"))
    assert [view.name for view in service.projects(store)] == ["digits"]


def test_a_size_out_of_range_is_refused(store):
    with pytest.raises(ValueError, match="between 8 and 128"):
        service.create_project(store, "other", "digits", size=4)


def test_an_unknown_project_lists_those_there_are(store):
    with pytest.raises(NotFoundError, match="digits"):
        service.project(store, "nothing")


def test_a_copy_goes_its_own_way(store, work):
    service.answer(store, "digits", "1", Answer("label", 3, 0.5))
    copy = service.duplicate_project(store, "digits", "copy")
    assert copy.answers == 1
    service.answer(store, "copy", "2", Answer("label", 4, 1.0))
    assert service.project(store, "digits").answers == 1
    service.delete_project(store, "digits")
    assert [v.name for v in service.projects(store)] == ["copy"]
    service.propagate(store, "copy")
    job = service.retrain(store, "copy", config=copy.config)
    work()
    assert service.job(store, job.id).state == "done"


def test_a_copy_holds_up_nobody_and_has_what_was_said_meanwhile(store, monkeypatch):
    copied = shutil.copytree

    def answer_first(*given, **named):
        if not service.project(store, "digits").answers:
            service.answer(store, "digits", "1", Answer("label", 3, 0.5))
        return copied(*given, **named)

    monkeypatch.setattr(shutil, "copytree", answer_first)
    assert service.duplicate_project(store, "digits", "copy").answers == 1
    assert {path.name for path in (store.folder / "projects").iterdir()} == {"1", "2"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("my cats (1).ZIP", "my cats (1).zip"),
        ("../../etc/cats.zip", "etc_cats.zip"),
        ("...zip", "images.zip"),
        ("a\0b.zip", "a_b.zip"),
        ("x" * 300 + ".zip", "x" * 80 + ".zip"),
    ],
)
def test_an_upload_keeps_its_name_in_a_folder_of_its_own(store, given, kept):
    first, second = (service.save_upload(store, given, io.BytesIO(b"zip")) for _ in range(2))
    assert first.name == second.name
    assert first.name.endswith(kept)
    assert first.parent != second.parent
    assert first.parent.parent == second.parent.parent == store.folder / "uploads"
    assert first.read_bytes() == b"zip"


def test_an_upload_is_removed_when_its_images_are_in(store, work, tmp_path):
    folder = write_digit_folder(tmp_path / "digits")
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", folder)
    with Path(packed).open("rb") as stream:
        path = service.save_upload(store, "digits.zip", stream)
    service.create_project(store, "mine", str(path))
    work()
    assert service.project(store, "mine").count == 537
    assert not list((store.folder / "uploads").iterdir())


def test_deleting_removes_the_files(store):
    folder = store.project_folder(service.project(store, "digits").id).path
    assert folder.exists()
    service.delete_project(store, "digits")
    assert not folder.exists()
    assert service.projects(store) == []
    assert service.jobs(store) == []


def test_classes_are_added_and_renamed_but_never_twice(store):
    assert service.add_class(store, "digits", "smudge").label == 10
    with pytest.raises(StateError, match="already"):
        service.add_class(store, "digits", " smudge ")
    service.rename_class(store, "digits", 10, "blot")
    assert service.project(store, "digits").classes[10].name == "blot"
    with pytest.raises(ValueError, match="label must be one of"):
        service.rename_class(store, "digits", 99, "x")


def test_images_come_by_number(store):
    found = service.images(store, "digits", [5, 0])
    assert found.shape == (2, 8, 8, 1)
    assert found.dtype == np.uint8
    assert len(service.image_names(store, "digits", [5, 0])) == 2


def test_the_number_of_a_deleted_project_is_never_used_again(store):
    old = service.project(store, "digits").id
    service.delete_project(store, "digits")
    assert service.create_project(store, "digits", "digits").id > old


def test_a_vae_gets_the_beta_of_small_images_whoever_chooses_it(store):
    config = service.project(store, "digits").config
    other = config.model_copy(update={"method": "ae", "method_config": {}})
    service.train(store, "digits", other)
    assert service.project(store, "digits").config.method_config == {}
    service.cancel(store, service.last_job(store, "digits", "train").id)
    back = config.model_copy(update={"method": "vae", "method_config": {"latent": 8}})
    service.train(store, "digits", back)
    assert service.project(store, "digits").config.method_config == {"latent": 8, "beta": 0.082}


def test_the_report_of_an_older_project_leaves_out_what_it_does_not_know(store):
    """An older version kept the number of images and what could not be read, and no report."""
    project = service.create_project(store, "older", "digits")
    added = {"found": 3, "taken": 2, "left_out": [], "letterboxed": 0, "cropped": 0, "long": 0}
    data = {"count": 12, "train": 12, "test": 0, "unreadable": [["a.png", "broken"]]}
    with store.write() as session:
        session.get(Project, project.id).data = {**data, "added": [{**added, "classes": []}]}
    report = service.project(store, "older").report
    assert report.text == "11 found, 10 taken, 1 left out."
