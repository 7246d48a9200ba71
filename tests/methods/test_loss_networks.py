"""Where the weights of a loss network come from, and what is said where there are none."""

import logging
from urllib.error import URLError

import pytest
import torch
import torchvision
from pydantic import ValidationError
from safetensors.torch import load_file, save_file

import models
from labeller.config import TrainConfig
from labeller.errors import NotFoundError, StateError
from labeller.methods import registry
from labeller.methods.base import ImageShape
from labeller.methods.loss_networks import SHIPPED, STEM, FilledLossNetwork, LossNetworkConfig
from labeller.rounds.encode import encode
from labeller.training import load_method, save_method, train
from models.loss_network import first_layers


def shipped(name):
    return load_file(f"{models.__path__[0]}/weights/{SHIPPED[name]}")


def network(**changes):
    made = FilledLossNetwork(LossNetworkConfig(**changes))
    made.fill()
    return made


@pytest.mark.parametrize("name", SHIPPED)
def test_the_stems_that_ship(name):
    made = network(loss_weights=name)
    assert made.features(3, 64, 64) == (192, 7, 7)
    for key, value in shipped(name).items():
        assert torch.equal(made.layers.state_dict()[key], value)
        assert torch.isfinite(value).all()


def test_fewer_layers_take_their_part_of_the_stem():
    made = network(loss_layers=2)
    assert torch.equal(made.layers[0].weight, shipped(STEM)["0.weight"])
    assert made.features(3, 64, 64) == (64, 15, 15)


@pytest.mark.parametrize("suffix", ["safetensors", "pth"])
def test_weights_of_a_file(tmp_path, suffix):
    """Also one in torchvision's names, which say `features` and go further than we do."""
    weights = {f"features.{key}": value + 1 for key, value in shipped(STEM).items()}
    file = tmp_path / f"weights.{suffix}"
    (save_file if suffix == "safetensors" else torch.save)(weights, file)
    made = network(loss_weights=str(file))
    assert torch.equal(made.layers[3].bias, shipped(STEM)["3.bias"] + 1)


def test_files_that_do_not_fit(tmp_path):
    with pytest.raises(
        NotFoundError, match=r"no loss weights .*missing\.pth: loss_weights must be"
    ):
        network(loss_weights=str(tmp_path / "missing.pth"))
    (tmp_path / "text.safetensors").write_text("hello")
    with pytest.raises(StateError, match=r"text\.safetensors cannot be read"):
        network(loss_weights=str(tmp_path / "text.safetensors"))
    (tmp_path / "text.pth").write_text("hello")
    with pytest.raises(StateError, match=r"text\.pth"):
        network(loss_weights=str(tmp_path / "text.pth"))
    save_file({"0.weight": torch.zeros(2, 2)}, tmp_path / "small.safetensors")
    with pytest.raises(StateError, match=r"tensor 0\.weight of shape \(64, 3, 11, 11\)"):
        network(loss_weights=str(tmp_path / "small.safetensors"))


def test_settings_that_do_not_fit_each_other():
    with pytest.raises(ValidationError, match="choose torchvision or a file for 5 of vgg16"):
        LossNetworkConfig(loss_network="vgg16")
    with pytest.raises(ValidationError, match="choose torchvision or a file for 8 of alexnet"):
        LossNetworkConfig(loss_layers=8)
    with pytest.raises(ValidationError, match="alexnet must be between 1 and 13, got 20"):
        LossNetworkConfig(loss_layers=20, loss_weights="torchvision")


@pytest.fixture
def offline(monkeypatch):
    """torchvision's downloads fail, as without a network."""

    def fail(self, *_, **__):
        raise URLError("no route to host")

    monkeypatch.setattr(torchvision.models.AlexNet_Weights, "get_state_dict", fail)
    monkeypatch.setattr(torchvision.models.VGG16_Weights, "get_state_dict", fail)


def test_without_a_network_the_stem_is_used_and_said(offline, caplog):
    with caplog.at_level(logging.WARNING):
        made = network(loss_weights="torchvision")
    assert "cannot be downloaded" in caplog.text
    assert "the stem that ships with labeller is used instead" in caplog.text
    assert torch.equal(made.layers[0].weight, shipped(STEM)["0.weight"])


@pytest.mark.parametrize("name", ["pl-ae", "feature-prediction"])
def test_a_method_records_the_weights_that_it_really_has(offline, name, digits, tmp_path):
    config = {"loss_weights": "torchvision", "width": 4, "latent": 4}
    config |= {"loss": "fp", "hidden": 8} if name == "feature-prediction" else {}
    method = registry.build(name, config, ImageShape(1, 8, 8), 2)
    given = TrainConfig(epochs=1, batch_size=8, device="cpu")
    events = []
    train(method, digits[0][:16], given, folder=tmp_path / "run", report=events.append)
    assert "could not be downloaded" in events[-1].notice
    assert method.config.loss_weights == STEM
    save_method(method, tmp_path / "model")
    assert load_method(tmp_path / "model").config.loss_weights == STEM
    resumed = registry.build(name, config, ImageShape(1, 8, 8), 2)
    longer = given.model_copy(update={"epochs": 2})
    train(resumed, digits[0][:16], longer, folder=tmp_path / "run", resume=True)
    assert resumed.config.loss_weights == STEM, "the checkpoint says whose weights it has"


def test_without_a_network_and_without_a_stem_that_fits(offline):
    with pytest.raises(NotFoundError, match=r"vgg16 are not here .* give the path of a file"):
        network(loss_network="vgg16", loss_weights="torchvision")


def test_torchvisions_weights(monkeypatch):
    """As they arrive: all layers of the network, in torchvision's names."""
    weights = {
        f"features.{key}": torch.randn_like(value)
        for key, value in first_layers("vgg16", 31).state_dict().items()
    } | {"classifier.0.weight": torch.zeros(1)}
    monkeypatch.setattr(
        torchvision.models.VGG16_Weights, "get_state_dict", lambda *_, **__: weights
    )
    made = network(loss_network="vgg16", loss_layers=9, loss_weights="torchvision")
    assert torch.equal(made.layers[7].weight, weights["features.7.weight"])


def test_a_saved_method_needs_no_file(tmp_path, digits):
    save_file(shipped(STEM), tmp_path / "mine.safetensors")
    config = {
        "encodes": "features",
        "hidden": 8,
        "loss_weights": str(tmp_path / "mine.safetensors"),
    }
    method = registry.build("feature-prediction", config, ImageShape(1, 8, 8), 2)
    expected = encode(method, digits[0][:3], device="cpu")
    save_method(method, tmp_path / "model")
    (tmp_path / "mine.safetensors").unlink()
    again = load_method(tmp_path / "model")
    assert (encode(again, digits[0][:3], device="cpu") == expected).all()
