"""The benchmark with an encoder: the same features for presets and strategies, computed once."""

from dataclasses import replace

import numpy as np
import pytest

from labeller.config import PRESETS
from labeller.encoders import Encoder, register
from labeller.experiments.label_efficiency import Plan, label_efficiency, loops
from labeller.experiments.label_efficiency.features import (
    FeaturePool,
    encoded_folder,
    features_for,
)
from labeller.experiments.label_efficiency.pool import Source
from labeller.experiments.label_efficiency.record import base_config
from labeller.experiments.simulation import simulate as simulation
from labeller.experiments.simulation.simulated_project import copy_features
from labeller.store.files import ProjectFolder

pytest.importorskip("skactiveml", reason="needs scikit-activeml, of the extra benchmark")

SEEN: list[int] = []  # pictures encoded, by batch
QUICK = (
    ("train.epochs", 1),
    ("train.batch_size", 512),
    ("embed.space", "pca"),
    ("embed.dimensions", 8),
)
PLAN = Plan("digits", ("random",), (10, 30), changes=QUICK, supervised=False, device="cpu")


@pytest.fixture(autouse=True)
def small(forget):
    """An encoder of two layers that counts what it is shown: noise, then a small picture."""
    SEEN.clear()

    @register
    class Small(Encoder):
        name, title, licence = "small", "Small", "none"
        size, features, parts, digest = 8, 84, (20, 64), "0123456789abcdef"

        def forward(self, batch):
            SEEN.append(len(batch))
            grey = batch.mean(axis=3, dtype=np.float32).reshape(len(batch), 64)
            return np.hstack([np.sin(grey[:, :20] * 1e3), grey])


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def test_presets_and_strategies_share_features_and_network(cache, monkeypatch):
    prepared, configs = [], []

    def prepare(what, *arguments, **known):
        prepared.append(what.seed)
        return simulation.prepare(what, *arguments, **known)

    def simulate(*arguments, **known):
        found = simulation.simulate(*arguments, **known)
        configs.append(found["config"])
        return found

    monkeypatch.setattr(loops, "prepare", prepare)
    monkeypatch.setattr(loops, "simulate", simulate)
    plan = replace(
        PLAN,
        strategies=("recommended", "no-umap", "random"),
        encoder="small",
        size=8,
    )
    record = label_efficiency(plan, cache=cache)
    pictures = sum(SEEN)
    assert 0 < pictures <= 1797
    assert prepared == [0]
    assert [c["encode"]["encoder"] for c in configs] == ["small"] * 2
    assert [c["embed"]["of"] for c in configs] == ["features"] * 2
    assert [c["embed"]["space"] for c in configs] == ["pca", "latent"]
    last = {curve["name"]: curve["points"][-1]["mean"] for curve in record["curves"]}
    assert last["recommended"] > last["random"] > 0.6
    assert record["features"] == "0123456789abcdef"
    assert record["changes"]["encode.encoder"] == "small"
    # Another seed has a network of its own, but no features; some of its answers are wrong.
    wrong = replace(plan, strategies=("recommended", "random"), seeds=(1,), error_rates=(0.3,))
    record = label_efficiency(wrong, cache=cache)
    assert sum(SEEN) == pictures
    assert prepared == [0, 1]
    assert [cell["error_rate"] for cell in record["cells"]] == [0.3] * 4
    told = {curve["name"]: curve["points"][-1]["mean"] for curve in record["curves"]}
    assert 0.2 < told["random"] < last["random"]
    assert told["recommended"] > 0.2


def test_no_encoder_learns_from_pixels(tmp_path, monkeypatch):
    configs = []

    def simulate(*arguments, **known):
        found = simulation.simulate(*arguments, **known)
        configs.append(found["config"])
        return found

    monkeypatch.setattr(loops, "simulate", simulate)
    changes = (*QUICK, ("student.epochs", 1), ("student.epochs_again", 1))
    plan = replace(PLAN, strategies=("no-encoder",), encoder="small", changes=changes)
    record = label_efficiency(plan, cache=tmp_path)
    assert record["curves"][0]["kind"] == "ablation"
    assert configs[0]["encode"]["encoder"] == "none"
    assert (configs[0]["method"], configs[0]["embed"]["of"]) == ("vae", "latent")


def test_strategies_see_the_last_layer_and_the_product_student_all(cache):
    plan = replace(PLAN, encoder="small")
    source = Source("digits", cache)
    config = base_config(plan, source)
    features = features_for(plan, config, source, cache)
    pool = FeaturePool(source, config, cache, None, features=features)
    last = np.asarray(features.values[:, 20:], np.float32)
    last /= np.linalg.norm(last, axis=1, keepdims=True)
    centred = last - last[source.train].mean(axis=0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    np.testing.assert_allclose(pool.inputs[:50] @ pool.inputs[:50].T, centred[:50] @ centred[:50].T,
                               atol=1e-3)  # fmt: skip
    assert features.student_points.shape == (1797, 256)
    assert np.abs(features.student_points).max(axis=0).astype(bool).sum() > 64


def test_without_an_encoder_there_are_no_features(cache):
    source = Source("digits", cache)
    assert features_for(PLAN, base_config(PLAN, source), source, cache) is None


def test_the_encoder_suits_the_other_settings_before_they_are_changed(cache):
    source = Source("digits", cache)
    config = base_config(replace(PLAN, encoder="small"), source)
    assert (config.method, config.embed.of) == ("feature-autoencoder", "features")
    assert (config.embed.space, config.train.epochs) == ("pca", 1)
    assert config.ask.share != PRESETS["recommended"].ask.share


def test_complete_features_alone_are_copied(tmp_path):
    source, target = ProjectFolder(tmp_path / "source"), ProjectFolder(tmp_path / "target")
    copy_features(source, target, "0" * 16)
    assert not target.path.exists()
    file = source.features("0" * 16)
    file.parent.mkdir(parents=True)
    np.save(file, np.ones((3, 2), np.float16))
    copy_features(source, target, "0" * 16)
    np.testing.assert_array_equal(np.load(target.features("0" * 16)), np.load(file))
    np.save(file, np.zeros((3, 2), np.float16))
    copy_features(source, target, "0" * 16)  # what is there stays
    assert np.load(target.features("0" * 16)).all()


def test_simulations_take_the_features_out_and_bring_them_in(tmp_path):
    changes = {**dict(QUICK), "encode.encoder": "small"}
    what = simulation.Simulation("digits", answers=4, overrides=changes, device="cpu")
    simulation.simulate(what, features=tmp_path)
    pictures = sum(SEEN)
    assert ProjectFolder(tmp_path).features("0123456789abcdef").exists()
    simulation.simulate(replace(what, seed=1), features=tmp_path)
    assert sum(SEEN) == pictures > 0


def test_the_features_lie_beside_the_image_store(cache):
    source = Source("digits", cache)
    assert encoded_folder(source, cache).path.parent == cache


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"student": "best"}, "student must be one of linear, product, better, got best"),
        ({"encoder": "small", "features": "x.npy"}, "features must be given alone"),
    ],
)
def test_bad_plans_are_named(given, message):
    with pytest.raises(ValueError, match=message):
        replace(PLAN, **given)
