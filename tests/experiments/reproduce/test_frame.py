"""The frame of the experiments: resuming, changed settings, verdicts, discovery, pictures."""

import json

import numpy as np
import plotly.graph_objects as go
import plotly.io
import pytest
from filelock import FileLock

from labeller.errors import StateError
from labeller.experiments.reproduce import (
    SCALES,
    Bench,
    Cell,
    Drawing,
    Experiment,
    Summary,
    Table,
    get,
    names,
    reproduce,
)
from labeller.experiments.reproduce.data import pictures
from labeller.experiments.reproduce.pictures import write_drawing
from labeller.experiments.reproduce.summary import judged, reached, verdict
from labeller.methods import loss_networks


class Counted:
    """An experiment of two cells that keeps a list of what was measured, and can be killed."""

    def __init__(self, factor: int = 2, dies_at: str = "", drawings: tuple[Drawing, ...] = ()):
        self.factor, self.dies_at, self.drawings = factor, dies_at, drawings
        self.measured: list[str] = []
        self.experiment = Experiment(
            "counted", "Counting", "Nobody", self.cells, self.measure, self.summarise
        )

    def cells(self, scale, seeds):
        return [Cell(f"cell-{seed}", {"seed": seed, "factor": self.factor}) for seed in seeds]

    def measure(self, settings, bench):
        name = f"cell-{settings['seed']}"
        if name == self.dies_at:
            raise KeyboardInterrupt
        self.measured.append(name)
        return {"value": settings["seed"] * settings["factor"], "drawing": {"points": [1, 2]}}

    def summarise(self, records):
        values = [record.numbers["value"] for record in records]
        table = Table("Values", ["paper", "ours"], [[None, value / 2] for value in values])
        return Summary(
            [table], [judged("It grows", ("a", values), ("b", [0, 0]))], self.drawings, ["A note."]
        )


def test_what_lies_in_the_folder_already_stays(tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "thesis.txt").write_text("precious")
    for _ in range(2):
        reproduce(Counted().experiment, tmp_path, seeds=[1, 2])
    assert (tmp_path / "work" / "thesis.txt").read_text() == "precious"
    assert not (tmp_path / ".labeller-work").exists()


@pytest.mark.parametrize("mine", ["", "[]", "{}", '{"experiment": "uic"}'])
def test_the_report_of_something_else_is_not_overwritten(tmp_path, mine):
    (tmp_path / "report.md").write_text("mine")
    if mine:
        (tmp_path / "report.json").write_text(mine)
    with pytest.raises(StateError, match=r"holds a report of .*; name another folder"):
        reproduce(Counted().experiment, tmp_path, seeds=[1])
    assert (tmp_path / "report.md").read_text() == "mine"


def test_a_killed_run_goes_on_where_it_was(tmp_path):
    killed = Counted(dies_at="cell-2")
    with pytest.raises(KeyboardInterrupt):
        reproduce(killed.experiment, tmp_path, seeds=[1, 2])
    assert killed.measured == ["cell-1"]
    assert not (tmp_path / "report.json").exists()
    again = Counted()
    result = reproduce(again.experiment, tmp_path, seeds=[1, 2], command="labeller reproduce x")
    assert again.measured == ["cell-2"]
    assert [cell["numbers"] for cell in result["cells"]] == [{"value": 2}, {"value": 4}]
    assert json.loads((tmp_path / "report.json").read_text()) == result
    text = (tmp_path / "report.md").read_text()
    for part in ("# Counting", "`labeller reproduce x`", "| - | 1.0 |", "It grows: **yes**"):
        assert part in text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cells", "report.json", "report.md"]


def test_changed_settings_and_broken_files_are_measured_again(tmp_path):
    reproduce(Counted().experiment, tmp_path, seeds=[1, 2])
    same = Counted()
    reproduce(same.experiment, tmp_path, seeds=[1, 2])
    assert same.measured == []
    changed = Counted(factor=3)
    result = reproduce(changed.experiment, tmp_path, seeds=[1, 2])
    assert changed.measured == ["cell-1", "cell-2"]
    assert result["cells"][1]["numbers"]["value"] == 6
    (tmp_path / "cells" / "small" / "cell-2.json").write_text("{half a fi")
    reproduce(changed.experiment, tmp_path, seeds=[1, 2])
    assert changed.measured == ["cell-1", "cell-2", "cell-2"]


def test_scales_do_not_overwrite_each_others_cells(tmp_path):
    counted = Counted()
    for scale in ("small", "paper", "small"):
        reproduce(counted.experiment, tmp_path, scale=scale, seeds=[1, 2])
    assert counted.measured == ["cell-1", "cell-2"] * 2


def test_two_runs_do_not_write_to_one_folder(tmp_path):
    with FileLock(tmp_path / ".lock"), pytest.raises(StateError, match="another run writes"):
        reproduce(Counted().experiment, tmp_path, seeds=[1])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scale": "huge"}, "scale must be one of smoke, small, paper, got huge"),
        ({"seeds": []}, "seeds must be one or more"),
        ({"seeds": [-1]}, "seeds must be one or more"),
        ({"device": "abacus"}, "device must be auto"),
    ],
)
def test_bad_arguments_are_named(tmp_path, given, message):
    with pytest.raises(ValueError, match=message):
        reproduce(Counted().experiment, tmp_path, **given)
    with pytest.raises(ValueError, match=r"experiment must be one of .*cluster-labelling"):
        reproduce("alchemy", tmp_path)


def test_what_is_kept_is_made_once_and_whole(tmp_path):
    bench = Bench(tmp_path / "work")
    made = []

    def fails(folder):
        (folder / "half").touch()
        raise OSError("disk full")

    def make(folder):
        made.append(folder)
        (folder / "whole").touch()

    with pytest.raises(OSError, match="disk full"):
        bench.keep("thing", {"seed": 1}, fails)
    folders = {bench.keep("thing", {"seed": seed}, make) for seed in (1, 1, 2)}
    assert len(folders) == len(made) == 2
    assert all([path.name for path in folder.iterdir()] == ["whole"] for folder in folders)
    assert sorted(folders) == sorted((tmp_path / "work").glob("thing-*"))
    assert not list((tmp_path / "work").glob(".*.part"))


def test_pictures_are_a_sample_with_labels(tmp_path):
    bench = Bench(tmp_path / "work")
    found = pictures(bench, "digits", train=100, test=30)
    assert found.images.shape == (130, 8, 8, 1)
    assert (len(found.train), len(found.test), len(found.classes)) == (100, 30, 10)
    assert found.labels.min() == 0
    again = pictures(bench, str(found.path))  # the file is a source of its own
    assert np.array_equal(again.images, found.images)
    assert np.array_equal(again.labels, found.labels)


def test_verdicts_are_judged_by_the_spread():
    assert verdict([0.9, 0.92], [0.8, 0.81]) == "yes"
    assert verdict([0.8, 0.81], [0.9, 0.92]) == "no"
    assert verdict([0.9, 0.80], [0.8, 0.81]) == "too close to call"  # the seeds disagree
    assert verdict([0.9, 0.8001], [0.8, 0.8]) == "too close to call"  # mean 0.05, spread 0.07
    assert verdict([0.9], [0.1]) == "too close to call"
    with pytest.raises(ValueError, match="one value a seed"):
        verdict([0.9], [])
    found = judged("c", ("a", [0.9, 0.92]), ("b", [0.8, 0.81]))
    assert found.evidence == "a 91.0 ± 1.4 %, b 80.5 ± 0.7 % (difference +10.5 ± 0.7, 2 seeds)."
    assert reached("c", "a", [0.95, 0.96], 0.939).verdict == "yes"


@pytest.mark.parametrize("name", names())
def test_every_experiment_has_cells_of_every_scale(name):
    experiment = get(name)
    for scale in SCALES:
        seeds = experiment.seeds[scale]
        cells = experiment.cells(scale, seeds)
        assert len({cell.name for cell in cells}) == len(cells) > 0
        for cell in cells:
            assert json.loads(json.dumps(cell.settings)) == cell.settings
    fewer = {cell.name for cell in experiment.cells("smoke", [0])}
    assert fewer < {cell.name for cell in experiment.cells("smoke", [0, 1])}, "a seed is a cell"


@pytest.mark.parametrize("name", ["pl-ae", "feature-prediction"])
def test_loss_weights_of_ones_own_are_in_every_cell_with_a_loss_network(name, tmp_path):
    file = tmp_path / "mine.safetensors"
    file.write_bytes(b"mine")
    experiment = get(name)
    with_ours = experiment.cells("small", [0])
    with_mine = experiment.cells("small", [0], str(file))
    named = [cell for cell in with_mine if cell.settings["method"].get("loss_weights") == str(file)]
    assert len(named) == len(with_mine) - (name == "pl-ae"), "all but the supervised network"
    assert with_ours[0].settings["stem"] != with_mine[0].settings["stem"]


def test_loss_weights_without_a_loss_network_are_refused(tmp_path):
    with pytest.raises(ValueError, match="uic has no loss network"):
        reproduce("uic", tmp_path, scale="smoke", loss_weights="torchvision")


@pytest.mark.parametrize("name", ["pl-ae", "feature-prediction"])
def test_cells_of_another_loss_network_are_measured_again(name, tmp_path, monkeypatch):
    ours = get(name).cells("small", [0])
    other = tmp_path / "stem.safetensors"
    other.write_bytes(b"other weights")
    monkeypatch.setattr(loss_networks, "shipped", lambda weights: other)
    theirs = get(name).cells("small", [0])
    assert [cell.name for cell in ours] == [cell.name for cell in theirs]
    assert all(a.settings != b.settings for a, b in zip(ours, theirs, strict=True))


def test_without_a_png_the_report_says_so(tmp_path, monkeypatch):
    """kaleido looks for a browser at this place first; where there is none, it cannot draw."""
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "no-browser"))
    drawing = Drawing("line", "A line.", go.Figure(go.Scatter(x=[1, 2], y=[1, 2])))
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever kaleido raises there
        plotly.io.write_image(drawing.figure, tmp_path / "x.png")
    with pytest.raises(StateError, match=r"Name an \.html file"):
        write_drawing(drawing, tmp_path / "x.png")
    write_drawing(drawing, tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size > 1_000_000, "needs nothing beside it"
    result = reproduce(Counted(drawings=(drawing,)).experiment, tmp_path, seeds=[1, 2])
    assert result["figures"] == ["line.html"]
    assert "html only" in result["notes"][-1]
    assert "[line.html](line.html)" in (tmp_path / "report.md").read_text()
    assert (tmp_path / "line.html").stat().st_size < 100_000
    assert (tmp_path / "plotly.min.js").exists()
