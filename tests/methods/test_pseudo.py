"""Pseudo-labels: where they come from, how classes are balanced, what a resume keeps."""

import numpy as np
import pytest
import torch

from labeller.config import TrainConfig
from labeller.errors import JobCancelledError
from labeller.evaluation.scores import nmi
from labeller.methods import pseudo, registry
from labeller.methods.base import Batch, ImageShape
from labeller.methods.pseudo import draw_balanced, fill_empty
from labeller.methods.uic import UIC
from labeller.rounds.encode import encode
from labeller.training import train
from labeller.training.batches import epoch_seed
from tests.methods.whole import started

SMALL = {"clusters": 6, "width": 4, "hidden": 16, "flip": False}


def made(name="uic", seed=0, **changes):
    return registry.build(name, {**SMALL, **changes}, ImageShape(1, 8, 8), 10, seed=seed)


def settings(**changes):
    given = {"epochs": 3, "batch_size": 32, "precision": "32-true", "device": "cpu", **changes}
    return TrainConfig(**given)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_an_empty_class_gets_half_of_the_largest():
    labels = torch.tensor([0, 0, 0, 0, 0, 0, 2, 2])
    filled = fill_empty(labels, 4, generator())
    assert torch.bincount(filled, minlength=4).tolist() == [2, 3, 2, 1]
    assert torch.equal(filled[6:], labels[6:])
    assert not torch.equal(filled, fill_empty(labels, 4, generator(1)))


def test_many_empty_classes_each_get_half_of_the_largest_then():
    filled = fill_empty(torch.zeros(64, dtype=torch.int64), 9, generator())
    assert torch.bincount(filled, minlength=9).tolist() == [4, 8, 8, 8, 8, 8, 8, 8, 4]


def test_full_classes_stay_and_few_images_leave_some_empty():
    labels = torch.tensor([0, 1, 2, 0])
    assert torch.equal(fill_empty(labels, 3, generator()), labels)
    few = fill_empty(torch.zeros(3, dtype=torch.int64), 9, generator())
    assert sorted(few.tolist()) == [0, 1, 2]


def test_each_class_is_drawn_equally_often():
    labels = torch.tensor([0] * 50 + [1] * 5 + [3] * 5)
    drawn = draw_balanced(labels, generator())
    assert len(drawn) == 60
    assert torch.bincount(labels[drawn]).tolist() == [20, 20, 0, 20]
    small = drawn[labels[drawn] == 1]
    assert torch.bincount(small)[50:55].tolist() == [4] * 5  # each image of a small class again
    assert len(drawn[labels[drawn] == 0].unique()) == 20  # of a large class none twice
    assert not torch.equal(drawn, draw_balanced(labels, generator(1)))


def test_the_labels_of_an_epoch_are_the_outputs_of_the_one_before(digits, monkeypatch):
    """Fig. 1: kept by index from the training's own forward passes, under the views of these."""
    outputs, wanted = {}, []
    loss, relabel = UIC.loss, UIC.relabel

    def watched(self, batch):
        terms = loss(self, batch)
        outputs.update(zip(batch.index.tolist(), self._seen[batch.index].tolist(), strict=True))
        return terms

    def asked(self, epoch, epochs, data):
        labels = relabel(self, epoch, epochs, data)
        wanted.append((labels.clone(), dict(outputs)))
        outputs.clear()
        return labels

    monkeypatch.setattr(UIC, "loss", watched)
    monkeypatch.setattr(UIC, "relabel", asked)
    train(made(), digits[0][:120], settings())
    assert len(wanted) == 3
    for labels, before in wanted[1:]:
        assert len(before) > 60
        assert all(labels[image] == output for image, output in before.items())


def test_fixed_labels_are_those_of_a_clean_pass(digits):
    images = digits[0][:120]
    method = made(fixed_epochs=3)
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2) / 255
    start = method.eval().pseudo_logits(pixels).argmax(1)
    train(method, images, settings(epochs=3))
    assert torch.equal(method.pseudo, fill_empty(start, 6, generator(epoch_seed(0, "method", 0))))


def test_a_pass_over_views_and_one_over_clean_images_differ_in_the_view_alone(digits, monkeypatch):
    """Table 3: with views that change nothing, both are the same training to the bit."""
    monkeypatch.setattr(UIC, "view", lambda self, images: images)
    modes, logits = [], UIC.pseudo_logits

    def watched(self, images):
        modes.append(self.training)
        return logits(self, images)

    monkeypatch.setattr(UIC, "pseudo_logits", watched)
    states = []
    for labels in ("pass", "clean"):
        modes.clear()
        method = made(labels=labels, dropout=0.5)
        train(method, digits[0][:60], settings())
        states.append(method.state_dict())
        assert modes == [True] * 2 + [False] * 4  # two batches; at inference from epoch 2 on
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


class CancelAt:
    """A `report` that cancels at the milestone of an epoch."""

    def __init__(self, epoch):
        self.epoch = epoch

    def __call__(self, event):
        if event.done == self.epoch and event.milestone:
            raise JobCancelledError("the job was cancelled")


@pytest.mark.parametrize("name", ["uic", "deepcluster"])
def test_resumed_is_the_same_to_the_bit(digits, tmp_path, name):
    images = digits[0][:120]
    straight, resumed = made(name), made(name, seed=5)
    expected = train(straight, images, settings())
    with pytest.raises(JobCancelledError):
        train(made(name), images, settings(), folder=tmp_path, report=CancelAt(2))
    history = train(resumed, images, settings(), folder=tmp_path, resume=True)
    assert [r["loss"] for r in history] == [r["loss"] for r in expected]
    states = straight.state_dict(), resumed.state_dict()
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


def test_another_training_starts_with_labels_of_its_own_images(digits):
    method = made()
    train(method, digits[0][:120], settings(epochs=1))
    train(method, digits[0], settings(epochs=1), index=np.arange(200, 290))
    assert method.pseudo.shape == (90,)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["uic", "deepcluster"])
def test_two_processes_agree_on_the_labels(digits, name, tmp_path):
    images = digits[0][:200]
    method = made(name)
    history = train(method, images, settings(device="cpu:2", epochs=2), folder=tmp_path)
    assert len(history) == 2
    assert method.pseudo.shape == (200,)
    assert method.pseudo.min() >= 0
    assert 1 < len(method.pseudo.unique()) <= 6
    alone = train(made(name), images, settings(epochs=2))
    assert history[-1]["loss"] == pytest.approx(alone[-1]["loss"], rel=0.5)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["uic", "deepcluster"])
def test_its_classes_tell_the_digits_apart(digits, name):
    images, targets = digits
    method = made(name, clusters=30, width=16, hidden=64, crop=0.5)
    before = _classes(method, images)
    train(method, images, settings(epochs=20, batch_size=64))
    assert nmi(_classes(method, images), targets) > nmi(before, targets) + 0.1


def _classes(method, images):
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2) / 255
    with torch.inference_mode():
        return method.eval().pseudo_logits(pixels).argmax(1).numpy()


def test_layers_and_sobel_input():
    method = registry.build("uic", {**SMALL, "sobel": True}, ImageShape(3, 16, 16), 2).eval()
    images = torch.rand(2, 3, 16, 16)
    layers = method.layers(images)
    assert list(layers) == ["conv1", "conv2", "conv3", "conv4"]
    assert layers["conv4"].shape == (2, 16, 4, 4)
    grey = images.mean(1, keepdim=True).expand(-1, 3, -1, -1)
    torch.testing.assert_close(method.encode(images), method.encode(grey))  # no colour is left
    assert encode(method, np.zeros((2, 16, 16, 3), np.uint8), device="cpu").shape == (2, 16)


@pytest.mark.parametrize(
    ("name", "changes"), [("uic", {}), ("uic", {"labels": "clean"}), ("deepcluster", {})]
)
def test_it_learns_from_views_smaller_than_the_images(name, changes):
    """And makes its labels at that size, which is the one that the network knows."""
    given = {**SMALL, **changes, "view_scale": 0.5}
    method = registry.build(name, given, ImageShape(3, 32, 32), 2)
    seen = []
    method.backbone.register_forward_pre_hook(lambda _, given: seen.append(given[0].shape[-1]))
    images = torch.randint(0, 256, (40, 32, 32, 3), dtype=torch.uint8).numpy()
    train(method, images, settings(epochs=2))
    assert set(seen) == {16}
    seen.clear()
    encode(method, images, device="cpu")
    assert set(seen) == {32}  # an image is encoded as it is


def test_outside_of_a_training_the_labels_are_those_of_the_batch():
    method = made()
    given = Batch(torch.rand(8, 1, 8, 8), torch.arange(8), torch.full((8,), -1), torch.ones(8))
    assert torch.isfinite(method.loss(given)["loss"])
    assert method.pseudo.shape == (0,)


@pytest.mark.parametrize("name", ["uic", "deepcluster", "dec"])
def test_after_a_training_other_images_have_a_loss(name, digits):
    changes = {"clusters": 4, "latent": 4} if name == "dec" else SMALL
    method = registry.build(name, changes, ImageShape(1, 8, 8), 10)
    train(method, digits[0][:40], settings())
    index = torch.arange(100, 108)  # of images that were no part of the training
    given = Batch(torch.rand(8, 1, 8, 8), index, torch.full((8,), -1), torch.ones(8))
    assert torch.isfinite(method.loss(given)["loss"])


@pytest.mark.parametrize("network", ["small", "resnet18"])
def test_a_last_image_alone_is_labelled_with_the_batch_before(network, digits):
    method = made(network=network)
    train(method, digits[0][:33], settings(epochs=1))
    assert method.pseudo.shape == (33,)


@pytest.mark.parametrize(
    ("channels", "flip", "mirrored"),
    [(1, "auto", False), (3, "auto", True), (1, "yes", True), (3, False, False), (1, True, True)],
)
def test_grey_images_are_not_mirrored_unless_asked(channels, flip, mirrored, monkeypatch):
    given = []
    monkeypatch.setattr(pseudo, "view", lambda images, *_, flip, **__: given.append(flip) or images)
    method = registry.build("uic", {**SMALL, "flip": flip}, ImageShape(channels, 8, 8), 10)
    method.view(torch.rand(2, channels, 8, 8))
    assert given == [mirrored]


@pytest.mark.parametrize("name", ["uic", "deepcluster"])
def test_eq_6_is_the_cross_entropy_of_the_stored_labels(name, monkeypatch):
    """By hand; views change nothing, and a batch is found by its index among all images."""
    method = made(name)
    monkeypatch.setattr(type(method), "view", lambda self, images: images)
    images = torch.rand(40, 1, 8, 8)
    started(method, images).eval()
    index = torch.tensor([31, 4, 4, 17, 0, 25, 39])
    batch = Batch(images[index], index, torch.full((7,), 3), torch.rand(7))
    method.pseudo_head.weight.data *= 50  # or all classes are about as likely
    features = method.encode(images).detach().numpy().astype(np.float64)
    weight, bias = (value.detach().numpy() for value in method.pseudo_head.parameters())
    logits = features @ weight.T + bias
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = method.pseudo.numpy()
    assert len(set(labels[index].tolist())) > 2
    expected = -np.mean([np.log(probabilities[n, labels[n]]) for n in index])
    terms = method.loss(batch)
    assert set(terms) == {"loss", "agreement"}
    assert terms["loss"].item() == pytest.approx(expected, rel=1e-4)
    agree = probabilities.argmax(1)[index] == labels[index]
    assert terms["agreement"].item() == pytest.approx(agree.mean())
