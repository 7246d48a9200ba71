"""`cluster-labelling` end to end on digits, and the sharing of its trained networks."""

import json
import shutil
from dataclasses import replace

import pytest
from PIL import Image

from labeller.cli import main
from labeller.errors import StateError
from labeller.experiments.reproduce.cluster_labelling import EXPERIMENT
from labeller.experiments.simulation.simulate import Simulation, expert_of, prepare, simulate


def test_cells_cross_all_choices():
    cells = EXPERIMENT.cells("paper", [0, 1])
    fig3 = [cell.settings for cell in cells if cell.settings["figure"] == 3]
    assert len(cells) == 20
    assert len(fig3) == 18
    assert {(one["algorithm"], one["distance"], one["decay"]) for one in fig3} >= {
        ("kmeans", "mahalanobis", "gaussian"),
        ("gmm", "euclidean", "posterior"),
    }
    assert all(cell.settings["rounds"] * cell.settings["answers"] == 150 for cell in cells)


@pytest.mark.slow
def test_smoke_run_end_to_end(tmp_path, capsys):
    out = tmp_path / "report"
    arguments = ["reproduce", "cluster-labelling", "--scale", "smoke", "--out", str(out)]
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code in (0, None)
    assert "Gaussian weights beat exponential ones" in capsys.readouterr().out
    result = json.loads((out / "report.json").read_text())
    assert len(result["cells"]) == 10
    assert len(result["findings"]) == 8
    for name in ("fig2", "fig3", "fig4", "fig5", "fig6"):
        assert (out / f"{name}.html").stat().st_size > 1000
    for name in (name for name in result["figures"] if name.endswith(".png")):
        with Image.open(out / name) as image:
            assert image.width > 1000
    assert "drawing" not in (out / "report.json").read_text()
    text = (out / "report.md").read_text()
    assert "| k-means | Mahalanobis | Gaussian (Eq. 3) | - |" in text
    assert not (out / ".labeller-work").exists()


def test_simulations_go_on_from_one_training(tmp_path):
    changes = {"train.epochs": 2, "retrain.epochs": 2, "cluster.clusters": 8}
    what = Simulation("digits", preset="paper", overrides=changes)
    prepare(what, tmp_path / "start")
    expert = expert_of(tmp_path / "start", "oracle")
    records = {}
    for algorithm in ("gmm", "kmeans"):
        shutil.copytree(tmp_path / "start", tmp_path / algorithm)
        here = {**changes, "cluster.algorithm": algorithm}
        again = replace(what, answers=8, expert=expert, overrides=here)
        records[algorithm] = simulate(again, workspace=tmp_path / algorithm)
        (only,) = records[algorithm]["rounds"]
        assert only["coverage"] == 1
        assert "train" not in only["seconds"], "the network was taken as it was"
    assert records["gmm"]["expert"] == "oracle"
    assert "cluster" not in records["gmm"]["rounds"][0]["seconds"], "its questions were there"
    assert "cluster" in records["kmeans"]["rounds"][0]["seconds"]
    for other in ({}, {"train.epochs": 3}):
        where = tmp_path / ("start" if other else "gmm")
        with pytest.raises(StateError, match="answers, or a network trained with other"):
            simulate(replace(what, overrides={**changes, **other}), workspace=where)
