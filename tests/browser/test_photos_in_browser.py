"""A person's own photos, from the upload of a zip to the results, in the browser."""

import io
import re
import zipfile
from collections import Counter

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from labeller import service
from tests.browser.conftest import serving
from tests.browser.label_page import all_saved, drawn

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAMES = ("bricks", "ripples", "waves")  # the last two are alike


@pytest.fixture
def server(tmp_path):
    """The app over an empty workspace."""
    with serving(tmp_path) as running:
        yield running


def texture(kind: int, draws: np.random.Generator) -> bytes:
    """A photo-like picture of one of the NAMES, as a JPEG."""
    y, x = np.mgrid[:72, :96] + draws.uniform(0, 24, (2, 1, 1))
    if kind == 0:
        light = ((y % 16 < 13) & ((x + 12 * (y // 16 % 2)) % 24 < 21)).astype(float)
        colour = np.array([190, 80, 50])
    else:
        light = 0.5 + 0.4 * np.sin(x / 3 if kind == 1 else x / 3 + 2 * np.sin(y / 6))
        colour = np.array([60, 130, 200])
    pixels = light[..., None] * colour * draws.uniform(0.8, 1.2, 3) + draws.normal(0, 6, 3)
    stream = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(stream, "JPEG")
    return stream.getvalue()


def zipped() -> bytes:
    """A zip of train and test folders, in each a folder a class: 24 and 6 photos of it."""
    draws, stream = np.random.default_rng(0), io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for split, count in (("train", 24), ("test", 6)):
            for kind, name in enumerate(NAMES):
                for number in range(count):
                    archive.writestr(f"{split}/{name}/{number}.jpg", texture(kind, draws))
    return stream.getvalue()


def upload(tab: Page, url: str) -> None:
    """A new project by an uploaded zip, until its images are imported."""
    tab.goto(url)
    tab.get_by_text("New project").click()
    tab.get_by_text("Upload a zip").click()
    sent = {"name": "textures.zip", "mimeType": "application/zip", "buffer": zipped()}
    zips = tab.get_by_test_id("stFileUploader").filter(has_text="A zip of images")
    zips.locator("input[type=file]").set_input_files(sent)
    create = tab.get_by_role("button", name="Create project")
    expect(create).to_be_enabled()
    drawn(tab)
    create.click()
    expect(tab.get_by_role("button", name="Start training")).to_be_visible()


def fill(tab: Page, name: str, number: int) -> None:
    """Sets a number of a form."""
    field = tab.get_by_role("spinbutton", name=name)
    expect(field).to_be_enabled()
    field.fill(str(number))
    field.press("Enter")


def train(tab: Page) -> None:
    """A short training; three kinds in two clusters, so that one of these is mixed."""
    drawn(tab)
    fill(tab, "Epochs", 2)
    tab.locator("summary", has_text="Questions").click()
    tab.get_by_text("Automatic").click()
    fill(tab, "Clusters", 2)
    expect(tab.get_by_text("72 images, 2 epochs, 2 questions")).to_be_visible()
    drawn(tab)
    tab.get_by_role("button", name="Start training").click()
    tab.get_by_role("button", name="Start labelling").click()
    expect(tab.locator(".picture").first).to_be_visible()
    drawn(tab)


def answer(tab: Page, store: service.Store) -> int:
    """Answers the card on show by its most frequent class, "all but" what else it shows; returns
    how many that was.
    """
    place = int(re.findall(r"\d+", tab.locator(".place").inner_text())[0])
    card = service.cards(store, "textures")[place - 1]
    shown = [name.split("/")[-2] for name in service.image_names(store, "textures", card.shown)]
    ((most, _),) = Counter(shown).most_common(1)
    wrong = [at for at, name in enumerate(shown) if name != most]
    for at in wrong:
        tab.locator(".member").nth(at).click()
    tab.keyboard.press(str(1 + NAMES.index(most)))
    all_saved(tab)
    return len(wrong)


def test_photos_are_uploaded_labelled_by_keys_and_measured(tab, server):
    upload(tab, server.url)
    expect(tab.get_by_text("72 images are too few to compare it with the pixels")).to_be_visible()
    train(tab)
    store = server.open_store()
    expect(tab.locator(".tile")).to_have_count(2)
    if answer(tab, store) < 4:  # one of the two clusters is mixed
        assert answer(tab, store) >= 4
    rest = tab.locator(".tile", has_text="rest")
    rest.click()
    expect(tab.locator(".why")).to_contain_text("You marked images of card")
    answer(tab, store)
    (*_, last) = service.answers(store, "textures")
    assert last.node.endswith(".rest")

    tab.get_by_role("link", name="Review").click()
    retrain = tab.get_by_role("button", name="Propagate and retrain")
    expect(retrain).to_be_visible()
    drawn(tab)
    retrain.click()
    tab.get_by_role("button", name="See the results").click()
    accuracy = tab.get_by_test_id("stMetric").filter(has_text="Test accuracy")
    expect(accuracy).to_contain_text(re.compile(r"\d+\.\d%"))
    expect(tab.get_by_text("No baselines are recorded for textures.zip")).to_be_visible()
    store.close()
