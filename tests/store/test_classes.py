"""Merges of classes, applied to labels."""

import numpy as np

from labeller.store.classes import MergedLabels


def test_labels_are_replaced_and_never_in_place():
    labels = np.array([0, 1, 2, 3, -1])
    assert MergedLabels({1: 3, 2: 3}).apply(labels).tolist() == [0, 3, 3, 3, -1]
    assert labels.tolist() == [0, 1, 2, 3, -1]
    assert MergedLabels().apply(labels) is labels


def test_a_class_is_alone_where_it_has_no_part_in_a_merge():
    merged = MergedLabels({1: 2})
    assert [merged.alone(label) for label in range(4)] == [True, False, False, True]
    assert [merged.of(label) for label in range(4)] == [0, 2, 2, 3]
