"""The Export page: what can be downloaded, what cannot yet, and why."""

import io
import json
import zipfile

import pandas as pd

from labeller import service
from labeller.ui.export import exports, with_images
from tests.conftest import label_all
from tests.support import export_classifier
from tests.ui.driving import Driver, buttons, texts


def downloads(app) -> dict[str, bool]:
    """Each download button's label, and whether it can be pressed."""
    return {each.proto.label: not each.proto.disabled for each in app.get("download_button")}


def test_before_training_there_is_nothing_to_export(tmp_path, monkeypatch):
    store = service.open_store(tmp_path)
    service.create_project(store, "digits", "digits")
    app = Driver(tmp_path, monkeypatch).visit("export")
    assert not app.exception
    assert "Nothing to export yet" in texts(app)
    assert any(label.startswith("Go to") for label in buttons(app))
    store.close()


def test_without_an_answer_downloads_are_off_with_a_reason(driver):
    app = driver.visit("export")
    assert not app.exception
    buttons_there = downloads(app)
    assert {"Download CSV", "Download Parquet"} <= set(buttons_there)
    assert [name for name, can in buttons_there.items() if can] == ["Download the report"]
    assert app.button("prepare classifier").disabled
    assert "Answer at least one question first" in texts(app)
    assert "There is no classifier yet" in texts(app)


def test_with_answers_labels_can_be_downloaded_and_every_column_is_explained(driver, store):
    label_all(store)
    app = driver.visit("export")
    assert not app.exception
    assert downloads(app)["Download CSV"]
    assert downloads(app)["Download Parquet"]
    assert "Download the classifier" not in downloads(app)
    table = service.labels_table(store, "digits")
    explained = exports.column_help(table)
    assert (explained["meaning"] != "").all()
    assert len(app.dataframe[0].value) == 1000


def test_labels_with_images_are_made_when_asked_with_the_settings_of_the_form(driver, store):
    app = driver.visit("export")
    assert [each.disabled for each in app.button if each.label == "Make the zip"] == [True]
    label_all(store)
    app = driver.visit("export")
    key = f"export {service.project(store, 'digits').id}"
    app.selectbox(f"{key} format").select("coco").run()
    assert "Download COCO" not in downloads(app)
    app.number_input(f"{key} coco.minimum_weight").set_value(0.5).run()
    app.button(f"{key} make").click().run()
    assert not app.exception
    assert downloads(app)["Download COCO"]
    assert "there are no image files in digits" in texts(app)
    made = app.session_state[f"{key} made"]
    with zipfile.ZipFile(io.BytesIO(made["content"])) as archive:
        document = json.loads(archive.read("annotations.json"))
        table = service.labels_table(store, "digits")
        assert len(document["images"]) == (table["weight"] >= 0.5).sum()
        assert len(archive.namelist()) == len(document["images"]) + 1
    app.selectbox(f"{key} format").select("imagefolder").run()
    assert "Download Image folder" not in downloads(app)


def test_what_is_too_large_to_download_is_a_command(driver, store, monkeypatch):
    label_all(store)
    monkeypatch.setattr(with_images, "LARGEST", -1)
    app = driver.visit("export")
    assert not app.exception
    assert "too many for a download" in texts(app)
    assert "Make the zip" not in buttons(app)
    commands = "".join(block.value for block in app.code)
    assert "labeller export digits --out labels.imagefolder.zip" in commands


def test_the_delimiter_of_the_form_is_that_of_the_file(driver, store):
    label_all(store)
    project = service.project(store, "digits")
    content = exports.file_of(store, project, "csv", {"delimiter": ";"})
    assert content.startswith(b"image;path;")
    assert driver.visit("export").selectbox(f"export {project.id} csv.delimiter").value == ","


def test_after_a_round_the_classifier_is_prepared_and_downloaded(driver, store, work):
    label_all(store)
    service.propagate(store, "digits")
    service.retrain(store, "digits", next_round=False)
    work()
    app = driver.visit("export")
    assert not app.exception
    app.button("prepare classifier").click().run()
    assert not app.exception
    assert "It is being written" in texts(app)
    assert app.button("prepare classifier").disabled
    work()
    app = driver.visit("export")
    assert all(downloads(app).values())
    assert "Download the classifier" in downloads(app)
    assert "load_classifier" in "".join(block.value for block in app.code)
    explained = exports.column_help(service.labels_table(store, "digits"))
    assert (explained["meaning"] != "").all()


def test_the_files_hold_the_table(store):
    label_all(store)
    project = service.project(store, "digits")
    table = service.labels_table(store, "digits")
    for format, read in (("csv", pd.read_csv), ("parquet", pd.read_parquet)):
        found = read(io.BytesIO(exports.file_of(store, project, format)))
        assert list(found.columns) == list(table.columns)
        assert found["label"].fillna(-1).tolist() == table["label"].tolist()
        assert found["label"].isna().tolist() == found["name"].isna().tolist()


def test_the_python_that_the_page_shows_labels_an_image(store, work, tmp_path, monkeypatch, capsys):
    from PIL import Image

    label_all(store)
    service.propagate(store, "digits")
    service.retrain(store, "digits", next_round=False)
    work()
    project = service.project(store, "digits")
    archive = tmp_path / f"{exports.file_name(project, 'classifier')}.zip"
    export_classifier(store, "digits", archive)
    Image.fromarray(service.images(store, project, [0])[0, ..., 0]).save(tmp_path / "new.png")
    monkeypatch.chdir(tmp_path)
    exec(exports.snippet(project), {})
    assert "% sure" in capsys.readouterr().out


def test_file_names_are_safe(store):
    import dataclasses

    project = dataclasses.replace(service.project(store, "digits"), name="../my cats")
    assert exports.file_name(project, "labels") == "my-cats-labels"
    assert "labeller export '../my cats'" in exports.commands(project)
