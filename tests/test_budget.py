"""Recorded baselines are read with care, and drawn beside the project's own rounds."""

import json

import pytest

from labeller import figures
from labeller.evaluation.stopping import fit_power_law
from labeller.figures.baselines import FOLDER, curves_of, recorded
from labeller.records import BudgetRound
from labeller.service.budget import expected

RECORD = {
    "source": "mnist",
    "curves": [
        {
            "name": "margin",
            "kind": "baseline",
            "error_rate": 0.0,
            "points": [
                {"answers": 50, "mean": 0.8, "std": 0.02, "seeds": [0, 1, 2]},
                {"answers": 10, "mean": 0.5, "std": 0.05, "seeds": [0, 1, 2]},
            ],
        },
        {
            "name": "margin",
            "kind": "baseline",
            "error_rate": 0.05,
            "points": [{"answers": 50, "mean": 0.7, "std": 0.02, "seeds": 3}],
        },
        {
            "name": "all labels",
            "kind": "supervised",
            "points": [{"answers": 60000, "mean": 0.992, "std": 0.001, "seeds": 3}],
        },
        {
            "name": "recommended",
            "kind": "recommended",
            "points": [{"answers": 10, "mean": 0.97, "std": 0.004, "seeds": 3}],
        },
        {
            "name": "no-umap",
            "kind": "ablation",
            "points": [{"answers": 10, "mean": 0.6, "std": 0.02, "seeds": 3}],
        },
    ],
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mnist.json").write_text(json.dumps(RECORD))
    return tmp_path


def test_a_record_is_read_in_the_order_of_its_kinds(folder):
    curves = recorded("mnist", folder)
    assert [curve.name for curve in curves] == ["recommended", "margin", "all labels"]
    assert [point.answers for point in curves[1].points] == [10, 50]
    assert [point.seeds for curve in curves for point in curve.points] == [3, 3, 3, 3]


def test_a_figure_of_the_record_has_its_wrong_answers_and_ablations_too():
    assert [curve.name for curve in curves_of(RECORD)] == [
        "recommended",
        "margin",
        "margin, 5 % wrong",
        "all labels",
        "no-umap",
    ]


@pytest.mark.parametrize("source", ["digits", "/home/me/mnist", "../mnist", ""])
def test_other_sources_have_no_record(folder, source):
    assert recorded(source, folder) == ()


@pytest.mark.parametrize(
    "broken",
    [
        {"source": "cifar10", "curves": []},
        {"source": "mnist"},
        {"source": "mnist", "curves": [{"name": "x", "kind": "guess", "points": []}]},
        {"source": "mnist", "curves": [{"name": "x", "kind": "paper", "points": [{}]}]},
    ],
)
def test_a_damaged_record_is_refused(tmp_path, broken):
    (tmp_path / "mnist.json").write_text(json.dumps(broken))
    with pytest.raises(ValueError, match="is no record of label-efficiency"):
        recorded("mnist", tmp_path)


def test_the_records_that_ship_are_sound():
    for path in FOLDER.glob("*.json"):
        assert recorded(path.stem)


def test_the_project_is_drawn_among_the_recorded_curves(folder):
    points = [figures.BudgetPoint(10, 0.9, 0.85, 0.93), figures.BudgetPoint(30, 0.95, 0.91, 0.97)]
    ahead = figures.BudgetPoint(40, 0.96)
    figure = figures.budget_curve(points, recorded("mnist", folder), ahead=ahead)
    names = [trace.name for trace in figure.data]
    assert names == ["recommended", "margin", "all labels", "this project", "expected"]
    level, project, expected = figure.data[2:]
    assert list(level.x) == [10, 50]
    assert list(level.y) == [0.992, 0.992]
    assert project.error_y.visible
    assert list(project.error_y.array) == pytest.approx([0.03, 0.02])
    assert list(project.error_y.arrayminus) == pytest.approx([0.05, 0.04])
    assert list(expected.x) == [30, 40]
    assert figure.layout.xaxis.type == "log"
    assert figure.layout.yaxis.range[0] == pytest.approx(0.4)


def test_the_audit_is_drawn_beside_measured_rounds():
    audited = [figures.BudgetPoint(16, 0.88, 0.8, 0.93)]
    figure = figures.budget_curve([figures.BudgetPoint(16, 0.9)], audited=audited)
    project, audit = figure.data
    assert not project.error_y.visible
    assert list(audit.error_y.array) == pytest.approx([0.05])
    assert audit.name == "the audit's estimate"


def test_a_project_alone_has_no_intervals():
    figure = figures.budget_curve([figures.BudgetPoint(16, 0.9)])
    (project,) = figure.data
    assert not project.error_y.visible
    assert list(project.x) == [16]


def test_the_error_is_continued_from_the_newest_round():
    """Error 0.2 after 10 answers and 0.1 after 20: a power law of exponent 1, 0.1 * 20 / 30."""
    rounds = [BudgetRound(10, 0.8), BudgetRound(20, 0.9)]
    ahead = expected(rounds)
    assert ahead is not None
    assert ahead.answers == 30
    assert ahead.accuracy == pytest.approx(1 - 0.1 * 20 / 30)


def test_the_newest_round_may_lie_beside_the_law():
    rounds = [BudgetRound(10, 0.8), BudgetRound(20, 0.9), BudgetRound(40, 0.91)]
    law = fit_power_law([10, 20, 40], [0.2, 0.1, 0.09])
    ahead = expected(rounds)
    assert ahead is not None
    assert ahead.accuracy == pytest.approx(1 - 0.09 * (50 / 40) ** -law.exponent)


def test_a_round_without_a_mistake_is_no_error_of_zero():
    ahead = expected([BudgetRound(10, 0.9), BudgetRound(20, 1.0)])
    assert ahead is not None
    assert 0.999 < ahead.accuracy < 1


@pytest.mark.parametrize(
    "rounds",
    [[], [BudgetRound(10, 0.8)], [BudgetRound(10, 0.8), BudgetRound(20, 0.7)]],
    ids=["none", "one", "worse"],
)
def test_rounds_that_say_nothing_about_the_next(rounds):
    assert expected(rounds) is None
