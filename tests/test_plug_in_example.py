"""The documented example of a plug-in does what its page says, by the commands that it names."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from labeller import service
from labeller.config import ClusterConfig
from labeller.jobs.worker import run_waiting
from labeller.registry import load_file
from labeller.rounds.settings import changed
from tests.conftest import QUICK, label_all

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def example(tmp_path):
    """The file of the page, somewhere outside the package."""
    page = (ROOT / "docs" / "plug-ins.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    file = tmp_path / "extras.py"
    file.write_text(code, encoding="utf-8")
    return file


@pytest.mark.slow
def test_a_round_is_asked_with_things_of_the_example(example, forget, tmp_path):
    assert load_file(example) == {
        "clusterers": ["affinity", "slices"],
        "exports": ["jsonl"],
        "spaces": ["factors"],
    }
    store = service.open_store(tmp_path / "workspace")
    service.create_project(store, "d", "digits")
    chosen = {"embed.space": "factors", "cluster.algorithm": "slices", "cluster.dimension": 1}
    config = changed(QUICK, {**chosen, "cluster.clusters": 6})
    service.train(store, "d", config)
    run_waiting(store)
    sizes = [card.size for card in service.cards(store, "d")]
    assert len(sizes) == 6
    assert max(sizes) - min(sizes) <= 2
    label_all(store, "d")
    service.propagate(store, "d")
    service.retrain(store, "d")
    run_waiting(store)
    assert not [job.error for job in service.jobs(store) if job.error]
    assert service.current_round(store, "d").config.cluster == ClusterConfig(
        algorithm="slices", clusters=6, dimension=1
    )
    service.export_labels(store, "d", tmp_path / "labels.jsonl")
    lines = (tmp_path / "labels.jsonl").read_text().splitlines()
    assert len(lines) == 1797
    assert json.loads(lines[0])["image"] == 0
    store.close()


@pytest.mark.slow
def test_the_commands_know_the_things_of_the_variable(example, tmp_path):
    def labeller(*arguments):
        told = {**os.environ, "LABELLER_PLUGINS": str(example)}
        told |= {"LABELLER_WORKSPACE": str(tmp_path / "workspace")}
        command = [sys.executable, "-m", "labeller.cli", *arguments]
        return subprocess.run(command, env=told, capture_output=True, text=True, check=False)

    listed = json.loads(labeller("choices", "--json").stdout)
    assert {"affinity", "slices", "kmeans"} <= set(listed["clusterers"])
    assert "damping" in listed["clusterers"]["affinity"]["schema"]["properties"]
    assert {"factors", "umap"} <= set(listed["spaces"])
    assert {"jsonl", "csv"} <= set(listed["exports"])
    assert "slices" in labeller("cluster", "--help").stdout
    assert labeller("create", "d", "--source", "digits").returncode == 0
    wrong = labeller("train", "d", "--algorithm", "slices", "--set", "cluster.depth=1")
    assert wrong.returncode == 2
    assert wrong.stderr.splitlines() == [
        "labeller: a setting of slices must be one of algorithm, clusters, dimension, got depth"
    ]
