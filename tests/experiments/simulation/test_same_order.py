"""A simulated expert meets the questions of `labeller ask`, in its order, answer by answer."""

import json
import shutil

import numpy as np
import pytest

from labeller import service
from labeller.cli import main
from labeller.evaluation.targets import read_targets
from labeller.events import silent
from labeller.experiments.simulation.answers_per_round import affordable, settings_for
from labeller.experiments.simulation.experts.voting import CardExpert
from labeller.experiments.simulation.simulate import Simulation, prepare, simulate
from labeller.experiments.simulation.simulated_project import NAME, Run
from labeller.jobs.worker import run_waiting
from labeller.rounds.answer import Card
from tests.experiments.simulation.test_simulate import QUICK

ANSWERS = 14
SETTINGS = {**QUICK, "cluster.clusters": 9, "student.use": False, "retrain.epochs": 1}


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    folder = tmp_path_factory.mktemp("start")
    prepare(Simulation("digits", answers=ANSWERS, overrides=SETTINGS), folder)
    return folder


def view(record):
    members = record["members"]
    parts = {name: np.array(members[name], np.int64) for name in ("near", "random", "far")}
    given = {name: record[name] for name in ("size", "impurity", "depth")}
    shown = np.array(record["images"])
    return Card(centre=None, medoid=members["medoid"], members=shown, **parts, **given)


def options(said):
    if said.kind == "split":
        return ["--split", said.split]
    if said.kind == "skip":
        return ["--skip"]
    marks = [("--wrong", said.wrong), ("--only", said.only)]
    listed = [part for name, images in marks if images for part in (name, _list(images))]
    return ["--label", said.label, "--confidence", repr(said.confidence), *listed]


def _list(images):
    return ",".join(map(str, images))


def by_commands(folder, who, capsys, monkeypatch):
    """The first card of `ask` is answered until the budget is spent."""
    monkeypatch.setattr(service, "ensure_worker", run_waiting)

    def run(*words):
        capsys.readouterr()
        with pytest.raises(SystemExit):
            main([*map(str, words), "--workspace", str(folder)])
        return capsys.readouterr().out

    splits = 0
    for left in range(ANSWERS, 0, -1):
        asked = json.loads(run("ask", NAME, "--json"))
        if not asked:
            break
        card = asked[0]
        may_split = left > 2 and card["size"] >= 20 and 2 * splits < ANSWERS - 2
        said = affordable(who.answer(view(card), may_split=may_split), left)
        splits += said.kind == "split"
        wait = ["--no-wait"] if said.kind == "split" else []
        run("answer", NAME, card["node"], *options(said), *wait)


def truth(folder):
    store = service.open_store(folder)
    try:
        return read_targets(store.project_folder(service.project(store, NAME).id).data)
    finally:
        store.close()


def given(folder):
    store = service.open_store(folder)
    try:
        return [
            (a.node, a.kind, a.label, a.confidence, a.split, a.checked, a.wrong, a.only)
            for a in service.answers(store, NAME)
        ]
    finally:
        store.close()


@pytest.mark.parametrize("marks", [True, False])
def test_simulate_and_the_commands_ask_the_same(start, tmp_path, capsys, monkeypatch, marks):
    simulated, commanded = tmp_path / "simulated", tmp_path / "commanded"
    for folder in (simulated, commanded):
        shutil.copytree(start, folder)
    what = Simulation("digits", answers=ANSWERS, overrides=SETTINGS, marks=marks)
    simulate(what, workspace=simulated)
    by_commands(commanded, CardExpert(truth(start), marks=marks), capsys, monkeypatch)
    expected = given(simulated)
    assert given(commanded) == expected
    nodes, kinds = [one[0] for one in expected], {one[1] for one in expected}
    assert len(nodes) > 8
    if marks:
        assert any(one[-2] for one in expected)
    else:
        assert "split" in kinds
        assert any("." in node for node in nodes)


def test_a_start_is_asked_anew_for_other_questions(start, tmp_path):
    shutil.copytree(start, tmp_path / "ws")
    changes = {**SETTINGS, "ask.rest": False}
    store = service.open_store(tmp_path / "ws")
    run = Run(store, settings_for("recommended", [ANSWERS], 0, changes), "cpu", silent)
    run.start("digits", None, None, changes)
    asked = service.current_round(store, NAME)
    assert (asked.number, asked.config.ask.rest) == (2, False)
    store.close()
