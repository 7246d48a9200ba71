"""What a student begins with, and when it is replaced."""

import numpy as np
import pytest

from labeller.config import StudentConfig
from labeller.rounds import student
from labeller.rounds.student import LabelledSet, Taught, contradicted, train_student


def labelled_set(**fields):
    rng = np.random.default_rng(0)
    given = {
        "images": rng.integers(0, 255, (4, 8, 8, 1), np.uint8),
        "labels": np.array([0, 1, -1, 2]),
        "weights": np.array([1.0, 0.25, 0.0, 0.5], np.float32),
        "index": np.arange(4),
        "classes": 3,
    }
    return LabelledSet(**{**given, **fields})


@pytest.fixture
def untrained(monkeypatch):
    """Training that changes nothing: a student keeps the belief that it begins with."""
    monkeypatch.setattr(student, "train", lambda *arguments, **options: [])


def test_a_fresh_label_is_mixed_into_the_belief_by_its_weight(untrained):
    """(1 - w) b + w y; a label that is not fresh changes nothing."""
    first = train_student(labelled_set(), StudentConfig(), device="cpu")
    assert not first.belief.any()
    before = np.array([[0.2, 0.4, 0.4], [0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [0.6, 0.2, 0.2]])
    start = Taught(first.network, before.astype(np.float32))
    fresh = np.array([False, True, True, True])
    found = train_student(labelled_set(fresh=fresh), StudentConfig(), start=start, device="cpu")
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
    one = labelled_set()
    found = contradicted(np.array(predictions), one.labels, one.weights, np.array(fresh))
    assert found is expected


@pytest.fixture
def trainings(monkeypatch):
    """What each training was told: its settings, and the images that it was to learn from."""
    told = []

    def train(network, images, config, *, index, **others):
        told.append((config, index))

    monkeypatch.setattr(student, "train", train)
    return told


def few_labels():
    """Forty images of which one has a label that counts, another one of no weight."""
    images = np.random.default_rng(0).integers(0, 255, (40, 8, 8, 1), np.uint8)
    labels, weights = np.full(40, -1), np.zeros(40, np.float32)
    labels[[7, 9]], weights[7] = [2, 1], 0.5
    return labelled_set(images=images, labels=labels, weights=weights, index=np.arange(40))


def test_few_labels_are_learnt_alone_first_and_then_a_quarter_of_what_is_seen(
    trainings, monkeypatch
):
    answers = np.tile(np.array([0.2, 0.3, 0.5], np.float32), (40, 1))
    monkeypatch.setattr(student, "predict", lambda *arguments, **options: answers)
    taught = train_student(few_labels(), StudentConfig(epochs=5, epochs_again=3), device="cpu")
    (first, alone), (second, both) = trainings
    assert (first.epochs, second.epochs) == (1, 3)
    assert alone.tolist() == [7] * 40
    assert both[:40].tolist() == list(range(40))
    assert both[40:].tolist() == [7] * 13  # a quarter of the 53
    np.testing.assert_allclose(taught.belief[3], answers[3])  # what it says itself by then
    np.testing.assert_allclose(taught.belief[7], [0.1, 0.15, 0.75])


def test_a_student_that_goes_on_is_not_taught_apart(trainings):
    start = Taught(
        train_student(labelled_set(), StudentConfig(), device="cpu").network, np.eye(40, 3)
    )
    trainings.clear()
    train_student(few_labels(), StudentConfig(epochs_again=3), start=start, device="cpu")
    assert [(config.epochs, len(index)) for config, index in trainings] == [(3, 53)]


@pytest.mark.parametrize(
    ("side", "channels", "network", "augmentation"),
    [(8, 1, "compact", "shapes"), (48, 3, "compact", "photos"), (49, 1, "resnet18", "shapes")],
)
def test_network_and_augmentation_follow_the_images(
    trainings, side, channels, network, augmentation
):
    images = np.zeros((4, side, side, channels), np.uint8)
    config = StudentConfig(smoothing=0.1, trust=0.3, consistency=False)
    built = train_student(labelled_set(images=images), config, device="cpu").network.config
    assert (built.network, built.augmentation) == (network, augmentation)
    assert (built.smoothing, built.trust, built.consistency) == (0.1, 0.3, False)
