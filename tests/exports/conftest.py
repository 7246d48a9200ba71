"""Images in a folder, labels for them as a project has them, and names that are hard to write."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from labeller.data.images import ImageStore
from labeller.data.ingest import ingest
from labeller.service.export_folder import Labels
from labeller.store.files import read_json, write_json

ODD = [
    *("cat", "Cat", "a/b", "a\\b", "quote\"'&<>", "new\nline", "日本 語", "=cmd()", "..", "CON"),
    *("_unlabelled", "2026-01-01", " dots. ", "é", "e\u0301", "x" * 80, "#1 50%?"),
]
FILES = [
    *("one/1.png", "one/2.JPG", "two/1.png", "two/1.jpg", "two/1.PNG", "two/big.jpg"),
    *("one/a test 3.png", "one/train.png", "two/ü#1 50%.png", "one/x.y.png", "one/=1+1.png"),
]


def write_images(folder: Path) -> Path:
    """The files above, each in a colour of its own, one of them larger than a display picture."""
    for number, name in enumerate(FILES):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        size = (400, 300) if "big" in name else (20, 16 + number)
        pixels = np.full((size[1], size[0], 3), (20 * number, 100, 200), np.uint8)
        Image.fromarray(pixels).save(path)
    return folder


@pytest.fixture(scope="session")
def ingested(tmp_path_factory):
    """The folder of the files, and the image store that was made of them."""
    folder = tmp_path_factory.mktemp("photos")
    source = write_images(folder / "source")
    ingest(source, folder / "store", size=16)
    return folder


@pytest.fixture
def labels(ingested, tmp_path) -> Labels:
    """Labels of a private copy: two images have none, the others a class each."""
    source, store = tmp_path / "source", tmp_path / "store"
    shutil.copytree(ingested / "source", source)
    shutil.copytree(ingested / "store", store)
    meta = read_json(store / "meta.json")
    place = meta["source"].replace(str(ingested / "source"), str(source))
    write_json(store / "meta.json", {**meta, "source": place})
    images = ImageStore(store)
    count = images.count
    numbers = np.arange(count)
    some = ~np.isin(numbers, [2, count - 1])
    table = pd.DataFrame(
        {
            "path": images.names,
            "split": np.where(numbers == 3, "test", "train"),
            "label": np.where(some, numbers * 10, -1),
            "confidence": np.where(some, 0.8, np.nan),
            "weight": np.where(some, (numbers + 1) / 10, 0.0).clip(0, 1),
            "looked": numbers % 4 == 0,
            "set_aside": numbers == 2,
            "expert": np.where(some, "me", ""),
            "predicted": np.full(count, 10),
            "certainty": np.linspace(0.5, 0.9, count),
        }
    )
    classes = {10 * place: name for place, name in enumerate(ODD)}
    return Labels('my "cats" & dogs', table, classes, images)
