"""The commands for several people, and for single images."""

import json

from tests.cli.conftest import Command
from tests.cli.test_commands import questions


def test_people_and_their_agreement(labeller: Command) -> None:
    nodes = [one["node"] for one in questions(labeller)[:2]]
    for node in nodes:
        labeller("answer", "digits", node, "-l", "1", "--expert", "ada")
    labeller("answer", "digits", nodes[0], "-l", "1", "--expert", "ben")
    said = labeller("people", "digits")
    assert "ada, ben" in said.out
    assert "1 per card; 0 disputed" in said.err
    found = json.loads(labeller("people", "digits", "--per-card", "2", "--json").out)
    assert (found["per_card"], found["shared"], found["disputed"]) == (2, 1, 0)
    asked = json.loads(labeller("ask", "digits", "--expert", "ben", "--json").out)
    assert nodes[1] in [one["node"] for one in asked]
    assert nodes[0] not in [one["node"] for one in asked]
    assert labeller("people", "digits", "--per-card", "0").code == 2


def test_single_images_are_labelled_and_set_aside(labeller: Command) -> None:
    said = labeller("label", "digits", "--images", "3,17", "-l", "cat", "--new-class")
    assert "Saved: 2 images selected on the command line: cat, confidence 1" in said.err
    assert "cat, weight 1.00" in labeller("why", "digits", "3").out
    aside = labeller("label", "digits", "--images", "17", "--set-aside")
    assert "1 image selected on the command line: set aside" in aside.err
    assert "set aside" in labeller("why", "digits", "17").out
    assert "1 image selected on the command line" in labeller("undo", "digits").err
    assert "cat, weight 1.00" in labeller("why", "digits", "17").out
    assert labeller("label", "digits", "--images", "3").code == 2
    assert labeller("label", "digits", "--images", "3,x", "--set-aside").code == 2
    assert labeller("label", "digits", "--images", "99999", "--set-aside").code == 2


def test_what_is_refused_adds_no_class_and_no_answer(labeller: Command) -> None:
    node = questions(labeller)[0]["node"]
    refused = [
        ("answer", "digits", node, "-l", "1.9"),
        ("answer", "digits", node, "-l", "True"),
        ("answer", "digits", "nowhere", "-l", "cat", "--new-class"),
        ("answer", "digits", node, "-l", "x" * 81, "--new-class"),
        ("answer", "digits", node, "-l", "a\x1b[2Jb", "--new-class"),
        ("answer", "digits", node, "-l", "1", "--expert", "x" * 300),
        ("label", "digits", "--images", "99999", "-l", "cat", "--new-class"),
        ("label", "digits", "--images", "9" * 5000, "-l", "1"),
    ]
    for words in refused:
        ended = labeller(*words)
        assert ended.code == (1 if "nowhere" in words else 2), words
        assert ended.err.startswith("labeller: "), ended.err
        assert ended.err.count("\n") == 1, ended.err
    assert len(json.loads(labeller("classes", "list", "digits", "--json").out)) == 10
    assert not json.loads(labeller("projects", "digits", "--json").out)[0]["answers"]


def test_brackets_in_names_are_printed_as_they_are(labeller: Command) -> None:
    for name in ("[/b]", "[red]x"):
        labeller("classes", "add", "digits", name)
    listed = labeller("classes", "list", "digits")
    assert listed.code == 0
    assert "[/b]" in listed.out
    assert "[red]x" in listed.out
    node = questions(labeller)[0]["node"]
    said = labeller("answer", "digits", node, "-l", "[/b]", "--expert", "[p]")
    assert f"Saved: {node} is [/b]" in said.err
    shown = labeller("propagate", "digits", "--preview")
    assert shown.code == 0
    assert "[/b]" in shown.out
    assert "[p]" in labeller("people", "digits").out
