"""Each format with images, read back by the library whose format it is where that is small enough.

`datasets`, `pycocotools` and `torchvision` are there. Label Studio, Datumaro and FiftyOne would
bring other versions of what the project uses (and FiftyOne a database): for these the test reads
by the rules that their documentation states, and nothing is forgiven.
"""

import json
import os
import xml.etree.ElementTree as ElementTree
from urllib.parse import unquote

import pytest
from PIL import Image

from labeller.exports.names import safe
from labeller.service.export_folder import Labels
from tests.exports.conftest import FILES, ODD
from tests.exports.test_folders import made


@pytest.fixture
def out(tmp_path):
    """Where a folder is written."""
    return tmp_path / "out"


def expected(labels: Labels) -> dict[str, str]:
    """The class of each image that has one, by its path in the source."""
    table = labels.table[labels.table["label"] >= 0]
    return {row.path: labels.classes[row.label] for row in table.itertuples()}


def weights(labels: Labels) -> dict[str, float]:
    """The weight of each label."""
    table = labels.table[labels.table["label"] >= 0]
    return {row.path: round(float(row.weight), 6) for row in table.itertuples()}


def same_pixels(file, labels: Labels, path: str) -> bool:
    """Whether a written image is the one at that path of the source."""
    row = labels.images.names.index(path)
    pixel = Image.open(file).convert("RGB").getpixel((0, 0))
    return abs(pixel[0] - labels.images.images[row, 8, 8, 0]) < 6


def test_torchvision_reads_an_image_folder(labels, out):
    from torchvision.datasets import ImageFolder

    made("imagefolder", labels, out)
    found = ImageFolder(str(out))
    assert len(found) == len(FILES) - 2
    # A class of its own for each name, so that none is mixed with another.
    assert len(found.classes) == len(set(expected(labels).values())) == len(FILES) - 2
    for path, name in expected(labels).items():
        folders = [folder for folder in out.iterdir() if folder.name.startswith(safe(name))]
        files = [file for folder in folders for file in folder.iterdir()]
        assert any(same_pixels(file, labels, path) for file in files), (path, name)


def test_images_without_a_label_have_a_folder_of_their_own(labels, out):
    labels.table.loc[0, "label"] = 10 * ODD.index("_unlabelled")
    made("imagefolder", labels, out, unlabelled=True)
    assert len(list((out / "_unlabelled").iterdir())) == 2
    assert len(list((out / "_unlabelled-2").iterdir())) == 1


def test_datasets_reads_a_hugging_face_folder(labels, out, tmp_path, monkeypatch):
    found = load_with_datasets(labels, out, tmp_path, monkeypatch)
    assert (out / "train" / "metadata.jsonl").exists()
    rows = [row for split in found.values() for row in split]
    assert {row["source"]: row["label"] for row in rows} == expected(labels)
    assert {row["source"]: row["weight"] for row in rows} == weights(labels)
    assert {name: len(split) for name, split in found.items()} == {"train": 8, "test": 1}
    for row in rows:
        at = labels.images.names.index(row["source"])
        pixel = row["image"].convert("RGB").getpixel((0, 0))
        assert abs(pixel[0] - labels.images.images[at, 8, 8, 0]) < 6


@pytest.mark.parametrize("case", ["dates", "none in a split", "numbers"])
def test_datasets_reads_names_that_json_would_change(case, labels, out, tmp_path, monkeypatch):
    if case == "none in a split":
        labels.table.loc[3, "label"] = -1  # the only one of its split
        found = load_with_datasets(labels, out, tmp_path, monkeypatch, unlabelled=True)
        assert found["test"]["label"][0] is None
        assert set(expected(labels).values()) <= set(found["train"]["label"])
        return
    names = {"dates": "2026-01-01", "numbers": "7"}
    labels.classes.update(dict.fromkeys(labels.classes, names[case]))
    found = load_with_datasets(labels, out, tmp_path, monkeypatch)
    assert set(found["train"]["label"]) == {names[case]}


def load_with_datasets(labels, out, tmp_path, monkeypatch, **settings):
    """What `load_dataset("imagefolder")` makes of an export, without the network."""
    monkeypatch.setitem(os.environ, "HF_HUB_OFFLINE", "1")
    monkeypatch.setitem(os.environ, "HF_HOME", str(tmp_path / "hub"))
    import datasets

    datasets.disable_progress_bars()
    made("huggingface", labels, out, **settings)
    cache = str(tmp_path / "cache")
    return datasets.load_dataset("imagefolder", data_dir=str(out), cache_dir=cache)


def test_pycocotools_reads_coco(labels, out):
    from pycocotools.coco import COCO

    made("coco", labels, out)
    coco = COCO(str(out / "annotations.json"))
    assert [one["name"] for one in coco.loadCats(coco.getCatIds())] == ODD
    found, heavy = {}, {}
    for category in coco.getCatIds():
        for image in coco.loadImgs(coco.getImgIds(catIds=[category])):
            (annotation,) = coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]]))
            path = labels.images.names[image["id"]]
            found[path] = coco.loadCats(category)[0]["name"]
            heavy[path] = annotation["weight"]
            picture = Image.open(out / "images" / image["file_name"])
            assert picture.size == (image["width"], image["height"])
            assert "bbox" not in annotation
    assert (found, heavy) == (expected(labels), weights(labels))


@pytest.mark.parametrize("name", ["coco", "datumaro", "label-studio"])
def test_annotations_can_come_alone(name, labels, out):
    inside = made(name, labels, out, images=False)
    assert not [path for path in inside if path.endswith((".png", ".jpg"))]
    text = "".join(file.read_text(encoding="utf-8") for file in out.rglob("*.json"))
    assert all(path in text for path in expected(labels))


def test_datumaro_by_its_documentation(labels, out):
    made("datumaro", labels, out, unlabelled=True)
    found, heavy, ids = {}, {}, []
    for file in (out / "annotations").iterdir():
        document = json.loads(file.read_text(encoding="utf-8"))
        assert document["dm_format_version"] == "1.0"
        assert document["media_type"] == 2
        assert isinstance(document["infos"], dict)
        names = [label["name"] for label in document["categories"]["label"]["labels"]]
        assert names == ODD
        for item in document["items"]:
            picture = Image.open(out / "images" / file.stem / item["image"]["path"])
            assert list(picture.size[::-1]) == item["image"]["size"]
            ids.append((file.stem, item["id"]))
            for annotation in item["annotations"]:
                assert annotation["type"] == "label"
                assert {"id", "group", "attributes"} <= set(annotation)
                found[item["attr"]["source"]] = names[annotation["label_id"]]
                heavy[item["attr"]["source"]] = annotation["attributes"]["weight"]
    assert (found, heavy) == (expected(labels), weights(labels))
    assert len(set(ids)) == len(FILES)


def test_fiftyone_by_its_documentation(labels, out):
    made("fiftyone", labels, out, unlabelled=True)
    document = json.loads((out / "labels.json").read_text(encoding="utf-8"))
    assert set(document) == {"classes", "labels"}
    by_stem = {file.stem: file for file in (out / "data").iterdir()}
    assert set(by_stem) == set(document["labels"])
    found, heavy = {}, {}
    for stem, label in document["labels"].items():
        if label is None:
            continue
        path = label["attributes"]["source"]
        found[path], heavy[path] = document["classes"][label["label"]], label["confidence"]
        assert same_pixels(by_stem[stem], labels, path)
    assert (found, heavy) == (expected(labels), weights(labels))


def test_label_studio_by_its_documentation(labels, out):
    made("label-studio", labels, out, unlabelled=True)
    config = ElementTree.parse(out / "config.xml").getroot()
    image, choices = config.find("Image"), config.find("Choices")
    values = [choice.get("value") for choice in choices]
    assert len(set(values)) == len(ODD)
    assert (choices.get("toName"), choices.get("choice")) == (image.get("name"), "single")
    variable = image.get("value").removeprefix("$")
    found, heavy, looked = {}, {}, set()
    for task in json.loads((out / "tasks.json").read_text(encoding="utf-8")):
        place = task["data"][variable].removeprefix("/data/local-files/?d=")
        path = task["data"]["source"]
        assert same_pixels(out / unquote(place), labels, path)
        for said in [*task.get("predictions", []), *task.get("annotations", [])]:
            (result,) = said["result"]
            assert (result["from_name"], result["to_name"]) == (choices.get("name"), "image")
            assert result["type"] == "choices"
            (choice,) = result["value"]["choices"]
            found[path] = ODD[values.index(choice)]
        for prediction in task.get("predictions", []):
            heavy[path] = prediction["score"]
        if "annotations" in task:
            looked.add(path)
    assert (found, heavy) == (expected(labels), weights(labels))
    table = labels.table[labels.table["looked"] & (labels.table["label"] >= 0)]
    assert looked == set(table["path"])
