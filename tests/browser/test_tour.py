"""The tour: for who opens the demo first, skipped or walked through, and again from the help."""

import pytest
from playwright.sync_api import expect

from tests.browser.label_page import drawn, open_label

pytestmark = pytest.mark.browser


def open_demo(tab, url):
    """The address that `labeller demo` opens."""
    tab.goto(f"{url}/label?project=digits&tour=1")
    expect(tab.locator(".picture").first).to_be_visible()
    drawn(tab)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_five_steps_lead_through_the_page_once(tab, server, theme):
    tab.emulate_media(color_scheme=theme)
    open_demo(tab, server.url)
    tour = tab.locator(".tour")
    for step in range(1, 6):
        expect(tour).to_be_visible()
        expect(tour).to_contain_text(f"{step} of 5")
        expect(tab.locator(".toured")).to_have_count(1)
        box = tour.bounding_box()
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= 1440
        assert box["y"] + box["height"] <= 900
        tab.keyboard.press("3")  # no answer while it is open
        tab.keyboard.press("Enter" if step % 2 else "ArrowRight")
    expect(tour).not_to_be_visible()
    expect(tab.locator(".toured")).to_have_count(0)
    expect(tab.locator(".tile.labelled")).to_have_count(0)
    tab.keyboard.press("3")
    expect(tab.locator(".tile.labelled")).to_have_count(1)
    tab.reload()
    open_demo(tab, server.url)
    expect(tour).not_to_be_visible()


def test_it_can_be_skipped_and_opened_again_from_the_help(tab, server):
    open_demo(tab, server.url)
    tour = tab.locator(".tour")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Escape")
    expect(tour).not_to_be_visible()
    tab.keyboard.press("?")
    tab.get_by_role("button", name="Tour", exact=True).click()
    expect(tour).to_contain_text("1 of 5")
    tour.get_by_role("button", name="Skip the tour").click()
    expect(tour).not_to_be_visible()


def test_who_opens_another_project_is_left_alone(tab, server):
    open_label(tab, server.url)
    drawn(tab)
    expect(tab.locator(".tour")).not_to_be_visible()
