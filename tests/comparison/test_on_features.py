"""Methods that read an encoder's features beside those that read images."""

from dataclasses import replace

import numpy as np
import pytest

from labeller.comparison.cell import build_method
from labeller.comparison.columns import meaning
from labeller.comparison.plan import cells, fingerprint, sized, unfinished
from labeller.comparison.run import run_comparison, with_digest
from labeller.comparison.subject import thinned
from labeller.comparison.table import run_table
from labeller.config import EncodeConfig
from labeller.errors import JobCancelledError, NeedsEncoderError
from labeller.evaluation.neighbours import knn_accuracy
from labeller.evaluation.pictures import psnr
from labeller.methods import registry
from labeller.rounds.encode import encode
from tests.comparison.conftest import TINY, run
from tests.methods.reading import features_of

METHODS = ("feature-autoencoder", "feature-autoencoder:vae", "frozen-features", "vae", "pca")
READING = METHODS[:3]
PARTS = (4, 12)


@pytest.fixture(scope="module")
def seen(subject):
    """The digits with features: a picture's averages in four by four squares, of two layers."""
    return replace(subject, features=features_of(subject.images), parts=PARTS)


def planned(methods=METHODS, digest="one", **changes):
    """`TINY` of these methods, by an encoder with that digest."""
    names = {text.partition(":")[0] for text in methods}
    reading = {name: digest for name in names if registry.get(name).reads == "features"}
    known = {key for name in names for key in registry.get(name).Config.model_fields}
    settings = {key: value for key, value in TINY.settings.items() if key in known}
    update = {"methods": methods, "features": reading, "maps": (), "settings": settings, **changes}
    config = TINY.model_copy(update={"encode": EncodeConfig(encoder="lite0"), **update})
    return sized(config, {name: registry.size_field(name) for name in names})


@pytest.fixture(scope="module")
def measured(seen):
    return run(planned(layers=True), seen)


def test_they_are_trained_and_measured_like_the_others(measured):
    records = [record for record, _ in measured]
    assert [record["label"] for record in records] == list(METHODS)
    assert [record.get("error") for record in records] == [None] * 5
    assert [record["latent"] for record in records] == [6, 6, 16, 6, 6]
    assert [len(record["curve"]) for record in records] == [2, 2, 0, 2, 0]
    assert [record["encoder"] for record in records] == ["lite0"] * 3 + ["", ""]
    asked = {"linear_probe", "knn", "few_shot", "nmi", "purity", "silhouette", "answers_10"}
    for record in records:
        assert asked <= set(record["scores"])
        assert record["scores"]["linear_probe"] > 0.5
        assert all(each["accuracy"] > 0.3 for each in record["curve"])
    assert list(run_table(records)["method"]) == list(METHODS)


def test_probes_of_layers_are_left_out_and_the_table_says_why(measured):
    probed = [any(name.startswith("conv") for name in r["scores"]) for r, _ in measured]
    assert probed == [False, False, False, True, False]
    for column in ("conv1", "position_error"):
        assert "Empty for a method that reads features" in meaning(column)


def test_pictures_are_drawn_from_features_and_compared_with_the_images(seen, measured):
    for record, arrays in measured[:2]:
        assert {"rebuilt", "picture_images"} <= set(arrays)
        assert not {"seen", "restored"} & set(arrays), "no picture is fed to the method"
        rebuilt, rows = arrays["rebuilt"], arrays["picture_images"]
        assert psnr(seen.images[rows], rebuilt) == pytest.approx(record["scores"]["psnr"], abs=2)
    assert "psnr" not in measured[2][0]["scores"]


def test_the_row_of_the_encoder_itself_is_its_features_by_layer_of_length_one(seen, measured):
    record = measured[2][0]
    assert record["config"]["parts"] == list(PARTS)
    values = seen.features.astype(np.float32)
    layers = np.split(values, [PARTS[0]], axis=1)
    unit = np.hstack([each / np.linalg.norm(each, axis=1, keepdims=True) for each in layers])
    method = build_method(cells(planned(READING[2:]))[0], planned(), seen)
    np.testing.assert_allclose(encode(method, seen.features), unit, atol=1e-6)
    [last] = cells(planned(("frozen-features:last",)))
    latents = encode(build_method(last, planned(), seen), seen.features)
    np.testing.assert_allclose(latents, unit[:, PARTS[0] :], atol=1e-6)
    rows = thinned(np.arange(300), 200, "train")
    by_hand = knn_accuracy((unit[rows], seen.targets[rows]), (unit[300:], seen.targets[300:]))
    assert record["scores"]["knn"] == pytest.approx(by_hand, abs=0.01)


def test_supervised_references_on_features_are_compared_too(seen):
    [(record, _)] = run(planned(("linear-student",)), seen)
    assert record.get("error") is None
    assert record["config"]["parts"] == list(PARTS)
    assert record["latent"] == 6


def test_another_encoder_measures_its_methods_anew_and_only_those(measured):
    records = [record for record, _ in measured]
    config = planned(layers=True)
    assert unfinished(config, records) == []
    other = planned(layers=True, digest="two")
    assert [cell.label for cell in unfinished(other, records)] == list(READING)
    assert fingerprint(other, "feature-autoencoder") != fingerprint(config, "feature-autoencoder")
    without = TINY.model_copy(update={"layers": True, "maps": ()})
    assert fingerprint(config, "vae") == fingerprint(without), "runs on pixels stay valid"


def test_a_failed_run_is_of_its_encoder(seen, monkeypatch):
    monkeypatch.setattr(registry.get("frozen-features"), "encode", lambda self, features: {}["z"])
    config = planned(("frozen-features",))
    [(record, _)] = run(config, seen)
    assert record["state"] == "failed"
    assert record["settings"] == fingerprint(config, "frozen-features") != fingerprint(config)


def test_an_interrupted_training_goes_on_with_the_same_encoder_alone(seen, tmp_path):
    def stop(event):
        if event.stage == "train" and event.done == 1:
            raise JobCancelledError("stop")

    with pytest.raises(JobCancelledError):
        run(planned(READING[:1]), seen, checkpoints=lambda cell: tmp_path / cell.key, report=stop)
    [folder] = tmp_path.iterdir()
    assert [each.name for each in folder.iterdir()] == ["one"]
    run(planned(READING[:1], "two"), seen, checkpoints=lambda cell: tmp_path / cell.key)
    assert sorted(each.name for each in folder.iterdir()) == ["one", "two"]


def test_positions_are_left_out_of_their_rows(seen, tmp_path):
    places = np.tile(np.float32([2, 3]), (40, 1)) + np.arange(40, dtype=np.float32)[:, None] / 10
    for name in ("learn", "test"):
        np.savez(tmp_path / f"{name}.npz", images=seen.images[:40], positions=places)
    files = tuple(str(tmp_path / f"{name}.npz") for name in ("learn", "test"))
    config = planned(("frozen-features", "pca"), positions=files, mlp_epochs=2)
    records = [record for record, _ in run(config, seen)]
    assert [record.get("error") for record in records] == [None, None]
    assert ["position_error" in record["scores"] for record in records] == [False, True]


def test_classes_of_its_own_are_of_features_and_its_views_are_no_pictures(seen, forget):
    class Squares(registry.get("frozen-features")):
        """Classes by the brightest square, which training would feed the method with noise."""

        name, title = "squares", "Squares"

        def pseudo_logits(self, features):
            return features[:, :10] * 100

        def view(self, features):
            return features + 1

    registry.register(Squares)
    [(record, arrays)] = run(planned(("squares",)), seen)
    assert record.get("error") is None
    brightest = seen.features[thinned(np.arange(300), 200, "train"), :10].argmax(axis=1)
    assert (arrays["class_sizes"] == np.bincount(brightest, minlength=10)).all()
    assert "accuracy_own" in record["scores"]
    assert not {"seen", "restored"} & set(arrays)


def test_without_an_encoder_nothing_is_trained(subject):
    config = planned(("vae", "feature-autoencoder"), encode=EncodeConfig())
    with pytest.raises(NeedsEncoderError, match="feature-autoencoder needs an encoder"):
        with_digest(config, "cpu")
    with pytest.raises(NeedsEncoderError, match="feature-autoencoder needs an encoder"):
        run_comparison(config, subject, keep=lambda *_: pytest.fail("trained"))


def test_the_digest_is_of_the_encoder_and_asked_for_where_features_are_read(tmp_path):
    np.save(tmp_path / "features.npy", np.eye(3, dtype=np.float32))
    file = EncodeConfig(encoder="file", path=str(tmp_path / "features.npy"))
    config, encoder = with_digest(planned(encode=file), "cpu")
    assert encoder is not None
    assert config.features == {
        "feature-autoencoder": encoder.digest,
        "frozen-features": encoder.digest,
    }
    config, encoder = with_digest(planned(("vae",), encode=EncodeConfig(encoder="nosuch")), "cpu")
    assert (config.features, encoder) == ({}, None)
