"""Points of features: their distances are those of the directions of the last layer."""

import numpy as np

from labeller.encoders.encoding import directions


def test_distances_are_those_of_unit_vectors():
    features = np.random.default_rng(0).standard_normal((50, 12)).astype(np.float16)
    points = directions(features, slice(4, 12), np.arange(40))
    unit = features[:, 4:].astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    wanted = np.linalg.norm(unit[:, None] - unit[None], axis=2)
    found = np.linalg.norm(points[:, None] - points[None], axis=2)
    assert points.dtype == np.float32
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_length_and_earlier_layers_do_not_matter():
    features = np.random.default_rng(0).standard_normal((30, 12)).astype(np.float32)
    other = np.concatenate([features[:, :4] + 7, 3 * features[:, 4:]], axis=1)
    train = np.arange(30)
    np.testing.assert_allclose(
        directions(features, slice(4, 12), train),
        directions(other, slice(4, 12), train),
        atol=1e-4,
    )


def test_the_main_directions_of_the_training_images_come_first_and_few_are_kept():
    draws = np.random.default_rng(0)
    features = (draws.standard_normal((400, 200)) * np.linspace(3, 0.1, 200)).astype(np.float32)
    points = directions(features, slice(0, 200), np.arange(300))
    assert points.shape == (400, 128)
    spread = points[:300].std(axis=0)
    assert (np.diff(spread) < 1e-4).all()
    np.testing.assert_allclose(points[:300].mean(axis=0), 0, atol=1e-4)


def test_an_image_without_features_is_no_error():
    features = np.zeros((3, 4), np.float16)
    features[:2] = [[1, 0, 0, 0], [0, 1, 0, 0]]
    assert np.isfinite(directions(features, slice(0, 4), np.arange(3))).all()
