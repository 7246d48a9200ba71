"""What only a browser shows: a lasso on the map brings its images, a download brings its rows."""

import zipfile

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from labeller import service
from tests.conftest import label_all

pytestmark = pytest.mark.browser


@pytest.fixture
def store(server):
    """The store of the running app, its first round answered and its PCA map drawn."""
    from labeller.jobs.worker import run_waiting

    opened = server.open_store()
    label_all(opened)
    service.request_map(opened, "digits", "pca")
    run_waiting(opened)
    yield opened
    opened.close()


def draw_around(tab: Page, corners: list[tuple[float, float]]) -> None:
    """Draw a lasso; corners are shares of the map's width and height."""
    box = tab.locator(".js-plotly-plot .nsewdrag").bounding_box()
    assert box
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    tab.mouse.move(*places[0])
    tab.mouse.down()
    for place in [*places[1:], places[0]]:
        tab.mouse.move(*place, steps=8)
    tab.mouse.up()


def test_a_lasso_shows_the_images_that_lie_inside(tab, server, store):
    tab.goto(f"{server.url}/explore?project=digits")
    tab.get_by_text("PCA", exact=True).click()
    expect(tab.locator(".js-plotly-plot .nsewdrag")).to_be_visible()
    expect(tab.get_by_text("Draw around points")).to_be_visible()
    tab.wait_for_timeout(1000)  # plotly settles its size before the mouse finds it
    draw_around(tab, [(0.02, 0.02), (0.5, 0.02), (0.5, 0.98), (0.02, 0.98)])
    expect(tab.get_by_text("images selected")).to_be_visible()
    words = tab.get_by_text("images selected").inner_text()
    chosen = int(words.split()[0].replace(",", ""))

    expect(tab.locator(".gallery figure").first).to_be_visible()
    points = service.points(store, "digits", kind="pca")
    assert 0 < chosen < len(points)
    paths = tab.locator(".gallery figure").evaluate_all("all => all.map(one => one.title)")
    names = service.image_names(store, "digits", points["image"].tolist())
    place = dict(zip(names, points["x"], strict=True))
    # The lasso ends near the middle of the map: what lies inside is left of what lies outside.
    inside = np.array([place[path] for path in paths])
    assert inside.max() < np.quantile(points["x"], chosen / len(points)) + 1e-3


def test_a_download_brings_a_row_an_image(tab, server, store, tmp_path):
    tab.goto(f"{server.url}/export?project=digits")
    with tab.expect_download() as started:
        tab.get_by_role("button", name="Download CSV").click()
    started.value.save_as(tmp_path / "labels.csv")
    table = pd.read_csv(tmp_path / "labels.csv")
    assert started.value.suggested_filename == "digits-labels.csv"
    assert len(table) == service.project(store, "digits").count
    assert (table["label"] >= 0).sum() == service.project(store, "digits").train


def test_a_zip_with_the_images_is_made_and_downloaded(tab, server, store, tmp_path):
    tab.goto(f"{server.url}/export?project=digits")
    tab.get_by_role("button", name="Make the zip").click()
    with tab.expect_download() as started:
        tab.get_by_role("button", name="Download COCO").click()
    assert started.value.suggested_filename == "digits-labels.coco.zip"
    expect(tab.get_by_text("are what the project keeps of them, as PNG")).to_be_visible()
    started.value.save_as(tmp_path / "labels.zip")
    with zipfile.ZipFile(tmp_path / "labels.zip") as archive:
        assert len(archive.namelist()) == service.project(store, "digits").train + 1
