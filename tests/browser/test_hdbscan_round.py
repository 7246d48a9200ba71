"""A round with an algorithm that leaves images out, chosen on the Train page."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from labeller import service
from tests.browser.label_page import all_saved, drawn, open_label, truths

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def choose(tab: Page, part: Locator, label: str, option: str) -> None:
    """Picks an option of one of Streamlit's lists."""
    part.get_by_test_id("stSelectbox").filter(has_text=label).locator("input").first.click()
    tab.get_by_role("option", name=option, exact=True).click()
    drawn(tab)


def test_a_round_is_asked_with_hdbscan_and_the_next_one_too(tab, server):
    store = server.open_store()
    tab.goto(f"{server.url}/train?project=digits")
    tab.get_by_text("Ask again with other clusters").click()
    drawn(tab)
    again = tab.get_by_test_id("stExpander").filter(has_text="Ask again with other clusters")
    choose(tab, again, "Algorithm", "HDBSCAN")
    expect(again.get_by_text("finds the number of clusters")).to_be_visible()
    expect(again.get_by_label("Clusters", exact=True)).to_have_count(0)
    again.get_by_role("button", name="Ask again").click()
    expect(tab.get_by_text("Round 2:", exact=False)).to_be_visible()

    left_out = service.labelling(store, "digits").noise
    assert left_out > 0
    asked = sum(card.size for card in service.cards(store, "digits"))
    assert asked + left_out == service.project(store, "digits").train
    open_label(tab, server.url)
    note = tab.get_by_text(re.compile(f"Left out by the clustering: {left_out:,} image"))
    expect(note).to_be_visible()
    for key in truths(store):
        tab.keyboard.press(key)
    expect(tab.get_by_text("Every card is answered")).to_be_visible()
    all_saved(tab)
    labels = service.propagate(store, "digits").labels
    assert (labels >= 0).sum() == asked

    tab.keyboard.press("Enter")
    drawn(tab)
    tab.get_by_role("button", name="Propagate and retrain").click()
    tab.get_by_text("Round 3 is ready").wait_for()
    assert service.current_round(store, "digits").config.cluster.algorithm == "hdbscan"
    store.close()
