"""Images that a clustering leaves out: on no card, without a label, and counted."""

import numpy as np
import pytest

from labeller import service
from labeller.config import CardConfig, ClusterConfig
from labeller.rounds.answer import Answer
from labeller.rounds.clusterers import NOISE, Grouping, _ordered, from_labels
from labeller.rounds.clusterers.hdbscan import HDBSCAN
from labeller.rounds.questions.prototypes import prototypes
from labeller.rounds.settings import changed
from tests.conftest import label_all


def test_noise_has_no_card_and_takes_no_cluster_along():
    """The third image and the last belong to no cluster; the numbers are those of a data set."""
    points = np.array([[0, 0], [0, 1], [50, 50], [9, 9], [9, 8], [9, 9.5], [-50, 0]], np.float32)
    labels = np.array([0, 0, NOISE, 1, 1, 1, NOISE])
    clusters = _ordered(from_labels(points, labels))
    assert clusters.assignment.tolist() == [1, 1, NOISE, 0, 0, 0, NOISE]  # the largest first
    assert (clusters.count, clusters.noise) == (2, 2)
    cards = prototypes(points, points, clusters, np.arange(10, 17), CardConfig())
    assert [sorted(card.members.tolist()) for card in cards] == [[13, 14, 15], [10, 11]]
    np.testing.assert_allclose(cards[1].centre, [0, 0.5])


def test_an_empty_cluster_stays_away_where_most_points_are_noise():
    responsibility = np.array([[0, 0], [0, 0], [0, 0], [0, 1]], np.float32)
    found = _ordered(Grouping(np.zeros((2, 1)), responsibility, np.ones((2, 1, 1))))
    assert found.count == 1
    assert found.assignment.tolist() == [NOISE, NOISE, NOISE, 0]


@pytest.fixture
def asked(store, work):
    """The project with an open round by HDBSCAN; returns its store."""
    chosen = {"cluster.algorithm": "hdbscan", "cluster.smallest": 15}
    config = changed(service.project(store, "digits").config, chosen)
    assert isinstance(config.cluster, ClusterConfig)
    service.recluster(store, "digits", config)
    work()
    return store


def leaves_three_out(self, points, parts, **options):
    """A split in two, without the first three points."""
    labels = np.arange(len(points)) % 2
    labels[:3] = NOISE
    return from_labels(points, labels)


def test_the_images_left_out_are_counted_and_get_no_label(asked, work, monkeypatch):
    monkeypatch.setattr(HDBSCAN, "split", leaves_three_out)
    cards, told = service.cards(asked, "digits"), service.labelling(asked, "digits")
    assert told.noise > 0
    assert sum(card.size for card in cards) + told.noise == told.images
    largest = max(cards, key=lambda card: card.size)
    service.answer(asked, "digits", largest.node, Answer("split", split=2))
    work()
    parts = [card for card in service.cards(asked, "digits") if card.node not in
             {each.node for each in cards}]  # fmt: skip
    left = largest.size - sum(part.size for part in parts)
    assert (len(parts), left) == (2, 3)
    assert service.labelling(asked, "digits").noise == told.noise + left
    monkeypatch.undo()
    smallest = min(cards, key=lambda card: card.size)  # in one piece, but for who asked to split it
    service.answer(asked, "digits", smallest.node, Answer("split", split=2))
    work()
    nodes = [card.node for card in service.cards(asked, "digits")]
    assert sum(node.startswith(f"{smallest.node}.") for node in nodes) > 1
    label_all(asked)
    members = [c.members for c in service.cards(asked, "digits")]
    for rule in ("decay", "spreading"):
        config = service.project(asked, "digits").config
        settings = changed(config, {"propagate.rule": rule}).propagate
        labelled = np.flatnonzero(service.preview(asked, "digits", settings).labels >= 0)
        assert set(labelled) <= set(np.concatenate(members))
    for _ in range(len(members) + 2):
        service.undo(asked, "digits")
    assert service.labelling(asked, "digits").noise == told.noise
