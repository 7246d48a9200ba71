"""Stems are trained, written in AlexNet's layers, and what ships says where it came from."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from safetensors.torch import load_file
from torch import nn

import models
from labeller.config import TrainConfig
from labeller.data.images import ImageStore
from labeller.data.ingest import ingest
from labeller.errors import DataError
from labeller.experiments.train_stem import _take_raw_pixels, train_stem
from labeller.methods.loss_networks import SHIPPED, FilledLossNetwork, LossNetworkConfig
from models.stem import StemClassifier

QUICK = TrainConfig(epochs=1, batch_size=16, device="cpu", precision="32-true")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """64 small colour pictures in two classes, 32 of them for tests."""
    folder = tmp_path_factory.mktemp("pictures")
    draw = np.random.default_rng(0)
    for split in ("train", "test"):
        for label in ("dark", "light"):
            place = folder / split / label
            place.mkdir(parents=True)
            for number in range(16):
                pixels = draw.integers(0, 128, (32, 32, 3)) + 127 * (label == "light")
                Image.fromarray(pixels.astype(np.uint8)).save(place / f"{number}.png")
    ingest(folder, folder / "store", size=32)
    return ImageStore(folder / "store")


@pytest.mark.parametrize("recipe", ["labels", "uic"])
def test_a_stem_is_trained_and_says_how(store, tmp_path, recipe):
    out = tmp_path / "stem.safetensors"
    record = train_stem(store, out, recipe=recipe, config=QUICK, limit=24, command="labeller ...")
    assert json.loads(out.with_suffix(".json").read_text()) == record
    assert (record["recipe"], record["command"]) == (recipe, "labeller ...")
    assert record["images"]["used"] == 24
    assert 0 <= record["probe_accuracy"] <= 1
    made = FilledLossNetwork(LossNetworkConfig(loss_weights=str(out)))
    made.fill()
    assert made(torch.rand(2, 3, 64, 64)).shape == (2, 192, 7, 7)
    again = train_stem(store, tmp_path / "again.safetensors", recipe=recipe, config=QUICK, limit=24)
    assert again["loss"] == record["loss"]
    assert (tmp_path / "again.safetensors").read_bytes() == out.read_bytes()


@pytest.mark.parametrize(("recipe", "same"), [("uic", True), ("labels", False)])
def test_only_the_stem_with_labels_depends_on_them(store, tmp_path, recipe, same):
    shutil.copytree(store.folder, tmp_path / "shuffled")
    file = tmp_path / "shuffled" / "targets.npy"
    np.save(file, np.random.default_rng(0).permutation(np.load(file)))
    assert not np.array_equal(np.load(file), np.load(store.folder / "targets.npy"))
    written = []
    for images in (store, ImageStore(tmp_path / "shuffled")):
        out = tmp_path / "stem.safetensors"
        train_stem(images, out, recipe=recipe, config=QUICK, limit=16)
        written.append(out.read_bytes())
    assert (written[0] == written[1]) == same


def test_labels_are_needed_for_labels(store, tmp_path):
    plain = ImageStore(store.folder)
    (plain.folder / "targets.npy").rename(tmp_path / "targets.npy")
    try:
        with pytest.raises(DataError, match="the recipe labels needs true classes"):
            train_stem(plain, tmp_path / "stem.safetensors", recipe="labels", config=QUICK)
    finally:
        (tmp_path / "targets.npy").rename(plain.folder / "targets.npy")


def test_the_stem_is_what_the_classifier_computes():
    network = StemClassifier(4).eval()
    with torch.no_grad():
        for norm in (network.first_norm, network.second_norm):
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.5, 2)
    images = torch.rand(2, 3, 64, 64)
    first = network.pool(network.first_norm(network.first(images)).relu())
    expected = network.second_norm(network.second(first)).relu()
    torch.testing.assert_close(network.stem()(images), expected, rtol=1e-4, atol=1e-4)
    with torch.device("meta"):
        alexnet = torchvision.models.alexnet().features[:5].state_dict()
    learnt = network.stem().state_dict()
    assert {key: value.shape for key, value in learnt.items()} == {
        key: value.shape for key, value in alexnet.items()
    }


def test_the_scale_of_pixels_goes_into_the_first_convolution():
    convolution = nn.Conv2d(3, 4, 3)
    images = torch.rand(2, 3, 8, 8)
    expected = convolution((images - 0.5) / 0.25)
    _take_raw_pixels(convolution)
    torch.testing.assert_close(convolution(images), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_says_where_it_came_from(name):
    file = Path(models.__path__[0]) / "weights" / SHIPPED[name]
    assert set(load_file(file)) == {"0.weight", "0.bias", "3.weight", "3.bias"}
    record = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    assert record["command"].startswith("labeller train-stem ")
    assert {"recipe", "images", "train", "probe_accuracy", "versions"} <= set(record)
    assert record["train"]["seed"] == 0
