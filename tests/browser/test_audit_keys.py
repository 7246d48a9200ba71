"""The Audit page in a browser: keys label what is on show, as fast as they come, all saved."""

import pytest
from playwright.sync_api import expect

from labeller import service
from tests.browser.label_page import focused

pytestmark = pytest.mark.browser

GLANCE = 300  # ms that a person looks at an image which the server brought on


@pytest.fixture
def store(server):
    opened = server.open_store()
    yield opened
    opened.close()


@pytest.fixture
def images(store):
    return service.draw_audit(store, "digits", 40).images


def open_audit(tab, server):
    tab.goto(f"{server.url}/audit?project=digits")
    expect(tab.locator(".frame .picture")).to_be_visible()
    tab.wait_for_timeout(GLANCE)


def said(store):
    return service.audit(store, "digits").said


def done(tab, number):
    expect(tab.locator(".tally strong")).to_have_text(f"{number} of 40")
    expect(tab.locator(".save.saved")).to_be_visible()


def on_show(tab):
    return int(tab.locator(".frame .picture").get_attribute("alt").removeprefix("image "))


def test_keys_typed_fast_label_the_images_in_order(tab, server, store, images):
    open_audit(tab, server)
    for key in "3141592650":
        tab.keyboard.press(key)
        tab.wait_for_timeout(30)
    done(tab, 10)
    assert said(store) == dict(zip(images, map(int, "3141592650"), strict=False))
    assert on_show(tab) == images[10]
    # The estimate beside it follows.
    expect(tab.get_by_text("There are no labels to compare with yet")).to_be_visible()


def test_a_key_paints_the_next_image_at_once(tab, server, images):
    open_audit(tab, server)
    seen = tab.evaluate(
        """keys => keys.map(key => {
          window.dispatchEvent(new KeyboardEvent("keydown", { key, code: `Digit${key}` }));
          const roots = [...document.querySelectorAll("*")].map(one => one.shadowRoot);
          const shown = roots.map(root => root?.querySelector(".frame .picture")).find(Boolean);
          return Number(shown.alt.replace("image ", ""));
        })""",
        list("12345"),
    )
    assert seen == list(images[1:6])


def test_cannot_tell_undo_and_reload(tab, server, store, images):
    open_audit(tab, server)
    for key in ("3", "x", "7", "u"):
        tab.keyboard.press(key)
    done(tab, 2)
    assert said(store) == {images[0]: 3, images[1]: None}
    expect(tab.get_by_text("1 could not be told")).to_be_visible()
    tab.reload()
    done(tab, 2)
    expect(tab.locator(".frame .picture")).to_be_visible()
    tab.wait_for_timeout(GLANCE)
    assert on_show(tab) == images[2]
    tab.keyboard.press("Control+z")
    assert on_show(tab) == images[1]
    tab.keyboard.press("5")
    # An image of the trail is answered again.
    tab.locator(".trail .tile").nth(1).click()
    assert on_show(tab) == images[0]
    tab.keyboard.press("8")
    done(tab, 2)
    assert said(store) == {images[0]: 8, images[1]: 5}
    assert on_show(tab) == images[2]


def test_a_key_held_down_labels_one_image(tab, server, store, images):
    open_audit(tab, server)
    for _ in range(5):
        tab.keyboard.down("4")  # the same key again, not released: a repetition
    tab.keyboard.up("4")
    done(tab, 1)
    assert said(store) == {images[0]: 4}


def test_enter_and_space_after_a_mouse_click_say_nothing(tab, server, store, images):
    open_audit(tab, server)
    for key, following in (("Enter", "3"), ("Space", "5")):
        tab.locator(".chip").nth(7).click()
        tab.keyboard.press(key)
        tab.keyboard.press(following)
    done(tab, 4)
    assert said(store) == dict(zip(images, (7, 3, 7, 5), strict=False))
    for name in ("Cannot tell", "Undo", f"Image {images[0]},"):
        tab.get_by_role("button", name=name).click()
        assert focused(tab) == "BODY"


def test_a_button_that_was_reached_by_tab_keeps_the_focus(tab, server, store, images):
    open_audit(tab, server)
    tab.locator(".chip").first.click()
    tab.keyboard.press("Tab")
    for key in ("Enter", "Space"):
        tab.keyboard.press(key)
        expect(tab.locator(".chip").nth(1)).to_be_focused()
    done(tab, 3)
    assert said(store) == dict(zip(images, (0, 1, 1), strict=False))


def test_no_key_counts_until_the_next_image_is_here(tab, server, store, images):
    open_audit(tab, server)
    server.kill()
    for key in "1" * 40:
        tab.keyboard.press(key)
    expect(tab.get_by_text("The next images are on their way")).to_be_visible()
    ahead = tab.locator(".tally strong").inner_text()
    assert 12 < int(ahead.split()[0]) < 40
    server.start()
    done(tab, int(ahead.split()[0]))
    expect(tab.locator(".frame .picture")).to_be_visible()
    tab.wait_for_timeout(GLANCE)
    assert on_show(tab) == images[len(said(store))]


def test_the_last_image_and_more(tab, server, store, images):
    for image in images[:-1]:
        service.answer_audit(store, "digits", image, 1)
    open_audit(tab, server)
    tab.keyboard.press("2")
    expect(tab.get_by_text("All 40 images are done")).to_be_visible()
    done(tab, 40)
    tab.keyboard.press("3")
    tab.keyboard.press("u")
    done(tab, 39)
    assert on_show(tab) == images[-1]


def test_leaving_the_page_at_once_loses_nothing(tab, server, store, images):
    open_audit(tab, server)
    for key in "271":
        tab.keyboard.press(key)
    tab.get_by_role("link", name="Review").click()
    expect(tab.get_by_role("heading", name="Review")).to_be_visible()
    tab.get_by_role("link", name="Audit").click()
    done(tab, 3)
    assert list(said(store).values()) == [2, 7, 1]


@pytest.mark.slow
def test_a_killed_server_loses_nothing(tab, server, store, images):
    open_audit(tab, server)
    for key in "314":
        tab.keyboard.press(key)
    done(tab, 3)
    server.kill()
    for key in "15u9":
        tab.keyboard.press(key)
    expect(tab.locator(".tile.unsaved")).to_have_count(2)
    expect(tab.get_by_text("the server does not answer")).to_be_visible()
    assert list(said(store).values()) == [3, 1, 4]
    # The window was never reloaded: it finds the new server and sends what was not saved.
    server.start()
    done(tab, 5)
    assert said(store) == dict(zip(images, (3, 1, 4, 1, 9), strict=False))
