"""What runs on a CUDA device does as on a CPU; skipped, with the reason, where there is none."""

import math

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from labeller.config import TrainConfig
from labeller.evaluation.mlp import ARCHITECTURES, mlp_grid
from labeller.evaluation.probes import fit_linear, linear_probe
from labeller.methods import registry
from labeller.methods.base import ImageShape
from labeller.methods.loss_networks import SHIPPED, FilledLossNetwork, LossNetworkConfig
from labeller.methods.transforms.augmentation_lists import POLICIES, TRANSFORMS
from labeller.methods.transforms.augmentations import augment
from labeller.methods.transforms.views import view
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
    probabilities = classify(method, IMAGES, device="cuda")
    np.testing.assert_allclose(probabilities, classify(method, IMAGES, device="cpu"), atol=1e-3)


def test_a_compiled_training_gives_the_same_loss():
    plain = train(fresh(), IMAGES, TrainConfig(epochs=2, device="cuda", precision="32-true"))
    compiled = train(
        fresh(), IMAGES, TrainConfig(epochs=2, device="cuda", precision="32-true", compile=True)
    )
    assert compiled[-1]["loss"] == pytest.approx(plain[-1]["loss"], rel=0.02)


@pytest.fixture(scope="module")
def features():
    """Features and classes of digits, 600 to learn from and 300 to test."""
    pixels, targets = load_digits(return_X_y=True)
    return (pixels[:600], targets[:600]), (pixels[600:900], targets[600:900])


@pytest.fixture
def colours():
    """(12,3,32,32) images on the CUDA device."""
    return torch.rand(12, 3, 32, 32, generator=torch.Generator().manual_seed(0)).to("cuda")


@pytest.mark.parametrize("canvas", [None, 224])
@pytest.mark.parametrize("sigmoid", [False, True])
@pytest.mark.parametrize("weights", SHIPPED)
def test_a_loss_network_has_the_same_features_and_gradient(weights, sigmoid, canvas):
    network = FilledLossNetwork(
        LossNetworkConfig(loss_weights=weights), canvas=canvas, sigmoid=sigmoid
    )
    images = torch.rand(4, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    found = {}
    for device in ("cpu", "cuda"):
        leaf = images.to(device, copy=True).requires_grad_()
        seen = network.to(device)(leaf)
        seen.square().sum().backward()
        assert seen.device.type == leaf.grad.device.type == device
        found[device] = seen.detach().cpu(), leaf.grad.cpu()
    # Convolutions on CUDA may round their factors to ten bits (TF32), and a rounding may decide
    # which of two near values a max pooling passes the gradient on to.
    for ours, theirs, most in zip(found["cuda"], found["cpu"], (0.01, 0.1), strict=True):
        far = (ours - theirs).square().mean().sqrt() / theirs.square().mean().sqrt()
        assert far.item() < most


def test_a_linear_probe_finds_the_same_plane(features):
    (x, y), (u, v) = features
    ours, theirs = (fit_linear(x, y, device=device) for device in ("cuda", "cpu"))
    assert ours.weight.device.type == "cuda"
    torch.testing.assert_close(ours.weight.cpu(), theirs.weight, atol=0.02, rtol=0)
    assert (ours.predict(u) == theirs.predict(u)).mean() > 0.99
    scores = [linear_probe(x, y, u, v, device=device) for device in ("cuda", "cpu")]
    assert scores[0] == pytest.approx(scores[1], abs=0.01)


@pytest.mark.parametrize("kind", ["classes", "positions"])
def test_a_grid_of_small_networks_learns_the_same(features, kind):
    train_set, test_set = features
    if kind == "positions":
        train_set, test_set = ((x, x[:, 20:22]) for x, _ in (train_set, test_set))
    ours, theirs = (
        mlp_grid(train_set, test_set, epochs=20, device=device) for device in ("cuda", "cpu")
    )
    for sizes in ARCHITECTURES:
        assert ours.losses[sizes] == pytest.approx(theirs.losses[sizes], rel=0.05)
    assert ours.score == pytest.approx(theirs.score, rel=0.05)


@pytest.mark.parametrize("entries", [*(((name,),) for name in TRANSFORMS), *POLICIES.values()])
def test_augmented_images_stay_on_their_device(colours, entries):
    for images in (colours, colours.cpu(), colours):  # kornia's modules serve both in turn
        changed = augment(images, entries)
        assert (changed.device, changed.shape) == (images.device, images.shape)
        assert changed.dtype == torch.float32
        assert 0 <= changed.min() < changed.max() <= 1
        assert not torch.equal(changed, images)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("strength", ["none", "weak", "strong"])
def test_views_stay_on_their_device(colours, strength, channels):
    for images in (colours[:, :channels], colours[:, :channels].cpu(), colours[:, :channels]):
        with torch.autocast(images.device.type, torch.bfloat16):
            seen = view(images, strength, scale=0.5)
        assert (seen.device, seen.shape) == (images.device, (12, channels, 16, 16))
        assert seen.dtype == torch.float32
        assert 0 <= seen.min() < seen.max() <= 1


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
@pytest.mark.parametrize("name", ["pl-ae", "feature-prediction", "uic", "symmetric-dae", "dec"])
def test_an_epoch_of_each_method_has_a_finite_loss(name, precision):
    cls = registry.get(name)
    settings = {"width": 4} | cls.quick
    images = np.random.default_rng(0).integers(0, 256, (48, 32, 32, 3), np.uint8)
    method = registry.build(name, settings, ImageShape(3, 32, 32), 10, seed=0)
    config = TrainConfig(epochs=1, batch_size=16, device="cuda", precision=precision)
    [epoch] = train(method, images, config)
    assert all(math.isfinite(value) for value in epoch.values())
    assert {each.device.type for each in method.parameters()} == {"cuda"}
    assert np.isfinite(encode(method, images, device="cuda")).all()
