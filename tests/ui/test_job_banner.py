"""The job banner: above the cards it is a line, so that the card stays whole on the screen."""

import pytest

from labeller import service
from tests.conftest import QUICK
from tests.ui.driving import Driver, button, buttons, texts


@pytest.mark.parametrize(("page", "boxed"), [("label", False), ("explore", True)])
def test_a_running_job_can_be_watched_and_cancelled(store, monkeypatch, page, boxed):
    driver = Driver(store.folder, monkeypatch)
    job = service.train(store, "digits", QUICK)
    app = driver.visit(page)
    assert not app.exception
    # A line has its words at the bar of progress, a box above it.
    assert ("the worker starts**" in texts(app)) == boxed
    button(app, "Cancel").click().run()  # which runs the page here, and a fragment in a browser
    assert service.job(store, job.id).state == "cancelled"
    app = driver.visit(page)
    assert "Cancel" not in buttons(app)
    assert "Resume" in buttons(app)
