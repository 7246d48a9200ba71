"""The grid of small networks: the paper's seven, and which network of which epoch is scored."""

from itertools import pairwise

import numpy as np
import pytest

from labeller.evaluation import mlp
from labeller.evaluation.mlp import ARCHITECTURES, mlp_grid

# "Feature Prediction Loss", section IV: "no hidden layer, one layer with size 32 or 64, or two
# hidden layers with sizes [32, 32], [64, 32], [64, 64], or [128, 128]".
PAPER = {(), (32,), (64,), (32, 32), (64, 32), (64, 64), (128, 128)}


@pytest.fixture(scope="module")
def noisy():
    """Features that say little of two-dimensional positions: networks soon learn them by heart."""
    draws = np.random.default_rng(0)
    x, noise = draws.normal(size=(160, 12)).astype(np.float32), draws.normal(size=(160, 2))
    where = 0.5 * x[:, :2] + noise
    return (x[:80], where[:80]), (x[80:], where[80:])


def test_the_grid_is_the_papers_seven_architectures():
    assert len(ARCHITECTURES) == 7
    assert set(ARCHITECTURES) == PAPER


def test_networks_have_the_hidden_layers_that_they_are_named_by():
    for sizes in ARCHITECTURES:
        shapes = [tuple(each.shape) for each in mlp._network(5, sizes, 3).parameters()][::2]
        widths = (5, *sizes, 3)
        assert shapes == [(b, a) for a, b in pairwise(widths)]


def test_the_chosen_network_is_scored_as_it_was_at_its_lowest_validation_loss(noisy, monkeypatch):
    monkeypatch.setattr(mlp, "RATE", 0.02)  # by heart in fewer epochs
    found = mlp_grid(*noisy, epochs=40, device="cpu")
    assert found.epoch < 30, "it must have got worse, or every epoch would do"
    monkeypatch.setattr(mlp, "ARCHITECTURES", (found.chosen,))
    stopped = mlp_grid(*noisy, epochs=found.epoch, device="cpu")
    assert stopped.epoch == found.epoch
    assert stopped.losses[found.chosen] == found.losses[found.chosen]
    assert stopped.score == found.score


def test_the_latents_that_validate_are_a_fifth_and_not_learnt_from(noisy):
    task = mlp._Task(*noisy, 0, mlp.resolve_device("cpu"))
    assert (len(task.x), len(task.held_x)) == (64, 16)
    seen = {tuple(row) for row in task.x.tolist()}
    assert not seen & {tuple(row) for row in task.held_x.tolist()}
