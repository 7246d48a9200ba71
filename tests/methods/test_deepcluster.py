"""DeepCluster: what is clustered before an epoch, and the classifier that starts anew."""

import numpy as np
import pytest
import torch
from sklearn import cluster
from sklearn.metrics import normalized_mutual_info_score

from labeller.methods import registry
from labeller.methods.base import ImageShape
from tests.methods.whole import Whole


def made(**changes):
    config = {"clusters": 6, "width": 4, "hidden": 16, "flip": False, **changes}
    return registry.build("deepcluster", config, ImageShape(1, 8, 8), 10)


class Features:
    """`EpochData` of images whose features (N,D) are given, whatever the network says."""

    device = torch.device("cpu")

    def __init__(self, features, seed=0):
        self.features, self.seed, self.count = torch.from_numpy(features), seed, len(features)

    def apply(self, function):
        return self.features

    def first(self, values):
        return values


def unequal(count=60, seed=0):
    """Features (count, 5) of five scales, correlated and far from 0."""
    draws = np.random.default_rng(seed)
    mixed = draws.normal(size=(count, 5)) * [10, 3, 1, 0.3, 0.1]
    return (mixed @ np.linalg.qr(draws.normal(size=(5, 5)))[0] + 7).astype(np.float32)


@pytest.fixture
def clustered(monkeypatch):
    """A list of what k-means is given."""
    given = []

    class Watched(cluster.KMeans):
        def fit_predict(self, data, *rest, **options):
            given.append(np.array(data))
            return super().fit_predict(data, *rest, **options)

    monkeypatch.setattr(cluster, "KMeans", Watched)
    return given


def test_the_classifier_starts_anew_before_each_epoch():
    method = made(clusters=100, hidden=64)
    images = torch.rand(120, 1, 8, 8)
    weights = [method.pseudo_head.weight.detach().clone()]
    for epoch, seed in enumerate((3, 4, 3)):
        with torch.no_grad():  # as a training leaves it
            method.pseudo_head.weight += 1
            method.pseudo_head.bias += 1
        method.start_epoch(epoch, 3, Whole(images, seed))
        weight = method.pseudo_head.weight.detach().clone()
        assert weight.std().item() == pytest.approx(0.01, rel=0.05)
        assert abs(weight.mean().item()) < 0.001
        assert not method.pseudo_head.bias.any()
        assert not torch.allclose(weight, weights[-1], atol=1e-3)
        weights.append(weight)
    assert torch.equal(weights[1], weights[3])  # the seed decides, not what was learnt before


def test_units_that_never_fire_are_clustered_too(clustered):
    method = made()
    images = torch.rand(40, 1, 8, 8)
    with torch.no_grad():
        method.dense[-2].bias.fill_(-1000)
        assert not method.eval().encode(images).any()
    method.start_epoch(0, 2, Whole(images))
    assert len(np.unique(clustered[0], axis=0)) == 40
    assert len(method.pseudo.unique()) == 6


def test_the_features_and_the_other_classifier_stay():
    method = made()
    before = {key: value.clone() for key, value in method.state_dict().items()}
    method.start_epoch(0, 2, Whole(torch.rand(40, 1, 8, 8)))
    changed = [
        key for key, value in method.state_dict().items() if not torch.equal(value, before[key])
    ]
    assert changed == ["pseudo", "pseudo_head.weight", "pseudo_head.bias"]


@pytest.mark.parametrize("components", [3, 5, 256])
def test_features_are_reduced_whitened_and_of_length_1(clustered, components):
    features = unequal()
    made(components=components).relabel(0, 1, Features(features))
    (given,) = clustered
    kept = min(components, 5)
    assert given.shape == (60, kept)
    np.testing.assert_allclose(np.linalg.norm(given, axis=1), 1, rtol=1e-5)
    # By hand: left singular vectors are the principal components, each of the same variance.
    left = np.linalg.svd(features.astype(np.float64) - features.mean(0, dtype=np.float64))[0]
    whitened = left[:, :kept] / np.linalg.norm(left[:, :kept], axis=1, keepdims=True)
    signs = np.sign((given * whitened).sum(0))
    np.testing.assert_allclose(given * signs, whitened, atol=1e-3)


def test_blobs_that_a_tiny_direction_parts_are_found():
    draws = np.random.default_rng(0)
    truth = np.arange(200) % 2
    features = np.stack([draws.uniform(-100, 100, 200), 0.01 * truth], axis=1)
    labels = made(clusters=2).relabel(0, 1, Features(features.astype(np.float32))).numpy()
    assert max(np.mean(labels == truth), np.mean(labels != truth)) == 1
    plain = cluster.KMeans(2, n_init=1, random_state=0).fit_predict(features)
    assert max(np.mean(plain == truth), np.mean(plain != truth)) < 0.6


def test_directions_without_variance_do_not_count():
    """Four blobs of two numbers, mixed into 16 features that are far from zero."""
    draws = np.random.default_rng(0)
    truth = np.arange(200) % 4
    blobs = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])[truth]
    blobs = blobs + draws.normal(scale=0.05, size=(200, 2))
    features = (blobs @ draws.normal(size=(2, 16)) + 5).astype(np.float32)
    labels = made(clusters=4).relabel(0, 1, Features(features)).numpy()
    assert normalized_mutual_info_score(truth, labels) == pytest.approx(1)


def test_features_that_are_all_alike_are_one_cluster():
    labels = made(clusters=4).relabel(0, 1, Features(np.full((40, 8), 0.3, np.float32)))
    assert len(set(labels.tolist())) == 1


def test_the_length_of_a_feature_does_not_count():
    """Two directions, each near and far: with lengths, k-means would part near from far."""
    draws = np.random.default_rng(0)
    direction = np.repeat([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], 50, axis=0)
    far = np.where(np.arange(200) % 2, 1.0, 6.0)[:, None]
    features = direction * far + draws.normal(scale=0.02, size=(200, 2))
    labels = made(clusters=4).relabel(0, 1, Features(features.astype(np.float32))).numpy()
    assert [len(set(labels[k : k + 50])) for k in (0, 50, 100, 150)] == [1] * 4
    assert len(set(labels)) == 4


def test_fewer_images_than_clusters_each_get_their_own():
    labels = made(clusters=6).relabel(0, 1, Features(unequal(4)))
    assert sorted(labels.tolist()) == [0, 1, 2, 3]
