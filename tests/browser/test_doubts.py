"""The end of a round where answers are doubted: Enter keeps them, and Review is always in reach."""

import pytest
from playwright.sync_api import expect

from labeller import service
from tests.browser.label_page import all_saved, open_label
from tests.doubted import one_wrong_answer

pytestmark = pytest.mark.browser


@pytest.fixture
def doubted(server):
    """A store where every card is answered, one of them wrongly, and that card."""
    store = server.open_store()
    node, _, _ = one_wrong_answer(store)
    yield store, node
    store.close()


def test_enter_keeps_what_is_doubted_and_then_goes_to_review(tab, server, doubted):
    store, node = doubted
    before = service.card(store, "digits", node).answer
    issues = [issue.node for issue in service.label_issues(store, "digits")]
    open_label(tab, server.url)
    expect(tab.get_by_role("button", name="Go to Review")).to_be_visible()
    for _ in issues:
        expect(tab.locator(".suggestion")).to_contain_text("Right as it is: keep")
        tab.keyboard.press("Enter")
    all_saved(tab)
    expect(tab.get_by_role("heading", name="Every card is answered")).to_be_visible()
    kept = service.card(store, "digits", node).answer
    assert (kept.label, kept.confidence, kept.checked) == (before.label, before.confidence, True)
    assert service.label_issues(store, "digits") == []
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="Review")).to_be_visible()


def test_review_is_in_reach_though_an_answer_is_doubted(tab, server, doubted):
    open_label(tab, server.url)
    expect(tab.locator(".tile.doubted")).not_to_have_count(0)
    tab.get_by_role("button", name="Go to Review").click()
    expect(tab.get_by_role("heading", name="Review")).to_be_visible()


def test_enter_on_an_answered_card_goes_on(tab, server):
    open_label(tab, server.url)
    expect(tab.get_by_role("button", name="Go to Review")).to_be_hidden()
    for key in ("3", "4", "ArrowLeft", "ArrowLeft"):
        tab.keyboard.press(key)
    expect(tab.locator(".suggestion")).to_contain_text("Next open card")
    tab.keyboard.press("Enter")
    expect(tab.locator(".place")).to_have_text("Card 3 of 10")
    all_saved(tab)
    store = server.open_store()
    assert len(service.answers(store, "digits")) == 2
    store.close()
