"""Later rounds of `recommended` ask about what the student doubts, and reuse what they can."""

import numpy as np
import pytest

from labeller import service
from labeller.config import AskConfig, preset, suited
from labeller.data.images import ImageStore
from labeller.jobs.questions import most_uncertain
from labeller.jobs.students import disagreement
from labeller.jobs.task import Warm
from labeller.jobs.worker import run_waiting
from labeller.rounds.answer import Answer
from labeller.rounds.encode import classify
from labeller.store import Store
from labeller.training import load_method


@pytest.mark.parametrize(
    ("count", "share", "kept"), [(60_000, 0.1, 6000), (1437, 0.1, 1000), (50, 0.1, 50)]
)
def test_how_many_images_are_uncertain(count, share, kept):
    uncertainty = np.random.default_rng(0).random(count)
    rows = most_uncertain(uncertainty, AskConfig(share=share))
    assert len(rows) == kept
    assert (np.diff(rows) > 0).all()
    others = np.setdiff1d(np.arange(count), rows)
    if len(others):
        assert uncertainty[rows].min() >= uncertainty[others].max()


def test_an_image_among_others_of_another_class_is_doubted():
    features = np.concatenate([np.zeros((30, 3)), np.full((30, 3), 9.0)]).astype(np.float32)
    features += np.random.default_rng(0).normal(0, 0.1, features.shape).astype(np.float32)
    predictions = np.repeat([0, 1], 30)
    predictions[4] = 1
    found = disagreement(features, predictions)
    assert found[4] == 1.0
    assert found[30:].max() == 0.0
    assert 0 < found[:30].mean() < 0.2


@pytest.fixture(scope="module")
def second_round(tmp_path_factory):
    """A workspace with one finished round of the digits and a second that is being asked."""
    store = Store(tmp_path_factory.mktemp("questions"))
    service.create_project(store, "p", "digits", preset="recommended")
    warm = Warm("cpu")
    run_waiting(store, warm=warm)
    view = service.project(store, "p")
    config = suited(preset("recommended"), view.train, 64)
    config = config.model_copy(
        update={
            "train": config.train.model_copy(update={"epochs": 3}),
            "student": config.student.model_copy(update={"epochs": 5, "epochs_again": 2}),
            "ask": AskConfig(choice="uncertain", clusters=12),
        }
    )
    service.train(store, "p", config)
    run_waiting(store, warm=warm)
    for place, card in enumerate(service.cards(store, "p")):
        service.answer(store, "p", card.node, Answer("label", label=place % 10))
    service.propagate(store, "p")
    service.retrain(store, "p")
    run_waiting(store, warm=warm)
    yield store, warm
    store.close()


def test_cards_cover_only_uncertain_images(second_round):
    store, _ = second_round
    cards = service.cards(store, "p")
    assert service.labelling(store, "p").round == 2
    assert len(cards) == 12
    assert sum(card.size for card in cards) == 1000
    unknown = [card.size * (1 - card.known) for card in cards]
    assert unknown == sorted(unknown, reverse=True)
    assert all(card.suggested is not None for card in cards)


def test_the_network_and_its_space_are_reused(second_round):
    store, _ = second_round
    folder = store.project_folder(service.project(store, "p").id)
    first = {file.name for file in folder.model(1).glob("space-*")}
    assert first
    assert first == {file.name for file in folder.model(2).glob("space-*")}
    assert np.array_equal(
        np.load(folder.model(1) / "latents.npy"), np.load(folder.model(2) / "latents.npy")
    )
    assert (folder.student(2) / "weights.safetensors").exists()
    assert not folder.student(1).exists()
    assert folder.classifier(2) == folder.student(2)
    assert folder.classifier(1) == folder.model(1)


def test_an_uncertain_cluster_can_be_split(second_round):
    store, warm = second_round
    card = service.cards(store, "p")[0]
    service.answer(store, "p", card.node, Answer("split", split=2))
    run_waiting(store, warm=warm)
    children = [c for c in service.cards(store, "p") if c.node.startswith(f"{card.node}.")]
    assert sum(child.size for child in children) == card.size


def test_predictions_and_exports_are_the_students(second_round, tmp_path):
    store, _ = second_round
    service.export_classifier(store, "p", tmp_path)
    exported = load_method(tmp_path)
    assert exported.name == "student"
    folder = store.project_folder(service.project(store, "p").id)
    chances = classify(exported, ImageStore(folder.data).images, device="cpu")
    assert np.array_equal(chances.argmax(1), np.load(folder.model(2) / "predictions.npy"))
