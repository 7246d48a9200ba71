"""Settings by dotted name, laid over those there are."""

import pytest

from labeller.config import RoundConfig
from labeller.config.overrides import changed, replaced


def test_the_settings_stay_as_they_were():
    settings = {"epochs": 2, "method": {"width": 8}}
    assert replaced(settings, {"epochs": 3, "method.sobel": True, "method.width": 4}) == {
        "epochs": 3,
        "method": {"width": 4, "sobel": True},
    }
    assert settings == {"epochs": 2, "method": {"width": 8}}


def test_a_whole_group_takes_the_place_of_the_old_one():
    """Settings of one method must not reach another."""
    config = changed(RoundConfig(), {"method_config.beta": 2})
    other = changed(config, {"method": "ae", "method_config": {"latent": 4}})
    assert other.method_config == {"latent": 4}


@pytest.mark.parametrize("name", ["methods.width", "epochs.width", "method.width.more"])
def test_an_unknown_group_is_refused(name):
    with pytest.raises(ValueError, match=f"there is no setting {name}"):
        replaced({"epochs": 2, "method": {"width": 8}}, {name: 3})


@pytest.mark.parametrize("name", ["train.epoch", "epochs"])
def test_an_unknown_setting_of_a_round_is_refused(name):
    with pytest.raises(ValueError, match="epoch"):
        changed(RoundConfig(), {name: 3})


def test_changed_settings_of_a_round():
    new = changed(RoundConfig(), {"train.epochs": 3, "method_config.beta": 2})
    assert (new.train.epochs, new.method_config) == (3, {"beta": 2})
    assert new.cluster == RoundConfig().cluster
