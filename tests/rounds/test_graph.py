"""The graph of neighbours: against slow formulas, and against a dense solve."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from labeller.rounds import graph as graph_module
from labeller.rounds.graph import Graph, Neighbours, affinity, find_neighbours, solve


def points(count=80, size=4):
    return np.random.default_rng(0).normal(size=(count, size)).astype(np.float32)


def test_neighbours_are_the_nearest():
    found = find_neighbours(points(), 6)
    assert found.indices.dtype == np.int32
    assert found.distances.dtype == np.float32
    every = np.linalg.norm(points()[:, None] - points()[None], axis=2)
    np.testing.assert_array_equal(found.indices, np.argsort(every, axis=1)[:, :6])
    np.testing.assert_allclose(found.distances, np.sort(every, axis=1)[:, :6], atol=1e-3)
    np.testing.assert_array_equal(found.nearest(3).indices, found.indices[:, :3])
    with pytest.raises(ValueError, match=r"at most 6 .*, got 7"):
        found.nearest(7)


def test_there_are_no_more_neighbours_than_points():
    assert find_neighbours(points(4), 15).count == 4


@pytest.mark.slow
def test_the_approximate_search_of_large_sets_finds_almost_the_same(monkeypatch):
    exact = find_neighbours(points(600), 10)
    monkeypatch.setattr(graph_module, "EXACT_UP_TO", 100)
    found = find_neighbours(points(600), 10)
    again = find_neighbours(points(600), 10)
    np.testing.assert_array_equal(found.indices, again.indices)
    same = [len(set(a) & set(b)) for a, b in zip(exact.indices, found.indices, strict=True)]
    assert np.mean(same) > 9
    assert (found.indices[:, 0] == np.arange(600)).mean() > 0.99


def test_for_a_neighbour_that_the_search_did_not_find_the_point_itself_stands_in(monkeypatch):
    """The search of large sets may find fewer than were asked for: it says -1."""

    class Search:
        def __init__(self, points, n_neighbors, random_state):
            self.neighbor_graph = (
                np.array([[0, 1, -1], [1, 0, 2], [2, 1, -1]]),
                np.array([[0, 1, np.inf], [0, 1, 2], [0, 2, np.inf]]),
            )

    monkeypatch.setattr(graph_module, "EXACT_UP_TO", 2)
    monkeypatch.setitem(sys.modules, "pynndescent", SimpleNamespace(NNDescent=Search))
    found = find_neighbours(points(3), 3)
    assert found.indices[:, 2].tolist() == [0, 2, 2]
    assert found.distances[:, 2].tolist() == [1, 2, 2]  # the radius of the edges that there are
    edges = affinity(found).toarray()
    assert edges[0, 1] > np.exp(-4)
    assert edges[0, 2] == 0


def test_edges_are_calders_kernel():
    found = find_neighbours(points(), 6)
    expected = np.zeros((80, 80))
    for i in range(80):
        for j, distance in zip(found.indices[i], found.distances[i], strict=True):
            if i != j:
                edge = np.exp(-4 * distance**2 / found.distances[i, -1] ** 2)
                expected[i, j] += edge
                expected[j, i] += edge
    np.testing.assert_allclose(affinity(found).toarray(), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("values", [np.zeros((20, 3)), np.repeat(points(4), 10, axis=0)])
def test_equal_points_give_finite_edges(values):
    graph = Graph(np.arange(len(values)), find_neighbours(values.astype(np.float32), 5))
    assert np.isfinite(graph.weights.data).all()
    assert np.isfinite(graph.normalised.data).all()


@pytest.mark.parametrize("alpha", [0.5, 0.9, 0.99])
def test_solve_is_the_dense_solution(alpha):
    graph = Graph(np.arange(80), find_neighbours(points(), 6))
    right = np.random.default_rng(1).random((80, 3)).astype(np.float32)
    right[:, 1] = 0
    dense = np.linalg.solve(np.eye(80) - alpha * graph.normalised.toarray(), right)
    found = solve(graph.normalised, alpha, right, tolerance=1e-6)
    np.testing.assert_allclose(found, dense, rtol=1e-3, atol=1e-4)
    assert not found[:, 1].any()


def test_images_are_found_by_their_number():
    graph = Graph(np.arange(0, 160, 2), find_neighbours(points(), 6))
    assert graph.rows(np.array([158, 0, 4])).tolist() == [79, 0, 2]
    for outside in ([3], [160]):
        with pytest.raises(ValueError, match="members must be images of the graph"):
            graph.rows(np.array(outside))
    with pytest.raises(ValueError, match="got 80 points and 3 images"):
        Graph(np.arange(3), find_neighbours(points(), 6))


def test_parts_without_a_path_between_them_are_told_apart():
    apart = np.concatenate([points(20), points(20) + 100])
    parts = Graph(np.arange(40), find_neighbours(apart.astype(np.float32), 5)).components
    assert set(parts[:20]).isdisjoint(parts[20:])
    assert isinstance(find_neighbours(points(), 5), Neighbours)
