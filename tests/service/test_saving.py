"""A project goes into one file and comes back as it was: labels, weights, and what can be done."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update

import labeller
from labeller import service
from labeller.errors import DataError, StateError
from labeller.jobs.worker import run_waiting
from labeller.rounds.answer import Answer
from labeller.store.files import read_json, write_json
from labeller.store.schema import PROJECT_TABLES, OfProject, Project
from tests.support import told


def answer_open(store: service.Store, project: str) -> None:
    """Answers every open card, not with 9, which was merged into 4."""
    for place, card in enumerate(service.cards(store, project)):
        if card.state == "open":
            service.answer(store, project, card.node, Answer("label", place % 9, 0.9))


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_all_of_it_is_the_same_in_another_workspace(saved: Path, tmp_path: Path) -> None:
    shutil.copytree(saved / "ws", tmp_path / "old")
    old, new = service.open_store(tmp_path / "old"), service.open_store(tmp_path / "new")
    service.create_project(new, "other", "digits")  # so that numbers of projects differ
    view = service.load_project(new, saved / "d.labeller")
    assert (view.name, view.id) == ("digits", 2)
    assert told(new, "digits") == told(old, "digits")
    before = service.export_labels(old, "digits", tmp_path / "old.csv").read_bytes()
    assert service.export_labels(new, "digits", tmp_path / "new.csv").read_bytes() == before
    assert files_of(new.project_folder(2).path) == files_of(old.project_folder(1).path)
    assert (service.project(old, "digits").config, service.project(old, "digits").report) == (
        view.config,
        view.report,
    )
    old.close()
    new.close()


def test_it_goes_on_answers_undo_and_retraining(saved: Path, tmp_path: Path) -> None:
    store = service.open_store(tmp_path / "ws")
    service.load_project(store, saved / "d.labeller", "again")
    assert service.undo(store, "again").node == "2"
    with pytest.raises(labeller.LabellerError):
        service.undo(store, "again", answer=1000)
    answer_open(store, "again")
    service.propagate(store, "again")
    job = service.retrain(store, "again")
    run_waiting(store)
    assert service.job(store, job.id).error == ""
    assert service.project(store, "again").round == 3
    with pytest.raises(StateError, match="there is a project 'again' already"):
        service.load_project(store, saved / "d.labeller", "again")
    service.load_project(store, saved / "d.labeller", "third")
    assert service.project(store, "third").round == 2
    assert not list((tmp_path / "ws" / "projects").glob(".*"))
    store.close()


def test_paths_of_the_machine_that_it_came_from_do_not_matter(saved: Path, tmp_path: Path) -> None:
    shutil.copytree(saved / "ws", tmp_path / "old")
    store = service.open_store(tmp_path / "old")
    with store.write() as session:
        session.execute(update(Project).values(source="/gone/with/that machine"))
    folder = store.project_folder(1)
    meta = read_json(folder.data / "meta.json")
    write_json(folder.data / "meta.json", {**meta, "source": "/gone/with/it"})
    service.save_project(store, "digits", tmp_path / "d.labeller")
    store.close()
    new = service.open_store(tmp_path / "new")
    view = service.load_project(new, tmp_path / "d.labeller")
    assert view.state == "asking"
    service.export_labels(new, "digits", tmp_path / "images", "imagefolder")
    answer_open(new, "digits")
    service.propagate(new, "digits")
    service.retrain(new, "digits")
    run_waiting(new)
    assert service.jobs(new)[0].error == ""
    new.close()


def test_nothing_is_saved_while_a_job_waits_or_an_answer_comes(
    store, work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = service.request_map(store, "digits", "pca")
    with pytest.raises(StateError, match="cannot save while map is queued"):
        service.save_project(store, "digits", tmp_path / "d.labeller")
    work()
    assert service.job(store, job.id).state == "done"
    nodes = iter([card.node for card in service.cards(store, "digits")])

    def answer_meanwhile(*_: object) -> None:
        if (node := next(nodes, None)) is not None and int(node) <= limit:
            service.answer(store, "digits", node, Answer("label", 1))

    limit = 1
    service.save_project(store, "digits", tmp_path / "d.labeller", answer_meanwhile)
    copy = service.load_project(store, tmp_path / "d.labeller", "copy")
    assert copy.answers == service.project(store, "digits").answers == 1
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".tmp")]


def test_a_project_without_images_and_a_folder_that_is_none_are_refused(
    store, tmp_path: Path
) -> None:
    service.create_project(store, "empty", "digits")
    job = service.last_job(store, "empty", "ingest")
    service.cancel(store, job.id)
    with pytest.raises(StateError, match="are not imported yet"):
        service.save_project(store, "empty", tmp_path / "e.labeller")
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="cannot write"):
        service.save_project(store, "digits", tmp_path / "file" / "d.labeller")
    with pytest.raises(DataError, match="cannot be opened"):
        service.load_project(store, tmp_path / "nowhere.labeller")


def test_a_full_disk_and_a_failed_commit_leave_nothing(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = service.open_store(tmp_path / "ws")
    with monkeypatch.context() as patch:
        usage = shutil.disk_usage(tmp_path)._replace(free=1000)
        patch.setattr(shutil, "disk_usage", lambda path: usage)
        with pytest.raises(StateError, match=r"the disk of the workspace has 0\.0 GB left"):
            service.load_project(store, saved / "d.labeller")
    with monkeypatch.context() as patch:

        def fail(path: Path, target: Path) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr(Path, "rename", fail)
        with pytest.raises(StateError, match="No space left"):
            service.load_project(store, saved / "d.labeller")
    assert service.projects(store) == []
    assert list((tmp_path / "ws" / "projects").iterdir()) == []
    assert service.load_project(store, saved / "d.labeller").count == 1797
    store.close()


def test_from_python(saved: Path, tmp_path: Path) -> None:
    with labeller.load(saved / "d.labeller", workspace=tmp_path / "ws") as project:
        assert project.name == "digits"
        file = project.save(tmp_path / "mine.labeller")
    with labeller.load(file, name="mine", workspace=tmp_path / "ws") as mine:
        assert np.array_equal(mine.images, mine.images)
        assert mine.labels()["label"].ge(0).any()
    assert labeller.projects(tmp_path / "ws") == ["mine", "digits"]


def test_every_table_of_a_project_is_copied_and_saved() -> None:
    assert set(PROJECT_TABLES) == set(OfProject.__subclasses__())
