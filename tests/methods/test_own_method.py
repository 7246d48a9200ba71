"""The documented examples of a user's own method do what their page says."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from labeller import service
from labeller.config import TrainConfig
from labeller.jobs.worker import run_waiting
from labeller.methods import registry
from labeller.methods.base import ImageShape
from labeller.registry import load_file
from labeller.rounds.encode import decode, encode
from labeller.training import load_method, save_method, train
from tests.conftest import QUICK, label_all
from tests.support import export_classifier

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def examples(tmp_path):
    """The files of the page, somewhere outside the package."""
    page = (ROOT / "docs" / "own-method.md").read_text(encoding="utf-8")
    files = [tmp_path / "sparse.py", tmp_path / "frozen.py"]
    found = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    for file, code in zip(files, found, strict=True):
        file.write_text(code, encoding="utf-8")
    return files


@pytest.fixture
def example(examples):
    return examples[0]


def test_it_trains_encodes_and_decodes(example, forget, digits, tmp_path):
    assert load_file(example) == {"methods": ["sparse"]}
    method = registry.build("sparse", {"latent": 8}, ImageShape(1, 8, 8), 10)
    images, labels = digits
    config = TrainConfig(epochs=4, batch_size=64, device="cpu", precision="32-true")
    history = train(method, images[:512], config, labels=labels[:512], gamma=10.0)
    assert history[-1]["loss"] < 0.9 * history[0]["loss"]
    assert history[-1]["classification"] < history[0]["classification"]
    save_method(method, tmp_path / "model")
    again = load_method(tmp_path / "model")
    latents = encode(again, images[:5], device="cpu")
    assert np.array_equal(latents, encode(method, images[:5], device="cpu"))
    assert decode(again, latents).shape == (5, 8, 8, 1)


def test_a_round_is_asked_and_learnt_with_it(example, forget, tmp_path):
    load_file(example)
    store = service.open_store(tmp_path / "workspace")
    service.create_project(store, "d", "digits")
    service.train(store, "d", QUICK.model_copy(update={"method": "sparse"}))
    run_waiting(store)
    assert registry.catalogue()["sparse"]["presets"] == {"strict": {"penalty": 0.5}}
    label_all(store, "d")
    service.propagate(store, "d")
    service.retrain(store, "d")
    run_waiting(store)
    assert [job.state for job in service.jobs(store)] == ["done"] * len(service.jobs(store))
    store.close()


def test_a_network_of_ones_own_that_is_frozen_goes_all_the_way(
    examples, forget, tmp_path, monkeypatch
):
    monkeypatch.setenv("LABELLER_PLUGINS", str(examples[1]))
    store = service.open_store(tmp_path / "workspace")
    service.create_project(store, "d", "digits")
    service.train(store, "d", QUICK.model_copy(update={"method": "frozen"}))
    run_waiting(store)
    cls = registry.get("frozen")
    assert not cls.trainable
    for _ in range(2):
        label_all(store, "d")
        service.propagate(store, "d")
        service.retrain(store, "d")
        run_waiting(store)
    assert [job.error for job in service.jobs(store) if job.state != "done"] == []
    folder = export_classifier(store, "d", tmp_path / "classifier")
    exported = load_method(folder)
    built = registry.build("frozen", {}, exported.shape, exported.classes)
    pairs = zip(exported.network.parameters(), built.network.parameters(), strict=True)
    assert all(torch.equal(*pair) for pair in pairs), "as it was built"
    assert not torch.equal(exported.head.weight, built.head.weight)
    store.close()
