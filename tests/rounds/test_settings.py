"""The settings of a round against the registry."""

import pytest

from labeller.config import ClusterConfig, EmbedConfig, PropagateConfig, RoundConfig, preset
from labeller.rounds.settings import STEPS, changed, checked, fitting


def test_a_whole_group_takes_the_place_of_the_old_one():
    """Settings of one method must not reach another."""
    config = changed(RoundConfig(), {"method_config.beta": 2})
    other = changed(config, {"method": "ae", "method_config": {"latent": 4}})
    assert other.method_config == {"latent": 4}


@pytest.mark.parametrize("name", ["train.epoch", "epochs"])
def test_an_unknown_setting_of_a_round_is_refused(name):
    with pytest.raises(ValueError, match="epoch"):
        changed(RoundConfig(), {name: 3})


def test_changed_settings_of_a_round():
    new = changed(RoundConfig(), {"train.epochs": 3, "method_config.beta": 2})
    assert (new.train.epochs, new.method_config) == (3, {"beta": 2})
    assert new.cluster == checked(RoundConfig()).cluster


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "cluster.algorithm",
            "algorithm must be one of agglomerative, gmm, hdbscan, .*, got other",
        ),
        ("ask.algorithm", "algorithm must be one of agglomerative, gmm, hdbscan, .*, got other"),
        ("embed.space", "space must be one of latent, pca, tsne, umap, got other"),
        ("propagate.rule", "rule must be one of decay, poisson, spreading, got other"),
        ("propagate.decay", "gaussian"),
    ],
)
def test_an_unknown_name_lists_the_known_ones(name, message):
    with pytest.raises(ValueError, match=message):
        changed(RoundConfig(), {name: "other"})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cluster.shape": "full"}, "a setting of gmm must be one of .*covariance, got shape"),
        (
            {"cluster.algorithm": "kmeans", "cluster.covariance": "tied"},
            "a setting of kmeans must be one of algorithm, clusters, got covariance",
        ),
        ({"embed.space": "latent", "embed.dimensions": 3}, "of latent .* got dimensions"),
        ({"embed.dimensions": 0}, "dimensions"),
        ({"cluster.clusters": 1}, "must be 2 or more, or 0"),
    ],
)
def test_a_setting_that_the_thing_does_not_have_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        changed(RoundConfig(), changes)


def test_settings_of_another_thing_go_with_it():
    tied = changed(RoundConfig(), {"cluster.covariance": "tied", "embed.dimensions": 4})
    assert tied.cluster == ClusterConfig(covariance="tied")
    assert changed(tied, {"cluster.clusters": 5}).cluster.own == {"covariance": "tied"}
    other = changed(tied, {"cluster.algorithm": "kmeans", "embed.space": "tsne"})
    assert (other.cluster.own, other.embed.own) == ({}, {"perplexity": 30.0})
    assert changed(other, {"cluster.algorithm": "gmm"}).cluster.own == {"covariance": "full"}


def test_one_list_of_changes_serves_several_presets():
    changes = {"embed.dimensions": 4, "train.epochs": 3, "propagate.a": 2.0}
    assert fitting(preset("recommended"), changes) == changes
    assert fitting(preset("paper"), changes) == {"train.epochs": 3, "propagate.a": 2.0}
    spread = {**changes, "propagate.rule": "poisson"}
    assert "propagate.a" not in fitting(preset("recommended"), spread)


def test_settings_that_an_older_version_kept_are_read():
    """It kept those of all algorithms, spaces and rules beside each other."""
    old = RoundConfig(
        embed=EmbedConfig(space="latent", dimensions=10, neighbours=15),
        cluster=ClusterConfig(algorithm="kmeans", clusters=7, covariance="tied"),
        propagate=PropagateConfig(rule="poisson", decay="posterior", a=2.0, core=0.5, alpha=0.9),
    )
    new = checked(old)
    assert (new.embed.own, new.cluster.own) == ({}, {})
    assert new.cluster.clusters == 7
    assert new.propagate.own == {"core": 0.5, "distance": "euclidean"}
    with pytest.raises(ValueError, match="got shape"):
        checked(old.model_copy(update={"cluster": ClusterConfig(shape="round")}))


def test_the_algorithm_chosen_is_that_of_every_round():
    """The default groups the uncertain images of later rounds by k-means; a choice stands."""
    assert preset("recommended").ask.algorithm == "kmeans"
    chosen = changed(preset("recommended"), {"cluster.algorithm": "hdbscan"})
    assert (chosen.cluster.algorithm, chosen.ask.algorithm) == ("hdbscan", "hdbscan")
    both = {"cluster.algorithm": "hdbscan", "ask.algorithm": "gmm"}
    assert changed(preset("recommended"), both).ask.algorithm == "gmm"


def test_every_preset_names_things_that_there_are():
    for step in STEPS:
        assert STEPS[step].names()
    for name in ("recommended", "paper", "manifold"):
        assert checked(checked(preset(name))) == checked(preset(name))
