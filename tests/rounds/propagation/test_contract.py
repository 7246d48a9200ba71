"""What every rule of propagation must do; a plug-in's is asked too, by $LABELLER_PLUGINS."""

from typing import get_args

import numpy as np
import pytest

from labeller.config import PropagateConfig
from labeller.rounds.graph import Graph, find_neighbours
from labeller.rounds.propagation import JOINS, NO_LABEL, ROOM, LabelledNode, propagate, rule_of
from labeller.rounds.propagation.decay import SHARES, Decay

NAMES = ROOM.names()


@pytest.fixture(scope="module")
def clouds():
    """Two clouds of forty points, their graph, and a node for each."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(80, 3)).astype(np.float32)
    points[40:, 0] += 9
    graph = Graph(np.arange(80), find_neighbours(points, 8))
    return graph, [node(np.arange(40), 0, 1), node(np.arange(40, 80), 1, 2)]


def node(members, label, answer, confidence=1.0):
    distance = np.linspace(0, 2, len(members)).astype(np.float32)
    posterior = np.ones(len(members), np.float32)
    return LabelledNode(answer, label, confidence, members, distance, distance, posterior)


@pytest.mark.parametrize("name", NAMES)
def test_members_get_the_answer_of_their_cluster(name, clouds):
    graph, nodes = clouds
    found = propagate(90, nodes, PropagateConfig(rule=name), graph=graph)
    assert found.labels.tolist() == [0] * 40 + [1] * 40 + [NO_LABEL] * 10
    assert found.source.tolist() == [1] * 40 + [2] * 40 + [-1] * 10
    assert ((found.weights >= 0) & (found.weights <= 1)).all()
    assert not found.weights[80:].any()


@pytest.mark.parametrize("name", NAMES)
def test_weights_follow_the_confidence(name, clouds):
    graph, nodes = clouds
    unsure = [nodes[0], node(np.arange(40, 80), 1, 2, confidence=0.5)]
    rule = rule_of(PropagateConfig(rule=name))
    sure, less = (rule.propagate(80, each, graph=graph) for each in (nodes, unsure))
    assert less.weights[40:].sum() < 0.7 * sure.weights[40:].sum()
    kept = rule.influence(nodes, graph)
    again = rule.propagate(80, unsure, graph=graph, influence=kept)
    np.testing.assert_array_equal(less.weights, again.weights)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_described(name):
    cls = ROOM.get(name)
    assert cls.meaning.endswith(".")
    for field in cls.Config.model_json_schema().get("properties", {}).values():
        assert field["description"]
    assert hash(cls.Config()) == hash(cls.Config())  # what it computed is kept by its settings


def test_an_unknown_rule_lists_those_there_are(clouds):
    with pytest.raises(ValueError, match="rule must be one of decay, poisson, spreading, got rum"):
        propagate(80, clouds[1], PropagateConfig(rule="rumour"))


def test_every_decay_and_every_join_has_its_function():
    assert set(SHARES) == set(get_args(Decay.Config.model_fields["decay"].annotation))
    assert set(JOINS) == set(get_args(PropagateConfig.model_fields["join"].annotation))
