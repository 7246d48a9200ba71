"""Files that the app gives out and takes back: the classifier, the report, a whole project."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import labeller
from labeller import service
from labeller.jobs.worker import run_waiting
from tests.browser.conftest import Server
from tests.browser.label_page import drawn
from tests.conftest import label_all

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def downloaded(tab: Page, button: str, path: Path) -> Path:
    """What a download button gives, as that file."""
    with tab.expect_download() as download:
        tab.get_by_role("button", name=button).click()
    download.value.save_as(path)
    return path


def test_the_classifier_is_prepared_by_the_worker_and_the_report_needs_nothing(
    tab: Page, server: Server, tmp_path: Path
) -> None:
    store = server.open_store()
    label_all(store)
    service.propagate(store, "digits")
    service.retrain(store, "digits", next_round=False)
    run_waiting(store)
    store.close()
    tab.goto(f"{server.url}/export?project=digits")
    tab.get_by_role("button", name="Prepare the classifier").click()
    path = downloaded(tab, "Download the classifier", tmp_path / "net.zip")
    assert labeller.load_classifier(path, device="cpu").classes == tuple("0123456789")

    report = downloaded(tab, "Download the report", tmp_path / "report.html")
    asked: list[str] = []
    page = tab.context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(message.text))
    page.goto(f"file://{report}")
    expect(page.get_by_role("heading", name="Which classes are mixed up")).to_be_visible()
    assert [one for one in asked if not one.startswith("data:")] == [f"file://{report}"]


def test_a_project_goes_out_and_comes_back(tab: Page, server: Server, tmp_path: Path) -> None:
    tab.goto(server.url)
    expect(tab.get_by_role("heading", name="digits")).to_be_visible()
    drawn(tab)
    tab.get_by_test_id("stPopoverButton").first.click()
    tab.get_by_role("button", name="Save as a file").click()
    path = downloaded(tab, "Download, ", tmp_path / "digits.labeller")
    tab.keyboard.press("Escape")
    tab.get_by_text("Open a saved project").click()
    tab.get_by_test_id("stFileUploaderDropzoneInput").last.set_input_files(path)
    saved = tab.get_by_test_id("stExpander").filter(has_text="Open a saved project")
    saved.get_by_label("Name").fill("again")
    saved.get_by_label("Name").press("Tab")
    saved.get_by_role("button", name="Open it").click()
    expect(tab.get_by_role("heading", name="Label")).to_be_visible()
    store = server.open_store()
    assert {view.name for view in service.projects(store)} == {"digits", "again"}
    store.close()
