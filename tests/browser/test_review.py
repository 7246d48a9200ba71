"""What only a browser shows of Review: a picture is clicked, an answer is taken back."""

import pytest
from playwright.sync_api import expect

from labeller import service
from tests.conftest import label_all

pytestmark = pytest.mark.browser


def test_a_clicked_picture_says_where_its_label_comes_from(tab, server):
    store = server.open_store()
    label_all(store)
    tab.goto(f"{server.url}/review?project=digits")
    tab.locator(".picker button").nth(3).click()
    expect(tab.get_by_text("from the answer about cluster")).to_be_visible()
    expect(tab.locator(".picker button[aria-pressed=true]")).to_have_count(1)
    tab.get_by_role("button", name="Take it back …").click()
    dialog = tab.get_by_role("dialog")
    expect(dialog.get_by_text("images lose their label")).to_be_visible()
    dialog.get_by_role("button", name="Take it back").click()
    expect(tab.get_by_text("1 card is not answered")).to_be_visible()
    assert len(service.answers(store, "digits")) == 9
    store.close()
