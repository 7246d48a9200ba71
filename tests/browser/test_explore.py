"""The map in a browser: it paints, and what is drawn around, found or met by the mouse comes."""

import re
import shutil
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from labeller import service
from labeller.service import Store
from tests.browser.conftest import Server, serving
from tests.conftest import label_all
from tests.support import PATIENCE

pytestmark = pytest.mark.browser

PAINTED = "performance.getEntriesByName('labeller-map-painted').length > 0"
OWN = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")
BACKGROUNDS = {"light": (255, 255, 255), "dark": (17, 19, 27)}  # of .streamlit/config.toml


def drawn(server: Server) -> Store:
    """The store of a running app, its first round open and its PCA map drawn."""
    from labeller.jobs.worker import run_waiting

    opened = server.open_store()
    service.request_map(opened, "digits", "pca")
    run_waiting(opened)
    return opened


@pytest.fixture
def store(server: Server):
    """The store of an app of the test's own, which it may change."""
    opened = drawn(server)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def shared(trained_workspace, tmp_path_factory):
    """An app and its store for tests that only look."""
    folder = tmp_path_factory.mktemp("explore")
    shutil.copytree(trained_workspace, folder / "workspace")
    with serving(folder) as server:
        opened = drawn(server)
        yield server, opened
        opened.close()


@pytest.fixture
def looking(chromium, shared):
    """The map in a fresh window, in which nothing is changed, and the store."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE * 1000)
    expect.set_options(timeout=PATIENCE * 1000)
    with listening(tab):
        yield open_map(tab, shared[0]), shared[1]
        context.close()


@contextmanager
def listening(tab: Page):
    """Fails, at the end, if a script or the console had an error, or a request left the machine."""
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    # The first deep link after a start looks for the server beside the page before it finds it.
    tab.on(
        "console",
        lambda message: (
            wrong.append(message.text)
            if message.type == "error" and "/_stcore/" not in message.location["url"]
            else None
        ),
    )
    tab.on(
        "request",
        lambda request: None if request.url.startswith(OWN) else wrong.append(request.url),
    )
    yield
    assert not wrong, wrong


@pytest.fixture
def said(tab: Page):
    """Listens to the window of a test of its own."""
    with listening(tab):
        yield


@pytest.fixture
def opened(tab: Page, server: Server, store: Store, said) -> Page:
    return open_map(tab, server)


def open_map(tab: Page, server: Server) -> Page:
    tab.goto(f"{server.url}/explore?project=digits")
    tab.wait_for_function(PAINTED)
    return tab


def at(tab: Page, x: float, y: float) -> tuple[float, float]:
    """A place on the map, by shares of its width and height."""
    box = tab.locator("canvas.over").bounding_box()
    assert box
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def draw_around(tab: Page, corners: list[tuple[float, float]]) -> None:
    """Draw a lasso; corners are shares of the map's width and height."""
    tab.mouse.move(*at(tab, *corners[0]))
    tab.mouse.down()
    for corner in [*corners[1:], corners[0]]:
        tab.mouse.move(*at(tab, *corner), steps=8)
    tab.mouse.up()


def select_left(tab: Page) -> int:
    """Draws around the left half; the number of images selected, once they are on show."""
    draw_around(tab, [(0.01, 0.01), (0.5, 0.01), (0.5, 0.99), (0.01, 0.99)])
    expect(tab.locator(".tiles figure").first).to_be_visible()
    return number_of(tab)


def number_of(tab: Page) -> int:
    words = tab.locator(".chosen .head strong").inner_text()
    found = re.match(r"[\d,]+", words)
    return int(found[0].replace(",", "")) if found else 0


def meet_a_point(tab: Page) -> None:
    """Moves the mouse over the middle of the map until it is on a point."""
    for place in range(10, 90):
        tab.mouse.move(*at(tab, place / 100, 0.5))
        if tab.locator(".tip:not([hidden])").count():
            return
    raise AssertionError("no point under the mouse")


def test_a_lasso_shows_the_images_that_lie_inside(looking):
    opened, store = looking
    chosen = select_left(opened)
    points = service.points(store, "digits", kind="pca")
    assert 0 < chosen < len(points)
    titles = opened.locator(".pick").evaluate_all("all => all.map((one) => one.title)")
    assert 0 < len(titles) <= 200
    names = service.image_names(store, "digits", points["image"].tolist())
    place = dict(zip(names, points["x"], strict=True))
    # The lasso ends in the middle of the map: what lies inside is left of what lies outside.
    inside = np.array([place[title.rpartition(": ")[0]] for title in titles])
    assert inside.max() < np.quantile(points["x"], chosen / len(points)) + 1e-3


def test_what_is_selected_gets_a_class_and_undo_takes_it_back(opened, store):
    before = select_left(opened)
    opened.locator(".pick").first.click()
    expect(opened.locator("figure.out")).to_have_count(1)
    assert number_of(opened) == before - 1
    opened.get_by_role("radio", name=re.compile("Likely")).click()
    opened.locator(".chosen .chip", has_text="3").click()
    expect(opened.locator(".save.saved")).to_be_visible()
    (given,) = service.answers(store, "digits")
    assert (given.label, given.confidence) == (3, 0.8)
    assert len(service.images_of_answer(store, "digits", given.number)) == before - 1
    expect(opened.locator(".tally")).to_contain_text(f"{before - 1:,} have a label")
    opened.get_by_label("Colour by").select_option("label")
    number = opened.locator('.group[data-code="4"] .number')  # code 0 is none
    expect(number).to_have_text(f"{before - 1:,}")
    opened.keyboard.press("u")
    expect(opened.locator(".tally")).to_contain_text("0 have a label")
    assert service.answers(store, "digits") == []
    assert number_of(opened) == before - 1  # chosen again, as it was


def test_a_new_class_and_images_set_aside(opened, store):
    select_left(opened)
    opened.get_by_label("Name of a new class").fill("left side")
    opened.get_by_role("button", name="Add and label").click()
    expect(opened.locator(".chosen .chip", has_text="left side")).to_be_attached()
    assert service.classes(store, "digits")[-1].name == "left side"
    draw_around(opened, [(0.55, 0.01), (0.99, 0.01), (0.99, 0.99), (0.55, 0.99)])
    expect(opened.locator(".tiles figure").first).to_be_visible()
    aside = number_of(opened)
    opened.get_by_role("button", name="Set aside").click()
    expect(opened.locator(".tally")).to_contain_text(f"{aside:,} set aside")
    assert len(service.set_aside(store, "digits")) == aside


def test_after_a_reload_the_answer_can_still_be_undone(opened, server, store):
    select_left(opened)
    opened.locator(".chosen .chip", has_text="3").click()
    expect(opened.locator(".save.saved")).to_be_visible()
    opened.evaluate("localStorage.setItem('labeller expert', '\"Ada\"')")
    open_map(opened, server)
    undo = opened.locator(".chosen").get_by_role("button", name="Undo")
    expect(undo).to_be_disabled()  # Ada gave none
    opened.evaluate("localStorage.setItem('labeller expert', '\"me\"')")
    open_map(opened, server)
    expect(undo).to_be_enabled()
    undo.click()
    expect(opened.locator(".tally")).to_contain_text("0 have a label")
    assert service.answers(store, "digits") == []


def test_images_are_found_by_name_and_by_likeness(looking):
    opened, store = looking
    opened.keyboard.press("/")
    opened.keyboard.type("train/12")
    opened.keyboard.press("Enter")
    expect(opened.locator(".counts")).to_contain_text("“train/12”")
    assert number_of(opened) == len(service.find_images(store, "digits", "train/12"))
    opened.locator("figure").first.hover()
    opened.locator(".like").first.click()
    expect(opened.locator(".counts")).to_contain_text("most like")
    assert number_of(opened) == 60
    opened.keyboard.press("/")
    opened.get_by_label("Search file names").fill("no such file")
    opened.keyboard.press("Enter")
    expect(opened.get_by_text("nothing found")).to_be_visible()


def test_the_mouse_on_a_point_shows_its_image(looking):
    opened, store = looking
    meet_a_point(opened)
    tip = opened.locator(".tip")
    expect(tip.locator("img")).to_be_visible()
    shown = tip.locator("strong").inner_text()
    names = service.image_names(store, "digits", range(service.project(store, "digits").count))
    assert shown in names
    expect(tip).to_contain_text("true class")
    opened.keyboard.press("m")
    expect(opened.locator(".counts")).to_contain_text(f"most like {shown}")


def test_keys_choose_the_tool_and_the_view(looking):
    opened, _ = looking

    def on(name: str):
        return opened.get_by_role("radio", name=name)

    for key, name in (("b", "Box"), ("v", "Move"), ("l", "Lasso")):
        opened.keyboard.press(key)
        expect(on(name)).to_have_attribute("aria-checked", "true")
    plate = opened.locator(".plate").first
    before = plate.get_attribute("style")
    opened.keyboard.press("+")
    expect(plate).not_to_have_attribute("style", before)
    opened.keyboard.press("0")
    expect(plate).to_have_attribute("style", before)
    opened.mouse.move(*at(opened, 0.3, 0.3))
    opened.mouse.wheel(0, -300)
    expect(plate).not_to_have_attribute("style", before)
    opened.keyboard.press("0")
    select_left(opened)
    opened.keyboard.press("Escape")
    expect(opened.get_by_text("Nothing selected")).to_be_visible()


def test_a_click_on_a_group_shows_it_alone(looking):
    opened, _ = looking
    opened.get_by_label("Colour by").select_option("true")
    group = opened.locator(".group").first
    count = int(group.locator(".number").inner_text())
    group.click()
    expect(group).to_have_attribute("aria-pressed", "true")
    draw_around(opened, [(0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98)])
    expect(opened.locator(".tiles figure").first).to_be_visible()
    assert number_of(opened) == count


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_paints_in_both_themes_and_is_saved_as_a_picture(
    tab, server, store, said, theme, tmp_path
):
    label_all(store)
    tab.emulate_media(color_scheme=theme)
    open_map(tab, server)
    expect(tab.locator(".plate").first).to_be_visible()
    with tab.expect_download() as started:
        tab.get_by_role("button", name="PNG").click()
    assert started.value.suggested_filename == "digits-map-pca-1.png"
    started.value.save_as(tmp_path / "map.png")
    pixels = np.asarray(Image.open(tmp_path / "map.png").convert("RGB")).astype(int)
    assert tuple(pixels[2, 2]) == BACKGROUNDS[theme]
    away = np.abs(pixels - BACKGROUNDS[theme]).max(axis=2)
    assert 0.01 < (away > 60).mean() < 0.6
    colours = {tuple(colour) for colour in pixels[away > 60] // 32}
    assert len(colours) > 20  # of more than one class


def test_the_points_move_over_the_rounds(tab, server, store, said):
    from labeller.jobs.worker import run_waiting

    label_all(store)
    service.propagate(store, "digits")
    service.retrain(store, "digits")
    run_waiting(store)
    service.request_map(store, "digits", "pca")
    run_waiting(store)
    open_map(tab, server)
    place = tab.locator(".journey output")
    expect(place).to_have_text("Round 2")
    before = tab.locator(".plate").first.get_attribute("style")
    tab.get_by_role("button", name="Play").click()
    expect(place).to_have_text("Round 1")
    expect(tab.get_by_role("button", name="Pause")).to_be_visible()
    expect(place).to_have_text("Round 2")
    expect(tab.get_by_role("button", name="Play")).to_be_visible()
    expect(tab.locator(".plate").first).to_have_attribute("style", before)
    tab.get_by_label("Round", exact=True).last.fill("0")
    expect(place).to_have_text("Round 1")
    expect(tab.locator(".plate").first).not_to_have_attribute("style", before)
    assert select_left(tab) > 0


def test_the_table_is_downloaded(looking, tmp_path):
    opened, store = looking
    with opened.expect_download() as started:
        opened.get_by_role("button", name="Download CSV").click()
    assert started.value.suggested_filename == "digits-map-pca-1.csv"
    started.value.save_as(tmp_path / "map.csv")
    rows = (tmp_path / "map.csv").read_text().splitlines()
    assert len(rows) == service.project(store, "digits").train + 1


def test_without_webgl_a_sentence_says_so(tab, server, store, said):
    tab.add_init_script(
        """const getContext = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
          return kind === "webgl2" ? null : getContext.call(this, kind, ...more);
        };"""
    )
    tab.goto(f"{server.url}/explore?project=digits")
    expect(tab.get_by_text("The map needs WebGL 2")).to_be_visible()
    tab.get_by_label("Search file names").fill("train/12")
    tab.get_by_label("Search file names").press("Enter")
    expect(tab.locator(".tiles figure").first).to_be_visible()


def test_after_a_restart_of_the_server_the_answer_arrives(tab, server, store):
    open_map(tab, server)
    select_left(tab)
    server.kill()
    tab.locator(".chosen .chip", has_text="3").click()
    server.start()
    expect(tab.locator(".save.saved")).to_be_visible()
    assert [one.label for one in service.answers(store, "digits")] == [3]
