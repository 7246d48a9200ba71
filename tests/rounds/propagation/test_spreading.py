"""Label spreading against scikit-learn's, Poisson learning against a dense solve."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.semi_supervised import LabelSpreading

from labeller.config import PropagateConfig
from labeller.rounds.graph import Graph, find_neighbours
from labeller.rounds.propagation import LabelledNode, propagate, rule_of

SPREADING = PropagateConfig(rule="spreading", core=1.0)
POISSON = PropagateConfig(rule="poisson", core=1.0)


def node(members, label, *, answer=1, confidence=1.0, distance=None, posterior=None):
    members = np.asarray(members, np.int64)
    distance = np.arange(len(members)) if distance is None else distance
    posterior = np.ones(len(members)) if posterior is None else posterior
    return LabelledNode(
        answer=answer,
        label=label,
        confidence=confidence,
        members=members,
        euclidean=np.asarray(distance, np.float32),
        mahalanobis=np.asarray(distance, np.float32),
        posterior=np.asarray(posterior, np.float32),
    )


def blobs(count=40, gap=4.0, seed=0):
    """Two clouds, one after the other."""
    cloud = np.random.default_rng(seed).normal(size=(2 * count, 3))
    cloud[count:, 0] += gap
    return cloud.astype(np.float32)


def graph_of(values, count=8):
    return Graph(np.arange(len(values)), find_neighbours(values, count))


@pytest.fixture(scope="module")
def digits():
    images, targets = load_digits(return_X_y=True)
    return images[:600].astype(np.float32), targets[:600]


@pytest.mark.parametrize("alpha", [0.7, 0.9])
def test_spreading_is_scikit_learns(digits, alpha):
    """Certain seeds, 10 a class: the same labels and the same distribution of each row."""
    images, targets = digits
    graph = graph_of(images, 10)
    seeds = [np.flatnonzero(targets == k)[:10] for k in range(10)]
    known = np.full(len(images), -1)
    for label, rows in enumerate(seeds):
        known[rows] = label
    theirs = LabelSpreading(
        kernel=lambda *_: graph.weights, alpha=alpha, max_iter=3000, tol=1e-9
    ).fit(images, known)
    nodes = [node(rows, label, answer=label) for label, rows in enumerate(seeds)]
    settings = SPREADING.model_copy(update={"alpha": alpha})
    ours = rule_of(settings).influence(nodes, graph)
    np.testing.assert_allclose(
        ours / ours.sum(axis=1, keepdims=True), theirs.label_distributions_, atol=5e-3
    )
    found = propagate(len(images), nodes, settings, graph=graph)
    agreement = (found.labels == theirs.transduction_).mean()
    assert agreement > 0.99  # the rest are near-ties, within the tolerance of our solver
    np.testing.assert_allclose(found.weights, theirs.label_distributions_.max(axis=1), atol=5e-3)


def dense_poisson(graph, seeds, labels, classes):
    """Calder et al. 2020, Eq. 2.1, weighted seeds, by the pseudo-inverse of L."""
    weights = graph.weights.toarray().astype(np.float64)
    laplacian = np.diag(weights.sum(1)) - weights
    right = np.zeros((len(weights), classes))
    for row, (weight, label) in enumerate(zip(seeds, labels, strict=True)):
        right[row, label] += weight
    right -= seeds[:, None] * (right.sum(0) / seeds.sum())
    solution = np.linalg.pinv(laplacian) @ right
    degree = weights.sum(1)
    return solution - degree @ solution / degree.sum()


def test_poisson_is_the_dense_solution():
    values = blobs(gap=3.0)
    graph = graph_of(values)
    assert graph.components.max() == 0
    posterior = np.array([0.5, 1.0])
    nodes = [
        node([3, 8], 0, answer=1, posterior=posterior),
        node([50, 60, 70], 1, answer=2, confidence=0.6),
        node([12], 2, answer=3, confidence=0.9),
    ]
    seeds, labels = np.zeros(80), np.zeros(80, int)
    seeds[[3, 8]], seeds[[50, 60, 70]], seeds[12] = posterior, 0.6, 0.9
    labels[[50, 60, 70]], labels[12] = 1, 2
    expected = dense_poisson(graph, seeds, labels, 3)
    found = propagate(80, nodes, POISSON, graph=graph)
    assert (found.labels == expected.argmax(1)).mean() > 0.98
    positive = np.maximum(expected, 0)
    share = positive.max(1) / positive.sum(1)
    sure = np.array([1.0, 0.6, 0.9])[expected.argmax(1)]
    np.testing.assert_allclose(found.weights, share * sure, atol=0.01)


@pytest.mark.parametrize("settings", [SPREADING, POISSON], ids=["spreading", "poisson"])
def test_the_border_lies_where_the_gap_is(settings):
    """One seed in each cloud labels both clouds; a wrong border of the clusters is corrected."""
    values = blobs(gap=8.0)
    graph = graph_of(values)
    found = propagate(80, [node([0], 0), node([79], 1, answer=2)], settings, graph=graph)
    assert found.labels.tolist() == [0] * 40 + [1] * 40
    # The first cluster took ten images of the other cloud; they are far from its centre.
    settings = settings.model_copy(update={"core": 0.5})
    nodes = [node(range(50), 0), node(range(79, 49, -1), 1, answer=2)]
    found = propagate(80, nodes, settings, graph=graph)
    assert found.labels.tolist() == [0] * 40 + [1] * 40
    assert found.source.tolist() == [1] * 40 + [2] * 40
    assert found.distance[:40].tolist() == list(range(40))
    assert np.isnan(found.distance[40:50]).all()
    assert found.distance[50:].tolist() == list(range(29, -1, -1))


@pytest.mark.parametrize("settings", [SPREADING, POISSON], ids=["spreading", "poisson"])
def test_what_nobody_answered_keeps_no_label(settings):
    graph = graph_of(blobs(gap=8.0))
    nodes = [node(range(40), 0), node(range(40, 80), -1, answer=-1)]
    found = propagate(80, nodes, settings, graph=graph)
    assert found.labels.tolist() == [0] * 40 + [-1] * 40
    assert (found.weights[40:] == 0).all()
    assert found.source[40:].tolist() == [-1] * 40
    assert np.isnan(found.distance[40:]).all()
    nobody = propagate(80, nodes[1:], settings, graph=graph)
    assert (nobody.labels == -1).all()


@pytest.mark.parametrize("settings", [SPREADING, POISSON], ids=["spreading", "poisson"])
def test_confidence_scales_the_weights_and_moves_the_border(settings):
    graph = graph_of(blobs(gap=2.0))
    sure = propagate(80, [node([0], 0), node([79], 1, answer=2)], settings, graph=graph)
    unsure = [node([0], 0), node([79], 1, answer=2, confidence=0.2)]
    found = propagate(80, unsure, settings, graph=graph)
    if settings.rule == "spreading":
        assert (found.labels == 1).sum() < (sure.labels == 1).sum()
    else:
        np.testing.assert_array_equal(found.labels, sure.labels)
    assert found.weights[found.labels == 1].max() <= 0.2 + 1e-6
    assert found.weights.max() <= 1
    known = rule_of(settings).influence(unsure, graph)
    again = propagate(80, unsure, settings, graph=graph, influence=known)
    np.testing.assert_array_equal(found.weights, again.weights)


@pytest.mark.parametrize("settings", [SPREADING, POISSON], ids=["spreading", "poisson"])
def test_parts_of_the_graph_that_no_path_joins(settings):
    """A part with one class is of that class; a part without seeds has none."""
    values = np.concatenate([blobs(20, 0.5), blobs(10, 0.5) + 100, blobs(10, 0.5) - 100])
    graph = graph_of(values.astype(np.float32), 6)
    nodes = [node([0], 2), node([30], 1, answer=2), node([45], 1, answer=3, confidence=0.5)]
    found = propagate(80, nodes, settings, graph=graph)
    assert set(found.labels[:40]) == {1, 2}
    assert set(found.labels[40:60]) == {1}
    np.testing.assert_allclose(found.weights[40:60], 0.5, rtol=1e-4)
    assert set(found.source[40:60]) == {3}
    assert set(found.labels[60:]) == {-1}


def test_the_core_is_what_is_nearest_to_the_centre_of_each_cluster():
    """At least the share that was asked for, each seed with its posterior."""
    graph = graph_of(blobs())
    near_last = {"distance": [5, 4, 3, 2, 1], "posterior": [0.1, 0.2, 0.3, 0.4, 0.5]}
    nodes = [node([4, 5, 6, 7, 8], 0, **near_last), node([70], 1)]
    for core, expected in ((0.5, [0.3, 0.4, 0.5]), (0.05, [0.5])):
        seeds = rule_of(SPREADING.model_copy(update={"core": core})).seeds(nodes, graph)
        first, second = np.flatnonzero(seeds[:, 0]), np.flatnonzero(seeds[:, 1])
        assert first.tolist() == list(range(9 - len(expected), 9))
        np.testing.assert_allclose(seeds[first, 0], expected, rtol=1e-6)
        assert (second.tolist(), seeds[70, 1]) == ([70], 1)


def test_the_source_is_an_answer_of_the_class_that_won():
    """Two answers of one class together outweigh a third one, which alone said most."""
    graph = graph_of(blobs())
    nodes = [node([0], 0, answer=4), node([1], 0, answer=5, confidence=0.5), node([2], 1, answer=6)]
    influence = np.tile(np.array([0.3, 0.4, 0.4], np.float32), (80, 1))
    found = propagate(80, nodes, SPREADING, graph=graph, influence=influence)
    assert set(found.labels) == {0}
    assert set(found.source) == {4}
    np.testing.assert_allclose(found.weights, 0.5 / 0.9, rtol=1e-6)


def test_images_outside_the_graph_get_nothing():
    graph = Graph(np.arange(0, 160, 2), find_neighbours(blobs(), 8))
    found = propagate(200, [node([0, 4], 1)], SPREADING, graph=graph)
    assert (found.labels[1::2] == -1).all()
    assert (found.labels[160:] == -1).all()
    assert (found.labels[:160:2] == 1).mean() > 0.4
    with pytest.raises(ValueError, match="members must be images of the graph"):
        propagate(200, [node([1], 1)], SPREADING, graph=graph)
    with pytest.raises(ValueError, match="nodes must not share images"):
        propagate(200, [node([0], 1), node([0], 0)], SPREADING, graph=graph)
