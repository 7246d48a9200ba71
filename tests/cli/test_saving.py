"""Files that a command writes of a whole project: saved and loaded again, and its report."""

import json
from pathlib import Path

from tests.cli.conftest import Command


def test_a_project_is_saved_and_loaded(labeller: Command, tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "d.labeller"
    assert labeller("answer", "digits", "1", "--label", "3").code == 0
    ended = labeller("save", "digits", file)
    assert ended.code == 0
    assert f"Saved: {file}" in ended.err
    ended = labeller("load", file)
    assert ended.code == 1
    assert "there is a project 'digits' already" in ended.err.splitlines()[-1]
    ended = labeller("load", file, "--name", "again")
    assert ended.code == 0
    assert "again: 1,797 images, 1 answers" in ended.err
    views = json.loads(labeller("projects", "--json").out)
    assert [(view["name"], view["answers"]) for view in views] == [("again", 1), ("digits", 1)]


def test_what_is_no_saved_project_is_one_line(labeller: Command, tmp_path: Path) -> None:
    (tmp_path / "d.labeller").write_bytes(b"something else")
    for file in ("d.labeller", "nowhere.labeller"):
        ended = labeller("load", tmp_path / file)
        assert (ended.code, ended.err.count("\n")) == (1, 1)
        assert file in ended.err
    assert labeller("save", "digits", tmp_path).code == 2
    assert len(json.loads(labeller("projects", "--json").out)) == 1


def test_a_report_is_written(labeller: Command, tmp_path: Path) -> None:
    ended = labeller("report", "digits", "--out", tmp_path / "r.html")
    assert ended.code == 0
    assert "Report: " in ended.err
    assert (tmp_path / "r.html").read_bytes().startswith(b"<!DOCTYPE html>")
    assert labeller("report", "digits").code == 2
    assert labeller("report", "nothing", "--out", tmp_path / "n.html").code == 1
