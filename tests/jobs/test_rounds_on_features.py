"""Rounds of a project with an encoder: clusters, neighbours and the student are of its features."""

import numpy as np
import pytest

from labeller import service
from labeller.config import EncodeConfig, preset, with_encoder
from labeller.errors import LabellerError
from labeller.jobs import round_inputs
from labeller.jobs import split as split_job
from labeller.rounds.answer import Answer
from labeller.rounds.settings import changed
from labeller.training import load_method
from tests.jobs.conftest import QUICK


def answer_all(store, truth) -> None:
    for card in service.cards(store, "digits"):
        label = int(np.bincount(truth[card.members]).argmax())
        service.answer(store, "digits", card.node, Answer("label", label=label, confidence=0.9))


def test_an_encoder_brings_its_own_settings_and_leaves_with_them():
    photos = with_encoder(preset("recommended"), EncodeConfig(encoder="lite0"))
    assert (photos.method, photos.embed.of) == ("feature-autoencoder", "features")
    assert photos.cluster.algorithm == "kmeans"
    back = with_encoder(photos, EncodeConfig())
    assert (back.method, back.embed.of) == ("vae", "latent")
    own = photos.model_copy(update={"method": "ae", "preset": "paper"})
    assert with_encoder(own, own.encode).method == "ae"


def test_features_without_an_encoder_are_refused_before_anything_runs(store):
    before = service.last_job(store, "digits", "train")
    config = preset("recommended")
    config = config.model_copy(update={"embed": config.embed.model_copy(update={"of": "features"})})
    with pytest.raises(ValueError, match=r"embed\.of must be latent without an encoder"):
        service.train(store, "digits", config)
    assert service.last_job(store, "digits", "train") == before


def test_a_linear_student_learns_from_answers_about_clusters_of_features(store, work, ready):
    config, truth = ready
    service.train(store, "digits", config)
    work()
    sizes = [card.size for card in service.cards(store, "digits")]
    assert sum(sizes) == service.project(store, "digits").train
    cards = service.cards(store, "digits")
    agreed = [np.bincount(truth[c.members]).max() for c in cards]
    assert sum(agreed) > 0.99 * sum(sizes)  # of pixels alone twelve clusters are not so pure
    assert cards[0].centre is not None  # drawn from the features
    answer_all(store, truth)
    service.propagate(store, "digits")
    service.retrain(store, "digits")
    work()
    folder = store.project_folder(service.project(store, "digits").id)
    newest = service.last_job(store, "digits", "retrain").result["model"]
    assert load_method(folder.classifier(newest)).name == "linear-student"
    finished = [each for each in service.rounds(store, "digits") if each.state == "finished"]
    assert finished[-1].metrics["test_accuracy"] > 0.99


def test_later_rounds_look_among_the_uncertain_in_the_same_space(store, work, ready, monkeypatch):
    config, truth = ready
    service.train(store, "digits", config)
    work()
    answer_all(store, truth)
    service.propagate(store, "digits")
    seen = []
    points_of = round_inputs.points_of
    monkeypatch.setattr(
        round_inputs,
        "points_of",
        lambda *given: seen.append(given[2]) or points_of(*given),
    )
    service.retrain(store, "digits")
    work()
    (rows,) = seen
    # The share of the uncertain that photos get, or the least number of them.
    assert len(rows) == 1000
    members = [c.members for c in service.cards(store, "digits")]
    assert np.isin(np.concatenate(members), rows).all()


def test_the_rest_of_a_card_is_found_among_the_features(store, work, ready, monkeypatch):
    config, _ = ready
    service.train(store, "digits", changed(config, {"embed.dimensions": 3}))
    work()
    seen = []
    monkeypatch.setattr(split_job, "rest", lambda points, *rows: seen.append(points) or rows[1])
    card = service.cards(store, "digits")[0]
    said = Answer("label", label=1, confidence=0.5, wrong=card.shown[:6])
    service.answer(store, "digits", card.node, said)
    work()
    assert seen[0].shape == (card.size, 24)  # and not the 3 in which the clusters lie
    assert service.card(store, "digits", f"{card.node}.rest").size == 6


def test_a_linear_student_needs_an_encoder(store, work):
    config = changed(preset("recommended"), {**QUICK, "student.network": "linear"})
    service.train(store, "digits", config)
    work()
    for card in service.cards(store, "digits")[:2]:
        service.answer(store, "digits", card.node, Answer("label", label=1))
    service.propagate(store, "digits")
    service.retrain(store, "digits")
    work()
    job = service.last_job(store, "digits", "retrain")
    assert job is not None
    with pytest.raises(LabellerError, match="linear student needs an encoder"):
        raise LabellerError(job.error)
