"""The Compare page: the form, a finished comparison with all its plots, names, files, deletion."""

import json
import shutil

import numpy as np
import pytest

from labeller import service
from labeller.config import TrainConfig
from labeller.data.lunar_lander import RUNS, write_run
from labeller.evaluation.plan import CompareConfig
from labeller.jobs.catalogue import write_catalogue
from labeller.ui.comparison_fields import numbers, pairs
from labeller.ui.comparison_form import method_options
from labeller.ui.comparison_report import csv_file, html_file
from tests.ui.driving import Driver, button, buttons, texts

TINY = CompareConfig(
    methods=("vae", "ae:plain"),
    latents=(4, 8),
    train=TrainConfig(epochs=2, batch_size=64, precision="32-true"),
    settings={"width": 4, "hidden": 16},
    images=200,
    sample=100,
    answers=(10, 20),
    preset="paper",
    layers=True,
    layer_size=64,
    maps=("pca",),
)


@pytest.fixture
def driver(store, monkeypatch):
    write_catalogue(store)
    return Driver(store.folder, monkeypatch)


def words(app):
    """The words on the page without the signs that keep Markdown from reading them."""
    return texts(app).replace("\\", "")


def test_the_form_queues_what_was_chosen(driver, store):
    app = driver.visit("compare")
    assert not app.exception
    assert "Start the comparison" in buttons(app)
    key = f"compare {service.project(store, 'digits').id}"
    app.multiselect(key=f"{key} methods").set_value(["vae", "ae:deep"])
    app.text_input(key=f"{key} z").set_value("4, 8")
    app.number_input(key=f"{key} seeds").set_value(2)
    app.number_input(key=f"{key} epochs").set_value(3)
    button(app, "Start the comparison").click().run()
    assert not app.exception
    [view] = service.comparisons(store, "digits")
    assert view.total == 8
    assert view.config["train"]["epochs"] == 3
    assert view.name == "vae, ae:deep"
    assert "0 of 8 runs done" in texts(app)
    assert "Cancel" in buttons(app)


def test_how_all_are_trained_is_chosen_on_the_page(driver, store):
    app = driver.visit("compare")
    key = f"compare {service.project(store, 'digits').id} train"
    app.number_input(key=f"{key}.learning_rate").set_value(1e-4)
    app.selectbox(key=f"{key}.schedule").set_value("plateau")
    app.selectbox(key=f"{key}.optimiser").set_value("sgd")
    app.number_input(key=f"{key}.validation").set_value(0.1)
    compare = key.removesuffix(" train")
    app.number_input(key=f"{compare} sample").set_value(300)
    app.number_input(key=f"{compare} layer size").set_value(99)
    button(app, "Start the comparison").click().run()
    assert not app.exception
    config = service.comparisons(store, "digits")[0].config
    assert (config["sample"], config["layer_size"]) == (300, 99)
    train = config["train"]
    assert (train["learning_rate"], train["schedule"], train["optimiser"]) == (
        1e-4, "plateau", "sgd",
    )  # fmt: skip
    assert train["validation"] == 0.1
    assert train["batch_size"] == service.project(store, "digits").config.train.batch_size


def test_wrong_numbers_are_said_and_nothing_is_queued(driver, store):
    app = driver.visit("compare")
    key = f"compare {service.project(store, 'digits').id}"
    app.text_input(key=f"{key} z").set_value("many")
    button(app, "Start the comparison").click().run()
    assert "whole numbers such as 16, 64" in texts(app)
    app.text_input(key=f"{key} z").set_value("1")
    button(app, "Start the comparison").click().run()
    assert "2 or more" in texts(app)
    assert service.comparisons(store, "digits") == []


def test_nothing_starts_with_other_values_than_those_that_are_typed(driver, store):
    app = driver.visit("compare")
    key = f"compare {service.project(store, 'digits').id}"
    right = {
        f"{key} answers": ("text_input", "10, 20", "ten, 20", "Numbers of answers: must be whole"),
        f"{key} z": ("text_input", "4", "1", "Latent sizes: each must be 2 or more, got 1"),
        f"{key} train.learning_rate": ("number_input", 1e-3, 0.0, "trained, Learning rate: input"),
    }
    for field, (kind, good, bad, message) in right.items():
        getattr(app, kind)(key=field).set_value(bad).run()
        assert message in words(app), "beside the field"
        button(app, "Start the comparison").click().run()
        assert words(app).count(message) == 2
        assert "Nothing was started. " in words(app)
        assert service.comparisons(store, "digits") == []
        getattr(app, kind)(key=field).set_value(good).run()
        assert message not in words(app)
    button(app, "Start the comparison").click().run()
    [view] = service.comparisons(store, "digits")
    assert (view.config["answers"], view.config["latents"]) == ([10, 20], [4])


def test_settings_for_all_methods_that_have_them(driver, store):
    app = driver.visit("compare")
    key = f"compare {service.project(store, 'digits').id}"
    app.multiselect(key=f"{key} methods").set_value(["vae", "pl-ae"]).run()
    for text, message in (
        ("width", "Settings for all methods: must be written KEY=VALUE"),
        ("widht=4", "got widht"),
        ("width=0", "width of vae must be a whole number from 1 to"),
        ("width=wide", "got wide"),
        ("loss=any", "loss of pl-ae must be one of perceptual, pixels, got any"),
    ):
        app.text_input(key=f"{key} settings").set_value(text).run()
        assert message in words(app)
        button(app, "Start the comparison").click().run()
        assert service.comparisons(store, "digits") == []
    app.text_input(key=f"{key} settings").set_value("width=4, loss=pixels").run()
    button(app, "Start the comparison").click().run()
    assert not app.exception
    found = service.comparisons(store, "digits")[0].config["settings"]
    assert found == {"width": 4, "loss": "pixels"}


def test_files_of_positions_are_named_on_the_page(driver, store, tmp_path):
    images = np.zeros((20, 8, 8, 1), np.uint8)
    for name in RUNS:
        write_run(tmp_path / f"{name}.npz", images, np.ones((20, 2), np.float32))
    app = driver.visit("compare")
    field = f"compare {service.project(store, 'digits').id} positions"
    app.text_input(key=field).set_value(str(tmp_path / "images.npz")).run()
    assert "Positions of an object: must be two files" in words(app)
    button(app, "Start the comparison").click().run()
    assert service.comparisons(store, "digits") == []
    app.text_input(key=field).set_value(str(tmp_path)).run()
    button(app, "Start the comparison").click().run()
    [view] = service.comparisons(store, "digits")
    assert view.config["positions"] == [str(tmp_path / f"{name}.npz") for name in RUNS[1:]]


def test_pairs_of_keys_and_values():
    assert pairs("") == {}
    assert pairs("width=4,\n beta=0.5; augmented=nothing,") == {
        "width": 4, "beta": 0.5, "augmented": "nothing",
    }  # fmt: skip
    assert pairs("augmentations=crop,noise+cutout,width=8") == {
        "augmentations": "crop,noise+cutout", "width": 8,
    }  # fmt: skip
    for text in ("=4", "width=", "ten, width=4"):
        with pytest.raises(ValueError, match="KEY=VALUE"):
            pairs(text)


def test_a_finished_comparison_shows_its_table_and_every_plot(driver, store, work):
    service.compare(store, "digits", TINY, "first <b>try</b>")
    work()
    app = driver.visit("compare")
    assert not app.exception
    means, runs = (frame.value for frame in app.dataframe)
    assert len(means) == len(runs) == 4
    assert list(means["linear_probe"]) == sorted(means["linear_probe"], reverse=True)
    assert means["linear_probe"].max() > 1, "percent"
    choice = app.segmented_control(key=f"plot of {service.project(store, 'digits').id} 1")
    shown = list(choice.options)
    assert shown == [
        "Scores", "Epochs", "Time", "Answers", "Layers", "Maps", "Pictures", "Classes",
    ]  # fmt: skip
    scores = list(app.selectbox(key="compare score").options)
    assert scores[0] == "linear probe"
    assert {"kNN", "20 answers", "silhouette"} <= set(scores)
    assert not {"± seeds", "± 95 %", "MLP", "position error, pixels"} & set(scores)
    for name in shown:
        app.segmented_control(key=choice.key).set_value(name).run()
        assert not app.exception, name
        assert bool(app.get("plotly_chart")) == (name != "Pictures")
    app.segmented_control(key=choice.key).set_value("Answers").run()
    app.number_input(key="wanted share").set_value(1.0).run()
    assert set(app.dataframe[-1].value["needed"]) == {10}
    app.number_input(key="wanted share").set_value(100.0).run()
    assert app.dataframe[-1].value["needed"].isna().all()
    project = service.project(store, "digits")
    assert csv_file(store, project, 1).decode().count("\n") == 5
    page = html_file(store, project, 1).decode()
    assert "first &lt;b&gt;try" in page
    assert page.count("plotly-graph-div") >= 5
    assert "<b>try" not in page
    for title in ("PCA of test images", "Sizes of the classes", "How many classes", "Pictures"):
        assert f"<h2>{title}" in page
    # the test images, and what two autoencoders of two sizes make of them
    assert page.count("src='data:image/png;base64,") >= 5
    assert "vae, latent 4: rebuilt" in page
    assert '"automargin":true' in page.partition("plotly-graph-div")[2], "axes are not cut off"
    assert "http://" not in page.partition("<h2>Pictures")[2], "nothing is fetched"


def test_maps_name_the_true_classes_after_a_merge(driver, store, work):
    service.compare(store, "digits", TINY)
    work()
    service.merge_class(store, "digits", 3, 5)
    project = service.project(store, "digits")
    app = driver.visit("compare")
    app.segmented_control(key=f"plot of {project.id} 1").set_value("Maps").run()
    assert not app.exception
    drawn = str(app.get("plotly_chart")[0].proto)
    assert all(f'"name":"{name}"' in drawn.replace("\\", "") for name in "3789")
    assert b"PCA of test images" in html_file(store, project, 1)


def test_images_without_classes_have_their_plots_too(driver, store, work):
    service.compare(store, "digits", TINY)
    work()
    folder = store.project_folder(service.project(store, "digits").id).path
    for path in (folder / "comparisons" / "1" / "cells").glob("*.json"):
        record = json.loads(path.read_text())
        record["scores"] = {"silhouette": 0.5, "psnr": 20.0, "position_error": 1.5}
        record["answers"], record["fit"] = [], None
        record["curve"] = [{**each, "accuracy": None} for each in record["curve"]]
        path.write_text(json.dumps(record))
    app = driver.visit("compare")
    assert not app.exception
    choice = app.segmented_control(key=f"plot of {service.project(store, 'digits').id} 1")
    assert list(choice.options) == ["Scores", "Time", "Maps", "Pictures", "Classes"]
    expected = ["position error, pixels", "PSNR, dB", "silhouette"]
    assert list(app.selectbox(key="compare score").options) == expected
    for name in ("Scores", "Time"):
        app.segmented_control(key=choice.key).set_value(name).run()
        assert "less is better" in str(app.get("plotly_chart")[0].proto)
    page = html_file(store, service.project(store, "digits"), 1).decode()
    assert "By method: position error, pixels" in page


def test_a_comparison_is_renamed_and_deleted(driver, store, work):
    view = service.compare(store, "digits", TINY)
    service.cancel(store, view.job.id)
    app = driver.visit("compare")
    assert "0 of 4 runs are done" in texts(app)
    assert "Run the others" in buttons(app)
    number = service.project(store, "digits").id
    app.text_input(key=f"name of {number} 1 {view.name}").set_value("other")
    app.run()
    button(app, "Rename").click().run()
    assert service.comparison(store, "digits", 1).name == "other"
    app.checkbox(key=f"sure {number} 1").check()
    app.run()
    button(app, "Delete").click().run()
    assert service.comparisons(store, "digits") == []
    assert not app.exception
    for page in ("train", "results", "compare"):
        assert "Resume" not in buttons(driver.visit(page)), "nothing is left to resume"


def test_a_comparison_that_cannot_be_read_is_shown_as_such(driver, store):
    for _ in range(2):
        view = service.compare(store, "digits", TINY)
        service.cancel(store, view.job.id)
    number = view.job.project
    folder = store.project_folder(number).path / "comparisons"
    (folder / "2" / "comparison.json").write_text("{")
    app = driver.visit("compare")
    assert not app.exception
    assert "cannot be read" in texts(app)
    assert "Rename" not in buttons(app)
    assert "Resume" not in buttons(app), "which could only fail"
    choice = app.selectbox(key=f"comparison {number} of 2 2")
    assert choice.options[0].startswith("comparison 2 · cannot be read")
    choice.set_value(1).run()
    assert "Run the others" in buttons(app)
    app.selectbox(key=choice.key).set_value(2).run()
    app.checkbox(key=f"sure {number} 2").check().run()
    button(app, "Delete").click().run()
    assert not app.exception
    assert [view.number for view in service.comparisons(store, "digits")] == [1]


def test_a_job_whose_comparison_is_gone_is_not_offered(driver, store):
    view = service.compare(store, "digits", TINY)
    service.cancel(store, view.job.id)
    assert "Resume" in buttons(driver.visit("train"))
    shutil.rmtree(store.project_folder(view.job.project).path / "comparisons" / "1")
    assert "Resume" not in buttons(driver.visit("train"))


def test_training_can_be_prepared_while_methods_are_compared(driver, store):
    service.compare(store, "digits", TINY)
    app = driver.visit("train")
    assert not app.exception
    assert "Train again from scratch" in [each.label for each in app.expander]


def test_pairs_of_augmentations_leave_the_other_methods_in(driver, store):
    app = driver.visit("compare")
    key = f"compare {service.project(store, 'digits').id}"
    app.multiselect(key=f"{key} methods").set_value(["vae", "pl-ae", "pl-ae:b-ae"]).run()
    app.text_input(key=f"{key} pairs").set_value("crop, cutout")
    button(app, "Start the comparison").click().run()
    assert not app.exception
    assert service.comparisons(store, "digits")[0].config["methods"] == [
        "vae",
        "pl-ae@augmentations=crop",
        "pl-ae@augmentations=crop+cutout",
        "pl-ae@augmentations=cutout",
        "pl-ae:b-ae",
    ]


def test_an_unknown_augmentation_is_refused_before_anything_is_queued(driver, store):
    app = driver.visit("compare")
    key = f"compare {service.project(store, 'digits').id}"
    app.multiselect(key=f"{key} methods").set_value(["pl-ae"]).run()
    app.text_input(key=f"{key} pairs").set_value("crop, blur").run()
    [shown] = [error.value.replace("\\", "") for error in app.error]
    assert shown.startswith("Pairs of augmentations: each must be one of rotation, affine")
    assert shown.endswith("got blur.")
    button(app, "Start the comparison").click().run()
    app.text_input(key=f"{key} pairs").set_value("").run()
    app.text_input(key=f"{key} settings").set_value("augmentations=crop+blur").run()
    assert "got blur" in app.error[0].value
    button(app, "Start the comparison").click().run()
    assert service.comparisons(store, "digits") == []


def test_options_and_numbers():
    catalogue = {"a": {"presets": {"plain": {}, "deep": {"network": "deep"}}}}
    assert method_options(catalogue) == ["a", "a:deep"]
    assert numbers(" 16, 64;") == (16, 64)
    assert numbers("") == ()
