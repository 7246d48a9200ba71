"""Probes on the device against scikit-learn's, and what each refuses."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from labeller.evaluation.layers import layer_features, layer_probes, pooled
from labeller.evaluation.mlp import ARCHITECTURES, mlp_grid
from labeller.evaluation.probes import chosen_c, fit_linear, linear_probe
from labeller.methods import registry
from labeller.methods.base import ImageShape
from labeller.runtime import stream_seed


@pytest.fixture(scope="module")
def digits():
    pixels, targets = load_digits(return_X_y=True)
    return (pixels[:1200], targets[:1200]), (pixels[1200:], targets[1200:])


def test_probe_is_the_logistic_regression_of_scikit_learn(digits):
    (x, y), (u, v) = digits
    scaler = StandardScaler().fit(x)
    theirs = LogisticRegression(C=1.0, max_iter=5000, tol=1e-8).fit(scaler.transform(x), y)
    ours = fit_linear(x, y, device="cpu")
    np.testing.assert_allclose(ours.weight.numpy(), theirs.coef_, atol=0.02)
    assert (ours.predict(u) == theirs.predict(scaler.transform(u))).mean() > 0.995
    score = theirs.score(scaler.transform(u), v)
    assert linear_probe(x, y, u, v, device="cpu") == pytest.approx(score, abs=0.005)


def test_unknown_classes_and_constant_features_do_no_harm():
    x = np.column_stack([np.repeat([0.0, 1.0], 20), np.ones(40)])
    y = np.repeat([0, 1], 20)
    y[3] = -1
    assert linear_probe(x, y, x, np.repeat([0, 1], 20), device="cpu") == 1.0


def test_a_probe_refuses_what_it_cannot_learn_from():
    x = np.zeros((4, 2))
    with pytest.raises(ValueError, match="at least 2 classes, got 1"):
        fit_linear(x, np.zeros(4), device="cpu")
    with pytest.raises(ValueError, match="at least one image"):
        fit_linear(x, np.full(4, -1), device="cpu")
    with pytest.raises(ValueError, match="finite"):
        fit_linear(np.full((4, 2), np.nan), np.array([0, 1, 0, 1]), device="cpu")
    with pytest.raises(ValueError, match=r"features must be \(N, D\)"):
        fit_linear(x, np.zeros(3), device="cpu")


def test_grid_keeps_the_architecture_with_the_lowest_validation_loss(digits):
    (x, y), test = digits
    found = mlp_grid((x, y), test, epochs=25, device="cpu")
    assert set(found.losses) == set(ARCHITECTURES)
    assert found.losses[found.chosen] == min(found.losses.values())
    assert 1 <= found.epoch <= 25
    assert found.score > 0.9
    assert mlp_grid((x, y), test, epochs=25, device="cpu") == found


def test_grid_reads_positions_in_their_own_unit():
    draws = np.random.default_rng(0)
    x = draws.normal(size=(600, 6)).astype(np.float32)
    where = x[:, :2] * 10 + 32  # pixels
    found = mlp_grid((x[:500], where[:500]), (x[500:], where[500:]), epochs=40, device="cpu")
    mean_guess = np.linalg.norm(where[500:] - where[:500].mean(0), axis=1).mean()
    assert found.score < 0.1 * mean_guess


def test_layers_are_those_of_the_encoder_in_the_order_they_run():
    shape = ImageShape(1, 16, 16)
    method = registry.build("vae", {"network": "deep", "width": 4}, shape, 3)
    images = torch.rand(5, 1, 16, 16)
    found = method.eval().layers(images)
    assert list(found) == [f"conv{n}" for n in range(1, len(found) + 1)]
    assert all(values.shape[0] == 5 and values.ndim == 4 for values in found.values())
    # SiLU, which no value below -0.279 leaves: the features are those behind the activation.
    assert min(values.min() for values in found.values()) > -0.279
    sizes = [values.shape[-1] for values in found.values()]
    assert sizes == sorted(sizes, reverse=True)


def test_a_penalty_is_chosen_where_features_are_many_and_noisy():
    draws = np.random.default_rng(0)
    y = draws.integers(0, 2, 1500)
    x = draws.normal(size=(1500, 400))
    x[:, 0] += 1.5 * y
    c = chosen_c(x[:1000], y[:1000], device="cpu")
    chosen, weak = (
        linear_probe(x[:1000], y[:1000], x[1000:], y[1000:], c=one, device="cpu") for one in (c, 1)
    )
    assert c < 1
    assert chosen > weak


def test_a_penalty_is_not_chosen_from_a_handful_of_images():
    x, y = np.eye(8), np.arange(8) % 2
    assert chosen_c(x, y, device="cpu") == 1
    order = np.random.default_rng(stream_seed(0, "penalty")).permutation(200)
    one_class_but_for_the_tenth = np.isin(np.arange(200), order[:20]).astype(np.int64)
    draws = np.random.default_rng(0).normal(size=(200, 3))
    assert chosen_c(draws, one_class_but_for_the_tenth, device="cpu") == 1


def test_pooling_keeps_at_most_so_many_numbers():
    values = torch.arange(2 * 4 * 6 * 6.0).view(2, 4, 6, 6)
    assert pooled(values, 40).shape == (2, 36)
    assert pooled(values, 3).shape == (2, 3)
    assert torch.equal(pooled(values, 4), values.amax((2, 3)))
    assert pooled(torch.zeros(2, 9), 5).shape == (2, 5)


def test_layer_probes_score_each_convolution(digits):
    (x, y), _ = digits
    images = (x.reshape(-1, 8, 8, 1) * 15).astype(np.uint8)
    method = registry.build("ae", {"latent": 4}, ImageShape(1, 8, 8), 10)
    train, test = (images[:600], y[:600]), (images[600:900], y[600:900])
    found = layer_probes(method, train, test, most=200, device="cpu")
    assert found == layer_probes(method, train, test, most=200, device="cpu")
    assert list(found) == list(layer_features(method, images[:2], device="cpu"))
    assert found["conv1"] > 0.8
    assert method.training
    features = layer_features(method, images[:900], most=200, device="cpu")["conv1"]
    alone = layer_features(method, images[:900], most=200, device="cpu", only="conv1")
    assert list(alone) == ["conv1"]
    np.testing.assert_array_equal(alone["conv1"], features)
    penalised = layer_probes(method, train, test, most=200, c=0.01, device="cpu")
    wanted = linear_probe(features[:600], y[:600], features[600:], y[600:900], c=0.01, device="cpu")
    assert penalised["conv1"] == wanted
