"""kill -9 of the server in the middle of labelling: what the page called saved is in the store."""

import pytest
from playwright.sync_api import expect

from tests.browser.label_page import all_saved, labels, open_label, saved_tiles

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_saved_answers_survive_and_unsaved_ones_follow(tab, server):
    open_label(tab, server.url)
    for key in "3141":
        tab.keyboard.press(key)
    all_saved(tab)
    server.kill()
    for key in "592":
        tab.keyboard.press(key)
    saved = saved_tiles(tab)
    assert saved == list("3141")
    expect(tab.locator(".tile.unsaved")).to_have_count(3)
    expect(tab.get_by_text("the server does not answer")).to_be_visible()
    store = server.open_store()
    assert [str(label) for label, _ in labels(store).values()] == saved

    # The window was never reloaded: it finds the new server and sends what was not saved.
    server.start()
    all_saved(tab)
    assert [str(label) for label, _ in labels(store).values()] == list("3141592")
    store.close()


def test_a_server_killed_before_the_first_key_gets_it_later(tab, server):
    open_label(tab, server.url)
    server.kill()
    tab.keyboard.press("3")
    tab.keyboard.press("1")
    expect(tab.locator(".tile.unsaved")).to_have_count(2)
    server.start()
    all_saved(tab)
    store = server.open_store()
    assert [label for label, _ in labels(store).values()] == [3, 1]
    store.close()
