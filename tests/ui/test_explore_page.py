"""The Explore page: a map on request, its colours and filters, and the selection by customdata."""

import numpy as np
import pandas as pd

from labeller import service
from labeller.ui.explore import selection
from tests.conftest import label_all
from tests.ui.driving import Driver, button, buttons, texts


def points(**columns) -> pd.DataFrame:
    """Four points of which two have a label."""
    given = {
        "x": [0.0, 1.0, 2.0, 3.0],
        "y": [0.0, 0.0, 0.0, 0.0],
        "image": [7, 5, 3, 1],
        "label": [1, -1, 0, -1],
        "name": ["dog", None, "cat", None],
        "cluster": ["10", "2", "2", ""],
        "weight": [0.5, 0.0, 1.0, 0.0],
        "source": [2, -1, 1, -1],
        "true": [None] * 4,
        "predicted": [None] * 4,
    }
    return pd.DataFrame({**given, **columns})


def test_before_training_one_button_leads_on(tmp_path, monkeypatch):
    store = service.open_store(tmp_path)
    service.create_project(store, "digits", "digits")
    app = Driver(tmp_path, monkeypatch).visit("explore")
    assert not app.exception
    assert "No map yet" in texts(app)
    store.close()


def test_a_map_is_drawn_on_request(driver, store, work):
    app = driver.visit("explore")
    assert not app.exception
    app.segmented_control(key="map").set_value("pca").run()
    button(app, "Draw the map").click().run()
    assert [job.arguments["map"] for job in service.jobs(store) if job.kind == "map"] == ["pca"]
    work()
    app = driver.visit("explore")
    app.segmented_control(key="map").set_value("pca").run()
    assert not app.exception
    assert "Draw the map" not in buttons(app)
    assert len(app.get("plotly_chart")) == 1
    assert "Draw around points" in texts(app)


def test_every_colour_of_a_labelled_project_can_be_drawn(driver, store, work):
    label_all(store)
    service.propagate(store, "digits")
    service.request_map(store, "digits", "pca")
    work()
    app = driver.visit("explore")
    app.segmented_control(key="map").set_value("pca").run()
    number = service.project(store, "digits").id
    (picker,) = [box for box in app.selectbox if box.label == "Colour"]
    assert len(picker.options) == 4
    for value in ("label", "true", "cluster", "weight"):
        next(box for box in app.selectbox if box.label == "Colour").set_value(value).run()
        assert not app.exception
    app.toggle(key=f"{number} only open").set_value(True).run()
    assert not app.exception
    assert "No image fits" in texts(app)


def test_only_what_is_known_can_be_a_colour():
    assert selection.usable_colours(points()) == ["label", "cluster", "weight"]
    bare = points(label=[-1] * 4, name=[None] * 4)
    assert selection.usable_colours(bare) == ["cluster"]
    known = points(true=["cat", None, None, None])
    assert "true" in selection.usable_colours(known)


def test_a_class_keeps_its_colour_whatever_the_map_shows():
    classes = ["cat", "dog"]
    by_label, _ = selection.group_of(points(), "label", classes)
    truth, names = selection.group_of(points(true=["dog", "dog", "cat", None]), "true", classes)
    assert by_label.tolist() == [1, -1, 0, -1]
    assert truth.tolist() == [1, 1, 0, -1]
    assert names == classes


def test_clusters_are_ordered_as_numbers():
    groups, names = selection.group_of(points(), "cluster", [])
    assert names == ["cluster 2", "cluster 10"]
    assert groups.tolist() == [1, 0, 0, -1]


def test_a_selection_is_read_from_customdata_in_every_shape_it_comes_in():
    chosen = [{"customdata": 7, "point_index": 0}, {"customdata": [3]}, {"customdata": {"0": 7}}]
    event = {"selection": {"points": [*chosen, {"point_index": 2}]}}
    assert selection.selected_images(event) == [7, 3]
    assert selection.selected_images(None) == []


def test_a_large_selection_is_shown_by_an_even_part():
    rows = pd.DataFrame({"a": np.arange(1000)})
    assert len(selection.spread(rows, 120)) == 120
    assert len(selection.spread(rows.head(5), 120)) == 5
