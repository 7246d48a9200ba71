"""The students of the strategies on features, and how the better one is chosen."""

import numpy as np
import pytest

from labeller.experiments.label_efficiency.learners import (
    Better,
    LabelledSet,
    ProductLearner,
    student,
)


class Says:
    """A student that says the classes `said` (N,), and remembers what it was taught with."""

    def __init__(self, said):
        self.said, self.lessons, self.settings = said, [], {"says": said.tolist()}

    def __call__(self, data):
        return self.of(slice(None), data)

    def of(self, rows, data):
        self.lessons.append(data.labels.copy())
        return np.eye(data.classes)[self.said[rows]]


@pytest.fixture
def known():
    """60 images, of which the first 50 are the pool and 30 of those have a label."""
    truth = np.arange(60) % 3
    labels = np.full(50, -1)
    labels[::2] = truth[:50:2]
    labels[1:11:2] = truth[1:11:2]
    return truth, labels


def test_the_better_by_held_out_labels_is_taught_with_all(known):
    truth, labels = known
    inputs, index = np.zeros((60, 2)), np.arange(50)
    for first, second in [(truth, (truth + 1) % 3), ((truth + 1) % 3, truth)]:
        one, other = Says(first), Says(second)
        said = Better(one, other)(LabelledSet(inputs, labels, index, 3, 0))
        np.testing.assert_array_equal(said.argmax(axis=1), truth)
        taught = (one if first is truth else other).lessons
        np.testing.assert_array_equal(taught[-1], labels)
        held = np.sum([(labels >= 0) & (labelled_set < 0) for labelled_set in taught[:-1]], axis=0)
        np.testing.assert_array_equal(held, labels >= 0)  # each is held out once


def test_what_is_not_labelled_decides_nothing(known):
    """The second is right about the labelled images alone, the first about all others alone."""
    truth, labels = known
    told = np.zeros(60, bool)
    told[:50] = labels >= 0
    first = Says(np.where(told, (truth + 1) % 3, truth))
    second = Says(np.where(told, truth, (truth + 1) % 3))
    said = Better(first, second)(LabelledSet(np.zeros((60, 2)), labels, np.arange(50), 3, 0))
    np.testing.assert_array_equal(said.argmax(axis=1), second.said)


def test_the_first_where_labels_are_few_or_both_are_as_good(known):
    truth, labels = known
    few = np.where(np.arange(50) < 8, labels, -1)
    first, second = Says((truth + 1) % 3), Says(truth)
    Better(first, second)(LabelledSet(np.zeros((60, 2)), few, np.arange(50), 3, 0))
    assert (len(first.lessons), len(second.lessons)) == (1, 0)
    first, second = Says(truth), Says(truth)
    Better(first, second)(LabelledSet(np.zeros((60, 2)), labels, np.arange(50), 3, 0))
    assert len(first.lessons) == len(second.lessons) + 1


def test_the_product_student_learns_from_its_own_points():
    draws = np.random.default_rng(0)
    truth = np.arange(90) % 3
    points = draws.normal(0, 0.3, (90, 5)).astype(np.float32)
    points[np.arange(90), truth] += 2
    labels = np.where(np.arange(60) < 15, truth[:60], -1)
    learner = ProductLearner(lambda: points)
    said = learner(LabelledSet(np.zeros((90, 2)), labels, np.arange(60), 4, 0))
    assert said.shape == (90, 4)
    np.testing.assert_allclose(said.sum(axis=1), 1, rtol=1e-5)
    assert (said.argmax(axis=1) == truth).mean() > 0.95
    assert said[:, 3].max() < 1e-6


def test_lessons_of_different_students_differ():
    lessons = [str(student(name, np.empty).settings) for name in ("linear", "product", "better")]
    assert len(set(lessons)) == 3
