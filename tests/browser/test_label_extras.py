"""On the Label page: the original, guidelines, keys of one's own, and several tiles at once."""

import pytest
from playwright.sync_api import expect

from labeller import service
from tests.browser.label_page import all_saved, drawn, focused, labels, open_label, saved_tiles

pytestmark = pytest.mark.browser


@pytest.fixture(params=["light", "dark"])
def themed(tab, request):
    """The window in one of both themes."""
    tab.emulate_media(color_scheme=request.param)
    return tab


def test_the_original_opens_over_the_page_and_escape_closes_it(themed, server):
    store = server.open_store()
    card = service.cards(store, "digits")[0]
    store.close()
    open_label(themed, server.url)
    drawn(themed)
    themed.keyboard.press("z")
    shown = themed.locator("dialog.original")
    expect(shown.locator("img")).to_be_visible()
    expect(shown.locator(".caption")).to_contain_text("8 × 8 px")
    expect(shown.locator(".caption")).to_contain_text("as it is stored")
    themed.keyboard.press("3")  # no answer while it is open
    first = shown.locator("img").get_attribute("alt")
    themed.keyboard.press("ArrowRight")
    expect(shown.locator("img")).not_to_have_attribute("alt", str(first))
    themed.keyboard.press("Escape")
    expect(shown).not_to_be_visible()
    themed.locator(".members .member").nth(2).dblclick()
    expect(shown.locator("img")).to_be_visible()
    expect(themed.locator(".member[aria-pressed=true]")).to_have_count(0)  # two clicks, no mark
    themed.keyboard.press("z")
    expect(shown).not_to_be_visible()
    assert len(card.shown) > 3
    expect(themed.locator(".tile.labelled")).to_have_count(0)


def test_guidelines_are_written_with_the_classes_and_shown_beside_the_card(themed, server):
    open_label(themed, server.url)
    drawn(themed)
    themed.keyboard.press("g")
    guide = themed.locator("dialog.guide")
    expect(guide).to_contain_text("No guidelines yet")
    themed.keyboard.press("Escape")
    store = server.open_store()
    service.set_guideline(store, "digits", 4, "Open or closed <b>on top</b>", [3, 4, 5])
    store.close()
    themed.reload()
    open_label(themed, server.url)
    drawn(themed)
    chip = themed.locator(".chip").nth(4)
    chip.hover()
    tip = themed.locator(".tip")
    expect(tip).to_contain_text("Open or closed <b>on top</b>")
    expect(tip.locator(".cell")).to_have_count(3)
    themed.locator(".tally").hover()
    expect(tip).not_to_be_visible()
    themed.keyboard.press("g")
    expect(guide).to_contain_text("Open or closed <b>on top</b>")
    expect(guide.locator(".cell")).to_have_count(3)
    themed.keyboard.press("g")
    expect(guide).not_to_be_visible()


def test_a_guideline_is_edited_in_the_dialog_of_classes(tab, server):
    open_label(tab, server.url)
    drawn(tab)
    tab.get_by_role("button", name="Rename or merge classes").click()
    tab.get_by_role("tab", name="Guidelines").click()
    tab.get_by_label("What belongs to it, and what does not").fill("round")
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_role("dialog")).to_have_count(0)
    store = server.open_store()
    assert service.guidelines(store, "digits")[0].text == "round"
    store.close()


def test_keys_are_changed_kept_and_reset(themed, server):
    open_label(themed, server.url)
    drawn(themed)
    themed.keyboard.press("?")
    themed.get_by_role("button", name="Change keys…").click()
    keys = themed.locator("dialog.keys")
    keys.get_by_role("button", name="Key of Skip").click()
    themed.keyboard.press("s")
    expect(keys.locator(".hint")).to_contain_text("S is the key of “Split”.")
    themed.keyboard.press("y")
    expect(keys.locator(".hint")).to_have_text("Changed.")
    keys.get_by_role("button", name="Key of Class 3").click()
    themed.keyboard.press("k")
    keys.get_by_role("button", name="Close").click()
    expect(themed.locator(".actions .plain").nth(1).locator("kbd")).to_have_text("Y")
    expect(themed.locator(".chip").nth(3).locator("kbd")).to_have_text("K")
    themed.keyboard.press("k")
    themed.keyboard.press("y")
    themed.keyboard.press("x")  # nobody's now
    expect(themed.locator(".tile.labelled")).to_have_count(1)
    expect(themed.locator(".tile.skipped")).to_have_count(1)
    all_saved(themed)
    assert saved_tiles(themed) == ["3"]
    themed.reload()
    open_label(themed, server.url)
    drawn(themed)
    themed.keyboard.press("?")
    expect(themed.locator("dialog[aria-label=Keys]")).to_contain_text("Yskip")
    themed.get_by_role("button", name="Change keys…").click()
    themed.get_by_role("button", name="All as at first").click()
    themed.get_by_role("button", name="Close").click()
    expect(themed.locator(".actions .plain").nth(1).locator("kbd")).to_have_text("X")


def test_several_tiles_are_labelled_by_one_key_and_undone_one_by_one(themed, server):
    open_label(themed, server.url)
    drawn(themed)
    tiles = themed.locator(".tile")
    tiles.nth(2).click(modifiers=["Control"])
    tiles.nth(5).click(modifiers=["Shift"])
    tiles.nth(3).click(modifiers=["Control"])
    expect(themed.locator(".tile.chosen")).to_have_count(3)
    expect(themed.locator(".panel")).to_contain_text("What are these 3 cards?")
    assert focused(themed) == "BODY"
    themed.keyboard.press("7")
    expect(themed.locator(".tile.labelled")).to_have_count(3)
    expect(themed.locator(".tile.chosen")).to_have_count(0)
    all_saved(themed)
    store = server.open_store()
    assert sorted(labels(store).values()) == [(7, 1.0)] * 3
    themed.keyboard.press("u")
    expect(themed.locator(".tile.labelled")).to_have_count(2)
    all_saved(themed)
    assert len(labels(store)) == 2
    tiles.nth(2).click(modifiers=["Control"])
    themed.keyboard.press("Escape")
    expect(themed.locator(".tile.chosen")).to_have_count(0)
    store.close()
