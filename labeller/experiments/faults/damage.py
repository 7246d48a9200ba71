"""Damaged files: one file of a project is cut, emptied, flipped, deleted or made a folder, and then
a person goes on: lists, answers, propagates, exports, evaluates, predicts, maps, repairs, retrains.

Nothing that is written may differ from what the undamaged project gives, unless somebody is told.
"""

import atexit
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from labeller import service
from labeller.config import preset
from labeller.errors import LabellerError
from labeller.evaluation.targets import read_targets
from labeller.events import Progress
from labeller.experiments.faults.case import Case, Outcome
from labeller.experiments.faults.run import COUNTED
from labeller.jobs.catalogue import write_catalogue
from labeller.jobs.worker import run_waiting
from labeller.records import Answer, JobView
from labeller.rounds.settings import changed
from labeller.service.api.classifier import load_classifier

NAME, MAP = "digits", "pca"
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
    *("rounds/2/statement.npz", "rounds/2/propagation.npz"),
    *("guidelines.json", "predictions/*.parquet", "../../catalogue.json"),
)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flip(path: Path, place: float) -> None:
    content = bytearray(path.read_bytes())
    content[min(int(len(content) * place), len(content) - 1)] ^= 0x10
    path.write_bytes(content)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: Mapping[str, Callable[[Path], object]] = {
    "a byte flipped in the middle": partial(_flip, place=0.5),
    "cut in half": _cut,
    "emptied": lambda path: path.write_bytes(b""),
    "a byte flipped at the end": partial(_flip, place=1.0),
    "deleted": lambda path: path.unlink(),
    "replaced by a folder": _folder,
}


def cases() -> list[Case]:
    """Each damage to each file."""
    return [
        Case("damage", f"{file}, {damage}", partial(_run, file, damage))
        for damage in DAMAGES
        for file in FILES
    ]


def _run(file: str, damage: str, folder: Path) -> Outcome:
    original, expected = _prepared()
    workspace = folder / "workspace"
    shutil.copytree(original, workspace)
    (path,) = sorted((workspace / "projects" / "1").glob(file))[:1]
    DAMAGES[damage](path)
    command = damage == next(iter(DAMAGES))  # seconds for each
    return _Person(workspace, expected, file, command=command).outcome()


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
    service.predict(store, NAME, [_picture(store)])
    run_waiting(store)
    failed = [view.error for view in service.jobs(store) if view.state != "done"]
    assert not failed, failed
    store.close()
    shutil.copytree(workspace, scratch / "as-it-was")
    person = _Person(scratch / "as-it-was", {})
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


def _picture(store: service.Store) -> Path:
    """A new image, beside the workspace."""
    path = store.folder.parent / "new.png"
    Image.fromarray(service.images(store, NAME, [3])[0, ..., 0] // 2).save(path)
    return path


class _Person:
    """Goes on with a damaged workspace, and notes what differs from what is `expected`."""

    def __init__(
        self, workspace: Path, expected: Mapping[str, Any], file: str = "", *, command: bool = True
    ) -> None:
        self.command = command
        self.store, self.expected, self.file = service.open_store(workspace), expected, file
        self.got: dict[str, Any] = {}
        self.told: list[str] = []
        self.notes: list[str] = []
        self.counts: dict[str, Any] = dict.fromkeys(COUNTED, 0)

    def outcome(self) -> Outcome:
        """Does what people do, one thing after another."""
        store = self.store
        before = {answer.number for answer in service.answers(store, NAME)}
        verified = self._do("verify", lambda: len(service.verify(store, NAME).damaged))
        self._do("list", lambda: [view.answers for view in service.projects(store)], must=True)
        self._do("ask", self._asked, must=True)
        number = self._do("answer", self._answered, must=True)
        for name, act in (
            ("export", self._exported),
            *([("command", self._commanded)] if self.command else []),
            ("evaluate", lambda: service.evaluate(store, NAME)),
            ("predict", self._predicted),
            ("earlier predictions", lambda: service.predictions(store, self._earlier()).to_csv()),
            ("classifier", self._carried),
            ("map", self._mapped),
            ("guidelines", lambda: service.guidelines(store, NAME)),
            ("methods", lambda: sorted(service.methods(store) or self._catalogued())),
            ("repair", self._repaired),
            ("export after the repair", self._exported),
            ("retrain", self._retrained),
        ):
            self._do(name, act)
        kept = {answer.number for answer in service.answers(store, NAME)}
        self.counts["lost"] = len((before | {number} - {None}) - kept)
        store.close()
        told = f"verify: {verified} damaged; told: {'; '.join(self.told) or 'nothing'}"
        return Outcome(**self.counts, note="\n".join([*self.notes, told]))

    def _do(self, name: str, act: Callable[[], Any], *, must: bool = False) -> Any:
        """What `act` returns; `must`: damage of no single file may stop it."""
        told = len(self.told)
        try:
            got = act()
        except LabellerError as error:
            self.told.append(f"{name}: {error}")
            if must:
                self._count("stuck", f"{name} was stopped: {error}")
            if "\n" in str(error):
                self._count("tracebacks", f"{name}: more than a line: {error}")
            return None
        except Exception:
            self._count("tracebacks", f"{name}: {traceback.format_exc(limit=-4)}")
            return None
        self.got[name] = got
        free = name == "verify" or (name.endswith("repair") and "student" in self.file)
        same = free or not self.expected or got == self.expected[name]
        if not same and len(self.told) == told:
            self._count("wrong", f"{name}: {str(got)[:300]} for {str(self.expected[name])[:300]}")
        return got

    def _count(self, what: str, note: str) -> None:
        self.counts[what] += 1
        self.notes.append(note)

    def _work(self, job: JobView | None) -> int:
        """The number of a job that was run; raises LabellerError where it failed."""
        run_waiting(self.store)
        assert job is not None
        view = service.job(self.store, job.id)
        if view.state != "done":
            if "the worker's log" in view.error:
                raise RuntimeError(view.error)
            raise LabellerError(view.error)
        return view.id

    def _asked(self) -> list[Any]:
        cards = service.open_round(self.store, NAME).cards
        return [(card.node, card.size, card.state, card.near) for card in cards]

    def _answered(self) -> int:
        card = next(card for card in service.cards(self.store, NAME) if card.state == "open")
        stored = service.answer(self.store, NAME, card.node, Answer("label", label=3))
        preview = service.propagate(self.store, NAME)
        self.told += preview.notes
        return stored.number

    def _exported(self) -> str:
        path = self.store.folder / "labels.csv"

        def hear(event: Progress) -> None:
            self.told += [event.notice] if event.notice else []

        service.export_labels(self.store, NAME, path, report=hear)
        return path.read_text()

    def _commanded(self) -> str:
        """The same by the command line: one line where it fails."""
        path = self.store.folder / "by-command.csv"
        command = [sys.executable, "-m", "labeller.cli", "export", NAME, "--out", str(path)]
        command += ["--workspace", str(self.store.folder)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = ended.stderr.strip().splitlines()
        self.told += [line for line in lines if line.startswith("Note: ")]
        if ended.returncode == 0:
            return path.read_text()
        if len(lines) != 1 or path.exists():
            raise RuntimeError(ended.stderr)
        raise LabellerError(lines[0])

    def _predicted(self) -> str:
        job = self._work(service.predict(self.store, NAME, [_picture(self.store)]))
        table = service.predictions(self.store, job)
        return str(table.drop(columns="path").to_csv())

    def _earlier(self) -> int:
        view = service.last_job(self.store, NAME, "predict")
        assert view is not None
        return next(j.id for j in service.jobs(self.store, NAME)[::-1] if j.kind == "predict")

    def _carried(self) -> list[Any]:
        """What the exported classifier says of an image."""
        job = service.prepare_classifier(self.store, NAME)
        if job is not None:
            self._work(job)
        folder = service.export_classifier(self.store, NAME, self.store.folder / "classifier")
        images = list(service.images(self.store, NAME, range(20)))
        said: list[Any] = load_classifier(folder).predict(images).table().round(4).values.tolist()
        return said

    def _mapped(self) -> str:
        if service.points(self.store, NAME, kind=MAP) is None:
            self._work(service.request_map(self.store, NAME, MAP))
        frame = service.points(self.store, NAME, kind=MAP)
        assert frame is not None
        self.told += frame.attrs["notes"]
        return str(frame.round(4).to_csv())

    def _catalogued(self) -> list[str]:
        write_catalogue(self.store)
        return sorted(service.methods(self.store) or ())

    def _repaired(self) -> None:
        if service.verify(self.store, NAME).damaged:
            self._work(service.repair(self.store, NAME))
        left = service.verify(self.store, NAME).damaged
        self.told += [f"{check.path} stays damaged" for check in left]

    def _retrained(self) -> str:
        service.propagate(self.store, NAME)
        self._work(service.retrain(self.store, NAME))
        return "done"
