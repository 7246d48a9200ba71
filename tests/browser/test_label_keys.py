"""The Label page under fast fingers: keys, undo, split, skip, confidence, new classes."""

import pytest
from playwright.sync_api import expect

from labeller import service
from labeller.jobs.worker import run_waiting
from tests.browser.label_page import all_saved, drawn, focused, labels, open_label
from tests.conftest import label_all

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
    expect(tab.locator(".tile").nth(0)).to_have_attribute("data-sure", "30")
    expect(tab.locator(".level.on")).to_contain_text("Sure")
    store.close()


def test_a_confidence_is_for_one_card_unless_it_is_kept(tab, server):
    open_label(tab, server.url)
    tab.keyboard.press("w")
    tab.keyboard.press("1")
    tab.keyboard.press("2")
    keep = tab.get_by_role("switch", name="Keep it for the cards to come")
    keep.click()
    tab.keyboard.press("e")
    tab.keyboard.press("3")
    all_saved(tab)
    tab.reload()
    expect(keep).to_have_attribute("aria-checked", "true")
    tab.keyboard.press("4")
    all_saved(tab)
    store = server.open_store()
    assert list(labels(store).values()) == [(1, 0.8), (2, 1.0), (3, 0.5), (4, 0.5)]
    store.close()


def test_the_same_answer_given_again_is_one_answer(tab, server):
    open_label(tab, server.url)
    for key in ("3", "ArrowLeft", "3", "x", "ArrowLeft", "x"):
        tab.keyboard.press(key)
    all_saved(tab)
    store = server.open_store()
    assert [answer.kind for answer in service.answers(store, "digits")] == ["label", "skip"]
    store.close()


def test_a_split_brings_its_children(tab, server):
    open_label(tab, server.url)
    tab.keyboard.press("s")
    expect(tab.get_by_text("Split into how many?")).to_be_visible()
    tab.keyboard.press("3")
    expect(tab.locator(".tile.splitting")).to_have_count(1)
    tab.keyboard.press("5")  # the next card; the worker needs seconds
    expect(tab.locator(".tile")).to_have_count(12)
    expect(tab.locator(".tile", has_text="part")).to_have_count(3)
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


def test_enter_after_a_mouse_click_gives_the_class_that_the_model_suggests(tab, server):
    store = server.open_store()
    label_all(store)
    service.propagate(store, "digits")
    service.retrain(store, "digits")
    run_waiting(store)
    first, second, third = service.cards(store, "digits")[:3]
    suggested = {second.suggested, third.suggested}
    clicked = next(label for label in range(10) if label not in suggested)
    open_label(tab, server.url)
    tab.locator(".chip").nth(clicked).click()
    tab.keyboard.press("Enter")
    tab.locator(".suggestion").click()
    tab.keyboard.press("Space")  # no answer
    all_saved(tab)
    assert labels(store) == {
        first.node: (clicked, 1.0),
        second.node: (second.suggested, 1.0),
        third.node: (third.suggested, 1.0),
    }
    store.close()


def test_enter_and_space_after_a_mouse_click_answer_nothing(tab, server):
    store = server.open_store()
    nodes = [card.node for card in service.cards(store, "digits")]
    open_label(tab, server.url)
    for key, following in (("Enter", "3"), ("Space", "5")):
        tab.locator(".chip").nth(7).click()
        tab.keyboard.press(key)
        tab.keyboard.press(following)
    all_saved(tab)
    said = [(label, 1.0) for label in (7, 3, 7, 5)]
    assert labels(store) == dict(zip(nodes, said, strict=False))
    store.close()


def test_no_button_keeps_the_focus_after_a_mouse_click(tab, server):
    open_label(tab, server.url)
    drawn(tab)
    for name in ("Card 4", "Split…", "Cancel", "Skip", "Undo"):
        tab.get_by_role("button", name=name).click()
        assert focused(tab) == "BODY"
    tab.get_by_role("radio", name="Likely").click()
    assert focused(tab) == "BODY"
    # The mouse may be released elsewhere.
    tab.locator(".chip").first.hover()
    tab.mouse.down()
    assert focused(tab) == "BUTTON"
    tab.mouse.move(5, 5)
    tab.mouse.up()
    assert focused(tab) == "BODY"
    # A dialog that closes gives the focus back to whoever had it.
    for button, heading in (("Keys ?", "Keys"), ("Rename or merge classes", "Classes")):
        tab.get_by_role("button", name=button).click()
        dialog = tab.get_by_role("dialog", name=heading)
        expect(dialog).to_be_visible()
        tab.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        assert focused(tab) == "BODY"


def test_a_button_that_was_reached_by_tab_keeps_the_focus(tab, server):
    open_label(tab, server.url)
    tab.locator(".level").last.click()
    for _ in ("slider", "switch", "first class"):
        tab.keyboard.press("Tab")
    for number, key in enumerate(("Enter", "Space"), 1):
        tab.keyboard.press(key)
        expect(tab.locator(".tile.labelled")).to_have_count(number)
        expect(tab.locator(".chip").first).to_be_focused()
    all_saved(tab)


def test_all_images_of_a_card_are_shown_and_the_next_key_answers(tab, server):
    open_label(tab, server.url)
    tab.keyboard.press("m")
    dialog = tab.get_by_role("dialog", name="All images of the card")
    expect(dialog.get_by_text("the most typical come first")).to_be_visible()
    dialog.get_by_text("Large").click()
    slider = dialog.get_by_role("slider", name="From the centre to the edge")
    slider.press("End")
    expect(dialog.locator("img")).to_be_visible()
    slider.press("5")  # no answer while the dialog is open
    tab.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    tab.keyboard.press("3")
    all_saved(tab)
    store = server.open_store()
    assert [label for label, _ in labels(store).values()] == [3]
    store.close()
