"""`labeller benchmark label-efficiency`: the method that gives the latents, and the figure."""

import json

import numpy as np
import pytest

pytest.importorskip("skactiveml", reason="needs scikit-activeml, of the extra benchmark")

QUICK = ("--set", "train.epochs=1", "--set", "student.epochs=1", "--set", "student.epochs_again=1")


def test_the_record_names_the_method_and_the_curves_are_drawn(command, digit_folder, tmp_path):
    found, page = tmp_path / "found.json", tmp_path / "curves.html"
    ended = command(
        *("benchmark", "label-efficiency", digit_folder, "--method", "ae:deep", *QUICK),
        *("--strategies", "random", "--budgets", "3,6", "--no-supervised"),
        *("--json", found, "--figure", page),
    )
    assert ended.code == 0, ended.err
    record = json.loads(found.read_text())
    assert record["config"]["method"] == "ae"
    assert record["changes"]["method_config"] == record["config"]["method_config"]
    assert [point["answers"] for point in record["curves"][0]["points"]] == [3, 6]
    assert "random" in page.read_text(encoding="utf-8")


def test_an_unknown_method_is_named(command, digit_folder):
    ended = command("benchmark", "label-efficiency", digit_folder, "--method", "nothing")
    assert ended.code == 2
    assert "method must be one of" in ended.err
    ended = command("benchmark", "label-efficiency", digit_folder, "--method", "cnn")
    assert (ended.code, "cnn learns from labels alone" in ended.err) == (1, True)


def test_features_must_have_a_row_for_each_image(command, digit_folder, tmp_path):
    path = tmp_path / "features.npy"
    np.save(path, np.ones((7, 4)))
    ended = command("benchmark", "label-efficiency", digit_folder, "--features", path)
    assert ended.code == 1
    assert "features must be an array (images, features)" in ended.err
    assert "got (7, 4)" in ended.err.replace("\n", " ")
