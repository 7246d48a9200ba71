"""Damaged files of a project: named, worked around, computed again."""

import numpy as np
import pytest

import labeller
from labeller import service
from labeller.config import StudentConfig
from labeller.errors import DamagedFileError
from labeller.jobs.worker import run_waiting
from labeller.rounds.answer import Answer
from labeller.store.files import read_json, read_labels
from tests.conftest import QUICK, label_all


def flip(path, place=0.5):
    content = bytearray(path.read_bytes())
    content[int(len(content) * place)] ^= 0x10
    path.write_bytes(content)


@pytest.fixture
def folder(store):
    return store.project_folder(service.project(store, "digits").id)


@pytest.fixture
def taught(store, folder):
    """Two rounds: a taught model with a student."""
    label_all(store)
    service.propagate(store, "digits")
    config = QUICK.model_copy(update={"student": StudentConfig(use=True, epochs=1)})
    job = service.retrain(store, "digits", config=config)
    run_waiting(store)
    assert service.job(store, job.id).state == "done", service.job(store, job.id).error
    return folder


def damaged(store):
    return [file.path for file in service.verify(store, "digits").damaged]


def test_a_project_is_intact_and_every_file_has_a_digest(store, taught):
    found = service.verify(store, "digits")
    assert {file.state for file in found.files} == {"intact"}
    assert "projects/1/models/2/student/weights.safetensors" in {file.path for file in found.files}
    assert found.bytes > 100_000


def test_what_the_database_knows_of_and_is_gone_is_damaged(store, folder):
    folder.node(1, "2").unlink()
    (folder.model(1) / "latents.npy").unlink()
    [latents, node] = service.verify(store, "digits").damaged
    assert (node.path, node.reason) == ("projects/1/rounds/1/nodes/2.npz", "it is gone")
    assert "labeller cluster" in node.meaning
    assert "--repair" in latents.meaning


def test_a_sound_file_of_another_place_does_not_fit(store, folder):
    folder.node(1, "2").write_bytes(folder.node(1, "1").read_bytes())
    [file] = service.verify(store, "digits").damaged
    assert "images, not" in file.reason


def test_one_damaged_question_says_so_and_stops_no_other(store, folder):
    flip(folder.node(1, "2"))
    shown = {card.node: card for card in service.open_round(store, "digits").cards}
    assert "nodes/2.npz is damaged" in shown["2"].why
    assert "damaged" not in shown["1"].why
    for node in ("1", "2"):
        service.answer(store, "digits", node, Answer("label", label=3))
    said = service.propagate(store, "digits")
    [note] = said.notes
    assert "nodes/2.npz is damaged" in note
    assert (said.labels >= 0).sum() == shown["1"].size
    assert len(service.answers(store, "digits")) == 2
    with pytest.raises(DamagedFileError, match=r"nodes/2\.npz"):
        service.members(store, "digits", "2")


def test_an_export_says_which_answers_are_missing(store, folder, tmp_path):
    flip(folder.node(1, "2"))
    label_all(store)
    notes = []
    service.export_labels(store, "digits", tmp_path / "a.csv", report=notes.append)
    assert ["nodes/2.npz is damaged" in event.notice for event in notes] == [True]


@pytest.mark.parametrize("name", ["predictions.npy", "certainty.npy"])
def test_flipped_predictions_are_not_exported(store, taught, tmp_path, name):
    flip(taught.model(2) / name, 0.9)
    with pytest.raises(DamagedFileError, match=rf"{name} is damaged .*--repair"):
        service.export_labels(store, "digits", tmp_path / "a.csv")
    assert not (tmp_path / "a.csv").exists()
    assert service.open_round(store, "digits").cards  # Label goes on


def test_a_damaged_student_predicts_nothing_and_is_taught_again(store, taught, tmp_path):
    flip(taught.student(2) / "weights.safetensors", 0.9)
    with pytest.raises(DamagedFileError, match=r"student/weights\.safetensors is damaged"):
        service.prepare_classifier(store, "digits")
    job = service.repair(store, "digits")
    run_waiting(store)
    assert service.job(store, job.id).result == {"repaired": 1, "left": [], "reasons": []}
    assert damaged(store) == []


def test_what_follows_from_other_files_is_computed_as_it_was(store, taught):
    files = [taught.model(2) / name for name in ("predictions.npy", "certainty.npy")]
    files += [taught.model(1) / "latents.npy", taught.student(2) / "method.json"]
    before = [path.read_bytes() for path in files]
    for path in files:
        path.write_bytes(path.read_bytes()[:50])
    assert len(damaged(store)) == 4
    service.repair(store, "digits")
    run_waiting(store)
    assert damaged(store) == []
    assert [path.read_bytes() for path in files] == before


def test_what_answers_say_is_said_again_without_being_asked(store, taught):
    paths = [taught.statement(1), taught.propagation(1)]
    before = [read_labels(path, 1797) for path in paths]
    said = service.preview(store, "digits").labels
    for path in paths:
        path.write_bytes(b"")
    assert np.array_equal(service.preview(store, "digits").labels, said)
    assert service.labelling(store, "digits").images_before == (before[1]["labels"] >= 0).sum()
    service.recluster(store, "digits", QUICK)
    run_waiting(store)
    for path, arrays in zip(paths, before, strict=True):
        again = read_labels(path, 1797)
        for name in arrays:
            assert np.array_equal(again[name], arrays[name], equal_nan=True), name


def test_caches_are_made_again(store, folder):
    service.request_map(store, "digits", "pca")
    run_waiting(store)
    for path in (*folder.model(1).glob("space-*.npy"), folder.map(1, "pca")):
        path.write_bytes(b"nothing")
    assert service.points(store, "digits", kind="pca") is None
    service.request_map(store, "digits", "pca")
    service.recluster(store, "digits", QUICK)
    run_waiting(store)
    assert {view.state for view in service.jobs(store, "digits")} == {"done"}
    assert service.points(store, "digits", kind="pca") is not None


def test_an_empty_catalogue_is_none(store):
    (store.folder / "catalogue.json").write_text("")
    assert service.methods(store) is None


def test_a_lost_network_is_named_and_nothing_else_is_touched(store, taught):
    (taught.model(1) / "weights.safetensors").write_bytes(b"")
    (taught.model(1) / "latents.npy").unlink()
    job = service.repair(store, "digits")
    run_waiting(store)
    result = service.job(store, job.id).result
    left = ["latents.npy", "weights.safetensors"]
    assert result["left"] == [f"projects/1/models/1/{name}" for name in left]
    assert "weights.safetensors is damaged" in result["reasons"][0]


def test_a_damaged_guideline_is_named(store, folder):
    service.set_guideline(store, "digits", 0, "a loop")
    assert read_json(folder.guidelines) == {"0": {"text": "a loop", "examples": []}}
    flip(folder.guidelines, 0.4)
    with pytest.raises(DamagedFileError, match=r"guidelines\.json is damaged"):
        service.guidelines(store, "digits")


def test_scripts_verify_too(store, folder):
    path = folder.model(1) / "latents.npy"
    flip(path)
    store.close()
    with labeller.open("digits", workspace=store.folder) as project:
        [file] = project.verify().damaged
    assert file.path == "projects/1/models/1/latents.npy"
