"""One whole round through the app's pages, without a browser."""

from labeller import service
from tests.conftest import QUICK
from tests.service.test_round import label_truly
from tests.ui.driving import Driver, button, buttons, texts


def test_a_round_from_an_empty_workspace_to_its_accuracy(tmp_path, monkeypatch):
    """Create the demo, train, label, review, retrain, and read the results."""
    from labeller.jobs.worker import run_waiting

    store = service.open_store(tmp_path / "workspace")
    driver = Driver(store.folder, monkeypatch)
    app = driver.visit("projects")
    button(app, "Try it with 1,797 handwritten digits").click().run()
    assert not app.exception
    project = service.projects(store)[0]
    for job in service.jobs(store, project):
        if job.kind == "train":
            service.cancel(store, job.id)
    service.train(store, project, QUICK)
    run_waiting(store)

    app = driver.visit("label")
    assert not app.exception
    label_truly(store)

    app = driver.visit("review")
    assert {metric.label: metric.value for metric in app.metric}["Images with a label"] == "1,438"
    button(app, "Propagate and retrain").click().run()
    assert not app.exception
    run_waiting(store)

    app = driver.visit("review")
    assert "Label the next round" in buttons(app)
    app = driver.visit("results")
    shown = {metric.label: metric.value for metric in app.metric}
    assert float(shown["Test accuracy"].rstrip("%")) > 60
    app = driver.visit("export")
    assert not app.exception
    assert "Export" in texts(app)
    store.close()
