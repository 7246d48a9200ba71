"""A method without training: one look at the images, reported, in one process, and repeatable."""

import pytest
import torch
from torch import nn

from labeller.config import Settings
from labeller.errors import JobCancelledError, TrainingError
from labeller.methods import registry
from labeller.methods.base import ImageShape, Method
from labeller.rounds.encode import encode


class Frozen(Method):
    """A network that somebody else has trained."""

    name, title, trainable, can_decode = "frozen", "Frozen", False, False

    def __init__(self, config, shape, classes):
        super().__init__(config, shape, classes)
        self.network = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 5))
        self.network.requires_grad_(False)
        self.head = nn.Linear(5, classes)

    def encode(self, images):
        return self.network(images)


def frozen(cls=Frozen):
    return cls(Settings(), ImageShape(1, 8, 8), 10)


def pca(**config):
    return registry.build("pca", {"latent": 6, **config}, ImageShape(1, 8, 8), 10)


def test_a_frozen_network_needs_nothing_and_stays_as_it_is(small):
    method = frozen()
    before = {key: value.clone() for key, value in method.state_dict().items()}
    assert small.train(method, labels=small.labels, gamma=1.0) == []
    assert all(torch.equal(before[key], value) for key, value in method.state_dict().items())
    assert not method.training
    assert encode(method, small.images, device="cpu").shape == (300, 5)


def test_what_would_train_a_frozen_network_says_what_to_set(small):
    class Forgotten(Frozen):
        trainable = True

        def loss(self, batch):
            return {"loss": self.network(batch.images).square().mean()}

    with pytest.raises(TrainingError, match=r"loss of frozen .* must set trainable = False"):
        small.train(frozen(Forgotten))


def test_progress_says_that_there_are_no_epochs(small, monkeypatch):
    monkeypatch.setattr("labeller.training.fitting.PERIOD", 0.0)
    events = []

    class Twice(Frozen):
        def fit(self, data):
            for _ in range(2):
                assert len(list(data.batches())) == 5

        def notice(self):
            return "something"

    small.train(frozen(Twice), report=events.append)
    assert {(event.stage, event.total, event.milestone) for event in events} == {
        ("fit", 300, False)
    }
    assert [event.done for event in events] == [0, *(2 * [64, 128, 192, 256, 300]), 300]
    words = "frozen is not trained: epochs have no effect"
    assert [event.message for event in events] == [words] * 6 + [f"pass 2, {words}"] * 6
    assert events[-1].notice == "something"


def test_a_fit_can_be_cancelled_and_done_again(small, tmp_path, monkeypatch):
    monkeypatch.setattr("labeller.training.fitting.PERIOD", 0.0)

    def stop(event):
        if event.done == 128:
            raise JobCancelledError("the job was cancelled")

    stopped, whole = pca(), pca()
    with pytest.raises(JobCancelledError):
        small.train(stopped, folder=tmp_path, report=stop)
    assert small.train(stopped, folder=tmp_path, resume=True) == []
    small.train(whole)
    assert torch.equal(stopped.components, whole.components)
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_of_an_earlier_training_is_not_left(small, tmp_path):
    small.train(small.method(), small.config(epochs=1), folder=tmp_path)
    assert list(tmp_path.iterdir())
    small.train(pca(), folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_several_devices_fit_as_one(small):
    alone, together = pca(), pca()
    small.train(alone)
    assert small.train(together, small.config(device="cpu:2")) == []
    assert torch.equal(alone.components, together.components)


def test_the_callers_random_numbers_stay_and_those_of_fit_are_seeded(small):
    class Drawing(Frozen):
        def fit(self, data):
            self.network[2].weight.copy_(torch.randn(5, 64))

    torch.manual_seed(5)
    expected = torch.rand(3)
    first, second, other = frozen(Drawing), frozen(Drawing), frozen(Drawing)
    torch.manual_seed(5)
    small.train(first)
    assert torch.equal(torch.rand(3), expected)
    small.train(second)
    small.train(other, small.config(seed=1))
    weights = [method.network[2].weight for method in (first, second, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_values_that_are_not_finite_are_an_error(small):
    class Broken(Frozen):
        def fit(self, data):
            self.network[2].bias.fill_(float("nan"))

    with pytest.raises(TrainingError, match=r"network\.2\.bias .* finite after frozen was fitted"):
        small.train(frozen(Broken))


def test_only_some_rows_are_seen_in_as_many_passes_as_it_takes(small):
    seen = []

    class Twice(Frozen):
        def fit(self, data):
            for _ in range(2):
                seen.append(torch.cat(list(data.batches())))
            seen.append(data.apply(lambda images: images))

    rows = [3, 7, 11, 19, 200]
    small.train(frozen(Twice), index=rows)
    expected = torch.from_numpy(small.images[rows]).permute(0, 3, 1, 2) / 255
    assert torch.equal(seen[0], seen[1])
    assert torch.equal(seen[2], expected)
    assert sorted(seen[0].sum((1, 2, 3)).tolist()) == sorted(expected.sum((1, 2, 3)).tolist())


def test_a_method_that_needs_labels_must_be_trained(forget):
    with pytest.raises(ValueError, match="taught needs labels and so must be trainable"):
        registry.register(type("Taught", (Frozen,), {"name": "taught", "needs_labels": True}))
