"""A notification of the browser when a job ends while the person looks elsewhere."""

import pytest
from playwright.sync_api import expect

from labeller import service
from labeller.config import RoundConfig
from tests.browser.label_page import drawn, open_label
from tests.conftest import QUICK

pytestmark = pytest.mark.browser

# Chromium without windows shows no notifications: what would be shown is written down.
STUB = """
window.told = JSON.parse(sessionStorage.getItem("told") ?? "[]");
window.asked = 0;
window.Notification = class {
  static permission = sessionStorage.getItem("allowed") ?? "default";
  static async requestPermission() {
    window.asked += 1;
    sessionStorage.setItem("allowed", "ANSWER");
    return (this.permission = "ANSWER");
  }
  constructor(title, { body }) {
    window.told.push([title, body]);
    sessionStorage.setItem("told", JSON.stringify(window.told));
  }
};
"""
AWAY = """() => Object.defineProperty(document, "visibilityState", {
  get: () => "hidden", configurable: true })"""
LONG = RoundConfig.model_validate(
    {**QUICK.model_dump(), "train": {**QUICK.train.model_dump(), "epochs": 4000}}
)


def training(server, config=LONG):
    """A training that waits for the worker; returns the store and the number of the job."""
    store = server.open_store()
    return store, service.train(store, "digits", config).id


@pytest.mark.parametrize("away", [True, False])
@pytest.mark.parametrize("page", ["label", "train"])
def test_who_asked_and_looks_elsewhere_is_told_of_the_end(tab, server, page, away):
    tab.add_init_script(STUB.replace("ANSWER", "granted"))
    store, job = training(server)
    tab.goto(f"{server.url}/{page}?project=digits")
    button = tab.get_by_role("button", name="Tell me when it is done")
    button.click()
    expect(tab.get_by_role("button", name="You will be told")).to_be_disabled()
    assert tab.evaluate("asked") == 1
    if away:
        tab.evaluate(AWAY)
    service.cancel(store, job)
    expect(tab.get_by_role("button", name="You will be told")).to_have_count(0)
    drawn(tab)
    expected = [["Training was cancelled", "digits"]] if away else []
    assert tab.evaluate("told") == expected
    store.close()


def test_nobody_is_asked_without_a_click_and_a_refusal_is_said(tab, server):
    tab.add_init_script(STUB.replace("ANSWER", "denied"))
    store, job = training(server)
    open_label(tab, server.url)
    drawn(tab)
    assert tab.evaluate("asked") == 0
    tab.get_by_role("button", name="Tell me when it is done").click()
    expect(tab.get_by_role("button", name="This browser shows no notifications")).to_be_disabled()
    tab.evaluate(AWAY)
    service.cancel(store, job)
    expect(tab.get_by_role("button", name="This browser shows no")).to_have_count(0)
    assert tab.evaluate("told") == []
    store.close()
