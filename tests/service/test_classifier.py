"""Classifiers of features and of pixels: new images in the project, and without it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import labeller
from labeller import service
from labeller.config import EncodeConfig
from labeller.errors import DataError, NotFoundError, StateError
from labeller.jobs.worker import run_waiting
from labeller.rounds.answer import Answer
from labeller.service.api.classifier import Classifier, Predictions
from labeller.service.model_card import NOT_MEASURED
from labeller.store.files import read_json, write_json
from tests.service.photos import COLOURS, teach
from tests.support import export_classifier

ROOT = Path(__file__).resolve().parents[2]
FRESH = """
import json, sys
import labeller
found = labeller.load_classifier(sys.argv[1], device="cpu").predict(sys.argv[2:])
print(json.dumps([found.labels, found.probabilities.max(1).tolist()]))
"""


def test_a_project_with_an_encoder_says_of_its_own_files_what_it_stored(
    taught: Path, tmp_path: Path
) -> None:
    shutil.copytree(taught / "ws", tmp_path / "ws")
    store = service.open_store(tmp_path / "ws")
    one = taught / "pictures" / "train" / "red" / "3.png"
    job = service.predict(store, "photos", [taught / "pictures", one])
    told: list[labeller.Progress] = []
    run_waiting(store, report=told.append)
    found, known = service.predictions(store, job.id), pd.read_parquet(taught / "stored.parquet")
    known = known.set_index("path").loc[found["path"]]
    assert found["path"].iloc[-1] == str(one)
    assert found["name"].tolist() == known["predicted_name"].tolist()
    assert set(found["name"]) == set(COLOURS)
    np.testing.assert_allclose(found["confidence"], known["certainty"], atol=1e-3)
    assert "EfficientNet-Lite0: 30 of 30 images" in [event.message for event in told]

    folder = store.project_folder(service.project(store, "photos").id).classifier(2)
    record = read_json(folder / "encoder.json")
    write_json(folder / "encoder.json", {**record, "digest": "0" * 16})
    job = service.predict(store, "photos", [one])
    run_waiting(store)
    assert "taught on features of lite0 with digest 0000" in service.job(store, job.id).error
    store.close()


def test_the_card_is_true_of_a_classifier_of_features(taught: Path) -> None:
    card = json.loads((taught / "net" / "card.json").read_text())
    assert card["classes"] == list(COLOURS)
    assert card["method"]["name"] == "linear-student"
    assert card["reads"] == "features"
    shape = {key: card["preprocessing"][key] for key in ("fit", "size", "channels")}
    assert shape == {"fit": "crop", "size": 224, "channels": 3}
    encoder = card["encoder"]
    assert (encoder["name"], encoder["size"], encoder["licence"]) == ("lite0", 224, "Apache-2.0")
    assert len(encoder["digest"]) == 16
    assert (card["taught"]["round"], card["taught"]["answers"]) == (1, 3)
    assert card["taught"]["settings"] == {"choose": True, "seed": 0}
    assert card["labels"]["embed"]["of"] == "features"
    (measured,) = card["accuracy"]
    assert (measured["measured"], measured["images"]) == ("test", 6)
    assert {"python", "torch", "labeller", "onnxruntime"} <= set(card["versions"])
    assert str(taught) not in json.dumps(card)


def test_a_fresh_process_needs_no_project(taught: Path, tmp_path: Path) -> None:
    shutil.copytree(taught / "net", tmp_path / "net")
    known = pd.read_parquet(taught / "stored.parquet")
    command = [sys.executable, "-c", FRESH, str(tmp_path / "net"), *known["path"]]
    empty = {**os.environ, "LABELLER_WORKSPACE": str(tmp_path / "none")}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=empty)
    assert done.returncode == 0, done.stderr
    labels, shares = json.loads(done.stdout)
    assert labels == known["predicted_name"].tolist()
    np.testing.assert_allclose(shares, known["certainty"], atol=0.02)
    assert not (tmp_path / "none").exists()


def test_the_zip_is_as_good_as_the_folder_and_the_docs_show_how(
    taught: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "docs" / "photos.md").read_text(encoding="utf-8")
    (code,) = [part for part in text.split("```python\n")[1:] if "load_classifier" in part]
    shutil.copy(taught / "net.zip", tmp_path / "clothes-classifier.zip")
    shutil.copytree(taught / "pictures" / "test" / "green", tmp_path / "new")
    monkeypatch.chdir(tmp_path)
    space: dict[str, object] = {}
    exec(compile(code.partition("```")[0], "photos.md", "exec"), space)
    found = space["found"]
    assert isinstance(found, Predictions)
    assert found.labels == ["green", "green"]


def test_pictures_may_be_paths_images_or_arrays_of_different_sizes(taught: Path) -> None:
    classifier = labeller.load_classifier(taught / "net", device="cpu")
    path = taught / "pictures" / "train" / "red" / "0.png"
    pixels = np.asarray(Image.open(path))
    told: list[labeller.Progress] = []
    mixed = [path, Image.open(path), pixels, np.full((9, 30), 128, np.uint8)]
    found = classifier.predict(mixed, progress=told.append)
    assert found.labels[:3] == ["red"] * 3
    np.testing.assert_allclose(found.probabilities[1:3], found.probabilities[[0, 0]], atol=1e-5)
    np.testing.assert_allclose(found.probabilities.sum(1), 1, atol=1e-5)
    assert (told[-1].done, told[-1].total) == (4, 4)
    table = found.table()
    assert table.columns.tolist() == ["image", "label", "confidence", "p blue", "p green", "p red"]
    assert table["image"].tolist() == [str(path), 1, 2, 3]
    alone = classifier.predict(pixels[None]).probabilities
    np.testing.assert_allclose(alone, found.probabilities[:1], atol=1e-5)
    assert classifier.predict([]).table().shape == (0, 6)
    assert classifier.classes == tuple(COLOURS)
    with pytest.raises(ValueError, match=r"one image is \[image\]"):
        classifier.predict(pixels)
    with pytest.raises(ValueError, match="must be uint8"):
        classifier.predict([pixels / 255])
    with pytest.raises(NotFoundError, match="there is no image file"):
        classifier.predict(["nowhere.png"])
    with pytest.raises(DataError, match="cannot be read as an image"):
        classifier.predict([taught / "net" / "card.json"])


def changed(folder: Path, there: Path, **changes: object) -> Path:
    """A copy of an exported classifier whose card says something else."""
    shutil.copytree(folder, there)
    card = json.loads((there / "card.json").read_text())
    (there / "card.json").write_text(json.dumps({**card, **changes}))
    return there


def test_what_does_not_fit_is_said_and_nothing_is_predicted(taught: Path, tmp_path: Path) -> None:
    encoder = json.loads((taught / "net" / "card.json").read_text())["encoder"]
    other = changed(taught / "net", tmp_path / "a", encoder={**encoder, "digest": "0" * 16})
    images = sorted((taught / "pictures" / "test").glob("*/*.png"))
    inside = labeller.load_classifier(other, device="cpu").predict(
        images
    )  # the one in the ONNX file
    known = labeller.load_classifier(taught / "net", device="cpu").predict(images)
    np.testing.assert_allclose(inside.probabilities, known.probabilities, atol=1e-4)
    (other / "classifier.onnx").unlink()
    with pytest.raises(DataError, match="weights or preprocessing have changed"):
        labeller.load_classifier(other)
    with pytest.raises(DataError, match="must be of format 1, got 2"):
        labeller.load_classifier(changed(taught / "net", tmp_path / "b", format=2))
    (tmp_path / "b" / "card.json").write_text("{}")
    with pytest.raises(DataError, match="damaged or of an older version"):
        labeller.load_classifier(tmp_path / "b")
    with pytest.raises(NotFoundError, match=r"weights\.safetensors is missing"):
        labeller.load_classifier(tmp_path)
    with pytest.raises(ValueError, match="weights must be left out, as lite0 takes none"):
        labeller.load_classifier(taught / "net", weights="w.safetensors")


def test_ready_features_need_features_of_new_images(taught: Path, tmp_path: Path) -> None:
    store = service.open_store(tmp_path / "ws")
    service.create_project(store, "ready", str(taught / "pictures"), size=16)
    run_waiting(store)
    colours = service.images(store, "ready", range(30)).mean(axis=(1, 2)).astype(np.float32)
    np.save(tmp_path / "f.npy", colours)
    teach(store, "ready", EncodeConfig(encoder="file", path=str(tmp_path / "f.npy")))
    pictures = [taught / "pictures" / "test"]
    with pytest.raises(StateError, match=r"reads the features in .*f\.npy, and new images have"):
        service.predict(store, "ready", pictures)
    known = service.labels_table(store, "ready")
    folder = export_classifier(store, "ready", tmp_path / "net")
    left_out = service.classifier_left_out(store, "ready") or {}
    assert set(left_out) == {"classifier.onnx", "classifier.pt2"}
    assert not {"use.py", *left_out} & {path.name for path in folder.iterdir()}
    assert "reads features of the file f.npy" in (folder / "README.md").read_text()
    store.close()
    shutil.rmtree(tmp_path / "ws")
    (tmp_path / "f.npy").unlink()
    classifier = labeller.load_classifier(folder)
    found = classifier.predict(colours)
    assert found.labels == known["predicted_name"].tolist()
    with pytest.raises(StateError, match="new images have none there"):
        classifier.predict([taught / "pictures" / "test" / "red" / "0.png"])


def test_a_classifier_of_pixels_after_an_audit(store, work, tmp_path: Path) -> None:
    labels = {name: place for place, name in enumerate("0123456789")}
    for place, card in enumerate(service.cards(store, "digits")):
        service.answer(store, "digits", card.node, Answer("label", place % 10))
    for image in service.draw_audit(store, "digits", 25).images:
        service.answer_audit(store, "digits", image, labels["3"])
    service.propagate(store, "digits")
    service.retrain(store, "digits", next_round=False)
    work()
    service.merge_class(store, "digits", 9, 4)
    images, known = (
        service.images(store, "digits", range(60)),
        service.labels_table(store, "digits"),
    )
    folder = export_classifier(store, "digits", tmp_path / "net")
    classifier = labeller.load_classifier(folder)
    assert classifier.card["reads"] == "images"
    assert classifier.card["encoder"] is None
    with pytest.raises(ValueError, match="as the classifier reads pixels"):
        labeller.load_classifier(folder, weights="w.safetensors")
    assert [one["measured"] for one in classifier.card["accuracy"]] == ["test", "audit"]
    said = known["predicted_name"][: len(images)]
    assert "9" not in classifier.classes
    agreed = np.array(classifier.predict(images).labels) == said.to_numpy()
    assert agreed.mean() > 0.95  # but for what merging adds up


def test_outputs_of_merged_classes_add_up() -> None:
    card = {"project": "p", "classes": ["a", "b", "a"]}
    classifier = Classifier(None, None, card, "cpu")  # type: ignore[arg-type]
    assert classifier.classes == ("a", "b")
    shares = np.array([[0.3, 0.4, 0.3]], np.float32) @ classifier._sums
    np.testing.assert_allclose(shares, [[0.6, 0.4]])


def test_a_classifier_nobody_measured_says_so(store, work, tmp_path: Path) -> None:
    for place, card in enumerate(service.cards(store, "digits")):
        service.answer(store, "digits", card.node, Answer("label", place % 10))
    service.propagate(store, "digits")
    service.retrain(store, "digits", next_round=False)
    work()
    (store.project_folder(service.project(store, "digits").id).data / "targets.npy").unlink()
    folder = export_classifier(store, "digits", tmp_path / "net")
    assert json.loads((folder / "card.json").read_text())["accuracy"] == [NOT_MEASURED]
