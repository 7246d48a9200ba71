"""Eq. 1 and Eq. 4 against hand-worked numbers and an independent numpy formula."""

import math

import numpy as np
import pytest
import torch

from labeller.methods import losses


def test_bernoulli_by_hand():
    """Two images of two pixels; a logit of 0 is a probability of 1/2, of ln 3 is 3/4."""
    logits = torch.tensor([[[[0.0, math.log(3)]]], [[[0.0, 0.0]]]])
    images = torch.tensor([[[[1.0, 1.0]]], [[[0.5, 0.0]]]])
    first = math.log(2) - math.log(0.75)
    second = math.log(2) + math.log(2)
    assert losses.bernoulli(logits, images).item() == pytest.approx((first + second) / 2)


def test_bernoulli_is_the_papers_sum_over_pixels():
    rng = np.random.default_rng(0)
    x, shown = rng.random((5, 3, 4, 6)), rng.uniform(0.01, 0.99, (5, 3, 4, 6))
    expected = -sum(
        x[place] * math.log(shown[place]) + (1 - x[place]) * math.log(1 - shown[place])
        for place in np.ndindex(x.shape)
    )
    logits = torch.tensor(np.log(shown / (1 - shown)))
    assert losses.bernoulli(logits, torch.tensor(x)).item() == pytest.approx(expected / 5, rel=1e-5)


def test_bernoulli_is_finite_where_the_network_is_certain():
    logits = torch.tensor([[[[200.0, -200.0]]]])
    assert losses.bernoulli(logits, torch.tensor([[[[1.0, 0.0]]]])).item() == 0
    assert losses.bernoulli(logits, torch.tensor([[[[0.0, 0.0]]]])).item() == 200


def test_bernoulli_computes_in_float32():
    logits = torch.zeros(1, 1, 1, 1001, dtype=torch.bfloat16)
    total = losses.bernoulli(logits, torch.zeros(1, 1, 1, 1001))
    assert total.dtype == torch.float32
    assert total.item() == pytest.approx(1001 * math.log(2), rel=1e-6)


def test_gaussian_by_hand():
    """Errors of 0.5 and 0.25 at sigma 0.5: (0.25 + 0.0625) / (2 * 0.25)."""
    logits = torch.tensor([[[[0.0, math.log(3)]]]])
    images = torch.tensor([[[[1.0, 0.5]]]])
    assert losses.gaussian(logits, images, 0.5).item() == pytest.approx(0.625)


def test_reconstruction_knows_its_names():
    logits, images = torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2)
    assert losses.reconstruction("bernoulli", logits, images, 1.0).item() == pytest.approx(
        4 * math.log(2)
    )
    assert losses.reconstruction("gaussian", logits, images, 1.0).item() == pytest.approx(0.5)
    with pytest.raises(ValueError, match="bernoulli or gaussian, got poisson"):
        losses.reconstruction("poisson", logits, images, 1.0)


def test_kl_by_hand():
    """N(1, 1): 1/2. N(0, e): (e - 2) / 2. N(0, 1): 0."""
    mean, log_variance = torch.tensor([[1.0], [0.0], [0.0]]), torch.tensor([[0.0], [1.0], [0.0]])
    expected = (0.5 + (math.e - 2) / 2) / 3
    assert losses.kl_to_standard_normal(mean, log_variance).item() == pytest.approx(expected)


def test_kl_is_the_integral():
    """KL = E_q[ln q - ln p], integrated on a fine grid, one dimension at a time."""
    mean, log_variance = np.array([[0.3, -1.2]]), np.array([[-0.7, 0.4]])
    total = 0.0
    for m, v in zip(mean[0], np.exp(log_variance[0]), strict=True):
        z = np.linspace(m - 12, m + 12, 200_001)
        log_q = -0.5 * (np.log(2 * np.pi * v) + (z - m) ** 2 / v)
        log_p = -0.5 * (np.log(2 * np.pi) + z**2)
        total += np.sum(np.exp(log_q) * (log_q - log_p)) * (z[1] - z[0])
    found = losses.kl_to_standard_normal(torch.tensor(mean), torch.tensor(log_variance))
    assert found.item() == pytest.approx(total, rel=1e-5)


def test_weighted_cross_entropy_by_hand():
    """w = 1/2 on a probability of 1/4 of 4 classes; the other image has no label."""
    logits = torch.zeros(2, 4)
    labels, weights = torch.tensor([2, -1]), torch.tensor([0.5, 1.0])
    found = losses.weighted_cross_entropy(logits, labels, weights)
    assert found.item() == pytest.approx(0.5 * math.log(4) / 2)


def test_weighted_cross_entropy_is_eq_4():
    rng = np.random.default_rng(1)
    logits, labels = rng.normal(size=(30, 7)), rng.integers(-1, 7, 30)
    weights = rng.random(30).astype(np.float32)
    total = 0.0
    for n in range(30):
        shown = np.exp(logits[n]) / np.exp(logits[n]).sum()
        one_hot = np.zeros(7)
        if labels[n] >= 0:
            one_hot[labels[n]] = 1
        total -= sum(weights[n] * one_hot[k] * math.log(shown[k]) for k in range(7))
    found = losses.weighted_cross_entropy(
        torch.tensor(logits), torch.tensor(labels), torch.tensor(weights)
    )
    assert found.item() == pytest.approx(total / 30, rel=1e-5)


def test_images_without_a_label_teach_nothing():
    logits = torch.randn(4, 3, requires_grad=True)
    labels, weights = torch.tensor([-1, 0, -1, 1]), torch.ones(4)
    losses.weighted_cross_entropy(logits, labels, weights).backward()
    taught = logits.grad.abs().sum(dim=1) > 0
    assert taught.tolist() == [False, True, False, True]


def test_no_label_at_all_costs_nothing():
    found = losses.weighted_cross_entropy(torch.randn(3, 2), torch.full((3,), -1), torch.ones(3))
    assert found.item() == 0
