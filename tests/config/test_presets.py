"""Presets, and how they are suited to the images of a project."""

import pytest

from labeller.config import preset
from labeller.config.presets import suited


@pytest.mark.parametrize("pixels", [8 * 8, 28 * 28, 32 * 32 * 3])
def test_the_labels_weigh_alike_whatever_the_number_of_pixels(pixels):
    """The other terms of Eq. 4 sum over pixels; gamma is said for 28 x 28 of them."""
    paper = preset("paper")
    found = suited(paper, 60_000, pixels)
    assert found.retrain.gamma / pixels == pytest.approx(1000 / 784, rel=1e-3)
    assert paper.retrain.gamma == 1000, "the preset itself stays as it is"


def test_a_small_image_does_not_drown_under_the_kl_term():
    assert suited(preset("paper"), 60_000, 64).method_config["beta"] == pytest.approx(
        64 / 784, 0.01
    )
    for pixels in (784, 3072):
        assert "beta" not in suited(preset("paper"), 60_000, pixels).method_config
    chosen = preset("paper").model_copy(update={"method_config": {"beta": 2.0}})
    assert suited(chosen, 60_000, 64).method_config == {"beta": 2.0}


def test_a_small_set_is_trained_for_as_many_steps_as_it_needs():
    """Smaller batches, more epochs; a large set is trained as the preset says."""
    paper = preset("paper")
    small, large = suited(paper, 1437, 64), suited(paper, 60_000, 784)
    for part in ("batch_size", "epochs"):
        assert getattr(large.train, part) == getattr(paper.train, part)
    assert large.retrain.epochs == paper.retrain.epochs
    assert small.train.batch_size == 32
    steps = -(-1437 // 32)
    assert 2000 <= small.train.epochs * steps < 2000 + steps
    assert 1000 <= small.retrain.epochs * steps < 1000 + steps


def test_a_network_that_is_to_stay_as_it_is_stays_so_on_a_small_set():
    assert suited(preset("recommended"), 1437, 64).retrain.epochs == 0
