"""A whole round with methods that draw nothing and with others that do, from training to training.

The neighbours of this file know only the variational autoencoder, which decodes.
"""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from labeller import service
from labeller.config import ClusterConfig
from labeller.jobs.worker import run_waiting
from labeller.methods import registry
from labeller.rounds.answer import Answer
from labeller.rounds.encode import decode
from labeller.training import load_method
from tests.conftest import QUICK, label_all

COUNT, TRAIN = 120, 100
FAST = {"epochs": 4, "batch_size": 8, "learning_rate": 0.01}  # so that centres look different
METHODS = {
    "symmetric-dae@width=4": False,
    "uic@width=4@hidden=16@clusters=10": False,
    "feature-prediction:i-f-fp@latent=8": False,
    "pl-ae": True,
    "dec@width=4@hidden=16": True,
}


def config_of(text):
    chosen = registry.changes(text)
    settings = {**chosen["method_config"], **registry.get(chosen["method"]).quick}
    return QUICK.model_copy(
        update={
            "method": chosen["method"],
            "method_config": settings,
            "train": QUICK.train.model_copy(update=FAST),
            "retrain": QUICK.retrain.model_copy(update={"epochs": 1}),
            "cluster": ClusterConfig(algorithm="kmeans", clusters=4),
        }
    )


@pytest.fixture(params=METHODS)
def asked(request, tmp_path):
    """A project of a few digits, its first round open, and whether its method decodes."""
    pixels, targets = load_digits(return_X_y=True)
    images = (pixels[:COUNT].reshape(-1, 8, 8) * 15).astype(np.uint8)
    split = np.where(np.arange(COUNT) < TRAIN, "train", "test")
    np.savez(tmp_path / "few.npz", images=images, labels=targets[:COUNT], split=split)
    store = service.open_store(tmp_path / "workspace")
    service.create_project(store, "few", str(tmp_path / "few.npz"))
    service.train(store, "few", config_of(request.param))
    run(store)
    yield store, METHODS[request.param]
    store.close()


def run(store):
    run_waiting(store)
    assert [job.error for job in service.jobs(store) if job.state != "done"] == []


def check_pictures(store, decodes, model):
    """Each card shows members; its portrait is the decoded mean of them all, or else a medoid."""
    folder = store.project_folder(service.project(store, "few").id)
    method, latents = load_method(folder.model(model)), np.load(folder.model(model) / "latents.npy")
    portraits = {node: picture for node, picture, _ in service.centres(store, "few")[-1][1]}
    for card in service.cards(store, "few"):
        members = card.members
        assert {card.medoid, *card.near, *card.random, *card.far} <= set(members.tolist())
        if decodes:
            expected = decode(method, latents[members].mean(axis=0)[None])[0]
            assert np.abs(card.centre.astype(int) - expected).max() <= 1
        else:
            assert card.centre is None
            expected = service.images(store, "few", [card.medoid])[0]
        assert np.abs(portraits[card.node].astype(int) - expected).max() <= 1
    faces = np.stack(list(portraits.values())).astype(int)
    assert np.ptp(faces, axis=0).max() > 2, "clusters look different"


def test_a_round_is_asked_answered_and_learnt_with_every_kind_of_method(asked):
    store, decodes = asked
    cards = service.cards(store, "few")
    assert sum(card.size for card in cards) == TRAIN
    check_pictures(store, decodes, model=1)

    largest = max(cards, key=lambda card: card.size)
    members = largest.members
    service.answer(store, "few", largest.node, Answer("label", 3))
    found = service.preview(store, "few")
    assert np.flatnonzero(found.labels == 3).tolist() == sorted(members.tolist())
    assert (found.labels >= 0).sum() == len(members)
    assert found.weights[members].min() > 0

    service.answer(store, "few", largest.node, Answer("split", split=2))
    run(store)
    assert len(service.cards(store, "few")) == len(cards) + 1
    check_pictures(store, decodes, model=1)

    label_all(store, "few")
    service.propagate(store, "few")
    service.retrain(store, "few")
    run(store)
    assert service.project(store, "few").round == 2
    (row,) = service.results(store, "few").to_dict("records")
    assert row["coverage"] == 1
    assert 0 <= row["test_accuracy"] <= 1
    assert all(card.suggested is not None for card in service.cards(store, "few"))
    check_pictures(store, decodes, model=2)
