"""Training and encoding on a CUDA device; skipped, with the reason, where there is none."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from labeller.config import TrainConfig
from labeller.methods import registry
from labeller.methods.base import ImageShape
from labeller.rounds.encode import classify, encode
from labeller.training import train

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device"),
]

IMAGES = (load_digits().images / 16 * 255).round().astype(np.uint8)[..., None]


def fresh():
    return registry.build("vae", {"beta": 0.08}, ImageShape(1, 8, 8), 10, seed=0)


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_the_loss_falls_on_the_gpu_as_on_the_cpu(precision):
    ends = {}
    for device in ("cuda", "cpu"):
        config = TrainConfig(epochs=6, batch_size=64, device=device, precision=precision)
        history = train(fresh(), IMAGES, config)
        assert history[-1]["loss"] < history[0]["loss"]
        ends[device] = history[-1]["loss"]
    assert ends["cuda"] == pytest.approx(ends["cpu"], rel=0.05)


def test_latents_and_chances_do_not_depend_on_the_device():
    method = fresh()
    on_gpu = encode(method, IMAGES, device="cuda")
    np.testing.assert_allclose(on_gpu, encode(method, IMAGES, device="cpu"), atol=1e-3)
    chances = classify(method, IMAGES, device="cuda")
    np.testing.assert_allclose(chances, classify(method, IMAGES, device="cpu"), atol=1e-3)


def test_a_compiled_training_gives_the_same_loss():
    plain = train(fresh(), IMAGES, TrainConfig(epochs=2, device="cuda", precision="32-true"))
    compiled = train(
        fresh(), IMAGES, TrainConfig(epochs=2, device="cuda", precision="32-true", compile=True)
    )
    assert compiled[-1]["loss"] == pytest.approx(plain[-1]["loss"], rel=0.02)
