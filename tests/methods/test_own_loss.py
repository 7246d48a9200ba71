"""What a method minimises without any label falls; a new method is tested here unedited."""

import pytest
import torch

from labeller.methods import registry
from labeller.methods.base import Batch
from tests.methods.reading import features_of, read_by, shape_for
from tests.methods.whole import Whole

COUNT, STEPS, CLUSTERS = 16, 20, 4
# Of fields that a method may not have. Crops that keep little of 8x8 pixels can hardly be told.
SMALL = {"width": 16, "hidden": 64, "latent": 6, "clusters": CLUSTERS, "crop": 0.8}
TRAINED = [name for name in registry.names() if registry.get(name).trainable]
VARIANTS = [(name, preset) for name in TRAINED for preset in (None, *registry.get(name).presets)]


def made(name, preset):
    cls = registry.get(name)
    config = dict(cls.presets[preset]) if preset else {}
    config |= {key: value for key, value in SMALL.items() if key in cls.Config.model_fields}
    if config.get("network", "").startswith("resnet"):
        config["network"] = "small"  # the loss is the same, a step costs a tenth
    return registry.build(name, config | cls.quick, shape_for(cls, (1, 8, 8)), 10)


def measured(method, batch):
    """Means of all terms over a few draws of views and noise, the same in each call."""
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(5)
        drawn = [method.loss(batch) for _ in range(4)]
    return {key: sum(float(terms[key]) for terms in drawn) / 4 for key in drawn[0]}


@pytest.mark.parametrize(("name", "preset"), VARIANTS)
def test_the_loss_falls_on_digits_without_labels(name, preset, digits):
    """Within one epoch, so that labels which a method makes itself at its start stay."""
    images = torch.from_numpy(digits[0][:COUNT]).permute(0, 3, 1, 2) / 255
    method = made(name, preset)
    drawn = method.start_epoch(0, 1, Whole(read_by(method, images)))
    index = torch.arange(COUNT) if drawn is None else drawn
    batch = Batch(
        images[index],
        index,
        torch.full((COUNT,), -1),
        torch.ones(COUNT),
        gamma=0.0,
        features=features_of(images[index]),
    )
    method.train()
    optimiser = torch.optim.Adam(method.parameters(), 0.01)
    before = measured(method, batch)
    for _ in range(STEPS):
        optimiser.zero_grad()
        method.loss(batch)["loss"].backward()
        optimiser.step()
    after = measured(method, batch)
    assert after["loss"] < 0.9 * before["loss"]
    if "agreement" in after:  # with pseudo-labels; guessing agrees with one in four
        assert after["agreement"] > before["agreement"] + 0.1
        assert after["agreement"] > 1.5 / CLUSTERS
