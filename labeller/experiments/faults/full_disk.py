"""A disk that is full at different writes of a step: real, small, and filled up to some bytes.

The step says so in one line and leaves nothing half written; answers that were called saved are
there; and when there is room, the same command, or Resume, does all of it.
"""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from labeller import service
from labeller.errors import StorageError
from labeller.experiments.faults.case import Case, Outcome
from labeller.experiments.faults.disks import SmallDisk, apart
from labeller.experiments.faults.prepared import PROJECT, copied, digit_files, left_over, opened
from labeller.experiments.faults.told import PATIENCE, Told, tell

_QUICK = "--epochs 3 --set train.batch_size=32 --set embed.space=pca --set student.epochs=2"
_SAVE = f"save {PROJECT} DISK/saved.labeller"


@dataclass(frozen=True)
class Step:
    """A command; DISK stands for the small disk. `free`: kB that are left when it begins.

    `first`: commands before it. `during`: the disk is filled when the training has begun instead.
    """

    command: str
    free: tuple[int, ...]
    first: tuple[str, ...] = ()
    during: bool = False


STEPS = (
    Step(f"answer {PROJECT} NODE --label 3", (0, 16, 40)),
    Step(f"train {PROJECT} {_QUICK} --clusters 8", (0, 40, 80, 130, 170)),
    Step(f"train {PROJECT} {_QUICK} --clusters 8", (0, 8, 30), during=True),
    Step(f"propagate {PROJECT}", (0, 40, 48)),
    Step(f"retrain {PROJECT} {_QUICK}", (40, 90, 140), first=(f"propagate {PROJECT}",)),
    Step("create other --source DISK/images --size 8 --encoder none", (0, 40, 60, 80)),
    Step(f"add {PROJECT} DISK/images", (40, 80)),
    Step(f"export {PROJECT} --out DISK/labels.csv", (0, 40, 48)),
    Step(f"export {PROJECT} --out DISK/labels.zip --format coco", (40, 80)),
    Step(f"export {PROJECT} --out DISK/folders --format imagefolder", (40, 200)),
    Step(_SAVE, (40, 200)),
    Step("load DISK/saved.labeller --name other", (0, 40, 200), (_SAVE,)),
)  # fmt: skip


def cases() -> list[Case]:
    """Each step with each room."""
    return [
        Case("full disk", _named(step, free), partial(_run, step, free))
        for step in STEPS
        for free in step.free
    ]


def _named(step: Step, free: int) -> str:
    name = " ".join(step.command.split()[:1]) + step.command.partition("--out")[2]
    return f"{name}, {free} kB left{' in mid-training' if step.during else ''}"


def _run(step: Step, free: int, folder: Path) -> Outcome:
    copied(folder)
    return apart(partial(_on_small_disk, step, free), folder)


def _on_small_disk(step: Step, free: int, folder: Path) -> Outcome:
    disk = SmallDisk(folder / "disk")
    subprocess.run(["cp", "-a", folder / "workspace", disk.path], check=True)
    digit_files(disk.path / "images", 300, 40)
    return _Person(disk, step).meets(1024 * free)


class _Person:
    """Gives a command on a full disk, makes room, and gives it again."""

    def __init__(self, disk: SmallDisk, step: Step) -> None:
        self.disk, self.step, self.workspace = disk, step, disk.path / "workspace"
        self.notes: list[str] = []
        self.node = ""

    def meets(self, free: int) -> Outcome:
        """What came of it."""
        for command in self.step.first:
            self._give(command)
        before, answers = self._there(), self._answers()
        self.node = self._open_node() if "NODE" in self.step.command else ""
        told = self._while_full(free)
        hit = told.code != 0
        lost = len(answers - self._answers())
        wrong = self._half_written(before) if hit else 0
        again = self._again(told) if hit else told
        stuck = int(again.code != 0) + self._unfinished()
        readable = [each for each in (told, again) if each.unreadable]
        self.notes += [f"{each.command}: {each.err[-600:]}" for each in readable]
        self.notes.append(f"told: {told.words.strip() if hit else 'nothing'}")
        if again.code:
            self.notes.append(f"again: {again.words}")
        return Outcome(lost, stuck, wrong, len(readable), hit, "\n".join(self.notes))

    def _while_full(self, free: int) -> Told:
        if not self.step.during:
            self.disk.leave(free)
            told = self._give(self.step.command)
            self.disk.make_room()
            return told
        self._give(f"{self.step.command} --no-wait")
        self._until(lambda: "train" in self._last()[1])
        self.disk.leave(free)
        self._until(lambda: self._last()[0] not in ("queued", "running"), seconds=60)
        told = self._give(f"jobs {PROJECT}")
        self.disk.make_room()
        state, _, error = self._last()
        return Told(told.command, int(state != "done"), told.out, f"labeller: {state}, {error}")

    def _again(self, told: Told) -> Told:
        """The same command again; what a job had done is not done again."""
        with opened(self.workspace) as store:
            ended = [job for job in service.jobs(store) if job.state != "done"]
        if ended and ended[0].kind in ("train", "retrain", "add", "ingest"):
            return self._give(f"jobs --resume {ended[0].id}")
        return self._give(self.step.command)

    def _give(self, command: str) -> Told:
        text = command.replace("DISK", str(self.disk.path)).replace("NODE", self.node)
        return tell(self.workspace, *text.split())

    def _answers(self) -> set[int | None]:
        with opened(self.workspace) as store:
            return {answer.number for answer in service.answers(store, PROJECT)}

    def _open_node(self) -> str:
        with opened(self.workspace) as store:
            cards = service.cards(store, PROJECT)
        return [card.node for card in cards if card.state == "open"][-1]

    def _last(self) -> tuple[str, str, str]:
        """State, stage and error of the newest job; who looks may have to write that it died."""
        try:
            with opened(self.workspace) as store:
                job = service.jobs(store)[0]
        except StorageError as error:
            return "interrupted", "", str(error)
        return job.state, job.stage, job.error

    def _until(self, true: Callable[[], bool], seconds: float = PATIENCE) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not true():
            time.sleep(0.2)

    def _there(self) -> set[str]:
        return {path.name for path in self.disk.path.iterdir()}

    def _half_written(self, before: set[str]) -> int:
        """How many files are there that should not be, beside the workspace or half in it."""
        new = sorted(self._there() - before)
        left = left_over(self.workspace)
        if new or left:
            self.notes.append(f"half written: {', '.join([*new, *left])}")
        return len(new) + len(left)

    def _unfinished(self) -> int:
        """How many jobs are not done in the end."""
        with opened(self.workspace) as store:
            states = [(job.kind, job.state, job.error) for job in service.jobs(store)]
        bad = [each for each in states if each[1] != "done"]
        if bad:
            self.notes.append(f"not done: {bad}")
        return len(bad)
