"""Data-driven initialisation: what is copied, what is drawn, and on which images."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from labeller.config import TrainConfig
from labeller.experiments.initialisation.classifier import (
    STARTS,
    _by_turns,
    compare_starts,
    make_classifier,
)
from labeller.methods import registry
from labeller.methods.base import ImageShape


@pytest.fixture
def source():
    return registry.build(
        "symmetric-dae", {"width": 8, "m3": 0}, ImageShape(1, 8, 8), 10, seed=1
    ).eval()


def weights(made):
    return [layer[0].weight for layer in made.source.encoder.layers]


def test_the_data_driven_start_is_the_encoder(source):
    made = make_classifier(source, 10, "data-driven").eval()
    images = torch.rand(3, 1, 8, 8)
    torch.testing.assert_close(made.encode(images), source.encode(images))
    weights(made)[0].data.zero_()
    assert source.encoder.layers[0][0].weight.abs().sum() > 0  # a copy
    with pytest.raises(ValueError, match=r"start must be one of data-driven, .*, got zeros"):
        make_classifier(source, 10, "zeros")


@pytest.mark.parametrize(
    ("start", "variance"), [("gaussian", 1e-4), ("he", 2 / 72), ("xavier", 2 / 144)]
)
def test_random_starts_have_their_variance(source, start, variance):
    made = make_classifier(source, 10, start, seed=4)
    assert weights(made)[1].detach().var().item() == pytest.approx(variance, rel=0.2)
    again, other = (make_classifier(source, 10, start, seed=seed) for seed in (4, 5))
    assert torch.equal(weights(made)[1], weights(again)[1])
    assert not torch.equal(weights(made)[1], weights(other)[1])


def test_dense_layers_of_network_2(source):
    made = make_classifier(source, 3, "he", hidden=12)
    assert made.classify(torch.rand(2, 1, 8, 8)).shape == (2, 3)
    assert made.encode(torch.rand(2, 1, 8, 8)).shape == (2, 12)


def test_labelled_images_are_balanced_and_nested():
    targets = np.array([0] * 50 + [1] * 10 + [-1] * 5 + [2] * 10)
    order = _by_turns(targets, 0)
    assert np.bincount(targets[order[:30]]).tolist() == [10, 10, 10]
    assert len(order) == 70
    assert (targets[order] >= 0).all()


def test_every_start_learns_the_digits(source):
    data = load_digits()
    images = (data.images * 255 / 16).astype(np.uint8)[..., None]
    config = TrainConfig(
        epochs=10, batch_size=32, learning_rate=1e-2, precision="32-true", device="cpu"
    )
    scores = compare_starts(
        source,
        (images[:400], data.target[:400]),
        (images[400:600], data.target[400:600]),
        config,
        labelled=(200,),
    )
    assert [score.start for score in scores] == list(STARTS)
    assert all(score.labelled == 200 and score.accuracy > 0.5 for score in scores)
    assert all(len(score.losses) == 10 and score.losses[-1] < score.losses[0] for score in scores)
    with pytest.raises(ValueError, match="labelled must be between 2 and 400"):
        compare_starts(
            source,
            (images[:400], data.target[:400]),
            (images[:9], data.target[:9]),
            config,
            labelled=(401,),
        )
