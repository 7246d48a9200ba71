"""The Train page: the form becomes a training, progress is shown, and an end leads on."""

import dataclasses

import pytest

from labeller import service
from labeller.config import CHOOSE
from labeller.events import Progress
from labeller.jobs import liveness, queue
from labeller.ui.frame.job_banner import stage_text
from labeller.ui.frame.text import escape
from tests.conftest import QUICK
from tests.ui.driving import Driver, button, buttons, texts

pytestmark = pytest.mark.usefixtures("catalogue")


def test_without_a_project_one_button_leads_to_projects(tmp_path, monkeypatch):
    app = Driver(tmp_path / "empty", monkeypatch).visit("train")
    assert buttons(app) == ["Create a project"]


def test_before_the_import_ends_its_progress_is_shown(tmp_path, monkeypatch):
    store = service.open_store(tmp_path)
    service.create_project(store, "digits", "digits")
    app = Driver(tmp_path, monkeypatch).visit("train")
    assert not app.exception
    assert "Start training" not in buttons(app)
    assert "the worker starts" in texts(app)
    store.close()


def test_until_the_worker_wrote_the_methods_the_page_says_so(store, monkeypatch):
    monkeypatch.setattr(service, "methods", lambda store: None)
    app = Driver(store.folder, monkeypatch).visit("train")
    assert not app.exception
    assert "Starting the worker" in texts(app)


def test_a_trained_project_leads_to_labelling_and_shows_its_curves(driver):
    app = driver.visit("train")
    assert not app.exception
    assert "10 questions wait" in texts(app)
    assert "Start labelling" in buttons(app)
    assert len(app.get("plotly_chart")) == 1


def test_why_the_encoder_was_chosen_is_said_beside_it(driver):
    assert "the originals are 8 px, too small for a network" in texts(driver.visit("train"))


def test_what_a_training_had_to_take_in_place_of_a_file_is_said(driver, store):
    job = service.last_job(store, "digits", "train")
    queue.record(store, job.id, Progress("cards", notice="the stem was taken"))
    assert [each.value for each in driver.visit("train").warning] == ["The stem was taken\\."]


def test_the_form_becomes_the_settings_of_the_training(driver, store):
    number = service.project(store, "digits").id
    app = driver.visit("train")
    app.selectbox(key=f"{number} method").set_value("ae").run()
    app.number_input(key=f"{number} train.epochs").set_value(3).run()
    app.number_input(key=f"{number} train.validation").set_value(0.1).run()
    app.number_input(key=f"{number} ask.clusters").set_value(20).run()
    app.selectbox(key=f"{number} ask.algorithm").set_value("kmeans").run()
    button(app, "Start training").click().run()
    assert not app.exception
    job = service.active_job(store, "digits")
    config = service.project(store, "digits").config
    assert job is not None
    assert job.kind == "train"
    assert config.train.validation == 0.1
    assert (config.method, config.train.epochs) == ("ae", 3)
    assert (config.cluster.clusters, config.cluster.algorithm) == (20, "kmeans")


def test_the_encoder_is_chosen_with_its_settings_and_a_missing_file_is_said(driver, store):
    number = service.project(store, "digits").id
    app = driver.visit("train")
    app.selectbox(key=f"{number} encode.encoder").set_value("file").run()
    app.text_input(key=f"{number} encode.file.path").set_value("/nosuch.npy").run()
    button(app, "Start training").click().run()
    assert not app.exception
    assert "There is no file of features" in texts(app)
    assert service.active_job(store, "digits") is None
    app.selectbox(key=f"{number} encode.encoder").set_value("lite0").run()
    assert escape("Licence: Apache-2.0.") in texts(app)
    button(app, "Start training").click().run()
    assert not app.exception
    assert service.project(store, "digits").config.encode.encoder == "lite0"
    job = service.active_job(store, "digits")
    speed = {"images_per_second": 77.0, "seconds_left": 65.0}
    queue.claim(store, liveness.worker_name("cpu"))
    queue.record(store, job.id, Progress("encode-features", 64, 1797, "half", metrics=speed))
    shown = texts(driver.visit("train"))
    assert "**Computing features** &nbsp;" in shown
    assert "Images done" in shown


def test_every_setting_of_every_method_has_a_widget_with_help(driver, store):
    number = service.project(store, "digits").id
    app = driver.visit("train")
    catalogue = service.methods(store)
    assert catalogue
    key_of = f"{number}"
    for name, entry in sorted(catalogue.items(), key=lambda item: item[1]["reads"] == "features"):
        if entry["reads"] == "features" and key_of == f"{number}":  # offered with an encoder
            assert entry["title"] not in app.selectbox(key=f"{number} method").options
            app.selectbox(key=f"{number} encode.encoder").set_value("lite0").run()
            key_of = f"{number} lite0"
        app.selectbox(key=f"{key_of} method").set_value(name).run()
        assert not app.exception
        widgets = [*app.number_input, *app.selectbox, *app.toggle, *app.text_input]
        keys = {widget.key: widget for widget in widgets if widget.key}
        for setting in entry["schema"]["properties"]:
            beginning = f"{key_of} method {name} standard.{setting}"
            assert any(key.startswith(beginning) for key in keys), setting


def test_a_training_under_way_is_shown_and_can_be_cancelled(driver, store):
    job = service.train(store, "digits", QUICK)
    app = driver.visit("train")
    assert not app.exception
    assert "Start training" not in buttons(app)
    button(app, "Cancel").click().run()
    assert service.job(store, job.id).state in ("cancelled", "queued", "running")


def test_a_cancelled_training_can_be_resumed(driver, store):
    job = service.train(store, "digits", QUICK)
    service.cancel(store, job.id)
    app = driver.visit("train")
    assert "was cancelled" in texts(app)
    button(app, "Resume").click().run()
    assert service.job(store, job.id).state == "queued"


def test_ask_again_opens_a_round_with_other_clusters(driver, store, work):
    number = service.project(store, "digits").id
    app = driver.visit("train")
    app.number_input(key=f"{number} again.clusters").set_value(15).run()
    button(app, "Ask again").click().run()
    assert not app.exception
    work()
    assert len(service.cards(store, "digits")) == 15


def test_the_number_of_clusters_can_be_chosen_for_the_person_and_overruled(driver, store, work):
    number = service.project(store, "digits").id
    app = driver.visit("train")
    app.toggle(key=f"{number} again.clusters chosen").set_value(True).run()
    assert app.number_input(key=f"{number} again.clusters").disabled
    button(app, "Ask again").click().run()
    assert not app.exception
    assert service.project(store, "digits").config.cluster.clusters == CHOOSE
    work()
    counts = service.cluster_counts(store, "digits")
    assert counts is not None
    app = driver.visit("train")
    assert not app.exception
    assert f"Why {counts.best} questions?" in texts(app)
    assert len(app.get("plotly_chart")) == 2
    # A training from scratch follows the wish; asking again starts from the number there is.
    assert app.toggle(key=f"{number} ask.clusters chosen").value
    assert not app.toggle(key=f"{number} again.clusters chosen").value
    assert app.number_input(key=f"{number} again.clusters").value == counts.best
    assert "as many questions as suit them" in texts(app)


def test_what_was_typed_for_one_project_does_not_appear_for_another(driver, store):
    first = service.project(store, "digits")
    second = service.duplicate_project(store, first, "other")
    app = driver.visit("train", "digits")
    app.number_input(key=f"{first.id} train.epochs").set_value(77).run()
    app.sidebar.selectbox[0].set_value(second.id).run()
    assert app.number_input(key=f"{second.id} train.epochs").value == second.config.train.epochs


def test_a_method_without_training_has_no_epochs_to_choose_and_no_curves(driver, store, work):
    number = service.project(store, "digits").id
    app = driver.visit("train")
    app.selectbox(key=f"{number} method").set_value("pca").run()
    assert not app.exception
    keys = {widget.key for widget in app.number_input}
    assert f"{number} train.seed" in keys
    assert not {f"{number} train.{name}" for name in ("epochs", "learning_rate")} & keys
    assert "This method is not trained" in texts(app)
    assert "images, no epochs" in texts(app)
    button(app, "Start training").click().run()
    assert not app.exception
    work()
    app = driver.visit("train")
    assert not app.exception
    assert "nothing was trained in epochs" in texts(app)
    assert not app.get("plotly_chart")


def test_a_fit_under_way_is_the_first_step(driver, store):
    job = service.train(store, "digits", QUICK.model_copy(update={"method": "pca"}))
    queue.record(store, job.id, Progress("fit", 5, 10, "pca is not trained"))
    app = driver.visit("train")
    assert not app.exception
    assert "**Training**" in texts(app)
    assert "Pca is not trained" in texts(app)


def test_how_many_of_the_features_are_there_is_one_number(driver, store):
    job = service.train(store, "digits", QUICK)
    queue.record(store, job.id, Progress("encode-features", 1532, 1797, "EfficientNet-Lite0"))
    shown = {metric.label: metric.value for metric in driver.visit("train").metric}
    assert list(shown) == ["Images done", "Images per second", "Time left"]
    assert shown["Images done"] == "1,532 of 1,797"


@pytest.mark.parametrize(
    ("stage", "words"), [("ingest", "Importing images"), ("student", "Teaching the classifier")]
)
def test_stages_have_words_of_people(store, stage, words):
    job = service.train(store, "digits", QUICK)
    queue.record(store, job.id, Progress(stage, 1, 2))
    started = dataclasses.replace(service.job(store, job.id), state="running")
    assert stage_text(started) == words
