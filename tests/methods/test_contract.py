"""What every registered method must do; a new method is tested here unedited."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from labeller.config import TrainConfig
from labeller.methods import registry
from labeller.methods.base import Batch, ImageShape
from labeller.rounds.encode import classify, decode, encode
from labeller.training import load_method, save_method, train
from tests.methods.reading import features_of, read_by, shape_for
from tests.methods.whole import Whole, started

SMALL = {"width": 4, "hidden": 32, "latent": 6}  # of fields that a method may not have
WIDEST = {"width": 32}  # of a network that learns here: minutes, not hours
SHAPES = [(1, 8, 8), (3, 9, 9), (1, 28, 28), (3, 32, 32), (3, 8, 32), (1, 128, 128)]
NAMES = registry.everything()  # those that learn from labels alone too
VARIANTS = [(name, preset) for name in NAMES for preset in (None, *registry.get(name).presets)]
TRAINED = [name for name in NAMES if registry.get(name).trainable]
every_method = pytest.mark.parametrize("name", NAMES)
every_variant = pytest.mark.parametrize(("name", "preset"), VARIANTS)
every_trained = pytest.mark.parametrize("name", TRAINED)
every_trained_variant = pytest.mark.parametrize(
    ("name", "preset"), [each for each in VARIANTS if each[0] in TRAINED]
)
every_untrained_variant = pytest.mark.parametrize(
    ("name", "preset"), [each for each in VARIANTS if each[0] not in TRAINED]
)


def made(name, preset=None, size=(1, 8, 8), classes=10, *, small=True, seed=0):
    cls = registry.get(name)
    config = dict(cls.presets[preset]) if preset else {}
    if small:
        config |= {key: value for key, value in SMALL.items() if key in cls.Config.model_fields}
    else:
        whole = cls.Config.model_validate(config)
        config |= {
            key: min(most, getattr(whole, key))
            for key, most in WIDEST.items()
            if key in cls.Config.model_fields
        }
    config |= cls.quick
    return registry.build(name, config, shape_for(cls, size), classes, seed=seed)


def ready(method, images):
    """Where labels teach alone, what is looked up by index is made at the start of an epoch; a
    method that is not trained has seen images."""
    if not method.trainable:
        method.fit(Whole(read_by(method, torch.cat([images, torch.rand(20, *images.shape[1:])]))))
    return started(method, read_by(method, images)) if method.needs_labels else method


def taught(method, images, config, **options):
    return train(method, images, config, features=features_of(images), **options)


def batch(size=(1, 8, 8), count=6, gamma=10.0, labels=(0, 1, -1, 2, -1, 3)):
    images = torch.rand(count, *size, generator=torch.Generator().manual_seed(1))
    return Batch(
        images=images,
        features=features_of(images),
        index=torch.arange(count),
        labels=torch.tensor(labels[:count]),
        weights=torch.linspace(0.2, 1, count),
        gamma=gamma,
    )


@every_variant
@pytest.mark.parametrize("size", SHAPES, ids=str)
def test_shapes_and_finite_loss(name, preset, size):
    given = batch(size, count=3)
    method = ready(made(name, preset, size), given.images)
    for gamma in (0.0, 10.0) if method.trainable else ():
        terms = method.loss(replace(given, gamma=gamma))
        assert all(term.shape == () and torch.isfinite(term) for term in terms.values())
        assert "loss" in terms
        if method.needs_labels:  # the loss may be the classification itself
            assert gamma > 0 or "classification" not in terms
        else:
            assert ("classification" in terms) == (gamma > 0)
    read = read_by(method, given.images)
    z = method.eval().encode(read)
    assert z.ndim == 2
    assert len(z) == 3
    assert method.classify(read).shape == (3, 10)
    shown = method.decode(z)
    assert (shown is not None) == method.can_decode
    if shown is not None:
        assert shown.shape == given.images.shape
        assert shown.min() >= 0
        assert shown.max() <= 1


@every_trained_variant
def test_gradients_reach_every_parameter(name, preset):
    given = batch((3, 16, 16))
    method = ready(made(name, preset, (3, 16, 16)), given.images)
    method.loss(given)["loss"].backward()
    for parameter_name, parameter in method.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None, parameter_name
            assert parameter.grad.abs().sum() > 0, parameter_name


@every_trained_variant
def test_the_loss_falls_on_digits(name, preset, digits):
    images, labels = digits
    method = made(name, preset, small=False)
    # Networks that small learn slowly, and so does a linear one; but not those of labels alone.
    slow = method.quick and not method.needs_labels
    epochs = 12 if slow or method.reads == "features" else 4
    config = TrainConfig(epochs=epochs, batch_size=64, precision="32-true", device="cpu")
    history = taught(method, images[:512], config, labels=labels[:512], gamma=10.0)
    assert history[-1]["loss"] < 0.9 * history[0]["loss"]
    if not method.needs_labels:  # of those the loss above is nothing else
        assert history[-1]["classification"] < history[0]["classification"]


@every_method
def test_the_same_seed_gives_the_same_result(name, digits):
    images, labels = digits
    config = TrainConfig(epochs=2, batch_size=64, precision="32-true", device="cpu", seed=3)
    states = []
    for noise in (0, 99):  # whatever the caller drew before
        torch.manual_seed(noise)
        method = made(name, seed=3)
        taught(method, images[:256], config, labels=labels[:256], gamma=5.0)
        states.append(method.state_dict())
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    assert any(
        not torch.equal(a, b)
        for a, b in zip(
            made(name, seed=3).parameters(), made(name, seed=4).parameters(), strict=True
        )
    )


@every_untrained_variant
def test_without_training_only_fit_changes_anything(name, preset, digits, monkeypatch):
    images, labels = digits
    method = made(name, preset)
    before = [each.clone() for each in method.parameters()]
    after_fit = []

    def fit(self, data):
        assert not self.training
        assert not torch.is_grad_enabled()
        real(self, data)
        after_fit.append({key: value.clone() for key, value in self.state_dict().items()})

    cls = type(method)
    real = cls.fit
    monkeypatch.setattr(cls, "fit", fit)
    config = TrainConfig(epochs=3, batch_size=64, precision="bf16-mixed", device="cpu")
    assert taught(method, images[:300], config, labels=labels[:300], gamma=10.0) == []
    [fitted] = after_fit
    assert all(torch.equal(fitted[key], value) for key, value in method.state_dict().items())
    assert all(torch.equal(*pair) for pair in zip(before, method.parameters(), strict=True))
    longer = made(name, preset)
    taught(longer, images[:300], config.model_copy(update={"epochs": 9, "learning_rate": 0.5}))
    latents = encode(method, read_by(method, images), device="cpu")
    assert np.array_equal(latents, encode(longer, read_by(longer, images), device="cpu"))
    assert latents.std(axis=0).min() > 0


@every_variant
def test_encoding_is_deterministic_and_each_image_its_own(name, preset, digits):
    images = digits[0][:70]
    method = made(name, preset)
    if not method.trainable:
        taught(method, images, TrainConfig(device="cpu"))
    before = encode(method, read_by(method, images), device="cpu")
    assert before.dtype == np.float32
    assert np.array_equal(before, encode(method, read_by(method, images), device="cpu"))
    read = read_by(method, images)
    alone = np.concatenate([encode(method, read[i : i + 1], device="cpu") for i in range(5)])
    np.testing.assert_allclose(alone, before[:5], rtol=1e-4, atol=1e-5)


@every_variant
def test_state_round_trip(name, preset, digits, tmp_path):
    images, labels = digits[0][:64], digits[1][:64] % 4
    method = made(name, preset, classes=4)
    labelled_set = {"labels": labels, "gamma": 1.0} if method.needs_labels else {}
    config = TrainConfig(epochs=1, batch_size=16, precision="32-true", device="cpu")
    taught(method, images, config, **labelled_set)
    save_method(method, tmp_path)
    again = load_method(tmp_path)
    assert type(again) is type(method)
    assert (again.config, again.shape, again.classes) == (method.config, method.shape, 4)
    states = method.state_dict(), again.state_dict()
    assert list(states[0]) == list(states[1])
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    read = read_by(method, images)
    latents = encode(method, read, device="cpu")
    assert np.array_equal(latents, encode(again, read, device="cpu"))
    assert np.array_equal(classify(method, read, device="cpu"), classify(again, read, device="cpu"))
    shown = decode(method, latents[:3])
    if method.can_decode:
        assert shown.dtype == np.uint8
        assert shown.shape == (3, 8, 8, 1)
        assert np.array_equal(shown, decode(again, latents[:3]))
    record = json.loads((tmp_path / "method.json").read_text())
    assert (record["method"], record["classes"]) == (name, 4)


@every_method
def test_classes_can_be_added_and_learnt_rows_stay(name):
    method = made(name, classes=3)
    images = read_by(method, torch.rand(4, 1, 8, 8))
    before = method.eval().classify(images)
    method.set_classes(5)
    after = method.classify(images)
    assert after.shape == (4, 5)
    torch.testing.assert_close(after[:, :3], before)
    method.set_classes(2)
    torch.testing.assert_close(method.classify(images), before[:, :2])
    with pytest.raises(ValueError, match="classes must be at least 1, got 0"):
        method.set_classes(0)


@every_trained
def test_images_without_a_label_add_nothing_to_the_classification(name):
    """Neither by their label (there is none) nor by their weight."""
    given = batch()
    key = "loss" if registry.get(name).needs_labels else "classification"

    def term(labels, weights):
        method = ready(made(name), given.images).eval()
        torch.manual_seed(0)
        return method.loss(replace(given, labels=labels, weights=weights))[key]

    light, heavy = (
        torch.where(given.labels < 0, torch.tensor(weight), given.weights) for weight in (0.0, 1.0)
    )
    assert term(given.labels, light) == term(given.labels, heavy) > 0
    assert term(torch.full((6,), -1), given.weights) == 0


@every_method
def test_settings_have_help_and_bounds(name):
    cls = registry.get(name)
    assert cls.__doc__
    for key, field in cls.Config.model_fields.items():
        assert field.description, key
        if field.annotation in (int, float):
            assert field.metadata, f"{key} has no bounds"
    with pytest.raises(ValidationError, match="no_such_field"):
        registry.build(name, {"no_such_field": 1}, ImageShape(1, 8, 8), 2)


def test_the_catalogue_is_json():
    catalogue, marks = json.loads(json.dumps((registry.catalogue(), registry.references())))
    assert set(catalogue) == set(registry.names())
    assert sorted([*catalogue, *marks]) == NAMES
    assert all(entry["needs_labels"] for entry in marks.values())
    for entry in (catalogue | marks).values():
        facts = {"title", "doc", "schema", "presets", "defaults", "can_decode", "needs_labels"}
        facts |= {"size_field", "decoding", "trainable", "reads"}
        assert facts == set(entry)
        assert set(entry["defaults"]) == set(entry["schema"].get("properties", {}))
