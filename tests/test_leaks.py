"""No true target and no label of the audit reaches a training batch.

No module outside `evaluation` can read targets; images of the audit are in no labelled batch.
"""

import ast
import shutil
from pathlib import Path

import numpy as np
import pytest

import labeller
import labeller.rounds.student
import labeller.training
from labeller import service
from labeller.config import StudentConfig
from labeller.jobs.worker import run_waiting
from labeller.store.files import write_array
from tests.conftest import QUICK, label_all

MAY_READ = {
    "experiments/simulation/simulate.py",  # labels the audit of a simulation
    "evaluation/targets.py",  # reads them
    "jobs/train.py",  # scores a finished round
    "experiments/reproduce/data.py",  # hands them to probes and experts of an experiment
    "jobs/compare.py",  # scores methods side by side; teaches supervised references only
    "cli/compare.py",  # the same from the command line
    "service/comparing.py",  # colours of maps
    "service/results.py",  # scores for researchers
    "service/maps.py",  # colours of maps
    "experiments/label_efficiency/pool.py",  # answers, and the supervised reference
    "experiments/initialisation/starts.py",  # trains and scores classifiers
    "experiments/faults/damage.py",  # compares what a damaged workspace measures with a whole one
    "experiments/train_stem.py",  # trains the labelled stem that ships
    "experiments/simulation/simulated_project.py",  # hands them to the simulated expert
}


def test_only_scoring_and_simulated_experts_read_targets():
    root = Path(labeller.__file__).parent
    readers = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name | ast.Attribute | ast.FunctionDef | ast.alias)
        and "read_targets" in (getattr(node, "id", ""), getattr(node, "attr", ""), node_name(node))
    }
    assert readers <= MAY_READ


def node_name(node):
    return getattr(node, "name", "")


def test_models_are_the_same_whatever_the_targets_say(tmp_path):
    """Two projects whose targets differ, the same answers: every weight is the same to the bit."""
    weights = []
    for place, shuffle in enumerate((False, True)):
        store = service.open_store(tmp_path / str(place))
        service.create_project(store, "digits", "digits")
        run_waiting(store)
        folder = store.project_folder(service.project(store, "digits").id)
        if shuffle:
            targets = np.load(folder.data / "targets.npy")
            write_array(folder.data / "targets.npy", np.random.default_rng(0).permutation(targets))
        service.train(store, "digits", QUICK)
        run_waiting(store)
        label_all(store)
        service.propagate(store, "digits")
        service.retrain(store, "digits", next_round=False)
        run_waiting(store)
        weights.append([(folder.model(n) / "weights.safetensors").read_bytes() for n in (1, 2)])
        scores = service.results(store, "digits")["test_accuracy"]
        assert len(scores) == 1
        store.close()
    assert weights[0] == weights[1]


@pytest.fixture
def trained_with(monkeypatch):
    """All that every training gets, from here on: its arguments, the training itself as ever."""
    seen = []
    real = labeller.training.train

    def train(method, images, config, **given):
        seen.append(given)
        return real(method, images, config, **given)

    taught = labeller.rounds.student.train_student

    def train_student(labelled_set, *rest, **given):
        seen.append({name: getattr(labelled_set, name) for name in ("labels", "weights", "index")})
        return taught(labelled_set, *rest, **given)

    monkeypatch.setattr(labeller.training, "train", train)
    monkeypatch.setattr(labeller.rounds.student, "train_student", train_student)
    return seen


WITH_STUDENT = QUICK.model_copy(update={"student": StudentConfig(use=True, epochs=2)})


def audited(store, wrong):
    """A round with an audit of 50 images, labelled right or (`wrong`) one class beside."""
    targets = np.load(store.project_folder(1).data / "targets.npy")
    for image in service.draw_audit(store, "digits", 50).images:
        service.answer_audit(store, "digits", image, (int(targets[image]) + wrong) % 10)
    label_all(store)
    service.propagate(store, "digits")
    job = service.retrain(store, "digits", config=WITH_STUDENT, next_round=False)
    run_waiting(store)
    assert service.job(store, job.id).state == "done"
    folder = store.project_folder(1)
    propagation = folder.propagation(1)
    model = folder.model(2)
    return {
        "propagation": propagation.read_bytes(),
        "predictions": (model / "predictions.npy").read_bytes(),
        "weights": (model / "weights.safetensors").read_bytes(),
        "student": (folder.student(2) / "weights.safetensors").read_bytes(),
        "labels": labels_of(propagation),
    }


def labels_of(path):
    with np.load(path) as arrays:
        return arrays["labels"].tolist()


def test_nothing_depends_on_what_is_said_in_the_audit(trained_workspace, tmp_path, trained_with):
    found = []
    for wrong in (0, 1):
        shutil.copytree(trained_workspace, tmp_path / str(wrong))
        store = service.open_store(tmp_path / str(wrong))
        found.append(audited(store, wrong))
        store.close()
    assert found[0] == found[1]
    assert len(trained_with) >= 4  # method and student, twice
    half = len(trained_with) // 2
    for one, other in zip(trained_with[:half], trained_with[half:], strict=True):
        for name in ("labels", "weights", "index"):
            assert (one[name] == other[name]).all()


def test_images_of_the_audit_are_in_no_labelled_batch(store, trained_with):
    audited(store, wrong=0)
    images = np.array(service.audit(store, "digits").images)
    labelled = [given for given in trained_with if given.get("labels") is not None]
    assert len(labelled) >= 2
    for given in labelled:
        assert not np.isin(images, given["index"]).any()
        assert (given["labels"][images] == -1).all()
        assert (given["weights"][images] == 0).all()
        assert (given["labels"] >= 0).any()
    # The labels that are exported, and judged by the audit, still cover its images.
    assert (service.preview(store, "digits").labels[images] >= 0).all()
