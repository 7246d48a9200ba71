"""Card and panel on one screen of a small laptop, and nothing that moves under the hands."""

import pytest
from playwright.sync_api import expect

from tests.browser.label_page import drawn, open_label

pytestmark = pytest.mark.browser

PARTS = (".evidence", ".panel", ".strip", ".chips")


def places(tab):
    return {part: tab.locator(part).bounding_box() for part in PARTS}


@pytest.mark.parametrize("size", [(1024, 700), (1024, 768), (1440, 900)])
def test_card_and_panel_are_on_one_screen(tab, server, size):
    tab.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    open_label(tab, server.url)
    drawn(tab)
    expect(tab.get_by_role("heading", name="Label")).to_be_in_viewport(ratio=1)
    for part in (".evidence", ".panel"):
        expect(tab.locator(part)).to_be_in_viewport(ratio=1)
    undo = tab.get_by_role("button", name="Undo")
    expect(undo).to_be_in_viewport(ratio=1)


def test_opening_split_moves_nothing(tab, server):
    tab.set_viewport_size({"width": 1024, "height": 700})
    open_label(tab, server.url)
    drawn(tab)
    before = places(tab)
    tab.keyboard.press("s")
    expect(tab.get_by_text("Split into how many?")).to_be_visible()
    assert places(tab) == before


def test_the_panel_stays_in_sight_when_the_page_is_scrolled(tab, server):
    tab.set_viewport_size({"width": 1024, "height": 420})
    open_label(tab, server.url)
    drawn(tab)
    card, panel = tab.locator(".evidence"), tab.locator(".panel")
    card.evaluate("card => card.scrollIntoView(true)")
    expect(panel).to_be_in_viewport(ratio=1)
    assert card.bounding_box()["y"] < 20 < panel.bounding_box()["y"]


def test_tab_goes_through_card_and_panel_before_the_tiles(tab, server):
    open_label(tab, server.url)
    drawn(tab)
    order = tab.evaluate(
        """() => [...document.querySelectorAll("*")].map((host) => host.shadowRoot)
          .find((root) => root?.querySelector(".tile"))
          .querySelectorAll(".member, .chip, .tile").values().map((each) => each.classList[0])
          .toArray()"""
    )
    assert order == sorted(order, key=["member", "chip", "tile"].index)


def test_the_pictures_of_the_strip_have_names(tab, server):
    open_label(tab, server.url)
    drawn(tab)
    expect(tab.get_by_role("button", name="Card 1, ")).to_have_count(1)
    assert tab.locator("[role=img]:not([aria-label])").count() == 0
    assert tab.locator('[role=img][aria-label=""]').count() == 0
