"""Review, image by image: labels corrected by keys, set aside, taken back; pages; looks."""

import pytest
from playwright.sync_api import expect

from labeller import service
from labeller.rounds.answer import Answer
from tests.browser.label_page import all_saved

pytestmark = pytest.mark.browser


@pytest.fixture
def board(tab, server):
    """The board over two answered cards, and their store."""
    store = server.open_store()
    for card, label in zip(service.cards(store, "digits")[:2], (4, 7), strict=True):
        service.answer(store, "digits", card.node, Answer("label", label, 0.8))
    tab.goto(f"{server.url}/review?project=digits")
    tab.get_by_text("Image by image").click()
    expect(tab.locator(".pick .cell").first).to_be_visible()
    yield store
    store.close()


def answers(store):
    return [(a.kind, a.label, a.size) for a in service.answers(store, "digits") if a.size]


def test_keys_correct_confirm_set_aside_and_undo(tab, board):
    store = board
    order = service.doubtful_images(store, "digits").tolist()
    assert tab.locator(".pick").count() == 60
    tab.keyboard.press("3")
    tab.keyboard.press("Enter")
    tab.keyboard.press("x")
    all_saved(tab)
    before = service.preview(store, "digits").labels
    assert before[order[0]] == 3
    assert service.set_aside(store, "digits").tolist() == [order[2]]
    first, second, third = (tab.locator(".pick").nth(place) for place in range(3))
    expect(first.locator(".badge")).to_have_text("3")
    expect(second).to_have_class("pick seen")
    expect(third.locator(".badge")).to_have_text("set aside")
    tab.keyboard.press("u")
    all_saved(tab)
    assert service.set_aside(store, "digits").tolist() == []
    expect(third).to_have_class("pick unseen here")
    # The images keep their places while they are corrected.
    assert [a[0] for a in answers(store)] == ["label", "label"]


def test_a_range_is_one_answer_and_pages_turn(tab, board):
    tab.locator(".pick").nth(1).click()
    tab.locator(".pick").nth(12).click(modifiers=["Shift"])
    expect(tab.locator(".about")).to_have_text("12 images chosen")
    tab.locator(".chip", has_text="5").click()
    all_saved(tab)
    assert answers(board) == [("label", 5, 12)]
    tab.keyboard.press("n")
    expect(tab.locator(".tally strong")).to_contain_text("Page 2 of")
    expect(tab.locator(".pick.seen")).to_have_count(0)
    tab.keyboard.press("p")
    expect(tab.locator(".pick.seen")).to_have_count(12)
    tab.get_by_role("button", name="Sort again").click()
    expect(tab.locator(".pick.seen")).to_have_count(0)


def test_a_new_class_and_a_reload(tab, board, server):
    tab.get_by_label("Name of a new class").fill("nine and a half")
    tab.keyboard.press("Enter")
    all_saved(tab)
    assert service.project(board, "digits").classes[-1].name == "nine and a half"
    tab.reload()
    tab.get_by_text("Image by image").click()
    expect(tab.locator(".pick .cell").first).to_be_visible()
    assert len(answers(board)) == 1
