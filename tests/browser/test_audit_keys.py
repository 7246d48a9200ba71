"""The Audit page in a browser: number keys label, X and U as on the Label page, all saved."""

import pytest
from playwright.sync_api import expect

from labeller import service

pytestmark = pytest.mark.browser

LOOK = 800  # ms that a person looks at an image; its keys are armed some time after it is drawn


def test_images_are_labelled_by_keys(tab, server):
    store = server.open_store()
    images = service.draw_audit(store, "digits", 25).images
    tab.goto(f"{server.url}/audit?project=digits")
    expect(tab.get_by_text("0 of 25")).to_be_visible()
    tab.wait_for_timeout(LOOK)
    for place, key in enumerate("3x7", 1):
        tab.keyboard.press(key)
        expect(tab.get_by_text(f"{place} of 25")).to_be_visible()
        # What the page calls saved is in the store already.
        assert len(service.audit(store, "digits").said) == place
        tab.wait_for_timeout(LOOK)
    tab.keyboard.press("u")
    expect(tab.get_by_text("2 of 25")).to_be_visible()
    assert service.audit(store, "digits").said == {images[0]: 3, images[1]: None}
    tab.reload()
    expect(tab.get_by_text("2 of 25")).to_be_visible()
    store.close()
