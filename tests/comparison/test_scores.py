"""Scores of a comparison against hand-worked numbers and slow formulas."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import entropy as scipy_entropy
from sklearn.datasets import load_digits

from labeller.comparison.answers_needed import curve_of_answers, space_of
from labeller.comparison.table import answers_needed
from labeller.comparison.trend import line_of_best_fit, mean_fall
from labeller.config import ClusterConfig, EmbedConfig, PropagateConfig, RoundConfig
from labeller.evaluation.clusters import (
    class_sizes,
    entropy,
    lowest_entropy,
    silhouette,
    size_histogram,
)
from labeller.evaluation.neighbours import few_shot, knn_accuracy
from labeller.evaluation.pictures import psnr

NEAR = np.array([[0.0, 0], [0, 1], [1, 0], [10, 10], [10, 11], [11, 10]])
CLASSES = np.array([0, 0, 0, 1, 1, 1])


def test_only_falls_count_as_falls():
    assert mean_fall([0.5, 0.9, 0.8, 0.85, 0.6]) == pytest.approx((0.1 + 0.25) / 4)
    assert mean_fall([0.5, 0.6, 0.6]) == mean_fall([0.5]) == 0


def test_line_of_best_fit_by_hand():
    # 90, 92, 94 %: two points an epoch, 88 % at epoch 0
    found = line_of_best_fit([1, 2, 3], [0.90, 0.92, 0.94])
    assert (found.m, found.k) == pytest.approx((2.0, 88.0))
    assert line_of_best_fit([1, 2, 3], [0.5, 0.7, 0.5]).m == pytest.approx(0)
    assert line_of_best_fit([4], [0.9]) is None
    with pytest.raises(ValueError, match="as many"):
        line_of_best_fit([1, 2], [0.9])


def test_psnr_by_hand():
    images = np.zeros((2, 2, 2, 1), np.uint8)
    rebuilt = images.copy()
    rebuilt[0] += 255  # MSE 255^2: 0 dB
    rebuilt[1] += 51  # MSE 255^2 / 25: 10 log10 25 dB
    assert psnr(images, rebuilt) == pytest.approx((0 + 10 * np.log10(25)) / 2)
    assert np.isfinite(psnr(images, images))
    with pytest.raises(ValueError, match="two arrays"):
        psnr(images, rebuilt[:1])


def test_nearest_neighbours_vote():
    assert knn_accuracy((NEAR, CLASSES), (NEAR + 0.1, CLASSES), neighbours=3) == 1.0
    assert knn_accuracy((NEAR, CLASSES), (NEAR, 1 - CLASSES), neighbours=1) == 0.0
    with pytest.raises(ValueError, match="between 1 and 6"):
        knn_accuracy((NEAR, CLASSES), (NEAR, CLASSES), neighbours=7)


def test_few_shot_is_sure_of_islands_and_guesses_noise():
    draws = np.random.default_rng(0)
    y = np.repeat(np.arange(8), 30)
    islands = np.eye(8)[y] * 50 + draws.normal(size=(240, 8))
    found = few_shot(islands, y, episodes=50)
    assert (found.accuracy, found.interval, found.ways, found.shots) == (1.0, 0.0, 5, 5)
    noise = few_shot(draws.normal(size=(240, 8)), y, episodes=400)
    assert noise.accuracy == pytest.approx(0.2, abs=3 * noise.interval)
    assert 0 < noise.interval < 0.02
    assert few_shot(islands[:60], y[:60], episodes=5).ways == 2
    assert few_shot(islands[:30], y[:30]) is None


def test_interval_of_few_shot_shrinks_with_the_root_of_the_episodes():
    draws = np.random.default_rng(1)
    y = np.repeat(np.arange(6), 40)
    x = np.eye(6)[y] + draws.normal(size=(240, 6))
    few, many = few_shot(x, y, episodes=100), few_shot(x, y, episodes=1600)
    assert many.interval == pytest.approx(few.interval / 4, rel=0.25)


def test_silhouette_by_hand():
    # 1-d: {0, 1}, {5}: of 0: a = 1, b = 5 -> 0.8; of 1: a = 1, b = 4 -> 0.75; alone: 0
    points, groups = np.array([[0.0], [1], [5]]), np.array([0, 0, 1])
    assert silhouette(points, groups) == pytest.approx((0.8 + 0.75 + 0) / 3)
    assert silhouette(points, np.zeros(3)) is None


def test_sizes_and_their_histogram():
    sizes = class_sizes(np.array([0, 0, 2, 2, 2]), 4)
    assert sizes.tolist() == [2, 0, 3, 0]
    counts, edges = size_histogram(sizes, bins=3)
    assert counts.tolist() == [2, 0, 2]
    assert edges.tolist() == [0, 1, 2, 3]
    assert size_histogram(sizes, bins=2, most=8)[0].tolist() == [4, 0]
    with pytest.raises(ValueError, match="between 0 and 1"):
        class_sizes(np.array([0, 2]), 2)


def test_entropy_is_that_of_scipy_and_picks_the_surest():
    probabilities = np.array([[1.0, 0], [0.5, 0.5], [0.1, 0.9], [0.01, 0.99], [0.8, 0.2]])
    np.testing.assert_allclose(entropy(probabilities), scipy_entropy(probabilities, axis=1))
    np.testing.assert_allclose(entropy(np.eye(4) / 2 + 1 / 8), [np.log(8) - 5 / 8 * np.log(5)] * 4)
    first, second = lowest_entropy(probabilities, most=2)
    assert first.tolist() == [0, 4]
    assert second.tolist() == [3, 2]
    with pytest.raises(ValueError, match="probabilities"):
        entropy(np.array([[0.5, 0.2]]))


def test_more_answers_label_more_images_rightly():
    pixels, targets = load_digits(return_X_y=True)
    config = RoundConfig(
        embed=EmbedConfig(space="pca", dimensions=16),
        cluster=ClusterConfig(algorithm="kmeans"),
        propagate=PropagateConfig(decay="uniform"),
    )
    points = space_of(pixels, config)
    found = curve_of_answers(points, pixels, targets, config, budgets=(10, 40, 2000))
    assert [each["answers"] for each in found] == [10, 40]
    assert found[1]["accuracy"] > found[0]["accuracy"] > 0.6


def test_answers_needed_are_the_fewest_that_were_enough():
    means = pd.DataFrame(
        {
            "method": ["a", "b", "c", "d"],
            "answers_50": [0.95, 0.8, np.nan, 0.9],
            "answers_20": [0.9, 0.7, 0.91, 0.85],
            "answers_9": [0.6, 0.5, np.nan, 0.9],  # more answers need not be better
        }
    )
    assert answers_needed(means, 0.9).tolist() == [20, pd.NA, 20, 9]
    assert answers_needed(means.iloc[:2], 0.95).tolist() == [50, pd.NA]
