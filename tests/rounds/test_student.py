"""What a student begins with, and when it is replaced."""

import numpy as np
import pytest

from labeller.config import StudentConfig
from labeller.rounds import student
from labeller.rounds.student import Lesson, Taught, contradicted, train_student


def lesson(**fields):
    rng = np.random.default_rng(0)
    given = {
        "images": rng.integers(0, 255, (4, 8, 8, 1), np.uint8),
        "labels": np.array([0, 1, -1, 2]),
        "weights": np.array([1.0, 0.25, 0.0, 0.5], np.float32),
        "index": np.arange(4),
        "classes": 3,
    }
    return Lesson(**{**given, **fields})


@pytest.fixture
def untrained(monkeypatch):
    """Training that changes nothing: a student keeps the belief that it begins with."""
    monkeypatch.setattr(student, "train", lambda *arguments, **options: [])


def test_a_fresh_label_is_mixed_into_the_belief_by_its_weight(untrained):
    """(1 - w) b + w y; a label that is not fresh changes nothing."""
    first = train_student(lesson(), StudentConfig(), device="cpu")
    assert not first.belief.any()
    before = np.array([[0.2, 0.4, 0.4], [0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [0.6, 0.2, 0.2]])
    start = Taught(first.network, before.astype(np.float32))
    fresh = np.array([False, True, True, True])
    found = train_student(lesson(fresh=fresh), StudentConfig(), start=start, device="cpu")
    expected = before.copy()
    expected[1] = 0.75 * before[1] + 0.25 * np.array([0, 1, 0])
    expected[3] = 0.5 * before[3] + 0.5 * np.array([0, 0, 1])
    np.testing.assert_allclose(found.belief, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("predictions", "fresh", "expected"),
    [
        ([0, 1, 0, 0], [True, True, True, True], False),  # 1.25 of 1.75 agree
        ([1, 1, 0, 2], [True, True, True, True], True),  # 0.75 of 1.75 agree
        ([1, 1, 0, 2], [False, True, True, True], False),  # what was known before does not count
        ([1, 0, 0, 1], [False, False, True, False], False),  # nothing fresh
    ],
)
def test_a_student_is_contradicted_by_weight(predictions, fresh, expected):
    one = lesson()
    found = contradicted(np.array(predictions), one.labels, one.weights, np.array(fresh))
    assert found is expected
