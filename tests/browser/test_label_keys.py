"""The Label page under fast fingers: keys, undo, split, skip, confidence, new classes."""

import pytest
from playwright.sync_api import expect

from labeller import service
from tests.browser.label_page import all_saved, labels, open_label

pytestmark = pytest.mark.browser


def test_keys_as_fast_as_they_come_are_all_saved(tab, server):
    open_label(tab, server.url)
    keys = list("3141592653")
    tab.evaluate(
        """keys => keys.forEach(key =>
        window.dispatchEvent(new KeyboardEvent("keydown", { key, code: `Digit${key}` })))""",
        keys,
    )
    all_saved(tab)
    with_store = server.open_store()
    assert [str(label) for label, _ in labels(with_store).values()] == keys
    with_store.close()


def test_confidence_skip_undo_jump_and_reload(tab, server):
    store = server.open_store()
    nodes = [card.node for card in service.cards(store, "digits")]
    open_label(tab, server.url)
    for key in ("w", "7", "x", "4", "ArrowLeft", "u"):
        tab.keyboard.press(key)
    # Back on the first card, which is answered: its own confidence changes, not the next ones'.
    for key in ("ArrowLeft", "ArrowLeft", "r"):
        tab.keyboard.press(key)
    all_saved(tab)
    assert labels(store) == {nodes[0]: (7, 0.3)}
    states = [card.state for card in service.cards(store, "digits")]
    assert states[:3] == ["labelled", "skipped", "open"]

    tab.reload()
    expect(tab.locator(".tile").nth(0)).to_have_class("tile labelled")
    expect(tab.locator(".tile").nth(1)).to_have_class("tile skipped")
    expect(tab.locator(".place")).to_have_text("Card 3 of 10")
    expect(tab.get_by_text("Round 1: 2 of 10 cards")).to_be_visible()
    expect(tab.locator(".level.on")).to_contain_text("Likely")
    store.close()


def test_a_split_brings_its_children(tab, server):
    open_label(tab, server.url)
    tab.keyboard.press("s")
    expect(tab.get_by_text("Split into how many?")).to_be_visible()
    tab.keyboard.press("3")
    expect(tab.locator(".tile.splitting")).to_have_count(1)
    tab.keyboard.press("5")  # the next card; the worker needs seconds
    expect(tab.locator(".tile")).to_have_count(12)
    all_saved(tab)
    expect(tab.locator(".tile.labelled")).to_have_count(1)


def test_a_new_class_is_typed_once_and_never_read_as_html(tab, server):
    open_label(tab, server.url)
    tab.keyboard.press("a")
    tab.keyboard.type("<img src=x>")
    tab.keyboard.press("Enter")
    all_saved(tab)
    expect(tab.locator(".chip")).to_have_count(11)
    assert tab.locator(".chip img").count() == 0
    store = server.open_store()
    assert service.project(store, "digits").classes[-1].name == "<img src=x>"
    assert len(labels(store)) == 1
    store.close()


def test_keys_in_a_text_field_are_text(tab, server):
    open_label(tab, server.url)
    tab.locator(".expert").fill("")
    tab.locator(".expert").press_sequentially("x3su")
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("Round 1: 0 of 10 cards")).to_be_visible()
    tab.keyboard.press("3")
    all_saved(tab)
    store = server.open_store()
    assert [answer.expert for answer in service.answers(store, "digits")] == ["x3su"]
    store.close()


def test_another_tabs_answers_appear(tab, server):
    open_label(tab, server.url)
    other = tab.context.new_page()
    open_label(other, server.url)
    other.keyboard.press("8")
    all_saved(other)
    other.close()
    tab.bring_to_front()
    tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(tab.locator(".tile").nth(0)).to_have_class("tile labelled here")


def test_help_opens_by_key_and_swallows_the_others(tab, server):
    open_label(tab, server.url)
    tab.keyboard.press("?")
    expect(tab.get_by_role("heading", name="Keys")).to_be_visible()
    tab.keyboard.press("3")
    tab.keyboard.press("Escape")
    expect(tab.get_by_text("Round 1: 0 of 10 cards")).to_be_visible()
