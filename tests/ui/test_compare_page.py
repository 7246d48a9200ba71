"""The Compare page: the form, a finished comparison with all its plots, names, files, deletion."""

import shutil

import pytest

from labeller import service
from labeller.comparison.plan import CompareConfig
from labeller.config import TrainConfig
from labeller.store.files import read_json, write_json
from labeller.ui.compare.report import csv_file, html_file
from tests.ui.driving import button, buttons, texts

pytestmark = pytest.mark.usefixtures("catalogue")

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
        record = read_json(path)
        record["scores"] = {"silhouette": 0.5, "psnr": 20.0, "position_error": 1.5}
        record["answers"], record["fit"] = [], None
        record["curve"] = [{**each, "accuracy": None} for each in record["curve"]]
        write_json(path, record)
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
    assert "is damaged" in texts(app)
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


def test_what_does_not_apply_to_methods_without_training_is_left_out_or_said(driver, store, work):
    untrained = ("pca", "random-projection")
    alone = TINY.model_copy(update={"methods": untrained, "settings": {}})
    service.compare(store, "digits", alone)
    service.compare(store, "digits", TINY.model_copy(update={"methods": (*untrained, "ae")}))
    work()
    project = service.project(store, "digits")
    for number in (1, 2):
        app = driver.visit("compare")
        assert not app.exception
        page = html_file(store, project, number).decode()
        assert ("<h2>Against training time" in page) == (number == 2)
        assert ("<h2>Linear probe against epoch" in page) == (number == 2)
    choice = app.segmented_control(key=f"plot of {project.id} 2")
    assert "Time" in choice.options
    for name in choice.options:
        app.segmented_control(key=choice.key).set_value(name).run()
        assert not app.exception, name
        if name == "Epochs":
            assert "Not trained, so without epochs: pca, random\\-projection." in texts(app)
    service.delete_comparison(store, project, 2)
    app = driver.visit("compare")
    choice = app.segmented_control(key=f"plot of {project.id} 1")
    assert "Time" not in choice.options
    app.segmented_control(key=choice.key).set_value("Epochs").run()
    assert "without epochs" in texts(app)
    assert "No probes were made" in texts(app)
