"""The benchmark of answers: its record, its cells, and going on after a stop."""

import json
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from labeller.errors import StateError
from labeller.events import Progress
from labeller.experiments.label_efficiency import Plan, label_efficiency, markdown
from labeller.experiments.label_efficiency.pool import answer_images

pytest.importorskip("skactiveml", reason="needs scikit-activeml, of the extra benchmark")

QUICK = (
    ("train.epochs", 3),
    ("retrain.epochs", 2),
    ("cluster.algorithm", "kmeans"),
)
PLAN = Plan("digits", ("random", "margin"), budgets=(10, 20), changes=QUICK)


@dataclass
class Linear:
    """Logistic regression on the pixels: a student that needs no minute."""

    lessons: list[int] = field(default_factory=list)
    settings: dict = field(default_factory=lambda: {"linear": True})

    def __call__(self, data):
        images, (known, labels) = data.inputs, data.known
        assert images.dtype == np.uint8
        self.lessons.append(len(known))
        pixels = images.reshape(len(images), -1) / 255
        fitted = LogisticRegression(max_iter=1000).fit(pixels[known], labels)
        probabilities = np.zeros((len(images), data.classes))
        probabilities[:, fitted.classes_] = fitted.predict_proba(pixels)
        return probabilities


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def finished(cache, tmp_path_factory):
    path = tmp_path_factory.mktemp("record") / "found.json"
    plan = replace(PLAN, seeds=(0, 1))
    record = label_efficiency(plan, cache=cache, path=path, learner=Linear())
    return plan, path, record


def test_the_record(finished):
    _, path, record = finished
    assert json.loads(path.read_text()) == record
    assert {"source", "device", "versions", "config", "images", "curves", "cells"} <= set(record)
    assert "scikit-activeml" in record["versions"]
    curves = {curve["name"]: curve for curve in record["curves"]}
    assert {name: curve["kind"] for name, curve in curves.items()} == {
        "random": "baseline",
        "margin": "baseline",
        "supervised": "supervised",
    }
    for name in ("random", "margin"):
        points = curves[name]["points"]
        assert [point["answers"] for point in points] == [10, 20]
        cells = [c for c in record["cells"] if c["strategy"] == name and c["budget"] == 20]
        scores = [cell["test_accuracy"] for cell in cells]
        assert points[1]["mean"] == pytest.approx(np.mean(scores))
        assert points[1]["std"] == pytest.approx(np.std(scores))
        assert points[1]["seeds"] == [0, 1]
    assert curves["supervised"]["points"][0]["mean"] > curves["random"]["points"][1]["mean"]


def test_cells_ask_each_image_once_and_begin_alike(finished):
    _, _, record = finished
    for seed in (0, 1):
        rows = {}
        for cell in record["cells"]:
            if cell["seed"] == seed and cell["kind"] == "baseline":
                rows.setdefault(cell["strategy"], []).append(cell["rows"])
        assert [len(part) for part in rows["margin"]] == [10, 10]
        assert len({*rows["margin"][0], *rows["margin"][1]}) == 20
        assert rows["margin"][0] == rows["random"][0]
        assert rows["margin"][1] != rows["random"][1]


def test_a_finished_run_is_not_run_again(finished, cache):
    plan, path, record = finished
    student = Linear()
    again = label_efficiency(plan, cache=cache, path=path, resume=True, learner=student)
    assert student.lessons == []
    assert again == record


def test_goes_on_where_it_was_stopped(finished, cache, tmp_path):
    """Stopped after any number of cells, also without the cache, it ends with the same cells."""
    _, _, record = finished
    plan, path = replace(PLAN, seeds=(0,)), tmp_path / "found.json"

    class StoppedError(Exception):
        pass

    def stop_at(event: Progress):
        if event.stage == "benchmark" and event.done == 3:
            raise StoppedError

    with pytest.raises(StoppedError):
        label_efficiency(plan, cache=cache, path=path, learner=Linear(), report=stop_at)
    assert len(json.loads(path.read_text())["cells"]) == 3
    for student in cache.glob("seed-0-*/student-*.npy"):
        student.unlink()
    student = Linear()
    found = label_efficiency(plan, cache=cache, path=path, resume=True, learner=student)
    assert student.lessons == [10, 20, 1438]  # the tenth answers' student, to choose from, again
    wanted = [cell for cell in record["cells"] if cell["seed"] == 0]
    for cell, expected in zip(found["cells"], wanted, strict=True):
        assert {**cell, "seconds": 0} == {**expected, "seconds": 0}


def test_strategies_may_be_added_but_not_other_settings(finished, cache):
    plan, path, record = finished
    more = replace(plan, strategies=("typiclust", "random+neighbours"), seeds=(0,))
    found = label_efficiency(more, cache=cache, path=path, resume=True, learner=Linear())
    assert len(found["cells"]) == len(record["cells"]) + 4
    with pytest.raises(StateError, match="was made with another budgets; name another file"):
        label_efficiency(replace(plan, budgets=(5, 20)), cache=cache, path=path, resume=True)
    with pytest.raises(StateError, match="exists; go on with it"):
        label_efficiency(plan, cache=cache, path=path)


def test_a_preset_plays_through_its_own_rounds(cache):
    plan = replace(PLAN, strategies=("paper",), budgets=(12, 24), error_rates=(0.1,))
    plan = replace(plan, supervised=False)
    record = label_efficiency(plan, cache=cache, learner=Linear())
    assert [curve["kind"] for curve in record["curves"]] == ["paper"]
    assert [point["answers"] for point in record["curves"][0]["points"]] == [12, 24]
    first, second = record["cells"]
    assert first["answers"] <= 12 < second["answers"] <= 24
    assert first["error_rate"] == 0.1


def test_wrong_answers_about_images():
    targets = np.arange(5000) % 10
    rows = np.random.default_rng(0).permutation(5000)[:2000]
    said = answer_images(targets, rows, 10, error_rate=0.1, seed=0)
    wrong = said != targets[rows]
    assert 0.08 < wrong.mean() < 0.12
    assert set(said[wrong] - targets[rows][wrong]) >= {1, -1}
    again = answer_images(targets, rows[::-1], 10, error_rate=0.1, seed=0)
    np.testing.assert_array_equal(said, again[::-1])
    right = answer_images(targets, rows, 10, error_rate=0.0, seed=0)
    np.testing.assert_array_equal(right, targets[rows])


def test_the_table(finished):
    lines = markdown(finished[2]).splitlines()
    assert lines[0] == "| strategy | wrong answers | 10 | 20 |"
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| random", "| margin", "| supervised"]
    assert lines[2].count("±") == 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"strategies": ("random", "luck")}, "strategies must be some of .*, got luck"),
        ({"strategies": ()}, "strategies must be some of .*, got none"),
        ({"budgets": (10, 10)}, r"budgets must grow by 2 or more from 0, got \[10, 10\]"),
        ({"seeds": ()}, "seeds must be 0 or more"),
        ({"error_rates": (1.5,)}, "error rates must be between 0 and 1"),
        ({"base": "none"}, "base must be one of"),
    ],
)
def test_bad_plans_are_named(given, message):
    with pytest.raises(ValueError, match=message):
        replace(PLAN, **given)


def test_more_answers_than_images(cache):
    with pytest.raises(ValueError, match="budgets must be at most 1438"):
        label_efficiency(replace(PLAN, budgets=(10, 2000)), cache=cache, learner=Linear())


@pytest.mark.parametrize("name", ["no-umap", "no-splits", "no-choice", "no-student"])
def test_an_ablation_plays_the_recommended_rounds_without_one_part(tmp_path, name):
    quick = (
        ("train.epochs", 3),
        ("embed.space", "pca"),
        ("embed.dimensions", 8),
        ("student.epochs", 5),
        ("student.epochs_again", 2),
    )
    plan = Plan("digits", (name,), (10, 14), changes=quick, supervised=False, expert="oracle")
    record = label_efficiency(plan, cache=tmp_path)
    assert [cell["strategy"] for cell in record["cells"]] == [name, name]
    assert record["curves"][0]["kind"] == "ablation"
    assert record["curves"][0]["points"][-1]["mean"] > 0.4
