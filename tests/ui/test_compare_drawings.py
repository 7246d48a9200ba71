"""The Compare page's drawings of single runs: pairs of augmentations, linked maps, pictures."""

import base64
import json
import re

import numpy as np
import pytest

from labeller import service
from labeller.comparison.plan import CompareConfig
from labeller.config import TrainConfig
from labeller.jobs.catalogue import write_catalogue
from labeller.jobs.worker import run_waiting
from labeller.ui.compare import results as comparison_results
from labeller.ui.compare.selected import MOST_SHOWN
from tests.ui.driving import Driver, texts

PAIRS = ("crop", "crop+noise", "noise")
SMALL = CompareConfig(
    methods=(
        *(f"pl-ae@augmentations={names}@loss=pixels" for names in PAIRS),
        "symmetric-dae",
        "uic@clusters=10",
    ),
    latents=(8,),
    train=TrainConfig(epochs=1, batch_size=32, precision="32-true"),
    settings={"width": 4},
    images=50,
    sample=50,
    probe_every=0,
    answers=(),
    preset="paper",
    maps=("pca",),
)


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """A workspace with a comparison of methods that see other images than they are given."""
    folder = tmp_path_factory.mktemp("compared")
    store = service.open_store(folder)
    write_catalogue(store)
    service.create_project(store, "digits", "digits")
    run_waiting(store)
    service.compare(store, "digits", SMALL)
    run_waiting(store)
    assert service.comparison(store, "digits", 1).finished
    store.close()
    return folder


@pytest.fixture
def store(compared):
    opened = service.open_store(compared)
    yield opened
    opened.close()


@pytest.fixture
def shown(compared, monkeypatch):
    """The page with one of its plots chosen."""

    def visit(plot):
        app = Driver(compared, monkeypatch).visit("compare")
        (control,) = [each for each in app.segmented_control if each.options[0] == "Scores"]
        return control.set_value(plot).run()

    return visit


@pytest.fixture
def grids(monkeypatch):
    """The rows of pictures that the page draws."""
    seen, draw = [], comparison_results.image_grid

    def record(images, **options):
        seen.append(images)
        draw(images, **options)

    monkeypatch.setattr(comparison_results, "image_grid", record)
    return seen


def traces(app):
    """What the only chart of the page draws."""
    (chart,) = app.get("plotly_chart")
    return json.loads(chart.proto.spec)["data"]


def numbers(values):
    """An array of a figure, as plotly writes it."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).tolist()
    return values


def titles(app):
    """Of the pictures that the page shows with captions: which image, which class."""
    shown = "".join(each.proto.body for each in app.get("html"))
    found = re.findall(r'<figure title="image (\d+)".*?<figcaption[^>]*>(.*?)</', shown)
    return [(int(image), caption) for image, caption in found]


def runs(store):
    """Label of each run -> its record and its arrays, as they are shown."""
    records = {each["key"]: each for each in service.comparison_records(store, "digits", 1)}
    keys = service.comparison_runs(store, "digits", 1)["key"]
    return {
        records[key]["label"]: (records[key], service.comparison_arrays(store, "digits", 1, key))
        for key in keys
    }


def draw_around(app, images):
    """The page after points were drawn around, in the words of a browser."""
    (chart,) = app.get("plotly_chart")
    points = [{"customdata": int(image), "point_index": 0} for image in images]
    states = app._tree.get_widget_states()
    states.widgets.add(
        id=chart.proto.id, string_value=json.dumps({"selection": {"points": points}})
    )
    return app._run(states)


def test_pairs_of_augmentations_have_a_heat_map(shown, store):
    app = shown("Augmentations")
    assert not app.exception
    assert "**pl-ae@loss=pixels**, linear probe" in texts(app).replace("\\", "")
    single, pair, other = (
        runs(store)[f"pl-ae@augmentations={names}@loss=pixels"][0]["scores"]["linear_probe"]
        for names in PAIRS
    )
    cells = traces(app)[0]
    assert cells["x"] == cells["y"] == ["crop", "noise"]
    assert numbers(cells["z"]) == [single, pair, pair, other]


def test_what_is_selected_in_one_map_stands_out_in_both(shown, store):
    app = shown("Maps")
    assert not app.exception
    assert "Draw around points on one side to find them on the other" in texts(app)
    assert not any("selectedpoints" in trace for trace in traces(app))
    _, arrays = next(iter(runs(store).values()))
    chosen = arrays["map_images"][[9, 2, 5]]
    app = draw_around(app, chosen)
    assert not app.exception
    assert "Draw around points" not in texts(app)
    truth = service.true_classes(store, "digits", chosen)
    assert titles(app) == [(n, str(k)) for n, k in zip(chosen, truth, strict=True)]
    marked = {"x": [], "x2": []}
    for trace in traces(app):
        drawn = numbers(trace["customdata"])
        marked[trace["xaxis"]] += [drawn[row] for row in numbers(trace["selectedpoints"])]
    assert sorted(marked["x"]) == sorted(marked["x2"]) == sorted(chosen)


def test_a_selection_stays_until_it_is_cleared(shown, store):
    _, arrays = next(iter(runs(store).values()))
    chosen = arrays["map_images"][[9, 2, 5]]
    app = draw_around(shown("Maps"), chosen).run()
    assert [image for image, _ in titles(app)] == chosen.tolist()
    assert "**3 images selected**" in texts(app)
    app = draw_around(app, chosen[:1])
    assert "**1 image selected**" in texts(app)
    (clear,) = [button for button in app.button if button.label == "Clear"]
    app = clear.click().run()
    assert titles(app) == []
    assert "Draw around points" in texts(app)
    assert not any("selectedpoints" in trace for trace in traces(app))


def test_a_selection_stays_in_its_project(tmp_path, monkeypatch):
    small = SMALL.model_copy(update={"methods": ("ae",), "settings": {}, "sample": 30})
    store = service.open_store(tmp_path)
    write_catalogue(store)
    for name in ("one", "other"):
        service.create_project(store, name, "digits")
        run_waiting(store)
        service.compare(store, name, small)
        run_waiting(store)
    one, other = (project.id for project in service.projects(store))
    app = Driver(tmp_path, monkeypatch).visit("compare", project=str(one))
    (run,) = service.comparison_runs(store, one, 1)["key"]
    chosen = service.comparison_arrays(store, one, 1, run)["map_images"][:3]
    store.close()
    app = draw_around(maps(app), chosen)
    assert "**3 images selected**" in texts(app)
    (project,) = [each for each in app.selectbox if set(each.options) == {"one", "other"}]
    app = maps(project.set_value(other).run())
    assert not app.exception
    assert titles(app) == []


def maps(app):
    (control,) = [each for each in app.segmented_control if each.options[0] == "Scores"]
    return control.set_value("Maps").run()


def test_of_a_large_selection_the_first_images_are_shown(shown, store):
    _, arrays = next(iter(runs(store).values()))
    many = arrays["map_images"][: MOST_SHOWN + 30]
    app = draw_around(shown("Maps"), many)
    assert not app.exception
    assert [image for image, _ in titles(app)] == many[:MOST_SHOWN].tolist()
    assert f"the first {MOST_SHOWN} of them below" in texts(app)


def test_what_training_feeds_each_method_is_shown_with_what_it_rebuilds(shown, store, grids):
    app = shown("Pictures")
    assert not app.exception
    found = runs(store)
    rows = found["symmetric-dae"][1]["picture_images"]
    expected = [("Test images", service.images(store, "digits", rows.tolist()))]
    for label, (record, arrays) in found.items():
        expected += [
            (f"{label}, latent {record['latent']}: {words}", arrays[kind])
            for kind, words in (
                ("seen", "what training feeds the encoder"),
                ("rebuilt", "rebuilt"),
                ("restored", "rebuilt from what training feeds it"),
            )
            if kind in arrays
        ]
    assert len(expected) == 1 + 4 * 3 + 1, "uic rebuilds nothing"
    heads = [each.value.replace("\\", "").replace("**", "") for each in app.markdown]
    assert [head for head in heads if head in dict(expected)] == [head for head, _ in expected]
    assert len(grids) == len(expected)
    assert all((drawn == wanted).all() for drawn, (_, wanted) in zip(grids, expected, strict=True))
    assert (found["symmetric-dae"][1]["seen"] != expected[0][1]).any()


def test_what_is_rebuilt_of_the_inputs_of_training_has_a_score_in_decibels(shown, store):
    app = shown("Scores")
    column = app.dataframe[1].value.set_index("method")["psnr_view"]
    for label, (record, _) in runs(store).items():
        if record["method"] == "uic":
            assert np.isnan(column[label])
        else:
            assert column[label] == record["scores"]["psnr_view"] > 0
    score = app.selectbox(key="compare score")
    assert "PSNR from views, dB" in score.options
    score.set_value("psnr_view").run()
    assert not app.exception
    assert len(traces(app)) == len(column.dropna())
