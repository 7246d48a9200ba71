"""The six procedures compute what their names say."""

import pytest
import torch

from labeller.methods import registry
from labeller.methods.base import Batch, ImageShape
from labeller.methods.losses import kl_to_standard_normal

PRESETS = registry.get("feature-prediction").presets


def built(preset, **changes):
    config = PRESETS[preset] | {"width": 4, "hidden": 16, "latent": 8, **changes}
    return registry.build("feature-prediction", config, ImageShape(3, 64, 64), 2)


def loss(method, images):
    nothing = torch.full((len(images),), -1)
    return method.loss(Batch(images, nothing, nothing, torch.ones(len(images))))


@pytest.mark.parametrize("preset", PRESETS)
def test_the_loss_is_that_of_the_paper(preset):
    method, images = built(preset), torch.rand(3, 3, 64, 64)
    reads, gives, kind = preset.split("-")
    features = images
    if preset != "i-i-pw":
        method.features.fill()
        features = method.features.layers(images).sigmoid()
        assert features.shape == (3, 192, 7, 7)
    z = method.encoder(images if reads == "i" else features.flatten(1))
    out = method.decoder(z).sigmoid()
    expected = {
        "pw": lambda: (out - images).square(),
        "ps": lambda: (method.features.layers(out).sigmoid() - features).square(),
        "fp": lambda: (out - features.flatten(1)).square(),
    }[kind]().sum() / 3
    assert method.can_decode == (gives == "i")
    torch.testing.assert_close(loss(method, images)["loss"], expected, rtol=1e-4, atol=1e-4)


def test_variational():
    method, images = built("i-f-fp", variational=True, beta=2.0), torch.rand(3, 3, 64, 64)
    mean, log_variance = method.encoder(images).chunk(2, dim=1)
    terms = loss(method, images)
    torch.testing.assert_close(terms["kl"], kl_to_standard_normal(mean, log_variance))
    torch.testing.assert_close(terms["loss"], terms["reconstruction"] + 2 * terms["kl"])
    assert method.encode(images).shape == (3, 8)
    assert loss(method, images)["loss"] != loss(method, images)["loss"]  # z is drawn anew


def test_without_a_sigmoid_features_are_predicted_as_they_are():
    method = built("i-f-fp", sigmoid=False)
    images = torch.rand(2, 3, 64, 64)
    method.features.fill()
    wanted = method.features.layers(images).flatten(1)
    expected = (method.decoder(method.encoder(images)) - wanted).square().sum() / 2
    torch.testing.assert_close(loss(method, images)["loss"], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("preset", [name for name in PRESETS if name.startswith("i-")])
def test_the_layers_are_those_of_the_encoder(preset):
    """The loss network has no part in `encode`, so that its convolutions are no layers of ours."""
    method, images = built(preset).eval(), torch.rand(2, 3, 64, 64)
    channels = [values.shape[1] for values in method.layers(images).values()]
    assert channels == [4, 8, 16, 32]
