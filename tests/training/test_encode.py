"""Encoding, decoding and classifying whole arrays."""

import numpy as np
import pytest
import torch

from labeller.events import Progress
from labeller.rounds.encode import classify, decode, encode


def test_encode_is_the_methods_encoding(small, monkeypatch):
    monkeypatch.setattr("labeller.rounds.encode.PIXELS_ON_CPU", 64 * 7)  # batches of 7 images
    method = small.method()
    events: list[Progress] = []
    latents = encode(method, small.images, device="cpu", report=events.append)
    pixels = torch.from_numpy(small.images).permute(0, 3, 1, 2) / 255
    with torch.no_grad():
        expected = method.encode(pixels).numpy()
    np.testing.assert_allclose(latents, expected, rtol=1e-4, atol=1e-6)
    assert latents.dtype == np.float32
    assert (events[-1].stage, events[-1].done, events[-1].total) == ("encode", 300, 300)
    assert len(events) == 43


def test_probabilities_sum_to_one(small):
    probabilities = classify(small.method(), small.images, device="cpu")
    assert probabilities.shape == (300, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_decoded_images_are_bytes(small):
    method = small.method()
    shown = decode(method, np.zeros((2, 6)))
    with torch.no_grad():
        expected = method.decode(torch.zeros(2, 6)).mul(255).round().permute(0, 2, 3, 1).numpy()
    np.testing.assert_array_equal(shown, expected.astype(np.uint8))


def test_the_mode_of_the_method_stays(small):
    method = small.method()
    for training in (True, False):
        method.train(training)
        encode(method, small.images[:2], device="cpu")
        decode(method, np.zeros((1, 6)))
        assert method.training == training


def test_no_images_and_wrong_images(small):
    assert encode(small.method(), small.images[:0], device="cpu").shape == (0, 6)
    with pytest.raises(ValueError, match=r"of shape \(N, 8, 8, 1\), .* got \(300, 8, 8\)"):
        encode(small.method(), small.images[..., 0], device="cpu")
