"""What the map knows of each image, as of now; images by file name, and those most alike."""

import numpy as np
import pytest

from labeller import service
from labeller.errors import NotFoundError, StateError
from labeller.records import Answer
from tests.conftest import label_all
from tests.doubted import one_wrong_answer


@pytest.fixture
def mapped(store, work):
    """The store with a PCA map of round 1."""
    service.request_map(store, "digits", "pca")
    work()
    return store


def test_an_answer_is_on_the_map_before_anything_is_propagated(mapped):
    assert (service.points(mapped, "digits", kind="pca")["label"] == -1).all()
    card = service.cards(mapped, "digits")[0]
    given = service.answer(mapped, "digits", card.node, Answer("label", 3, 0.8), expert="Ada")
    points = service.points(mapped, "digits", kind="pca").set_index("image")
    mine = points.loc[card.members]
    assert (mine["label"] == 3).all()
    assert (mine["source"] == given.number).all()
    assert set(mine["expert"]) == {"Ada"}
    assert mine["name"].notna().all()
    assert mine["weight"].max() > 0
    service.undo(mapped, "digits")
    assert (service.points(mapped, "digits", kind="pca")["label"] == -1).all()


def test_what_the_answers_say_is_kept_until_something_is_said(mapped):
    first = service.point_labels(mapped, "digits")
    assert service.point_labels(mapped, "digits")["label"] is first["label"]
    service.answer(mapped, "digits", service.cards(mapped, "digits")[0].node, Answer("label", 1))
    assert service.point_labels(mapped, "digits")["label"] is not first["label"]


def test_the_images_of_a_doubted_card_are_marked(mapped):
    node, right, said = one_wrong_answer(mapped)
    issue = service.points(mapped, "digits", kind="pca").set_index("image")["issue"]
    members = service.card(mapped, "digits", node).members
    names = [one.name for one in service.classes(mapped, "digits")]
    assert set(issue.loc[members]) == {f"{names[said]}, perhaps {names[right]}"}


def test_after_a_retraining_the_student_says_how_sure_it_is(mapped, work):
    assert service.points(mapped, "digits", kind="pca")["certainty"].isna().all()
    label_all(mapped)
    service.propagate(mapped, "digits")
    service.retrain(mapped, "digits")
    work()
    assert list(service.drawn_maps(mapped, "digits", "pca")) == [1]
    service.request_map(mapped, "digits", "pca")
    work()
    assert list(service.drawn_maps(mapped, "digits", "pca")) == [1, 2]
    moving = service.moving_map(mapped, "digits", "pca", 2)
    assert [places.shape for places in moving.values()] == [(1438, 2)] * 2
    assert (moving[2] == service.points(mapped, "digits", kind="pca")[["x", "y"]]).all().all()
    assert np.abs(moving[1].mean(axis=0) - moving[2].mean(axis=0)).max() < 0.01
    with pytest.raises(StateError, match="draw it first"):
        service.moving_map(mapped, "digits", "umap", 2)
    points = service.points(mapped, "digits", kind="pca")
    assert points["certainty"].between(0, 1).all()
    assert points["uncertainty"].between(0, 1).all()
    assert points["predicted"].notna().all()
    assert points["uncertainty"].corr(points["certainty"]) < 0


def test_images_are_found_by_a_part_of_their_name(store):
    found = service.find_images(store, "digits", " 12 ")
    names = service.image_names(store, "digits", found)
    assert len(found)
    assert all("12" in name for name in names)
    assert len(service.find_images(store, "digits", "  ")) == 0
    assert len(service.find_images(store, "digits", "no such name")) == 0


def test_the_images_most_like_one_are_the_nearest(store):
    image = int(service.cards(store, "digits")[0].medoid)
    found = service.nearest_images(store, "digits", image, 20)
    assert found[0] == image
    assert len(set(found.tolist())) == 20
    pixels = service.images(store, "digits", np.arange(1797)).reshape(1797, -1).astype(float)
    away = np.linalg.norm(pixels - pixels[image], axis=1)
    assert away[found].mean() < 0.8 * away.mean()
    with pytest.raises(NotFoundError, match="has no place"):
        service.nearest_images(store, "digits", 10**6)


def test_rounds_of_one_model_have_one_map():
    assert service.first_rounds({1: 1, 2: 1, 4: 3}) == {1: 1, 4: 3}
