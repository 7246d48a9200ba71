"""The command line over a real store: what it prints, what it stores, how it ends."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from labeller.cli import main
from tests.cli.conftest import Command


def questions(labeller: Command, *options: object) -> list[dict]:
    """The open questions as `ask --json` prints them."""
    return json.loads(labeller("ask", "digits", "--json", *options).out)


def test_help_loads_nothing_heavy() -> None:
    """It answers in a fraction of a second because of that."""
    command = [sys.executable, "-X", "importtime", "-m", "labeller.cli", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.split("\n")}
    assert {"labeller", "typer"} <= loaded
    heavy = {"torch", "numpy", "pandas", "pydantic", "scipy", "sklearn", "sqlalchemy", "streamlit"}
    assert not loaded & heavy
    for word in ("demo", "ui", "worker", "doctor", "simulate", "benchmark", "--workspace"):
        assert word in done.stdout


def test_every_command_has_help(command: Command) -> None:
    names = "demo ui worker doctor projects create delete jobs train cluster ask answer label undo"
    names += (
        " people propagate retrain evaluate why export predict simulate compare reproduce trial"
    )
    names += " methods"
    for name in names.split():
        ended = command(name, "--help")
        assert ended.code == 0
        assert "Usage" in ended.out
    assert command("benchmark", "epoch", "--help").code == 0
    groups = {"classes": "list add rename merge split", "audit": "draw status label undo"}
    for group, verbs in groups.items():
        for verb in verbs.split():
            assert command(group, verb, "--help").code == 0


def test_version(command: Command) -> None:
    ended = command("--version")
    assert (ended.code, ended.out.split()[0]) == (0, "labeller")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("create",),
        ("create", "x"),
        ("answer", "digits", "0"),
        ("answer", "digits", "0", "--label", "3", "--skip"),
        ("answer", "digits", "0", "--skip", "--confidence", "0.5"),
        ("answer", "digits", "0", "--label", "3", "--confidence", "1.5"),
        ("train", "digits", "--epochs", "many"),
        ("train", "digits", "--set", "latent"),
        ("export", "digits"),
        ("export", "digits", "--out", "x.csv", "--format", "xml"),
        ("simulate", "digits", "--seeds", "a,b"),
        ("simulate", "digits", "--expert", "nobody"),
        ("jobs", "--cancel", "1", "--resume", "2"),
        ("ui", "--port", "70000"),
        ("audit", "label", "digits", "3"),
        ("audit", "label", "digits", "3", "4", "--skip"),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_two(labeller: Command, arguments: tuple[str, ...]) -> None:
    ended = labeller(*arguments)
    assert ended.code == 2
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("train", "nobody"), "nobody"),
        (("ask", "nobody"), "nobody"),
        (("create", "digits", "--source", "digits"), "digits"),
        (("create", "new", "--source", "no/such/folder"), "no/such/folder"),
        (("create", "new", "--source", "digits", "--preset", "magic"), "manifold"),
        (("create", "a/b", "--source", "digits"), "a/b"),
        (("train", "digits", "--epochs", "0"), "got 0"),
        (("train", "digits", "--set", "train.epoch=3"), "train.epoch"),
        (("train", "digits", "--space", "moon"), "moon"),
        (("train", "digits", "--preset", "magic"), "manifold"),
        (("retrain", "digits"), "propagate"),
        (("retrain", "digits", "--resume"), "--resume"),
        (("propagate", "digits", "--a", "-1"), "got -1"),
        (("answer", "digits", "99", "--label", "3"), "99"),
        (("answer", "digits", "0", "--label", "cat"), "--new-class"),
        (("answer", "digits", "0", "--split", "1"), "got 1"),
        (("undo", "digits"), "answer"),
        (("evaluate", "digits"), "retrain"),
        (("predict", "digits", "no-such.png"), "no-such.png"),
        (("export", "digits", "--classifier", "net"), "retrain"),
        (("jobs", "--cancel", "999"), "999"),
        (("simulate", "digits", "--answers", "1"), "got 1"),
        (("classes", "merge", "digits", "cat", "3"), "got cat"),
        (("classes", "split", "digits", "3"), "not merged"),
        (("audit", "draw", "digits", "--size", "3"), "got 3"),
        (("audit", "label", "digits", "3", "4"), "draw it first"),
        (("audit", "undo", "digits"), "nothing was said"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_errors_end_with_one_line(labeller: Command, arguments: tuple[str, ...], said: str) -> None:
    ended = labeller(*arguments)
    assert ended.code in (1, 2), ended.err
    lines = ended.err.strip().splitlines()
    assert lines[-1].startswith("labeller: ")
    assert said in lines[-1]
    assert "Traceback" not in ended.err


def test_traceback_is_there_for_those_who_ask(labeller: Command) -> None:
    from labeller.errors import NotFoundError

    with pytest.raises(NotFoundError):
        main(["--traceback", "ask", "nobody"])


def test_workspace_is_given_before_or_after_the_command(
    command: Command, asking_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELLER_WORKSPACE", str(tmp_path / "empty"))
    assert "No projects" in command("projects").err
    assert "digits" in command("--workspace", asking_workspace, "projects").out
    assert "digits" in command("projects", "--workspace", asking_workspace).out


def test_projects_as_table_and_json(labeller: Command) -> None:
    assert "1,797" in labeller("projects").out
    (record,) = json.loads(labeller("projects", "--json").out)
    assert record["name"] == "digits"
    assert record["train"] + record["test"] == record["count"] == 1797
    assert record["classes"] == [str(digit) for digit in range(10)]
    assert record["next_step"]["page"] == "label"


def test_a_project_by_name_has_the_report_of_its_import(labeller: Command) -> None:
    said = labeller("projects", "digits")
    assert "Import: 1,797 found, 1,797 taken, 0 left out; 10 classes found: 0, 1," in said.err
    (record,) = json.loads(labeller("projects", "digits", "--json").out)
    assert (record["report"]["found"], record["report"]["left_out"]) == (1797, [])
    assert "Import:" not in labeller("projects").err


@pytest.mark.slow
def test_images_are_added_from_the_command_line(labeller: Command, digit_folder: Path) -> None:
    said = labeller("add", "digits", digit_folder)
    assert said.code == 0, said.err
    # The folder was written from the same digits, in whole levels of grey.
    assert "537 found" in said.err
    assert "Added: 537 found" in labeller("projects", "digits").err
    (record,) = json.loads(labeller("projects", "--json").out)
    assert record["count"] == 1797 + record["added"][0]["taken"]
    refused = labeller("add", "digits", digit_folder / "nowhere")
    assert (refused.code, "there is no folder or file" in refused.err) == (1, True)


def test_projects_say_which_encoder_they_have_and_why(labeller: Command) -> None:
    assert "encoder" in labeller("projects").out
    (record,) = json.loads(labeller("projects", "--json").out)
    assert record["encoder"] == "none"
    assert record["encoder_choice"]["encoder"] == "none"
    assert record["encoder_choice"]["reason"].startswith("Pixels: the originals are 8 px")


def test_ask_json_has_the_centre_as_numbers(labeller: Command) -> None:
    asked = questions(labeller)
    assert len(asked) == 10
    (project,) = json.loads(labeller("projects", "--json").out)
    assert sum(one["size"] for one in asked) == project["train"]
    sizes = [one["size"] for one in asked]
    assert sizes == sorted(sizes, reverse=True)
    for one in asked:
        assert np.asarray(one["centre"]).shape == (8, 8, 1)
        assert 0 <= one["impurity"] <= 1
        assert {"medoid", "near", "random", "far"} <= set(one["members"])


def test_ask_writes_pictures(labeller: Command, tmp_path: Path) -> None:
    asked = questions(labeller, "--images", tmp_path / "cards")
    for one in asked:
        with Image.open(one["centre"]) as centre:
            assert centre.size == (8, 8)
        with Image.open(one["card"]) as card:
            assert card.width > card.height


def test_ask_writes_a_contact_sheet(labeller: Command, tmp_path: Path) -> None:
    open_ones = len(questions(labeller))
    assert "wrote" in labeller("ask", "digits", "--sheet", tmp_path / "sheet.jpg").err
    with Image.open(tmp_path / "sheet.jpg") as sheet:
        assert sheet.height == open_ones * (96 + 3)
    refused = labeller("ask", "digits", "--sheet", tmp_path / "sheet.txt")
    assert refused.code == 2
    assert "a picture must end in .jpg or .png" in refused.err


def test_ask_draws_in_the_terminal(labeller: Command) -> None:
    assert "▀" in labeller("ask", "digits", "--show").out


def test_answers_are_stored_and_undone(labeller: Command) -> None:
    first, second, third = (one["node"] for one in questions(labeller)[:3])
    said = labeller("answer", "digits", first, "--label", "7", "--confidence", "0.5").err
    assert f"Saved: {first} is 7, confidence 0.5" in said
    assert "Saved" in labeller("answer", "digits", second, "--label", "three", "--new-class").err
    assert "skipped" in labeller("answer", "digits", third, "--skip", "--expert", "ann").err
    assert len(questions(labeller)) == 7
    assert third in labeller("undo", "digits").err
    assert [one["node"] for one in questions(labeller)].count(third) == 1
    (record,) = json.loads(labeller("projects", "--json").out)
    assert record["classes"][-1] == "three"


def test_no_expert_can_undo_the_answer_of_another(labeller: Command) -> None:
    node = questions(labeller)[0]["node"]
    labeller("answer", "digits", node, "--label", "1", "--expert", "ann")
    assert labeller("undo", "digits", "--expert", "bob").code == 1
    assert labeller("undo", "digits", "--expert", "ann").code == 0


def test_any_answer_is_undone_and_a_label_explained(labeller: Command) -> None:
    asked = questions(labeller)
    for one, label in zip(asked[:2], "45", strict=True):
        labeller("answer", "digits", one["node"], "--label", label)
    image = asked[0]["members"]["medoid"]
    said = labeller("why", "digits", str(image))
    assert said.code == 0
    assert "4, weight" in said.out
    found = json.loads(labeller("why", "digits", str(image), "--json").out)
    assert [one["answer"]["node"] for one in found["evidence"]] == [asked[0]["node"]]
    assert labeller("undo", "digits", "--answer", "1").code == 0
    assert "no label" in labeller("why", "digits", str(image)).out
    assert labeller("undo", "digits", "--answer", "1").code == 1
    assert labeller("why", "digits", "nobody.png").code == 1


def test_propagate_spreads_along_the_neighbours(labeller: Command) -> None:
    for place, one in enumerate(questions(labeller)):
        labeller("answer", "digits", one["node"], "--label", str(place))
    for rule in ("spreading", "poisson"):
        found = labeller("propagate", "digits", "--preview", "--json", "--rule", rule)
        assert json.loads(found.out)["coverage"] == 1.0
    assert labeller("propagate", "digits", "--rule", "rumour").code == 2
    assert labeller("propagate", "digits", "--rule", "spreading", "--alpha", "0.5").code == 0


def test_propagate_previews_and_writes(labeller: Command, tmp_path: Path) -> None:
    asked = questions(labeller)
    labeller("answer", "digits", asked[0]["node"], "--label", "4", "--confidence", "0.9")
    preview = json.loads(labeller("propagate", "digits", "--preview", "--json").out)
    assert 0 < preview["coverage"] < 1
    assert labeller("retrain", "digits").code == 1
    table = labeller("propagate", "digits", "--decay", "uniform")
    assert table.code == 0
    assert "labeller retrain digits" in table.err
    out = tmp_path / "labels.parquet"
    assert labeller("export", "digits", "--out", out).code == 0
    labels = pd.read_parquet(out)
    assert len(labels) == 1797
    assert (labels["label"] == 4).sum() == asked[0]["size"]


def test_delete_asks_first(labeller: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typer.confirm", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    assert labeller("delete", "digits").code == 130
    assert len(json.loads(labeller("projects", "--json").out)) == 1
    assert labeller("delete", "digits", "--yes").code == 0
    assert json.loads(labeller("projects", "--json").out) == []
