"""What was looked at image by image, over any rule and through the joining of rounds."""

import numpy as np
import pytest

from labeller.rounds.propagation import JOINS, Marks, Propagation, with_marks


def said(labels, weights, source=1, **more):
    labels = np.array(labels, np.int64)
    known = labels >= 0
    return Propagation(
        labels=labels,
        weights=np.array(weights, np.float32),
        source=np.where(known, source, -1),
        distance=np.where(known, np.float32(2), np.float32(np.nan)),
        **{name: np.array(values) for name, values in more.items()},
    )


def marks(right, wrong, answer=1, label=0, weight=1.0, **more):
    return Marks(
        answer=answer,
        label=label,
        weight=weight,
        right=np.array(right, np.int64),
        distance=np.full(len(right), 7, np.float32),
        wrong=np.array(wrong, np.int64),
        **more,
    )


def test_a_statement_without_marks_says_that_no_image_was_looked_at():
    found = said([0, -1], [0.5, 0])
    assert (found.looked.tolist(), found.denied.tolist()) == ([False, False], [-1, -1])


def test_looked_at_images_are_certain_and_marked_ones_lose_the_class():
    before = said([0, 0, 0, 1], [0.4, 0.3, 0.2, 0.5])
    found = with_marks(before, [marks(right=[0], wrong=[1])])
    assert found.labels.tolist() == [0, -1, 0, 1]
    assert found.weights.tolist() == pytest.approx([1, 0, 0.2, 0.5])
    assert found.source.tolist() == [1, -1, 1, 1]
    assert found.distance.tolist() == pytest.approx([7, np.nan, 2, 2], nan_ok=True)
    assert found.looked.tolist() == [True, False, False, False]
    assert found.denied.tolist() == [-1, 0, -1, -1]
    assert before.labels.tolist() == [0, 0, 0, 1]  # never in place
    assert before.denied.tolist() == [-1] * 4


def test_a_marked_image_keeps_another_class_that_came_along_the_graph():
    before = said([2, 0], [0.4, 0.4], source=[9, 9])
    found = with_marks(before, [marks(right=[], wrong=[0, 1])])
    assert found.labels.tolist() == [2, -1]
    assert found.denied.tolist() == [0, 0]


def test_an_image_that_loses_its_label_no_longer_counts_as_looked_at():
    before = said([0, 0], [1, 1], looked=[True, True])
    assert with_marks(before, [marks([], [0])]).looked.tolist() == [False, True]


def test_a_mark_that_told_merged_classes_apart_takes_the_label_and_denies_nothing():
    found = with_marks(said([0, 0], [0.4, 0.4], [1, 9]), [marks([], [0, 1], denies=False)])
    assert found.labels.tolist() == [-1, 0]
    assert found.denied.tolist() == [-1, -1]


@pytest.mark.parametrize("join", JOINS)
def test_a_later_denial_removes_what_was_said_before(join):
    early = said([0, 0, 1], [1, 1, 1], looked=[False, True, False])
    late = said([-1, -1, -1], [0, 0, 0], denied=[0, 0, 0])
    found = JOINS[join]([early, late], 3)
    assert found.labels.tolist() == [-1, -1, 1]
    assert found.weights.tolist() == pytest.approx([0, 0, 1])
    assert found.source.tolist() == [-1, -1, 1]
    assert found.denied.tolist() == [0, 0, 0]
    assert not found.looked.any()  # of a label that is gone


@pytest.mark.parametrize("join", JOINS)
def test_the_last_denial_is_kept(join):
    early, late = (said([-1, -1], [0, 0], denied=denied) for denied in ([0, 0], [1, -1]))
    assert JOINS[join]([early, late], 2).denied.tolist() == [1, 0]


def test_an_image_counts_as_looked_at_where_that_label_won():
    early = said([0, 0], [0.3, 0.9], looked=[True, True])
    late = said([1, 1], [0.8, 0.8], 2)
    found = JOINS["strongest"]([early, late], 2)
    assert found.labels.tolist() == [1, 0]
    assert found.looked.tolist() == [False, True]


@pytest.mark.parametrize("join", JOINS)
def test_a_denial_stands_against_a_later_cluster_but_not_against_a_later_look(join):
    early = said([-1, -1, -1], [0, 0, 0], denied=[0, 0, 0])
    late = said([0, 0, 2], [1, 1, 1], looked=[False, True, False])
    assert JOINS[join]([early, late], 3).labels.tolist() == [-1, 0, 2]


def test_what_was_looked_at_is_not_overwritten_by_a_later_cluster_of_less_weight():
    early = said([0, 0, 0, 0], [1, 1, 0.3, 1], looked=[True, True, True, False])
    late = said([1, 1, 1, 1], [0.8, 0.5, 0.8, 0.8], 2, looked=[False, True, False, False])
    found = JOINS["latest"]([early, late], 2)
    assert found.labels.tolist() == [0, 1, 1, 1]
    assert found.weights.tolist() == pytest.approx([1, 0.5, 0.8, 0.8])
    assert found.looked.tolist() == [True, True, False, False]


def test_a_marked_image_may_get_another_class_later():
    early = said([0], [1], looked=[True])
    late = said([1], [0.6], 2, denied=[0])
    found = JOINS["latest"]([early, late], 2)
    assert (found.labels.tolist(), found.source.tolist()) == ([1], [2])


def test_what_is_said_of_many_at_once_gives_no_class_that_an_image_is_not():
    denied = with_marks(said([0, 0], [0.5, 0.5]), [marks(right=[0], wrong=[1])])
    many = marks(right=[0, 1], wrong=[], answer=2, weight=0.9, looked=False)
    assert with_marks(denied, [many]).labels.tolist() == [0, -1]
    other = marks(right=[0, 1], wrong=[], answer=2, label=3, looked=False)
    assert with_marks(denied, [other]).labels.tolist() == [0, 3]


def test_a_later_look_at_the_image_ends_what_it_was_denied():
    denied = with_marks(said([0, 0], [0.5, 0.5]), [marks(right=[0], wrong=[1])])
    found = with_marks(denied, [marks(right=[1], wrong=[], answer=2)])
    assert (found.labels.tolist(), found.denied.tolist()) == ([0, 0], [-1, -1])
