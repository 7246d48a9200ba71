"""The Projects page: the demo, a new project from each kind of source, and what a card offers."""

import io
import zipfile

import pytest

from labeller import service
from labeller.ui.projects import saving
from labeller.ui.projects.cards import describe
from labeller.ui.projects.creation import class_names, free_name, source_text
from tests.ui.driving import Driver, button, buttons, texts


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A driver on an empty workspace, and the store of it."""
    store = service.open_store(tmp_path / "workspace")
    yield Driver(tmp_path / "workspace", monkeypatch), store
    store.close()


def test_an_empty_workspace_offers_the_demo_and_starts_it(empty):
    driver, store = empty
    app = driver.visit("projects")
    assert not app.exception
    assert "Label thousands of images" in texts(app)
    button(app, "Try it with 1,797 handwritten digits").click().run()
    assert [project.name for project in service.projects(store)] == ["digits"]
    assert sorted(job.kind for job in service.jobs(store)) == ["ingest", "train", "train"]


def test_a_project_from_a_named_source_takes_its_name_and_preset(empty):
    driver, store = empty
    app = driver.visit("projects")
    app.radio(key="new preset").set_value("paper")
    app.selectbox(key="new.encoder").set_value("lite0")
    button(app, "Create project").click().run()
    (project,) = service.projects(store)
    assert (project.name, project.source, project.preset) == ("digits", "digits", "paper")
    assert project.config.encode.encoder == "lite0"
    assert project.state == "importing"


def test_the_encoder_is_chosen_from_the_images_unless_one_is_named(empty):
    driver, store = empty
    app = driver.visit("projects")
    assert app.selectbox(key="new.encoder").value == "auto"
    assert "Chosen from the images" in texts(app)
    button(app, "Create project").click().run()
    assert service.jobs(store)[0].arguments["choose_encoder"]
    app = driver.visit("projects")
    app.selectbox(key="new.encoder").set_value("lite0").run()
    button(app, "Create project").click().run()
    assert not service.jobs(store)[0].arguments["choose_encoder"]
    assert service.projects(store)[0].config.encode.encoder == "lite0"


def test_an_import_in_progress_is_shown_with_its_project(empty):
    driver, store = empty
    service.create_project(store, "my_digits", "digits")
    app = driver.visit("projects")
    assert not app.exception
    assert r"my\_digits" in texts(app)
    assert "importing" in texts(app)
    assert "the worker starts" in texts(app)


def test_a_folder_that_does_not_exist_is_said_and_creates_nothing(empty):
    driver, store = empty
    app = driver.visit("projects")
    app.segmented_control(key="kind of source").set_value("folder").run()
    app.text_input(key="folder").set_value("/no/such/folder").run()
    button(app, "Create project").click().run()
    assert "no/such/folder" in app.error[0].value.replace("\\", "")
    assert service.projects(store) == []


def test_a_folder_is_found_by_looking_through_them(empty, tmp_path, monkeypatch):
    driver, store = empty
    (tmp_path / "my*pictures" / "cats").mkdir(parents=True)
    (tmp_path / "my*pictures" / "dogs.zip").touch()
    monkeypatch.setenv("LABELLER_FOLDERS", str(tmp_path / "my*pictures"))
    app = driver.visit("projects")
    app.segmented_control(key="kind of source").set_value("folder").run()
    assert "1 folder, 1 file of images." in texts(app)
    button(app, r"dogs\.zip").click().run()
    assert app.text_input(key="folder").value == str(tmp_path / "my*pictures" / "dogs.zip")
    button(app, "cats").click().run()
    assert "Nothing that holds images." in texts(app)
    assert "Use this folder" not in buttons(app)
    button(app, r"\.\.").click().run()
    button(app, "Use this folder").click().run()
    assert app.text_input(key="folder").value == str(tmp_path / "my*pictures")
    assert not app.exception
    assert service.projects(store) == []


def test_a_failed_import_says_why_and_can_be_tried_again(empty, tmp_path):
    from labeller.jobs.worker import run_waiting

    driver, store = empty
    bad = tmp_path / "broken.zip"
    bad.write_bytes(b"this is no zip")
    service.create_project(store, "broken", str(bad))
    run_waiting(store)
    app = driver.visit("projects")
    assert len(app.error) == 1
    assert "zip" in app.error[0].value
    button(app, "Import again").click().run()
    assert service.jobs(store)[0].state == "queued"


def test_what_was_left_out_is_listed_with_its_reason(empty, tmp_path):
    from labeller.jobs.worker import run_waiting
    from tests.support import write_digit_folder

    driver, store = empty
    folder = write_digit_folder(tmp_path / "images")
    (folder / "train" / "0" / "words.png").write_text("not an image")
    service.create_project(store, "mine", str(folder))
    run_waiting(store)
    app = driver.visit("projects")
    assert not app.exception
    assert any(
        "found" in caption.value and "1 left out" in caption.value for caption in app.caption
    )
    assert any(expander.label == "1 left out" for expander in app.expander)
    assert "words.png" in app.dataframe[0].value["first"].iloc[0]
    assert app.dataframe[0].value["reason"].iloc[0] == "not an image"


def test_an_uploaded_zip_becomes_a_project(empty):
    driver, store = empty
    app = driver.visit("projects")
    app.segmented_control(key="kind of source").set_value("upload").run()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.png", b"")
    app.file_uploader(key="upload").set_value(("cats.zip", stream.getvalue(), "application/zip"))
    app.run()
    app.text_input(key="new classes").set_value("cat, dog").run()
    button(app, "Create project").click().run()
    (project,) = service.projects(store)
    assert project.name == "cats"
    assert [each.name for each in project.classes] == ["cat", "dog"]
    assert service.jobs(store)[0].arguments["source"].endswith("/cats.zip")


def test_a_card_shows_where_the_project_stands(store, monkeypatch):
    app = Driver(store.folder, monkeypatch).visit("projects")
    assert not app.exception
    assert "1,797 images · 8 × 8 pixels, grey · 10 classes" in texts(app)
    assert [metric.label for metric in app.metric] == [
        "Round",
        "Answers",
        "Images with a label",
        "Test accuracy",
    ]
    assert "Open" in buttons(app)


def test_images_are_added_on_the_card(store, monkeypatch, tmp_path):
    from labeller.jobs.worker import run_waiting
    from tests.support import write_digit_folder

    monkeypatch.setattr(service, "ensure_worker", lambda store: None)
    driver = Driver(store.folder, monkeypatch)
    number = service.project(store, "digits").id
    app = driver.visit("projects")
    app.text_input(key=f"source {number}").set_value(str(tmp_path / "nowhere")).run()
    button(app, "Add").click().run()
    assert "here is no folder or file" in app.error[0].value
    folder = write_digit_folder(tmp_path / "more")
    app.text_input(key=f"source {number}").set_value(str(folder)).run()
    button(app, "Add").click().run()
    assert service.jobs(store)[0].arguments["source"] == str(folder)
    run_waiting(store)
    app = driver.visit("projects")
    assert not app.exception
    assert any("Added: 537 found" in caption.value for caption in app.caption)


def test_rename_duplicate_and_delete(store, monkeypatch):
    driver = Driver(store.folder, monkeypatch)
    number = service.project(store, "digits").id
    app = driver.visit("projects")
    app.text_input(key=f"name {number} digits").set_value("numerals").run()
    button(app, "Rename").click().run()
    assert [project.name for project in service.projects(store)] == ["numerals"]

    app = driver.visit("projects")
    button(app, "Duplicate").click().run()
    assert {project.name for project in service.projects(store)} == {"numerals", "numerals copy"}

    app = driver.visit("projects")
    assert app.button(key=f"delete {number}").disabled
    app.text_input(key=f"sure {number}").set_value("numerals").run()
    app.button(key=f"delete {number}").click().run()
    assert [project.name for project in service.projects(store)] == ["numerals copy"]


def test_a_project_is_saved_as_a_file_and_opened_again(store, monkeypatch):
    driver = Driver(store.folder, monkeypatch)
    number = service.project(store, "digits").id
    app = driver.visit("projects")
    app.button(key=f"save {number}").click().run()
    assert not app.exception
    (offered,) = app.get("download_button")
    assert offered.proto.label.startswith("Download, ")
    content = app.session_state[f"saved {number}"]["content"]

    app = driver.visit("projects")
    assert app.button(key="open saved").disabled
    app.file_uploader(key="saved project").set_value(("d.labeller", content, "application/zip"))
    app.run()
    app.button(key="open saved").click().run()
    assert "There is a project 'digits' already" in app.error[0].value.replace("\\", "")
    app.text_input(key="saved name").set_value("back").run()
    app.button(key="open saved").click().run()
    assert {view.name for view in service.projects(store)} == {"digits", "back"}
    assert not list((store.folder / "uploads").iterdir())


def test_a_file_too_large_to_download_is_a_command(store, monkeypatch):
    monkeypatch.setattr(saving, "LARGEST", 0)
    app = Driver(store.folder, monkeypatch).visit("projects")
    app.button(key=f"save {service.project(store, 'digits').id}").click().run()
    assert "too much for a download" in texts(app)
    assert app.code[0].value == "labeller save digits project.labeller"


def test_a_name_that_is_taken_is_refused_with_a_sentence(store, monkeypatch):
    app = Driver(store.folder, monkeypatch).visit("projects")
    app.text_input(key="new name").set_value("digits").run()
    button(app, "Create project").click().run()
    assert "There is a project" in app.error[0].value
    assert len(service.projects(store)) == 1


def test_words_of_people_are_escaped(empty):
    driver, store = empty
    service.create_project(store, "![x](http:example)", "digits")
    assert "![x](" not in texts(driver.visit("projects"))


def test_small_words():
    assert class_names(" cat, dog;cat,, a b ") == ["cat", "dog", "a b"]
    assert free_name("x", {"x", "x 2"}) == "x 3"
    source = {"title": "T", "count": 7000, "size": 28, "channels": 3, "download": True}
    assert source_text(source) == "T: 7,000 images, 28 pixels, colour, downloaded once"


def test_a_path_is_described_by_its_last_part(store):
    import dataclasses

    project = dataclasses.replace(service.project(store, "digits"), source="/data/my cats.zip")
    assert describe(project).startswith(r"my cats\.zip · ")
