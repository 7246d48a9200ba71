"""The tree of answers: which stand, and which cards they leave."""

import itertools
from types import SimpleNamespace

import pytest

from labeller.errors import NotFoundError
from labeller.store.answers import Leaf, RoundTree, labelled_images
from labeller.store.people import Decision
from labeller.store.schema import Answer, Node

PLACES = itertools.count(1)  # numbers of rows, which rise as they are stored


def node(key, size, parent=None, split=None):
    path, place = key.split("-")[0], next(PLACES)
    return Node(id=place, key=key, path=path, size=size, parent_key=parent, split_answer=split)


def said(number, node_key, kind, revokes=None):
    return Answer(number=number, node_key=node_key, kind=kind, revokes=revokes)


ROOTS = [node("1", 10), node("2", 30), node("3", 20)]


def leaf_of(card, answer, rest):
    decisions = {card.key: Decision(answer, (answer,))} if answer else {}
    return Leaf(card, SimpleNamespace(decisions=decisions, rest_of=lambda _: rest))


def keys(nodes, answers):
    return [leaf.node.key for leaf in RoundTree(nodes, answers).leaves]


def test_roots_come_largest_first():
    assert keys(ROOTS, []) == ["2", "3", "1"]


def test_a_later_answer_replaces_an_earlier_one():
    answers = [said(1, "1", "label"), said(2, "1", "skip")]
    assert RoundTree(ROOTS, answers).standing["1"].number == 2


def test_revoking_brings_the_earlier_answer_back():
    answers = [said(1, "1", "label"), said(2, "1", "skip"), said(3, "1", "revoke", revokes=2)]
    assert RoundTree(ROOTS, answers).standing["1"].number == 1


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
    assert labelled_images(asked, label) == [1, 2, 4, 5]
    assert labelled_images(asked, Answer(kind="label", wrong=[], only=[4, 2])) == [4, 2]
    assert labelled_images(asked, Answer(kind="split", wrong=[], only=[])) == []
    sure = Answer(kind="label", confidence=1.0, wrong=[], only=[])
    assert labelled_images(asked, sure) == [1, 2, 3, 4, 6, 5]
    sure.confidence = 0.99  # nobody said it of each image
    assert labelled_images(asked, sure) == []
    assert leaf_of(asked, label, None).images == 48
    assert leaf_of(asked, label, node("1.rest", 20)).images == 30
    # The rest may have been found in fewer images than were marked since.
    assert leaf_of(asked, label, node("1.rest", 1)).images == 48
    assert leaf_of(asked, Answer(kind="label", wrong=[], only=[4, 2]), None).images == 2
    assert leaf_of(asked, None, None).images == 0


def test_a_rest_stands_beside_its_parent_while_the_marks_are_the_same():
    asked, rest = node("1", 50), node("1.rest-a1", 20, "1", 1)
    rest.card = {"rest": [3, 6]}
    marked = Answer(number=1, node_key="1", kind="label", wrong=[3, 6], only=[])
    tree = RoundTree([asked, rest], [marked])
    assert [leaf.node.key for leaf in tree.leaves] == ["1", "1.rest-a1"]
    assert tree.leaves[0].rest is None, "open, it keeps the label of its parent"
    assert tree.has_rest(asked, [3, 6])
    assert not tree.has_rest(asked, [3])
    answered = Answer(number=2, node_key="1.rest-a1", kind="label", wrong=[], only=[])
    assert RoundTree([asked, rest], [marked, answered]).leaves[0].rest is rest
    otherwise = Answer(number=3, node_key="1", kind="label", wrong=[3], only=[])
    leaves = RoundTree([asked, rest], [marked, answered, otherwise]).leaves
    assert [(leaf.node.key, leaf.rest) for leaf in leaves] == [("1", None)]


def test_what_lies_between_the_parts_of_a_split_is_counted():
    parts = [node("2.1-a1", 5, "2", 1), node("2.2-a1", 22, "2", 1)]
    assert RoundTree(ROOTS + parts, [said(1, "2", "split")]).left_by_splits == 3
    assert RoundTree(ROOTS + parts, []).left_by_splits == 0


def test_what_follows_an_answer_is_what_was_said_of_the_parts():
    parts = [node("2.1-a1", 5, "2", 1), node("2.2-a1", 25, "2", 1)]
    deeper = [node("2.2.1-a3", 12, "2.2-a1", 3)]
    answers = [
        said(1, "2", "split"),
        said(2, "2.1-a1", "label"),
        said(3, "2.2-a1", "split"),
        said(4, "3", "label"),
        said(5, "2.2.1-a3", "label"),
        said(6, "2.1-a1", "revoke", revokes=2),
    ]
    tree = RoundTree(ROOTS + parts + deeper, answers)
    assert [row.number for row in tree.following(answers[0])] == [3, 5]
    assert tree.following(answers[3]) == []


def test_a_card_is_found_by_its_path():
    tree = RoundTree(ROOTS, [said(1, "3", "skip")])
    assert tree.leaf("3").answer is tree.standing["3"]
    with pytest.raises(
        NotFoundError, match=r"no cluster .4. in this round; the clusters are: 2, 3, 1"
    ):
        tree.leaf("4")
