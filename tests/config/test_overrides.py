"""Settings by dotted name, laid over those there are."""

import pytest

from labeller.config.settings import replaced


def test_the_settings_stay_as_they_were():
    settings = {"epochs": 2, "method": {"width": 8}}
    assert replaced(settings, {"epochs": 3, "method.sobel": True, "method.width": 4}) == {
        "epochs": 3,
        "method": {"width": 4, "sobel": True},
    }
    assert settings == {"epochs": 2, "method": {"width": 8}}


@pytest.mark.parametrize("name", ["methods.width", "epochs.width", "method.width.more"])
def test_an_unknown_group_is_refused(name):
    with pytest.raises(ValueError, match=f"there is no setting {name}"):
        replaced({"epochs": 2, "method": {"width": 8}}, {name: 3})
