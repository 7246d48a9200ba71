"""The student: its loss by hand, what it remembers, and that it outvotes wrong labels."""

import numpy as np
import pytest
import torch

from labeller.config import StudentConfig, preset, suited
from labeller.methods import registry
from labeller.methods.base import Batch, ImageShape
from labeller.rounds.encode import encode
from labeller.rounds.student import LabelledSet, Taught, predict, train_student
from labeller.training import load_method, save_method


def student(size=(1, 8, 8), classes=3, **config):
    return registry.build("student", config, ImageShape(*size), classes)


def batch(labels, weights, size=(1, 8, 8)):
    count = len(labels)
    return Batch(
        images=torch.rand(count, *size),
        index=torch.arange(count),
        labels=torch.tensor(labels),
        weights=torch.tensor(weights),
    )


def test_it_is_no_choice_for_an_unsupervised_training():
    assert "student" not in registry.names()
    assert registry.get("student").needs_labels


@pytest.mark.parametrize("size", [(1, 8, 8), (3, 32, 32), (1, 28, 28), (3, 64, 64)], ids=str)
def test_shapes(size):
    network = "resnet18" if size[1] > 48 else "compact"
    method = student(size, network=network).eval()
    images = torch.rand(4, *size)
    assert method.encode(images).shape == (4, method.head.in_features)
    assert method.classify(images).shape == (4, 3)
    assert method.decode(method.encode(images)) is None


def test_the_loss_mixes_label_and_belief():
    method = student(smoothing=0.0, trust=0.2, augmentation="none").eval()
    belief = torch.tensor([[0.1, 0.7, 0.2], [0.0, 0.0, 0.0], [0.3, 0.3, 0.4]])
    method.remember(belief, torch.tensor([False, True, False]))
    method.start_epoch(0, 10)  # trust in the fresh label: 1
    given = batch([0, 2, -1], [0.5, 0.8, 1.0])
    log = method.classify(given.images).log_softmax(1)
    # Weights by hand: 0.2 * 0.5, 1 * 0.8, and 0 without a label.
    first = 0.1 * torch.tensor([1.0, 0, 0]) + 0.9 * belief[0]
    second = 0.8 * torch.tensor([0, 0, 1.0])
    expected = -(torch.stack([first, second, belief[2]]) * log).sum(1).mean()
    assert torch.allclose(method.loss(given)["loss"], expected, atol=1e-6)
    said = log.exp().detach()
    assert torch.allclose(method.belief[0], 0.5 * belief[0] + 0.5 * said[0], atol=1e-6)
    assert torch.allclose(method.belief[1], said[1], atol=1e-6)  # nothing was believed before


def test_without_consistency_only_labels_teach():
    method = student(consistency=False, smoothing=0.0).eval()
    method.remember(torch.full((2, 3), 1 / 3), torch.ones(2, dtype=torch.bool))
    assert float(method.loss(batch([-1, -1], [1.0, 1.0]))["loss"].detach()) == 0.0


def test_trust_falls_to_its_end():
    method = student(trust=0.2)
    seen = []
    for epoch in range(10):
        method.start_epoch(epoch, 10)
        seen.append(method._trust)
    assert seen[0] == 1.0
    assert seen == sorted(seen, reverse=True)
    assert seen[6] == pytest.approx(0.2) == seen[-1]


def test_new_classes_keep_what_was_believed():
    method = student()
    method.remember(torch.full((2, 3), 1 / 3), torch.ones(2, dtype=torch.bool))
    method.set_classes(5)
    assert method.classify(torch.rand(2, 1, 8, 8)).shape == (2, 5)
    assert method.belief.tolist()[0] == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0, 0])


def test_an_unknown_network_or_augmentation_is_named():
    with pytest.raises(ValueError, match="network must be compact"):
        student(network="huge")
    with pytest.raises(ValueError, match="augmentation must be shapes"):
        student(augmentation="wild")


@pytest.fixture(scope="module")
def taught():
    """A student of 1,400 digits, of whose labels 15 % are wrong; and the lesson, and the truth."""
    from sklearn.datasets import load_digits

    data = load_digits()
    images = (data.images * 255 / 16).astype(np.uint8)[..., None]
    truth = data.target.astype(np.int64)
    draws = np.random.default_rng(0)
    labels = truth.copy()
    wrong = draws.choice(1400, 210, replace=False)
    labels[wrong] = (labels[wrong] + draws.integers(1, 10, 210)) % 10
    labels[1400:] = -1
    labelled_set = LabelledSet(
        images, labels, np.ones(len(labels), np.float32), np.arange(1400), 10
    )
    config = StudentConfig(epochs=15, epochs_again=2, batch_size=32)
    return train_student(labelled_set, config, device="cpu"), labelled_set, truth, config


def test_it_outvotes_wrong_labels(taught):
    found, labelled_set, truth, _ = taught
    said = predict(found, labelled_set.images, device="cpu").argmax(1)
    assert (labelled_set.labels[:1400] == truth[:1400]).mean() == pytest.approx(0.85)
    assert (said[:1400] == truth[:1400]).mean() > 0.95
    assert (said[1400:] == truth[1400:]).mean() > 0.9


def test_it_believes_only_of_what_it_saw(taught):
    found, labelled_set, _, _ = taught
    assert found.belief.shape == (len(labelled_set.images), 10)
    assert found.belief[:1400].sum(1) == pytest.approx(1, abs=1e-3)
    assert not found.belief[1400:].any()
    assert len(found.network.belief) == 0  # exported weights hold nothing about images


def test_it_goes_on_from_what_it_knows(taught, tmp_path):
    found, labelled_set, truth, config = taught
    save_method(found.network, tmp_path)
    again = Taught(load_method(tmp_path), found.belief)
    fresh = np.zeros(len(labelled_set.labels), bool)
    after = train_student(
        LabelledSet(**{**vars(labelled_set), "fresh": fresh}), config, start=again, device="cpu"
    )
    said = predict(after, labelled_set.images, device="cpu").argmax(1)
    assert (said[:1400] == truth[:1400]).mean() > 0.95
    assert encode(after.network, labelled_set.images[:5], device="cpu").shape == (5, 128)


def test_few_labels_are_not_drowned_by_what_is_believed_of_the_others(taught, tmp_path):
    _, labelled_set, truth, config = taught
    labels = np.full(len(truth), -1, np.int64)
    chosen = np.concatenate([np.flatnonzero(truth[:1400] == digit)[:8] for digit in range(10)])
    labels[chosen] = truth[chosen]
    few = LabelledSet(
        labelled_set.images, labels, np.ones(len(labels), np.float32), np.arange(1400), 10
    )
    found = train_student(few, config, device="cpu", folder=tmp_path)
    said = predict(found, few.images, device="cpu").argmax(1)
    assert (said[1400:] == truth[1400:]).mean() > 0.8
    assert found.belief[:1400].sum(1) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("channels", "chosen", "used"),
    [
        (1, "photos", "photos"),
        (1, "auto", "shapes"),
        (3, "auto", "photos"),
        (4, "photos", "photos"),
    ],
)
def test_it_learns_from_grey_and_from_colour_photos(channels, chosen, used):
    draws = np.random.default_rng(0)
    images = draws.integers(0, 256, (40, 16, 16, channels), dtype=np.uint8)
    labels = draws.integers(0, 3, 40)
    labelled_set = LabelledSet(images, labels, np.ones(40, np.float32), np.arange(40), 3)
    config = StudentConfig(augmentation=chosen, epochs=1, batch_size=20)
    found = train_student(labelled_set, config, device="cpu")
    assert found.network.config.augmentation == used
    assert found.belief.sum(1) == pytest.approx(1, abs=1e-3)
    seen = found.network.train()._augmented(torch.rand(8, channels, 16, 16))
    assert seen.shape == (8, channels, 16, 16)
    assert 0 <= float(seen.min()) <= float(seen.max()) <= 1


def test_other_images_than_before_are_refused(taught):
    found, labelled_set, _, config = taught
    fewer = LabelledSet(
        labelled_set.images[:9], labelled_set.labels[:9], labelled_set.weights[:9], np.arange(9), 10
    )
    with pytest.raises(ValueError, match="must see the 1797 images of before, got 9"):
        train_student(fewer, config, start=found, device="cpu")


def test_a_small_set_gets_more_epochs():
    small = suited(preset("recommended"), 1437, 64).student
    large = suited(preset("recommended"), 60_000, 784).student
    assert (large.epochs, large.epochs_again, large.batch_size) == (6, 3, 256)
    assert small.batch_size == 32
    assert small.epochs > large.epochs
