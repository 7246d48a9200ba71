"""What every space of the registry must do; a plug-in's is asked too, by $LABELLER_PLUGINS."""

import numpy as np
import pytest
from sklearn.decomposition import FactorAnalysis

from labeller.config import EmbedConfig
from labeller.errors import JobCancelledError
from labeller.rounds.spaces import ROOM, embed, map2d, map_spaces, register_transformer, space_of

NAMES = ROOM.names()


def noise(count=60, size=5):
    return np.random.default_rng(0).normal(size=(count, size)).astype(np.float32)


@pytest.mark.parametrize("name", NAMES)
def test_points_are_finite_and_the_same_with_the_same_seed(name):
    first, again = (embed(noise(), EmbedConfig(space=name), seed=4) for _ in range(2))
    assert first.ndim == 2
    assert len(first) == 60
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("name", NAMES)
def test_its_settings_are_described_and_suit_few_images_too(name):
    for field in ROOM.get(name).Config.model_json_schema().get("properties", {}).values():
        assert field["description"]
    few = space_of(EmbedConfig(space=name)).for_few(8)
    assert len(embed(noise(8), few)) == 8


@pytest.mark.parametrize("name", [name for name in NAMES if name != "latent"])
def test_it_reports_and_can_be_cancelled(name):
    events = []
    embed(noise(), EmbedConfig(space=name), report=events.append)
    assert {event.stage for event in events} == {"embed"}

    def cancel(event):
        raise JobCancelledError("cancelled")

    with pytest.raises(JobCancelledError):
        embed(noise(), EmbedConfig(space=name), report=cancel)


@pytest.mark.parametrize("name", list(map_spaces()))
def test_a_map_has_two_dimensions_and_says_what_it_means(name):
    assert map2d(noise(), name).shape == (60, 2)
    assert map_spaces()[name].meaning.endswith(".")


def test_a_transformer_of_scikit_learn_is_registered_in_two_lines(forget):
    register_transformer(FactorAnalysis, name="factors", title="Factor analysis", n_components=3)
    points = embed(noise(), EmbedConfig(space="factors", max_iter=50), seed=2)
    expected = FactorAnalysis(n_components=3, max_iter=50, random_state=2).fit_transform(noise())
    np.testing.assert_allclose(points, expected, atol=1e-5)
    assert "n_components" not in ROOM.get("factors").Config.model_fields
