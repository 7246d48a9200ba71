"""Answers that have another label since."""

import numpy as np

from labeller.rounds.propagation import NO_ANSWER, NO_LABEL, Correction, Propagation, corrected


def statement():
    """Six images: answer 1 decides four, answer 2 one; 4 was marked as not of class 0."""
    return Propagation(
        labels=np.array([0, 0, 0, 0, NO_LABEL, 2]),
        weights=np.array([1, 0.5, 0.5, 0.5, 0, 0.7], np.float32),
        source=np.array([1, 1, 1, 1, NO_ANSWER, 2]),
        distance=np.zeros(6, np.float32),
        looked=np.array([True, False, False, False, False, False]),
        denied=np.array([-1, -1, -1, -1, 0, 0]),
    )


def correction(label, *, answer=1, denies=True):
    return Correction(answer, 0, label, np.array([4, 5]), denies)


def test_another_label_takes_the_place_of_the_first_and_keeps_its_weights():
    said = statement()
    found = corrected(said, [correction(1)])
    assert found.labels.tolist() == [1, 1, 1, 1, NO_LABEL, 2]
    np.testing.assert_array_equal(found.weights, said.weights)
    assert found.looked[0]
    assert found.denied.tolist() == [-1, -1, -1, -1, 1, 1]  # the marked are not of that one
    assert said.labels[0] == 0  # the stored one is as it was


def test_a_marked_image_loses_the_class_that_it_is_not_after_all():
    assert corrected(statement(), [correction(2)]).labels.tolist() == [2, 2, 2, 2, -1, -1]
    found = corrected(statement(), [correction(2, denies=False)])
    assert found.labels.tolist() == [2, 2, 2, 2, -1, 2]
    assert found.denied.tolist() == [-1] * 6


def test_what_another_answer_denies_stays_denied():
    said = statement()
    said.denied[5] = 3  # a later look says so
    for label in (1, None):
        assert corrected(said, [correction(label)]).denied[5] == 3


def test_no_label_takes_all_away_that_the_answer_gave():
    found = corrected(statement(), [correction(None)])
    assert found.labels.tolist() == [-1] * 5 + [2]
    assert found.weights.tolist()[:4] == [0] * 4
    assert found.denied.tolist() == [-1] * 6


def test_a_correction_of_an_answer_of_another_round_changes_nothing():
    said = statement()
    assert corrected(said, [correction(1, answer=9)]) is said
    assert corrected(said, []) is said


def test_what_was_said_of_a_marked_image_itself_stays():
    said = statement()
    said.looked[5] = True
    found = corrected(said, [correction(2)])
    assert (found.labels[5], found.denied[5]) == (2, -1)
