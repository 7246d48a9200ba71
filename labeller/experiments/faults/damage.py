"""Damaged files: one file of a project is cut, emptied, flipped, deleted or made a folder, and then
a person goes on: lists, answers, propagates, exports, evaluates, predicts, maps, repairs, retrains.

Nothing that is written may differ from what the undamaged project gives, unless somebody is told.
"""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from labeller import service
from labeller.config import preset
from labeller.evaluation.targets import read_targets
from labeller.experiments.faults.case import Case, Outcome
from labeller.experiments.faults.person import MAP, NAME, Person, picture
from labeller.jobs.catalogue import write_catalogue
from labeller.jobs.worker import run_waiting
from labeller.records import Answer
from labeller.rounds.settings import changed

SETTINGS = {
    "train.epochs": 1,
    "retrain.epochs": 0,
    "student.epochs": 1,
    "cluster.clusters": 12,
    "embed.space": "latent",
}
# One of every kind that the project of `prepared` has, inside its folder.
FILES = (
    *("data/images.npy", "data/manifest.parquet", "data/meta.json", "data/targets.npy"),
    *("models/1/weights.safetensors", "models/1/latents.npy"),
    *("models/2/weights.safetensors", "models/2/method.json", "models/2/latents.npy"),
    *("models/2/predictions.npy", "models/2/certainty.npy", "models/2/neighbours.npz"),
    *("models/2/student/weights.safetensors", "models/2/student/method.json"),
    *("models/2/student/belief.npy", "models/2/space-*.npy", f"models/2/map-{MAP}.npy"),
    *("models/2/portable/*/left-out.json", "models/2/portable/*/classifier.pt2"),
    *("rounds/1/nodes/1.npz", "rounds/2/nodes/1.npz", "rounds/2/nodes/9.npz"),
    *("rounds/1/statement.npz", "rounds/1/propagation.npz"),
    *("rounds/2/statement.npz", "rounds/2/propagation.npz", "rounds/2/crowd.npz"),
    *("guidelines.json", "predictions/*.parquet", "../../catalogue.json"),
)

OPTIONAL = ("data/targets.npy", "guidelines.json")  # a person may take them away


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flip(path: Path, place: float) -> None:
    content = bytearray(path.read_bytes())
    content[min(int(len(content) * place), len(content) - 1)] ^= 0x10
    path.write_bytes(content)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DELETED = "deleted"
DAMAGES: Mapping[str, Callable[[Path], object]] = {
    "a byte flipped in the middle": partial(_flip, place=0.5),
    "cut in half": _cut,
    "emptied": lambda path: path.write_bytes(b""),
    "a byte flipped at the end": partial(_flip, place=1.0),
    DELETED: lambda path: path.unlink(),
    "replaced by a folder": _folder,
}


def cases() -> list[Case]:
    """Each damage to each file."""
    return [
        Case("damage", f"{file}, {damage}", partial(_run, file, damage))
        for damage in DAMAGES
        for file in FILES
        if damage != DELETED or file not in OPTIONAL
    ]


def _run(file: str, damage: str, folder: Path) -> Outcome:
    original, expected = _prepared()
    workspace = folder / "workspace"
    shutil.copytree(original, workspace)
    (path,) = sorted((workspace / "projects" / "1").glob(file))[:1]
    DAMAGES[damage](path)
    command = damage == next(iter(DAMAGES))  # seconds for each
    return Person(workspace, expected, file, command=command).outcome()


@cache
def _prepared() -> tuple[Path, dict[str, Any]]:
    """A project after two rounds with all that it can have, and what a person gets of it: once."""
    scratch = Path(tempfile.mkdtemp(prefix="labeller-damage-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    workspace = scratch / "workspace"
    store = service.open_store(workspace)
    write_catalogue(store)
    service.create_project(store, NAME, "digits", encoder="none")
    run_waiting(store)
    service.train(store, NAME, changed(preset("recommended"), SETTINGS))
    run_waiting(store)
    _answer_all(store)
    service.set_guideline(store, NAME, 0, "a closed loop")
    service.propagate(store, NAME)
    service.retrain(store, NAME)
    run_waiting(store)
    _answer_all(store, but=3)
    service.propagate(store, NAME)
    service.request_map(store, NAME, MAP)
    service.prepare_classifier(store, NAME)
    service.predict(store, NAME, [picture(store)])
    run_waiting(store)
    failed = [view.error for view in service.jobs(store) if view.state != "done"]
    assert not failed, failed
    store.close()
    shutil.copytree(workspace, scratch / "as-it-was")
    person = Person(scratch / "as-it-was", {})
    outcome = person.outcome()
    assert outcome.clean, outcome
    assert not person.told, person.told
    return workspace, person.got


def _answer_all(store: service.Store, but: int = 0) -> None:
    """Labels the open cards by the true class of most of their images, all but the last ones."""
    targets = read_targets(store.project_folder(1).data)
    assert targets is not None
    cards = [card for card in service.cards(store, NAME) if card.state == "open"]
    for card in cards[: len(cards) - but]:
        label = int(np.bincount(targets[card.members]).argmax())
        service.answer(store, NAME, card.node, Answer("label", label=label))
