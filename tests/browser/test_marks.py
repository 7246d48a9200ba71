"""Marks on the Label page: "all but these", "only these", undo, Escape, and what is saved."""

import numpy as np
import pytest
from playwright.sync_api import expect

from labeller import service
from tests.browser.label_page import all_saved, drawn, focused, labels, open_label

pytestmark = pytest.mark.browser


def members(tab):
    return tab.locator(".members .member")


def given(store):
    return [(a.label, a.wrong, a.only, a.confidence) for a in service.answers(store, "digits")]


def test_clicked_pictures_are_wrong_and_undo_takes_them_back(tab, server):
    store = server.open_store()
    card = service.cards(store, "digits")[0]
    shown = card.shown
    open_label(tab, server.url)
    drawn(tab)
    members(tab).nth(0).click()
    members(tab).nth(3).click()
    expect(tab.locator(".marks-text")).to_have_text(f"All but 2 of the {len(shown)} shown")
    expect(tab.locator(".percent")).to_have_text(f"{round(100 * (1 - 2 / len(shown)))} %")
    expect(tab.locator(".member[aria-pressed=true]")).to_have_count(2)
    assert focused(tab) == "BODY"
    tab.keyboard.press("1")
    expect(tab.locator(".marks-text")).to_contain_text("All of them")
    all_saved(tab)
    ((label, wrong, only, confidence),) = given(store)
    assert (label, wrong, only) == (1, tuple(sorted([shown[1], shown[4]])), ())
    assert confidence == pytest.approx(1 - 2 / len(shown))

    tab.keyboard.press("ArrowLeft")
    expect(tab.locator(".member.wrong")).to_have_count(2)
    expect(tab.locator(".verdict")).to_contain_text("all but 2")
    expect(tab.locator(".level.on")).to_have_count(0)
    tab.keyboard.press("w")  # another confidence keeps the marks
    all_saved(tab)
    assert given(store)[-1] == (1, wrong, (), 0.8)
    tab.keyboard.press("u")
    tab.keyboard.press("u")
    all_saved(tab)
    assert given(store) == []
    expect(tab.locator(".member[aria-pressed=true]")).to_have_count(0)
    store.close()


def test_turned_round_only_the_marked_ones_get_the_class(tab, server):
    store = server.open_store()
    card = service.cards(store, "digits")[0]
    open_label(tab, server.url)
    drawn(tab)
    members(tab).nth(2).click()
    tab.locator("figure .member").click()  # the most typical image is on the card too
    tab.keyboard.press("o")
    expect(tab.locator(".marks-text")).to_have_text("Only the 2 marked")
    expect(tab.locator(".member.right")).to_have_count(2)
    expect(tab.locator(".percent")).to_have_text("100 %")
    tab.keyboard.press("7")
    all_saved(tab)
    assert given(store) == [(7, (), tuple(sorted([card.medoid, card.shown[3]])), 1.0)]
    expect(tab.get_by_text("2 of 1,438 images have a label")).to_be_visible()
    tab.reload()
    tab.locator(".tile").first.click()
    expect(tab.locator(".member.right")).to_have_count(2)
    store.close()


def test_escape_clears_and_undo_takes_single_marks_back(tab, server):
    store = server.open_store()
    nodes = [card.node for card in service.cards(store, "digits")]
    open_label(tab, server.url)
    drawn(tab)
    tab.keyboard.press("4")
    for place in (0, 1, 2):
        members(tab).nth(place).click()
    tab.keyboard.press("u")
    expect(tab.locator(".member.wrong")).to_have_count(2)
    expect(tab.locator(".tile.labelled")).to_have_count(1)
    tab.keyboard.press("Escape")
    expect(tab.locator(".member.wrong")).to_have_count(0)
    expect(tab.locator(".percent")).to_have_text("100 %")
    tab.keyboard.press("5")
    all_saved(tab)
    assert labels(store) == {nodes[0]: (4, 1.0), nodes[1]: (5, 1.0)}
    assert [a.wrong for a in service.answers(store, "digits")] == [(), ()]
    store.close()


def test_marks_by_keyboard_and_a_card_with_nothing_left(tab, server):
    store = server.open_store()
    open_label(tab, server.url)
    drawn(tab)
    members(tab).nth(0).focus()
    for key in ("Space", "Tab", "Space", "Enter"):
        tab.keyboard.press(key)
    expect(members(tab).nth(0)).to_have_attribute("aria-pressed", "true")
    expect(members(tab).nth(1)).to_have_attribute("aria-pressed", "false")
    count = tab.locator(".member").count()
    for place in range(count):
        button = tab.locator(".member").nth(place)
        if button.get_attribute("aria-pressed") == "false":
            button.click()
    expect(tab.locator(".marks-text")).to_contain_text("None is left")
    tab.keyboard.press("3")
    assert service.answers(store, "digits") == []
    tab.keyboard.press("o")
    tab.keyboard.press("3")
    all_saved(tab)
    (answer,) = service.answers(store, "digits")
    assert len(answer.only) == count
    assert np.isin(answer.only, service.card(store, "digits", answer.node).shown).all()
    store.close()


def test_the_rest_of_a_marked_card_is_asked_about(tab, server):
    store = server.open_store()
    card = service.cards(store, "digits")[0]
    open_label(tab, server.url)
    drawn(tab)
    tab.locator(".board").evaluate("board => board.dataset.same = 'yes'")
    top = tab.locator(".board").bounding_box()["y"]
    half = tab.locator(".member").count() // 2
    for place in range(half, 2 * half):
        tab.locator(".member").nth(place).click()
    tab.keyboard.press("1")
    all_saved(tab)
    drawn(tab)
    assert tab.locator(".board").bounding_box()["y"] == top
    expect(tab.locator(".tile")).to_have_count(11)  # the worker needs seconds
    expect(tab.locator(".board[data-same=yes]")).to_have_count(1)
    nodes = [one.node for one in service.cards(store, "digits")]
    place = nodes.index(f"{card.node}.rest")
    expect(tab.locator(".tile").nth(place)).to_have_text("rest")
    tab.locator(".tile").first.click()
    expect(tab.locator(".verdict")).to_contain_text(f"its rest is card {place + 1}")
    expect(tab.locator(".mixture")).to_have_count(1)
    tab.locator(".tile").nth(place).click()
    expect(tab.locator(".place")).to_contain_text("rest of card 1, 1")
    expect(tab.locator(".why")).to_contain_text("You marked images of card 1 as not 1")
    expect(tab.locator(".mixture")).to_have_count(0)
    tab.keyboard.press("2")
    all_saved(tab)
    expect(tab.get_by_text(f"{card.size:,} of 1,438 images have a label")).to_be_visible()
    tab.keyboard.press("u")
    tab.keyboard.press("u")
    expect(tab.locator(".tile")).to_have_count(10)
    all_saved(tab)
    assert service.answers(store, "digits") == []
    store.close()
