"""The Results page: numbers of finished rounds, and an honest page when nothing can be measured."""

from labeller import service
from labeller.store.schema import Project
from labeller.ui.widgets import gallery
from tests.conftest import QUICK, label_all
from tests.service.test_round import label_truly
from tests.support import write_digit_folder
from tests.ui.driving import Driver, buttons, texts


def test_before_the_first_round_ends_the_page_says_what_is_missing(driver):
    app = driver.visit("results")
    assert not app.exception
    assert "No finished round yet" in texts(app)
    assert "Go to Label" in buttons(app)
    assert "round by round" in texts(app)


def test_a_finished_round_shows_accuracy_confusion_and_centres(driver, store, work, monkeypatch):
    label_truly(store)
    service.propagate(store, "digits")
    service.retrain(store, "digits")
    work()
    app = driver.visit("results")
    assert not app.exception
    shown = {metric.label: metric.value for metric in app.metric}
    assert list(shown) == [
        "Test accuracy",
        "Labels that are right",
        "Images with a label",
        "Answers given",
    ]
    assert shown["Answers given"] == "10"
    assert shown["Images with a label"] == "100.0%"
    assert shown["Test accuracy"].endswith("%")
    assert len(app.get("plotly_chart")) == 3
    app.segmented_control(key="split").set_value("train").run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 3
    assert "with simulated answers, one run each" in texts(app)
    monkeypatch.setattr("labeller.figures.recorded", lambda source: ())
    with store.write() as session:
        session.get(Project, 1).source = "/somewhere/uploads/1b8855c8/clothes.zip"
    app.run()
    assert r"No baselines are recorded for clothes\.zip:" in texts(app)
    assert len(app.get("plotly_chart")) == 2


def test_without_true_labels_the_page_says_that_accuracy_is_unknown(tmp_path, monkeypatch):
    from labeller.jobs.worker import run_waiting

    flat = tmp_path / "flat"
    flat.mkdir()
    for number, path in enumerate(sorted(write_digit_folder(tmp_path / "images").rglob("*.png"))):
        path.rename(flat / f"{number}.png")
    store = service.open_store(tmp_path / "workspace")
    names = [str(digit) for digit in range(10)]
    service.create_project(store, "flat", str(flat), classes=names)
    service.train(store, "flat", QUICK)
    run_waiting(store)
    label_all(store, "flat")
    service.propagate(store, "flat")
    service.retrain(store, "flat", next_round=False)
    run_waiting(store)
    app = Driver(store.folder, monkeypatch).visit("results")
    assert not app.exception
    assert "No true labels known" in texts(app)
    assert [metric.label for metric in app.metric] == ["Images with a label", "Answers given"]
    assert len(app.get("plotly_chart")) == 1
    assert "Not known without true labels" in texts(app)
    for image in service.draw_audit(store, "flat", service.audit_sizes(store, "flat")[0]).images:
        service.answer_audit(store, "flat", image, 1)
    found = service.budget(store, "flat")
    assert found.measured_on == "audit"
    assert found.ahead is None
    (only,) = found.rounds
    assert 0 <= only.low <= only.accuracy <= only.high <= 1
    app = Driver(store.folder, monkeypatch).visit("results")
    assert not app.exception
    assert len(app.get("plotly_chart")) == 2
    assert "Not known without true labels" not in texts(app)
    store.close()


def test_captions_of_centres_are_escaped_and_say_how_sure(store):
    import numpy as np

    (answer,) = [
        service.answer(store, "digits", service.cards(store, "digits")[0].node, given)
        for given in [_label(3, 0.8)]
    ]
    names = {3: "<img src=x>"}
    image = np.zeros((8, 8, 1), np.uint8)
    html = gallery._row([gallery._centre(("1", image, answer), names)])
    assert "<img src=x>" not in html
    assert "&lt;img src=x&gt;" in html
    assert "80% sure" in html
    assert gallery.answer_text(None, names) == "no answer"


def _label(label: int, confidence: float):
    from labeller.rounds.answer import Answer

    return Answer("label", label, confidence)
