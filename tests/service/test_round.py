"""A whole round through the service: preview, propagate, retrain, results, export, predict."""

import json
import zipfile
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from labeller import service
from labeller.config import CHOOSE, PropagateConfig
from labeller.errors import StateError
from labeller.evaluation.targets import read_targets
from labeller.jobs import liveness, queue
from labeller.rounds import propagation
from labeller.rounds.answer import Answer
from tests.conftest import label_all
from tests.support import export_classifier


def label_truly(store):
    """Labels every card with the majority of the images that it shows."""
    folder = store.project_folder(service.project(store, "digits").id).data
    targets = read_targets(folder)
    for card in service.cards(store, "digits"):
        shown = targets[[card.medoid, *card.near, *card.random, *card.far]]
        service.answer(
            store, "digits", card.node, Answer("label", int(np.bincount(shown).argmax()))
        )


@pytest.fixture
def taught(store, work):
    """A project after one round."""
    label_truly(store)
    service.propagate(store, "digits")
    service.retrain(store, "digits")
    work()
    return store


def test_a_preview_writes_nothing_and_follows_the_settings(store):
    label_truly(store)
    soft = service.preview(store, "digits", PropagateConfig(decay="gaussian", a=0.1))
    hard = service.preview(store, "digits", PropagateConfig(decay="gaussian", a=5.0))
    assert soft.coverage == hard.coverage == 1.0
    assert soft.effective > hard.effective
    assert soft.balance["images"].sum() == service.project(store, "digits").train
    assert soft.by_answer["images"].sum() == soft.balance["images"].sum()
    weights = soft.weights[soft.lowest]
    assert (np.diff(weights) >= 0).all()
    with pytest.raises(StateError, match="no labels were propagated"):
        service.retrain(store, "digits")


def test_nothing_to_propagate_is_said(store):
    with pytest.raises(StateError, match="answer some questions first"):
        service.propagate(store, "digits")


def test_test_images_never_get_a_propagated_label(store):
    label_truly(store)
    found = service.preview(store, "digits")
    table = service.labels_table(store, "digits")
    assert (found.labels[table["split"] == "test"] == -1).all()


def test_a_round_ends_in_scores_and_new_questions(taught):
    view = service.project(taught, "digits")
    assert view.round == 2
    table = service.results(taught, "digits")
    assert table["round"].tolist() == [1]
    assert table["answers_total"].tolist() == [10]
    assert table["coverage"].tolist() == [1.0]
    assert 0.5 < table["test_accuracy"][0] <= 1
    assert view.test_accuracy == table["test_accuracy"][0]
    matrix = service.confusion(taught, "digits")
    assert matrix.to_numpy().sum() == view.test
    assert service.evaluate(taught, "digits")["test_accuracy"] == pytest.approx(view.test_accuracy)
    assert service.per_class(taught, "digits")["images"].sum() == view.test
    cards = service.cards(taught, "digits")
    assert all(card.suggested is not None for card in cards)
    assert [len(shown) for _, shown in service.centres(taught, "digits")] == [10, 10]


def test_labels_of_a_round_carry_over_to_the_next(taught):
    before = service.labels_table(taught, "digits")
    assert (before["label"] >= 0).sum() == service.project(taught, "digits").train
    assert set(before["source_answer"]) <= {-1, *range(1, 11)}
    service.answer(taught, "digits", "1", Answer("label", 0))
    assert service.preview(taught, "digits").coverage == 1.0


def test_asking_again_with_other_clusters_opens_a_round_at_once(taught, work):
    config = service.project(taught, "digits").config
    more = config.model_copy(update={"cluster": config.cluster.model_copy(update={"clusters": 17})})
    service.recluster(taught, "digits", more)
    work()
    assert service.project(taught, "digits").round == 3
    assert len(service.cards(taught, "digits")) == 17
    label_all(taught)
    service.propagate(taught, "digits")
    service.retrain(taught, "digits")
    work()
    assert service.project(taught, "digits").round == 4


def test_the_number_of_clusters_can_be_left_to_the_worker(store, work):
    assert service.cluster_counts(store, "digits") is None
    config = service.project(store, "digits").config
    chosen = config.model_copy(
        update={"cluster": config.cluster.model_copy(update={"clusters": CHOOSE})}
    )
    service.recluster(store, "digits", chosen)
    work()
    counts = service.cluster_counts(store, "digits")
    assert counts is not None
    assert counts.best >= len(service.project(store, "digits").classes)
    assert len(service.cards(store, "digits")) == counts.best
    current = service.current_round(store, "digits")
    assert current is not None
    assert current.config.cluster.clusters == counts.best
    # The wish stays with the project: the next round's number is chosen anew.
    assert service.project(store, "digits").config.cluster.clusters == CHOOSE
    assert service.cluster_counts(store, "digits", 1) is None


def test_maps_are_computed_on_request(taught, work):
    assert service.points(taught, "digits", kind="pca") is None
    service.request_map(taught, "digits", "pca")
    work()
    found = service.points(taught, "digits", kind="pca")
    assert len(found) == service.project(taught, "digits").train
    assert set(found.columns) == {
        *(
            "x",
            "y",
            "image",
            "label",
            "name",
            "weight",
            "source",
            "expert",
            "issue",
            "looked",
            "aside",
        ),
        *("cluster", "true", "predicted", "certainty", "uncertainty"),
    }
    assert (found["cluster"] != "").all()
    with pytest.raises(ValueError, match="map must be one of"):
        service.request_map(taught, "digits", "som")


def test_labels_are_exported_with_their_history(taught, tmp_path):
    csv = service.export_labels(taught, "digits", tmp_path / "labels.csv", "csv")
    parquet = service.export_labels(taught, "digits", tmp_path / "labels.parquet", "parquet")
    a, b = pd.read_csv(csv, keep_default_na=False), pd.read_parquet(parquet)
    assert len(a) == len(b) == 1797
    needed = {"path", "label", "confidence", "weight", "source_answer", "cluster", "distance"}
    assert needed <= set(b.columns)
    with pytest.raises(ValueError, match="format must be one of coco, csv"):
        service.export_labels(taught, "digits", tmp_path / "x", "xlsx")


def test_the_classifier_is_exported_and_loads_again(taught, tmp_path):
    from labeller.rounds.encode import classify
    from labeller.training import load_method

    folder = export_classifier(taught, "digits", tmp_path / "classifier")
    card = json.loads((folder / "card.json").read_text())
    assert card["classes"] == list("0123456789")
    images = service.images(taught, "digits", range(50))
    predicted = classify(load_method(folder), images).argmax(1)
    table = service.labels_table(taught, "digits")
    assert (predicted == table["predicted"][:50]).mean() > 0.95
    with zipfile.ZipFile(BytesIO(service.classifier_archive(taught, "digits"))) as archive:
        assert set(archive.namelist()) == {path.name for path in folder.iterdir()}


def test_new_images_are_labelled(taught, work, tmp_path):
    images = service.images(taught, "digits", range(5))
    for number, image in enumerate(images):
        Image.fromarray(image[..., 0]).save(tmp_path / f"{number}.png")
    job = service.predict(taught, "digits", [tmp_path, tmp_path / "3.png"])
    work()
    found = service.predictions(taught, job.id)
    assert len(found) == 6
    assert found["confidence"].between(0, 1).all()
    assert found["path"].iloc[-1] == str(tmp_path / "3.png")


def test_what_needs_a_classifier_says_so(store):
    with pytest.raises(StateError, match="no classifier yet"):
        service.evaluate(store, "digits")
    assert service.confusion(store, "digits") is None


def test_asking_again_keeps_what_the_open_round_was_told(store, work):
    cards = service.cards(store, "digits")
    for card in cards[:5]:
        service.answer(store, "digits", card.node, Answer("label", 1))
    told = service.preview(store, "digits").coverage
    service.recluster(store, "digits", service.project(store, "digits").config)
    work()
    assert service.project(store, "digits").round == 2
    assert service.preview(store, "digits").coverage == told > 0
    assert service.current_round(store, "digits").number == 2


def test_answers_after_the_propagation_are_not_lost_in_a_retraining(store):
    label_truly(store)
    service.propagate(store, "digits")
    service.undo(store, "digits")
    with pytest.raises(StateError, match="answers came after the propagation"):
        service.retrain(store, "digits")


def test_the_export_shows_the_weights_that_were_applied(store):
    label_truly(store)
    service.propagate(store, "digits", PropagateConfig(decay="uniform"))
    table = service.labels_table(store, "digits")
    assert set(table["weight"][table["label"] >= 0]) == {1.0}


def test_a_cancelled_retraining_goes_on_although_a_class_was_added(store, work):
    label_truly(store)
    service.propagate(store, "digits")
    job = service.retrain(store, "digits")
    claimed = queue.claim(store, liveness.worker_name("test"))
    assert claimed is not None
    queue.finish(store, job.id, "cancelled")
    service.add_class(store, "digits", "smudge")
    service.resume(store, job.id)
    work()
    assert service.job(store, job.id).state == "done"
    with pytest.raises(StateError, match="only an ended job"):
        service.resume(store, job.id)


def test_labels_can_be_exported_when_the_plug_in_with_their_rule_is_gone(store, tmp_path, forget):
    fields = {"name": "gone", "title": "Gone", "__module__": "plug_in"}
    propagation.register(type("Gone", (propagation.ROOM.get("decay"),), fields))
    label_truly(store)
    service.propagate(store, "digits", PropagateConfig(rule="gone", decay="uniform"))
    before = service.labels_table(store, "digits")
    del propagation.ROOM._things["gone"]
    service.export_labels(store, "digits", tmp_path / "labels.csv")
    pd.testing.assert_frame_equal(service.labels_table(store, "digits"), before)
    service.undo(store, "digits")
    with pytest.raises(ValueError, match=r"rule must be one of decay, .*, got gone"):
        service.labels_table(store, "digits")
