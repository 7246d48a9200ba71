"""A method that reads features gets them everywhere, each with its own image."""

import numpy as np
import pytest
import torch
from torch import nn

from labeller.config import TrainConfig
from labeller.errors import NeedsEncoderError
from labeller.methods import registry
from labeller.methods.base import ImageShape, Method
from labeller.rounds.encode import classify, encode
from labeller.training import train
from labeller.training.batches import TrainingSet, open_batches

COUNT, LENGTH = 60, 5
CPU = torch.device("cpu")
CONFIG = TrainConfig(epochs=2, batch_size=8, precision="32-true", device="cpu")


class Reader(Method):
    """Draws the mean grey of an image from its features, and notes what it saw."""

    name, title, reads = "reader", "Reader", "features"

    def __init__(self, config, shape, classes):
        super().__init__(config, shape, classes)
        self.layer = nn.Linear(shape.features, 1)
        self.head = nn.Linear(1, classes)
        self.seen = []

    def start_epoch(self, epoch, epochs, data):
        self.whole = data.apply(lambda features: features)
        self.parts = list(data.batches())

    def loss(self, batch):
        self.seen.append((batch.index, batch.images, batch.features))
        grey = batch.images.mean((1, 2, 3))[:, None]
        return {"loss": (self.encode(batch.features) - grey).square().mean()}

    def encode(self, features):
        return self.layer(features)


class Plain(Reader):
    """The same of images: it never sees features."""

    name, reads = "plain", "images"

    def __init__(self, config, shape, classes):
        super().__init__(config, ImageShape(1, 8, 8, 64), classes)

    def encode(self, images):
        return self.layer(images.flatten(1))

    def loss(self, batch):
        assert batch.features is None
        return {"loss": self.encode(batch.images).square().mean()}


def made(features=LENGTH, cls=Reader):
    return cls(cls.Config(), ImageShape(1, 8, 8, features), 3)


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (COUNT, 8, 8, 1), dtype=np.uint8)


@pytest.fixture
def features(images, tmp_path):
    """(N,F) float16 in a file: the first number is the mean of the image."""
    values = np.random.default_rng(1).random((COUNT, LENGTH)).astype(np.float16)
    values[:, 0] = images.mean((1, 2, 3)) / 255
    np.save(tmp_path / "features.npy", values)
    return np.load(tmp_path / "features.npy", mmap_mode="r")


@pytest.mark.parametrize("resident", [True, False])
def test_each_image_comes_with_its_own_features(images, features, resident):
    rows = np.arange(COUNT)[::-2].copy()
    n = len(rows)
    data = TrainingSet(images, rows, np.full(n, -1), np.ones(n, np.float32), features=features)
    assert data.row_bytes == 64 + 2 * LENGTH
    opened = open_batches(data, CPU, 8, resident=resident)
    for batch in opened.epoch(seed=1):
        assert batch.features.dtype == torch.float32
        np.testing.assert_array_equal(batch.features, features[rows[batch.index]])
        np.testing.assert_allclose(
            batch.features[:, 0], batch.images.mean((1, 2, 3)), atol=1e-3, rtol=0
        )
    for index, values in opened.everything(seed=1):
        np.testing.assert_array_equal(values, features[rows[index]])


def test_training_hands_features_to_the_loss_and_to_looks_at_all(images, features):
    method, rows = made(), np.arange(10, 50)
    train(method, images, CONFIG, index=rows, features=features)
    for index, shown, read in method.seen:
        assert shown.shape[1:] == (1, 8, 8)
        np.testing.assert_array_equal(read, features[rows[index]])
    np.testing.assert_array_equal(method.whole, features[rows])
    assert sum(len(part) for part in method.parts) == len(rows)
    assert method.parts[0].shape[1:] == (LENGTH,)


@pytest.mark.slow
def test_two_processes_share_features(images, features):
    """From a file and from memory: each sees its own half of every batch."""
    losses = []
    for given in (features, np.array(features)):
        settings = {"width": 8, "latent": 4}
        method = registry.build("feature-autoencoder", settings, ImageShape(1, 8, 8, LENGTH), 3)
        two = CONFIG.model_copy(update={"device": "cpu:2"})
        losses.append(train(method, images, two, features=given)[-1]["loss"])
        np.testing.assert_allclose(method.mean, np.mean(features, 0, np.float32), atol=0.1)
    assert losses[0] == losses[1]


def test_validation_holds_out_features_too(images, features):
    config = CONFIG.model_copy(update={"validation": 0.2})
    history = train(made(), images, config, features=features)
    assert all(np.isfinite(record["validation_loss"]) for record in history)


def test_encode_and_classify_take_features(features, monkeypatch):
    monkeypatch.setattr("labeller.rounds.encode.PIXELS_ON_CPU", 7 * LENGTH)  # batches of 7
    events, method = [], made()
    latents = encode(method, features, device="cpu", report=events.append)
    expected = method.layer(torch.from_numpy(features.astype(np.float32))).detach()
    np.testing.assert_allclose(latents, expected, rtol=1e-5)
    assert len(events) == 9
    assert classify(method, features, device="cpu").shape == (COUNT, 3)
    with pytest.raises(ValueError, match=r"features must be of shape \(N, 5\), .* got \(60, 4\)"):
        encode(method, features[:, :4], device="cpu")


def test_a_method_that_reads_images_sees_no_features(images, features):
    train(made(cls=Plain), images, CONFIG, features=features)


def test_without_an_encoder_it_says_what_is_missing(images, features):
    with pytest.raises(NeedsEncoderError, match="reader needs an encoder"):
        made(features=0)
    with pytest.raises(NeedsEncoderError, match="reader needs an encoder"):
        train(made(), images, CONFIG)
    for wrong in (features[1:], features[:, 1:]):
        with pytest.raises(ValueError, match=r"features must be of shape \(60, 5\)"):
            train(made(), images, CONFIG, features=wrong)
    with pytest.raises(ValueError, match="features must be 0"):
        ImageShape(1, 8, 8, -1)
