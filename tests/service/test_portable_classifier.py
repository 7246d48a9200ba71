"""An exported classifier says the same as ONNX, as torch.export, in labeller and in the project."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image

import labeller
from labeller import service
from labeller.config import StudentConfig
from labeller.data.images import ImageStore
from labeller.data.squares import squares
from labeller.errors import StateError
from labeller.jobs.worker import run_waiting
from labeller.rounds.answer import Answer
from tests.conftest import QUICK, label_all
from tests.support import export_classifier

CLOSE = {"atol": 1e-4, "rtol": 0}


def by_onnx(folder: Path, images: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(folder / "classifier.onnx")
    return session.run(["probabilities"], {"images": images})[0]


def by_torch(folder: Path, images: np.ndarray) -> np.ndarray:
    program = torch.export.load(folder / "classifier.pt2").module()
    return program(torch.from_numpy(images)).numpy()


@pytest.fixture(scope="module")
def digits(trained_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> service.Store:
    """Digits whose student of pixels was taught once; of its classes 7 was merged into 1 since."""
    shutil.copytree(trained_workspace, tmp_path_factory.mktemp("portable") / "ws")
    store = service.open_store(next(tmp_path_factory.getbasetemp().glob("portable*")) / "ws")
    label_all(store)
    service.propagate(store, "digits")
    student = StudentConfig(use=True, epochs=2)
    service.retrain(
        store, "digits", config=QUICK.model_copy(update={"student": student}), next_round=False
    )
    run_waiting(store)
    service.merge_class(store, "digits", 7, 1)
    return store


def test_a_hundred_digits_get_the_same_probabilities_everywhere(
    digits: service.Store, tmp_path: Path
) -> None:
    folder = export_classifier(digits, "digits", tmp_path / "net")
    images = service.images(digits, "digits", range(100))
    wanted = labeller.load_classifier(folder, device="cpu").predict(images).probabilities
    np.testing.assert_allclose(by_onnx(folder, images), wanted, **CLOSE)
    np.testing.assert_allclose(by_torch(folder, images), wanted, **CLOSE)
    np.testing.assert_allclose(by_onnx(folder, images[:1]), wanted[:1], **CLOSE)
    np.testing.assert_allclose(by_torch(folder, images[:1]), wanted[:1], **CLOSE)
    classes = json.loads((folder / "classes.json").read_text())
    assert classes == [name for name in "0123456789" if name != "7"]
    table = service.labels_table(digits, "digits")[:100]
    alone = ~table["predicted_name"].isin(["1"])  # merging adds up what the project keeps apart
    assert np.array(classes)[wanted.argmax(1)][alone].tolist() == (
        table["predicted_name"][alone].tolist()
    )
    np.testing.assert_allclose(wanted.max(1)[alone], table["certainty"][alone], **CLOSE)


def test_the_card_names_the_student_and_not_the_method_before_it(
    digits: service.Store, tmp_path: Path
) -> None:
    folder = export_classifier(digits, "digits", tmp_path / "net")
    card = json.loads((folder / "card.json").read_text())
    assert (card["method"]["name"], card["taught"]["by"]) == ("student", "student")
    assert card["taught"]["settings"]["epochs"] == 2
    assert card["labels"]["method"]["name"] == "vae"
    assert "vae" not in json.dumps({k: v for k, v in card.items() if k != "labels"})
    words = (folder / "README.md").read_text()
    assert "Network: student, which reads pixels" in words
    assert "uint8 (N, 8, 8, 1), grey" in words
    assert "Accuracy (test)" in words


def test_photos_go_through_the_encoder_inside(taught: Path) -> None:
    store = service.open_store(taught / "ws")
    images = ImageStore(store.project_folder(service.project(store, "photos").id).data)
    certainty = service.labels_table(store, "photos")["certainty"]
    store.close()
    noise = np.random.default_rng(0).integers(0, 256, (70, 224, 224, 3), dtype=np.uint8)
    pictures = np.concatenate([squares(images, range(images.count), 224), noise])
    wanted = labeller.load_classifier(taught / "net", device="cpu").predict(pictures).probabilities
    np.testing.assert_allclose(by_onnx(taught / "net", pictures), wanted, **CLOSE)
    np.testing.assert_allclose(by_torch(taught / "net", pictures), wanted, **CLOSE)
    np.testing.assert_allclose(wanted.max(1)[: images.count], certainty, **CLOSE)


def run_usage(folder: Path, *images: Path) -> list[tuple[str, str, str]]:
    """What `use.py` says, in a process that finds neither labeller nor torch."""
    code = (
        "import runpy, sys; sys.modules.update(torch=None, labeller=None);"
        "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    command = [sys.executable, "-c", code, str(folder / "use.py"), *map(str, images)]
    done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    return [tuple(line.split("\t")) for line in done.stdout.splitlines()]


def test_the_program_in_the_zip_needs_no_labeller(taught: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(taught / "net.zip") as archive:
        archive.extractall(tmp_path)
    images = sorted((taught / "pictures" / "test").glob("*/*.png"))
    said = run_usage(tmp_path, *images)
    assert [name for _, name, _ in said] == [path.parent.name for path in images]
    found = labeller.load_classifier(tmp_path, device="cpu").predict(images)
    shares = [float(share.rstrip("%")) / 100 for *_, share in said]
    np.testing.assert_allclose(shares, found.probabilities.max(1), atol=2e-3)


def test_the_program_says_how_it_is_called_and_what_it_cannot_read(
    digits: service.Store, tmp_path: Path
) -> None:
    folder = export_classifier(digits, "digits", tmp_path / "net")
    program = [sys.executable, str(folder / "use.py")]
    alone = subprocess.run(program, capture_output=True, text=True)
    assert (alone.returncode, alone.stderr) == (1, "usage: python use.py IMAGE ...\n")
    Image.new("L", (8, 8)).save(tmp_path / "there.png")
    paths = [str(tmp_path / "gone.png"), str(tmp_path / "there.png")]
    done = subprocess.run([*program, *paths], capture_output=True, text=True)
    assert done.stdout.startswith(paths[1])
    assert done.stderr.startswith(f"{paths[0]}: ")
    assert "Traceback" not in done.stderr


def test_the_program_pads_as_the_project_did(digits: service.Store, tmp_path: Path) -> None:
    folder = export_classifier(digits, "digits", tmp_path / "net")
    random = np.random.default_rng(0)
    paths = [tmp_path / "wide.png", tmp_path / "high.png"]
    for path, shape in zip(paths, ((20, 37, 4), (41, 30)), strict=True):
        Image.fromarray(random.integers(0, 256, shape, dtype=np.uint8)).save(path)
    classifier = labeller.load_classifier(folder, device="cpu")
    assert classifier.card["preprocessing"]["fit"] == "letterbox"
    found = classifier.predict(paths)
    said = run_usage(folder, *paths)
    assert [name for _, name, _ in said] == found.labels
    shares = [float(share.rstrip("%")) / 100 for *_, share in said]
    np.testing.assert_allclose(shares, found.probabilities.max(1), atol=2e-3)


def test_prepared_once_and_again_when_classes_are_merged(store, work, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="there is no classifier yet"):
        service.prepare_classifier(store, "digits")
    for place, card in enumerate(service.cards(store, "digits")):
        service.answer(store, "digits", card.node, Answer("label", place % 10))
    service.propagate(store, "digits")
    service.retrain(store, "digits", next_round=False)
    work()
    assert service.classifier_left_out(store, "digits") is None
    with pytest.raises(StateError, match="is not prepared for other programs yet"):
        service.export_classifier(store, "digits", tmp_path / "early.zip")
    assert not (tmp_path / "early.zip").exists()
    job = service.prepare_classifier(store, "digits")
    assert job is not None
    work()
    assert service.job(store, job.id).error == ""
    assert service.classifier_left_out(store, "digits") == {}
    assert service.prepare_classifier(store, "digits") is None
    path = service.export_classifier(store, "digits", tmp_path / "net.zip")
    assert labeller.load_classifier(path).classes == tuple("0123456789")
    service.merge_class(store, "digits", 9, 4)
    assert service.prepare_classifier(store, "digits") is not None
