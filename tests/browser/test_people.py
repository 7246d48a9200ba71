"""Two people on one project: what one says appears at the other's, and counts beside it."""

import pytest
from playwright.sync_api import Browser, Page, expect

from labeller import service
from tests.browser.conftest import Server
from tests.browser.label_page import all_saved, open_label

pytestmark = pytest.mark.browser


@pytest.fixture
def ben(chromium: Browser, server: Server) -> Page:
    """Another browser, of somebody called ben."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script("localStorage.setItem('labeller expert', '\"ben\"')")
    yield context.new_page()
    context.close()


def shows_live(tab: Page, ben: Page, server: Server) -> None:
    open_label(tab, server.url)
    open_label(ben, server.url)
    expect(ben.get_by_label("Who is answering")).to_have_value("ben")
    tab.keyboard.press("3")
    all_saved(tab)


def test_what_one_says_appears_at_the_other_who_may_differ(tab, ben, server):
    shows_live(tab, ben, server)
    first = ben.locator(".tile").first
    expect(first).to_have_class("tile labelled here")
    expect(ben.locator(".verdict .by")).to_have_text("saved, by me")
    ben.keyboard.press("5")
    all_saved(ben)
    expect(tab.locator(".tile").first).to_have_class("tile labelled doubted")
    tab.locator(".tile").first.click()
    expect(tab.locator(".doubt")).to_have_text("People differ (me: 3, ben: 5): please look again.")
    expect(tab.locator(".verdict .by")).to_have_text("saved, by me · ben: 5")
    tab.keyboard.press("5")
    expect(ben.locator(".tile").first).to_have_class("tile labelled")
    expect(tab.locator(".tile.doubted")).to_have_count(0)
    store = server.open_store()
    card = service.cards(store, "digits")[0]
    assert [(one.expert, one.label) for one in card.voices] == [("ben", 5), ("me", 5)]
    tab.get_by_role("button", name="People and agreement").click()
    dialog = tab.get_by_role("dialog")
    expect(dialog).to_contain_text("1 card answered by two people or more")


def test_each_person_answers_each_card_without_being_told(tab, ben, server):
    service.set_people_per_card(server.open_store(), "digits", 2)
    shows_live(tab, ben, server)
    expect(tab.locator(".tile").first).to_have_class("tile labelled")
    # Longer than until the other's answers are looked for.
    ben.wait_for_timeout(5000)
    expect(ben.locator(".tile.open")).to_have_count(10)
    ben.keyboard.press("5")
    all_saved(ben)
    expect(tab.locator(".tile").first).to_have_class("tile labelled doubted")
    # Undo takes back one's own.
    ben.keyboard.press("Control+z")
    all_saved(ben)
    expect(tab.locator(".tile.doubted")).to_have_count(0)
    store = server.open_store()
    assert [one.expert for one in service.answers(store, "digits")] == ["me"]
