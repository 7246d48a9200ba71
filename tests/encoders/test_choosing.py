"""The choice between pixels and a network: its score, and what decides where it has none."""

import numpy as np
import pytest

from labeller.encoders.choosing import (
    FEWEST,
    LARGE,
    TINY,
    chosen,
    chosen_unseen,
    mutual_share,
    whitened,
)

DRAWS = np.random.default_rng(0)
GROUPS = DRAWS.integers(0, 10, 300)
CLUMPED = DRAWS.normal(size=(10, 12))[GROUPS] + 0.1 * DRAWS.normal(size=(300, 12))
NOISE = DRAWS.normal(size=(300, 60))


def as_pixels(points: np.ndarray) -> np.ndarray:
    """Points (n, d) as images (n, 1, d, 1) uint8."""
    grey = 255 * (points - points.min()) / np.ptp(points)
    return grey.astype(np.uint8)[:, None, :, None]


def test_mutual_share_by_hand() -> None:
    # The nearest of 0, 1, 3 is 1, 0, 1: two of the three are near to each other in turn.
    assert mutual_share(np.array([[0.0], [1], [3]]), 1) == pytest.approx(2 / 3)
    assert mutual_share(np.array([[0.0], [1], [9], [10]]), 1) == 1
    assert mutual_share(np.array([[0.0], [1], [3]]), 10) == 1  # all are neighbours of all
    with pytest.raises(ValueError, match="points must be 3 or more, got 2"):
        mutual_share(np.zeros((2, 2)))


def test_mutual_share_counts_the_points_that_are_the_same_as_others() -> None:
    assert 0 < mutual_share(np.repeat(np.eye(3), 20, axis=0)) < 1


def test_whitened_directions_weigh_the_same_and_constant_ones_are_left_out() -> None:
    points = np.hstack([CLUMPED * np.logspace(0, 3, 12), np.ones((300, 4))])
    found = whitened(points)
    assert found.shape == (300, 12)
    np.testing.assert_allclose(np.cov(found.T, bias=True), np.eye(12), atol=1e-3)
    assert whitened(NOISE).shape == (300, 20)
    np.testing.assert_array_equal(whitened(np.ones((5, 3))), np.zeros((5, 1)))


@pytest.mark.parametrize(
    ("side", "channels", "images", "encoder"),
    [
        (8, 1, 1500, "none"),
        (TINY - 1, 3, 50_000, "none"),
        (TINY, 3, FEWEST, None),
        (1000, 3, FEWEST, None),
        (TINY, 1, FEWEST - 1, "none"),
        (TINY, 3, FEWEST - 1, "lite0"),
        (LARGE - 1, 1, FEWEST - 1, "none"),
        (LARGE, 1, FEWEST - 1, "lite0"),
    ],
)
def test_size_decides_where_nothing_can_be_compared(
    side: int, channels: int, images: int, encoder: str | None
) -> None:
    choice = chosen_unseen(side, channels, images)
    assert (choice and choice.encoder) == encoder
    if choice is not None:
        assert f"the originals are {side} px" in choice.reason
        assert choice.scores == {"side": side}


@pytest.mark.parametrize(
    ("pixels", "features", "encoder"),
    [(CLUMPED, NOISE, "none"), (CLUMPED, CLUMPED, "none"), (NOISE, CLUMPED, "lite0")],
    ids=["groups of pixels", "groups of both", "groups of features"],
)
def test_the_space_with_mutual_neighbours_is_chosen(
    pixels: np.ndarray, features: np.ndarray, encoder: str
) -> None:
    choice = chosen(as_pixels(pixels), features, 32)
    assert choice.encoder == encoder
    of_pixels, of_features = choice.scores["pixels"], choice.scores["features"]
    assert f"{of_pixels:.0%} are mutual by pixels and {of_features:.0%} by" in choice.reason
    assert "among 300 images" in choice.reason
    assert choice.reason.startswith("Pixels:" if encoder == "none" else "A pretrained network:")
    assert choice.scores["side"] == 32


def test_brightness_alone_makes_no_groups() -> None:
    """By distances as they are, neighbours on that one axis would be mutual."""
    bright = NOISE + 100 * DRAWS.normal(size=(300, 1))
    assert mutual_share(bright) > mutual_share(CLUMPED) - 0.2
    assert chosen(as_pixels(bright), CLUMPED, 32).encoder == "lite0"


def test_length_of_features_does_not_count() -> None:
    longer = CLUMPED * DRAWS.uniform(1, 50, (300, 1))
    assert chosen(as_pixels(NOISE), longer, 32) == chosen(as_pixels(NOISE), CLUMPED, 32)


def test_images_without_any_difference_stay_with_pixels() -> None:
    alike = np.zeros((120, 8, 8, 1), np.uint8)
    assert chosen(alike, np.ones((120, 4)), 32).encoder == "none"
