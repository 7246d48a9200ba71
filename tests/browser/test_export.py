"""What only a browser shows: a download brings its rows, and a zip its images."""

import zipfile

import pandas as pd
import pytest
from playwright.sync_api import expect

from labeller import service
from tests.conftest import label_all

pytestmark = pytest.mark.browser


@pytest.fixture
def store(server):
    """The store of the running app, its first round answered."""
    opened = server.open_store()
    label_all(opened)
    yield opened
    opened.close()


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
