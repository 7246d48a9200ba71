"""Cards: members, distances and the images shown, against slow formulas."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from labeller.config import CardConfig, ClusterConfig
from labeller.rounds.clusterers import NOISE, Clusters, cluster, one_cluster
from labeller.rounds.questions.prototypes import impurities, prototypes


def made(count=120, clusters=3, seed=0, card=None, latents=None):
    points = np.random.default_rng(seed).normal(size=(count, 4)).astype(np.float32)
    found = cluster(points, ClusterConfig(clusters=clusters), seed=seed)
    members = np.arange(count) * 2 + 1000
    latents = points if latents is None else latents
    cards = prototypes(points, latents, found, members, card or CardConfig(near=3, random=4, far=2))
    return points, found, members, cards


def test_members_are_shared_out_and_keep_their_global_numbers():
    _, found, members, cards = made()
    assert len(cards) == found.count
    assert sorted(np.concatenate([c.members for c in cards])) == members.tolist()
    for k, card in enumerate(cards):
        np.testing.assert_array_equal(card.members, members[found.assignment == k])
        assert card.size == len(card.members)
        assert card.members.dtype == np.int64


def test_distances_and_posterior_by_slow_formulas():
    points, found, _, cards = made()
    for k, card in enumerate(cards):
        for place, image in enumerate(card.members):
            row = (image - 1000) // 2
            away = points[row].astype(float) - found.centres[k]
            assert card.euclidean[place] == pytest.approx(np.sqrt(away @ away), rel=1e-4)
            squared = away @ found.precision[k].astype(float) @ away
            assert card.mahalanobis[place] == pytest.approx(np.sqrt(squared), rel=1e-3)
            assert card.posterior[place] == found.responsibility[row, k]
        assert card.spread == pytest.approx(np.median(card.euclidean))
        assert card.euclidean.dtype == card.mahalanobis.dtype == card.posterior.dtype == np.float32


def test_medoid_has_the_smallest_sum_of_squared_distances():
    points, found, _, cards = made()
    for k, card in enumerate(cards):
        own = points[found.assignment == k].astype(float)
        sums = [((own - one) ** 2).sum() for one in own]
        assert card.medoid == card.members[int(np.argmin(sums))]


def test_the_medoid_is_in_the_middle_of_the_members_wherever_the_centre_is():
    """The centre of a mixture's cluster is drawn to where its likely members are."""
    points, found, members, cards = made()
    moved = replace(found, centres=found.centres + np.float32(0.7))
    again = prototypes(points, points, moved, members, CardConfig(near=3, random=4, far=2))
    assert [card.medoid for card in again] == [card.medoid for card in cards]
    assert all(np.any(a.near != b.near) for a, b in zip(again, cards, strict=True))


def test_shown_images_are_members_near_first_far_last_and_none_twice():
    _, _, _, cards = made()
    for card in cards:
        shown = [card.medoid, *card.near, *card.random, *card.far]
        assert len(set(shown)) == len(shown) == 10
        assert set(shown) <= set(card.members)
        distance = dict(zip(card.members, card.euclidean, strict=True))
        near, rest, far = (
            [distance[i] for i in images] for images in (card.near, card.random, card.far)
        )
        assert near == sorted(near)
        assert far == sorted(far, reverse=True)
        assert max(near) <= min(rest)
        assert max(rest) <= min(far)
        others = [d for i, d in distance.items() if i != card.medoid]
        assert max(near) == sorted(others)[2]
        assert far[0] == max(others)


def test_small_clusters_show_what_they_have():
    _, _, _, cards = made(count=9, clusters=3, card=CardConfig(near=8, random=8, far=8))
    for card in cards:
        shown = [card.medoid, *card.near, *card.random, *card.far]
        assert sorted(shown) == sorted(card.members)


def test_a_cluster_with_few_members_shows_far_ones_rather_than_random_ones():
    points = np.array([[0], [1], [2], [3], [4], [5], [-7], [9]], np.float32)
    card = CardConfig(near=2, random=3, far=3)
    (shown,) = prototypes(points, points, one_cluster(points), np.arange(8), card)
    assert (shown.medoid, len(shown.near), len(shown.random)) == (2, 2, 2)
    assert shown.far.tolist() == [6, 7, 5]


def test_noise_is_on_no_card():
    points, found, members, _ = made()
    noisy = replace(found, assignment=np.where(np.arange(120) < 9, NOISE, found.assignment))
    cards = prototypes(points, points, noisy, members, CardConfig())
    for k, card in enumerate(cards):
        np.testing.assert_array_equal(card.members, members[noisy.assignment == k])


def test_a_card_may_show_the_medoid_alone():
    _, _, _, cards = made(card=CardConfig(near=0, random=0, far=0))
    assert all(len(c.near) == len(c.random) == len(c.far) == 0 for c in cards)


def test_a_cluster_of_one():
    points = np.array([[0, 0], [1, 0], [0, 1], [50, 50]], np.float32)
    found = cluster(points, ClusterConfig(algorithm="kmeans", clusters=2))
    card = prototypes(points, points, found, np.arange(4), CardConfig())[1]
    assert (card.size, card.medoid, card.members.tolist()) == (1, 3, [3])
    assert card.spread == 0
    assert len(card.near) == len(card.random) == len(card.far) == 0


def test_centre_shown_to_the_decoder():
    _, found, _, cards = made()
    for k, card in enumerate(cards):
        np.testing.assert_array_equal(card.latent_centre, found.centres[k])
    latents = np.random.default_rng(9).normal(size=(120, 7)).astype(np.float32)
    _, found, _, cards = made(latents=latents)
    for k, card in enumerate(cards):
        expected = latents[found.assignment == k].mean(axis=0)
        np.testing.assert_allclose(card.latent_centre, expected, rtol=1e-5)


def test_same_seed_same_cards():
    points, found, members, _ = made()
    first, again, other = (
        prototypes(points, points, found, members, CardConfig(), seed=seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first[0].random, again[0].random)
    assert not np.array_equal(first[0].random, other[0].random)


def test_a_split_is_the_same_steps_on_the_members():
    points, _, _, cards = made()
    rows = (cards[0].members - 1000) // 2
    found = cluster(points[rows], ClusterConfig(clusters=2))
    children = prototypes(points[rows], points[rows], found, cards[0].members, CardConfig())
    assert sorted(np.concatenate([c.members for c in children])) == sorted(cards[0].members)


def test_lengths_that_differ_are_refused():
    points, found, members, _ = made()
    with pytest.raises(ValueError, match=r"same number of images, got \[120, 120, 120, 119\]"):
        prototypes(points, points, found, members[:-1], CardConfig())


def test_impurity_by_hand():
    """Two islands; one image of the second was put into the cluster of the first."""
    latents = np.concatenate([np.arange(11.0), 1000 + np.arange(11.0)])[:, None]
    islands = np.repeat([0, 1], 11)
    np.testing.assert_array_equal(impurities(latents, islands, 2), [0, 0])
    strayed = islands.copy()
    strayed[11] = 0
    # All ten neighbours of the stray are outside; it is one of each other one's ten.
    np.testing.assert_allclose(impurities(latents, strayed, 2), [10 / 120, 10 / 100], rtol=1e-6)
    assert impurities(np.zeros((1, 2)), np.array([0]), 1).tolist() == [0]


def test_impurity_ranks_clusters_of_digits_as_the_truth_does():
    images, targets = load_digits(return_X_y=True)
    latents = PCA(20, random_state=0).fit_transform(images).astype(np.float32)
    ranks = []
    for clusters in (10, 20):
        found = cluster(latents, ClusterConfig(clusters=clusters))
        hints = impurities(latents, found.assignment, found.count)
        wrong = [
            1 - np.bincount(targets[found.assignment == k]).max() / np.sum(found.assignment == k)
            for k in range(found.count)
        ]
        assert ((hints >= 0) & (hints <= 1)).all()
        ranks.append(spearmanr(hints, wrong).statistic)
    # Observed: 0.68 to 0.84 over seeds.
    assert np.mean(ranks) > 0.5


def test_clusters_are_not_changed():
    points, found, members, _ = made()
    before = Clusters(*(array.copy() for array in vars(found).values()))
    prototypes(points, points, found, members, CardConfig())
    for name, array in vars(before).items():
        np.testing.assert_array_equal(array, getattr(found, name))
