"""An encoder's features as they are, by layer."""

import pytest
import torch

from labeller.methods import registry
from labeller.methods.base import ImageShape

SHAPE = ImageShape(1, 8, 8, features=5)
FEATURES = torch.tensor([[3.0, 4.0, 0.0, 6.0, 8.0], [1.0, 0.0, 0.0, 0.0, 0.0]])


def encoded(**config):
    return registry.build("frozen-features", config, SHAPE, 3).encode(FEATURES)


def test_every_layer_is_of_length_one():
    by_hand = torch.tensor([[0.6, 0.8, 0, 0.6, 0.8], [1, 0, 0, 0, 0]])
    torch.testing.assert_close(encoded(parts=(2, 3)), by_hand)
    torch.testing.assert_close(encoded(), FEATURES / FEATURES.norm(dim=1, keepdim=True))


def test_the_last_layer_alone():
    method = registry.build("frozen-features", {"layers": "last", "parts": (2, 3)}, SHAPE, 3)
    expected = torch.tensor([[0, 0.6, 0.8], [0, 0, 0]])
    torch.testing.assert_close(method.encode(FEATURES), expected)
    assert method.classify(FEATURES).shape == (2, 3)


def test_parts_are_all_of_the_features():
    with pytest.raises(ValueError, match="parts must have 5 features together, got 4"):
        encoded(parts=(2, 2))


def test_methods_that_take_features_by_layer_are_known():
    found = [name for name in registry.everything() if registry.has_parts(name)]
    assert found == ["frozen-features", "linear-student"]
