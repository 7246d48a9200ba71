"""The tree of answers: which stand, and which cards they leave."""

import itertools

from labeller.store.answers import images_said, live_nodes, speaks_for, standing
from labeller.store.schema import Answer, Node

PLACES = itertools.count(1)  # numbers of rows, which rise as they are stored


def node(key, size, parent=None, split=None):
    path, place = key.split("-")[0], next(PLACES)
    return Node(id=place, key=key, path=path, size=size, parent_key=parent, split_answer=split)


def said(number, node_key, kind, revokes=None):
    return Answer(number=number, node_key=node_key, kind=kind, revokes=revokes)


ROOTS = [node("1", 10), node("2", 30), node("3", 20)]


def keys(nodes, answers):
    return [n.key for n in live_nodes(nodes, standing(answers))]


def test_roots_come_largest_first():
    assert keys(ROOTS, []) == ["2", "3", "1"]


def test_a_later_answer_replaces_an_earlier_one():
    answers = [said(1, "1", "label"), said(2, "1", "skip")]
    assert standing(answers)["1"].number == 2


def test_revoking_brings_the_earlier_answer_back():
    answers = [said(1, "1", "label"), said(2, "1", "skip"), said(3, "1", "revoke", revokes=2)]
    assert standing(answers)["1"].number == 1


def test_a_split_node_stands_for_itself_until_its_children_exist():
    answers = [said(1, "2", "split")]
    assert keys(ROOTS, answers) == ["2", "3", "1"]


def test_children_take_the_places_of_their_own_gains():
    children = [node("2.1-a1", 5, "2", 1), node("2.2-a1", 25, "2", 1)]
    assert keys(ROOTS + children, [said(1, "2", "split")]) == ["2.2-a1", "3", "1", "2.1-a1"]


def test_what_the_policy_says_of_a_node_decides():
    nodes = [node("1", 10), node("2", 30), node("3", 20), node("4", 5)]
    nodes[0].card, nodes[3].card = {"gain": 40}, {"again": "you said cat"}
    nodes[1].card = {"known": 0.5}
    assert keys(nodes, []) == ["4", "1", "3", "2"]


def test_splits_nest():
    children = [node("2.1-a1", 5, "2", 1), node("2.2-a1", 25, "2", 1)]
    grandchildren = [node("2.2.1-a2", 12, "2.2-a1", 2), node("2.2.2-a2", 13, "2.2-a1", 2)]
    answers = [said(1, "2", "split"), said(2, "2.2-a1", "split")]
    assert keys(ROOTS + children + grandchildren, answers) == [
        "3",
        "2.2.2-a2",
        "2.2.1-a2",
        "1",
        "2.1-a1",
    ]


def test_undoing_a_split_brings_the_parent_back_and_a_new_split_has_other_children():
    old = [node("2.1-a1", 5, "2", 1), node("2.2-a1", 25, "2", 1)]
    undone = [said(1, "2", "split"), said(2, "2", "revoke", revokes=1)]
    assert keys(ROOTS + old, undone) == ["2", "3", "1"]
    new = [node("2.1-a3", 15, "2", 3), node("2.2-a3", 15, "2", 3)]
    again = [*undone, said(3, "2", "split")]
    assert keys(ROOTS + old + new, again) == ["3", "2.1-a3", "2.2-a3", "1"]


def test_an_answer_speaks_for_what_is_on_its_card_less_the_marked_images():
    asked = node("1", 50)
    asked.card = {"medoid": 1, "near": [2, 3], "random": [4], "far": [6, 5]}
    label = Answer(kind="label", wrong=[3, 6], only=[])
    assert images_said(asked, label) == [1, 2, 4, 5]
    assert images_said(asked, Answer(kind="label", wrong=[], only=[4, 2])) == [4, 2]
    assert images_said(asked, Answer(kind="split", wrong=[], only=[])) == []
    assert speaks_for(asked, label) == 48
    assert speaks_for(asked, label, rest=node("1.rest", 20)) == 30
    # The rest may have been found in fewer images than were marked since.
    assert speaks_for(asked, label, rest=node("1.rest", 1)) == 48
    assert speaks_for(asked, Answer(kind="label", wrong=[], only=[4, 2])) == 2
