"""No true target reaches a training batch, and no module outside `evaluation` can read one."""

import ast
from pathlib import Path

import numpy as np

import labeller
from labeller import service
from labeller.jobs.worker import run_waiting
from labeller.store.files import write_array
from tests.conftest import QUICK, label_all

MAY_READ = {
    "evaluation/targets.py",  # reads them
    "jobs/teaching.py",  # scores a finished round
    "reproduce/data.py",  # hands them to probes and experts of an experiment
    "service/results.py",  # scores and maps for researchers
    "stem.py",  # trains the labelled stem that ships, to compare with the unlabelled one
    "simulate.py",  # hands them to the simulated expert
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
