"""The whole loop as a person does it: keys on the Label page, then Review, then Results."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.label_page import all_saved, drawn, labels, open_label, truths

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_digits_are_labelled_by_keys_retrained_and_measured(tab, server):
    store = server.open_store()
    keys = truths(store)
    open_label(tab, server.url)
    for key in keys:
        tab.keyboard.press(key)
    expect(tab.get_by_text("Every card is answered")).to_be_visible()
    all_saved(tab)
    assert [label for label, _ in labels(store).values()] == [int(key) for key in keys]

    tab.keyboard.press("Enter")
    retrain = tab.get_by_role("button", name="Propagate and retrain")
    expect(retrain).to_be_visible()
    drawn(tab)
    retrain.click()
    tab.get_by_text("Round 2 is ready").wait_for()
    tab.get_by_role("button", name="See the results").click()
    accuracy = tab.get_by_test_id("stMetric").filter(has_text="Test accuracy")
    expect(accuracy).to_contain_text(re.compile(r"\d+\.\d%"))
    share = re.search(r"(\d+\.\d)%", accuracy.inner_text())
    assert share is not None
    assert float(share[1]) > 60
    store.close()
