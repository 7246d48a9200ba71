"""A small workspace that is made once in a process, and copied for each case.

Its project `digits` has 240 of scikit-learn's digits, a finished round with a classifier, and a
second round that is open and half answered.
"""

import atexit
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from labeller import service
from labeller.config import RoundConfig, preset
from labeller.errors import LabellerError
from labeller.records import Answer
from labeller.rounds.settings import changed
from labeller.service import Store
from labeller.store.temporary import sweep

PROJECT = "digits"
_LEFT = (".tmp", ".deleted", ".loading")  # what only a writer at work has


def tiny(**changes: Any) -> RoundConfig:
    """Settings that train in a second; `changes` by dotted name, a dot as two underscores."""
    quick: dict[str, Any] = {
        "method_config": {"latent": 4, "width": 8, "hidden": 16},
        "train.epochs": 6,
        "train.batch_size": 32,
        "embed.space": "pca",
        "cluster.algorithm": "kmeans",
        "cluster.clusters": 8,
        "student.epochs": 6,
        "student.epochs_again": 4,
        "ask.clusters": 8,
    }
    named = {name.replace("__", "."): value for name, value in changes.items()}
    return changed(preset("recommended"), {**quick, **named})


def digit_files(folder: Path, start: int, count: int) -> Path:
    """A folder of PNG files in class folders, of the digits from `start` on."""
    from PIL import Image
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    for number in range(start, start + count):
        place = folder / str(labels[number])
        place.mkdir(parents=True, exist_ok=True)
        pixels = (images[number].reshape(8, 8) * 15.9).astype("uint8")
        Image.fromarray(pixels).save(place / f"{number:04}.png")
    return folder


@cache
def prepared() -> Path:
    """The workspace that is copied, closed, beside the folder `images` that it was made of."""
    home = Path(tempfile.mkdtemp(prefix="labeller-faults-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    source = digit_files(home / "images", 0, 240)
    with opened(home / "workspace") as store:
        service.create_project(store, PROJECT, str(source), size=8)
        service.train(store, PROJECT, tiny())
        work(store)
        answer_all(store)
        service.propagate(store, PROJECT)
        service.retrain(store, PROJECT)
        work(store)
        answer_all(store, half=True)
    return home / "workspace"


def copied(folder: Path) -> Path:
    """A copy of the prepared workspace in `folder`."""
    return Path(shutil.copytree(prepared(), folder / "workspace"))


@contextmanager
def opened(workspace: Path) -> Iterator[Store]:
    """The workspace, closed at the end."""
    store = service.open_store(workspace)
    try:
        yield store
    finally:
        store.close()


def work(store: Store) -> None:
    """Runs what is queued, in this process; raises LabellerError for a job that is not done."""
    from labeller.jobs.worker import run_waiting

    run_waiting(store)
    for job in service.jobs(store):
        if job.state != "done":
            raise LabellerError(f"{job.kind} is {job.state}: {job.error}")


def answer_all(store: Store, *, half: bool = False) -> None:
    """Answers the open cards, or every second, with what the digits are called in their order."""
    for place, card in enumerate(service.cards(store, PROJECT)):
        if card.state == "open" and not (half and place % 2):
            service.answer(store, PROJECT, card.node, Answer("label", place % 10, 0.9))


def facts(store: Store) -> dict[str, Any]:
    """What a workspace holds, as it has to be after a fault as well: rows by number, files by name.

    Long hexadecimal names are of contents, or drawn, and count as one.
    """
    said: dict[str, Any] = {}
    for view in service.projects(store):
        rounds = service.rounds(store, view) if view.count else []
        said[view.name] = {
            "images": view.count,
            "answers": view.answers,
            "classes": [each.name for each in view.classes],
            "rounds": [(each.number, each.state) for each in rounds],
            "files": _files(store.project_folder(view.id).path),
        }
    return said


def left_over(workspace: Path) -> list[str]:
    """What is half written once a worker has started, or cannot be read."""
    sweep(workspace)
    paths = [path for path in workspace.rglob("*") if not path.is_symlink()]
    left = [path for path in paths if path.name.endswith(_LEFT) or path.name.endswith(".db.part")]
    broken = [path for path in paths if path.is_file() and not _readable(path)]
    return sorted(str(path.relative_to(workspace)) for path in {*left, *broken})


def _files(folder: Path) -> list[str]:
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    names = [path.as_posix() for path in paths if not any(p.startswith(".") for p in path.parts)]
    return sorted({re.sub(r"[0-9a-f]{16,}", "*", name) for name in names})


def _readable(path: Path) -> bool:
    try:
        if path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
        if path.suffix in (".npy", ".npz"):
            loaded = np.load(path, allow_pickle=False)
            if path.suffix == ".npz":
                with loaded:
                    return all(loaded[name] is not None for name in loaded.files)
    except (OSError, ValueError):
        return False
    return True
