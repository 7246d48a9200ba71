"""The groups of commands about classes and about the audit."""

import json

from tests.cli.conftest import Command


def test_a_class_is_added_renamed_merged_and_split(labeller: Command) -> None:
    assert labeller("classes", "add", "digits", "smudge").code == 0
    assert labeller("classes", "rename", "digits", "smudge", "blot").code == 0
    assert labeller("classes", "merge", "digits", "blot", "1").code == 0
    views = json.loads(labeller("classes", "list", "digits", "--json").out)
    assert views[-1] == {"label": 10, "name": "blot", "merged_into": 1}
    shown = labeller("classes", "list", "digits")
    assert "blot" in shown.out
    assert "merged into" in shown.out
    assert labeller("classes", "split", "digits", "blot").code == 0
    views = json.loads(labeller("classes", "list", "digits", "--json").out)
    assert views[-1]["merged_into"] is None


def test_an_audit_is_drawn_labelled_and_read(labeller: Command, tmp_path) -> None:
    assert json.loads(labeller("audit", "status", "digits", "--json").out) == {"images": 0}
    assert "audit draw" in labeller("audit", "status", "digits").err
    assert labeller("audit", "draw", "digits", "--size", "25").code == 0
    again = labeller("audit", "draw", "digits")
    assert (again.code, "larger --size" in again.err) == (2, True)
    folder = str(tmp_path / "images")
    record = json.loads(labeller("audit", "status", "digits", "--json", "--images", folder).out)
    assert (record["images"], record["labelled"]) == (25, 0)
    files = record["files"]
    assert len(files) == len(list((tmp_path / "images").glob("*.png"))) == 25

    first, second, third = list(files)[:3]
    assert str(record["next"]) == first
    assert labeller("audit", "label", "digits", first, "7").code == 0
    assert labeller("audit", "label", "digits", second, "--skip").code == 0
    assert labeller("audit", "label", "digits", third, "8").code == 0
    assert labeller("audit", "undo", "digits").code == 0
    record = json.loads(labeller("audit", "status", "digits", "--json").out)
    assert (record["labelled"], record["skipped"], str(record["next"])) == (1, 1, third)
    assert "too early" in record["advice"]

    for card in json.loads(labeller("ask", "digits", "--json").out):
        labeller("answer", "digits", card["node"], "--label", "7")
    shown = labeller("audit", "status", "digits", "--show")
    assert "1 of 1" in shown.out
    assert "95 % interval" in shown.out
    assert "▀" in shown.out
