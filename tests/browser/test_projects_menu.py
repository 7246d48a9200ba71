"""The menu of a project goes with it."""

import pytest
from playwright.sync_api import expect

from labeller import service
from tests.browser.label_page import drawn

pytestmark = pytest.mark.browser


def test_after_a_deletion_no_other_project_has_its_menu_open(tab, server):
    store = server.open_store()
    service.duplicate_project(store, "digits", "copy")
    tab.goto(server.url)
    expect(tab.get_by_role("heading", name="digits")).to_be_visible()
    drawn(tab)
    newest = tab.locator("h4").first.inner_text()
    tab.get_by_test_id("stPopoverButton").first.click()
    menu = tab.get_by_test_id("stPopoverBody")
    menu.get_by_label("To delete, type the project's name").fill(newest)
    menu.get_by_label("To delete, type the project's name").press("Enter")
    menu.get_by_role("button", name="Delete").click()
    expect(tab.get_by_role("heading", name=newest)).to_have_count(0)
    expect(menu).to_have_count(0)
    assert {one.name for one in service.projects(store)} == {"digits", "copy"} - {newest}
    store.close()
