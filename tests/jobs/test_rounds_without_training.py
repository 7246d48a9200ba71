"""Whole rounds with methods that are not trained: from the images to labels and a classifier."""

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

from labeller import service
from labeller.config import ClusterConfig, preset
from labeller.evaluation.targets import read_targets
from labeller.jobs.worker import run_waiting
from labeller.rounds.answer import Answer
from labeller.training import load_method
from tests.support import export_classifier

COUNT, TRAIN, CLUSTERS = 300, 240, 20
NAME = "few"


def config_of(method, name):
    config = preset(name)
    student = {"epochs": 3, "epochs_again": 2, "batch_size": 32}
    return config.model_copy(
        update={
            "method": method,
            "method_config": {"latent": 12},
            "cluster": ClusterConfig(algorithm="gmm", clusters=CLUSTERS),
            "student": config.student.model_copy(update=student),
            "ask": config.ask.model_copy(update={"clusters": 8, "share": 0.3}),
        }
    )


@pytest.fixture
def store(tmp_path):
    pixels, targets = load_digits(return_X_y=True)
    images = (pixels[:COUNT].reshape(-1, 8, 8) * 15).astype(np.uint8)
    split = np.where(np.arange(COUNT) < TRAIN, "train", "test")
    np.savez(tmp_path / "few.npz", images=images, labels=targets[:COUNT], split=split)
    opened = service.open_store(tmp_path / "workspace")
    service.create_project(opened, NAME, str(tmp_path / "few.npz"))
    yield opened
    opened.close()


def work(store):
    run_waiting(store)
    assert [job.error for job in service.jobs(store) if job.state != "done"] == []


def answer(store):
    """Each open card gets the majority of the true classes that it shows."""
    targets = read_targets(folder(store).data)
    for card in service.cards(store, NAME):
        if card.state == "open":
            shown = targets[[card.medoid, *card.near, *card.random, *card.far]]
            service.answer(
                store, NAME, card.node, Answer("label", int(np.bincount(shown).argmax()))
            )


def learn(store):
    answer(store)
    service.propagate(store, NAME)
    job = service.retrain(store, NAME)
    work(store)
    return job


def folder(store):
    return store.project_folder(service.project(store, NAME).id)


def check_models(store, first, later):
    """The network and its latents are the same, and the head has learnt."""
    folders = [folder(store).model(number) for number in (first, later)]
    latents = [np.load(place / "latents.npy") for place in folders]
    assert np.array_equal(*latents)
    methods = [load_method(place) for place in folders]
    for key, value in methods[0].state_dict().items():
        same = torch.equal(value, methods[1].state_dict()[key])
        assert same == (not key.startswith("head.")), key


@pytest.mark.parametrize("name", ["recommended", "paper"])
@pytest.mark.parametrize("method", ["pca", "random-projection"])
def test_two_rounds_exports_and_new_images(store, method, name, tmp_path):
    job = service.train(store, NAME, config_of(method, name))
    work(store)
    assert service.curve(store, job.id) == []
    assert all(
        (card.centre is not None) == (method == "pca") for card in service.cards(store, NAME)
    )
    for _ in range(2):
        job = learn(store)
        if name == "paper":  # in the other the student learns in epochs
            assert service.curve(store, job.id) == []
    assert service.project(store, NAME).round == 3
    check_models(store, 1, 3)
    results = service.results(store, NAME)
    assert results["test_accuracy"].iloc[-1] > 0.5

    table = pd.read_csv(service.export_labels(store, NAME, tmp_path / "labels.csv", "csv"))
    assert len(table) == COUNT
    exported = load_method(export_classifier(store, NAME, tmp_path / "classifier"))
    assert exported.name == ("student" if name == "recommended" else method)
    for number, image in enumerate(service.images(store, NAME, range(4))):
        Image.fromarray(image[..., 0]).save(tmp_path / f"{number}.png")
    job = service.predict(store, NAME, [tmp_path / f"{number}.png" for number in range(4)])
    work(store)
    said = service.predictions(store, job.id)["label"].tolist()
    assert said == [int(label) for label in table["predicted"][:4]]


def test_what_cannot_be_computed_is_said_and_the_round_goes_on(store):
    """A failed method must not change what the open round of another one learns from."""
    service.train(store, NAME, config_of("random-projection", "paper"))
    work(store)
    service.train(store, NAME, config_of("pca", "paper").model_copy(
        update={"method_config": {"latent": 100}}
    ))  # fmt: skip
    run_waiting(store)
    failed = next(job for job in service.jobs(store) if job.kind == "train")
    assert failed.error == "latent of pca must be at most 64, the values of one image, got 100"
    answer(store)
    service.propagate(store, NAME)
    service.retrain(store, NAME, config=service.project(store, NAME).config, next_round=False)
    run_waiting(store)
    assert service.last_job(store, NAME, "retrain").error == ""
    assert load_method(folder(store).model(3)).name == "random-projection"
