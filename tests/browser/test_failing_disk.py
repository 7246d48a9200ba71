"""Answers given while the disk of a running server refuses them: said so, kept, and saved later."""

import pytest
from playwright.sync_api import expect

from labeller import service
from tests.browser.label_page import all_saved, labels, open_label, saved_tiles
from tests.conftest import label_all
from tests.support import disk_failing

pytestmark = [pytest.mark.browser, pytest.mark.slow]
REASON = "not saved yet, will be tried again: the database"


def test_answers_of_the_label_page_wait_and_are_saved_by_themselves(tab, server):
    open_label(tab, server.url)
    tab.keyboard.press("3")
    all_saved(tab)
    store = server.open_store()
    with disk_failing(server.process.pid):
        for key in "141":
            tab.keyboard.press(key)
        expect(tab.get_by_text(f"3 {REASON}")).to_be_visible()
        expect(tab.locator(".tile.unsaved")).to_have_count(3)
        assert saved_tiles(tab) == ["3"]
        assert [label for label, _ in labels(store).values()] == [3]
    all_saved(tab)  # nobody touched the page
    assert [label for label, _ in labels(store).values()] == [3, 1, 4, 1]
    store.close()


def test_answers_of_the_audit_wait_too(tab, server):
    store = server.open_store()
    service.draw_audit(store, "digits", 30)
    tab.goto(f"{server.url}/audit?project=digits")
    expect(tab.locator(".picture").first).to_be_visible()
    with disk_failing(server.process.pid):
        tab.keyboard.press("3")
        expect(tab.get_by_text(f"1 {REASON}")).to_be_visible()
    all_saved(tab)
    assert list(service.audit(store, "digits").said.values()) == [3]
    store.close()


def test_corrections_of_the_review_page_wait_too(tab, server):
    store = server.open_store()
    label_all(store)
    before = len(service.answers(store, "digits"))
    tab.goto(f"{server.url}/review?project=digits")
    tab.get_by_text("Image by image").click()
    expect(tab.locator(".pick").first).to_be_visible()
    with disk_failing(server.process.pid):
        tab.keyboard.press("3")
        expect(tab.get_by_text(f"1 {REASON}")).to_be_visible()
    all_saved(tab)
    assert len(service.answers(store, "digits")) == before + 1
    store.close()
