"""What tests of commands, processes and workspaces share."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from labeller import service
from labeller.records import Answer, Kind
from labeller.runtime.plug_in_files import VARIABLE
from labeller.service import Store

# How many seconds a test waits for what must come: long, for a machine that others keep busy.
PATIENCE = 300


ALONE = """
import sys
from labeller.cli import main
try:
    main(sys.argv[1:])
finally:
    print([name for name in ("torch", "torchvision") if name in sys.modules])
"""


def alone(plugin: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """`labeller ARGUMENTS` where $LABELLER_PLUGINS names a file, in a process of its own.

    The last line of its output is the list of what it loaded of torch and torchvision.
    """
    told = {**os.environ, VARIABLE: str(plugin), "COLUMNS": "160"}
    command = [sys.executable, "-c", ALONE, *map(str, arguments)]
    return subprocess.run(command, env=told, capture_output=True, text=True, check=False)


def without_privileges() -> None:
    """In a child that is to be started: permissions bind it, also where the tests run as root."""
    import ctypes

    drop, override, search = 24, 1, 2  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    if os.geteuid() == 0:
        for capability in (override, search):
            ctypes.CDLL(None).prctl(drop, capability)


@contextmanager
def disk_failing(process: int = 0) -> Iterator[None]:
    """No file of this process, or of the one with that number, can grow: the system refuses it."""
    import resource

    of, which = process or os.getpid(), resource.RLIMIT_FSIZE
    before = resource.prlimit(of, which)
    resource.prlimit(of, which, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(of, which, before)


@contextmanager
def closed_to_writing(folder: Path) -> Iterator[None]:
    """Nothing in `folder` can be written by `without_privileges`."""
    places = [folder, *folder.rglob("*")]
    modes = {place: place.stat().st_mode for place in places}
    for place, mode in modes.items():
        place.chmod(mode & ~0o222)
    try:
        yield
    finally:
        for place, mode in modes.items():
            place.chmod(mode)


def stop_workers(workspace: Path) -> list[int]:
    """Kill the workers started for this workspace, and no others; returns their numbers."""
    found = workers(workspace)
    for number in found:
        os.kill(number, signal.SIGKILL)
    return found


def workers(workspace: Path) -> list[int]:
    """Process numbers of the workers of this workspace (Linux only; elsewhere none)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if "labeller.jobs.worker" in words and str(workspace) in words:
            found.append(int(process.name))
    return found


def export_classifier(store: Store, name: str, path: Path) -> Path:
    """Prepares the classifier in this process, and writes it."""
    from labeller.jobs.worker import run_waiting

    service.prepare_classifier(store, name)
    run_waiting(store)
    return service.export_classifier(store, name, path)


def write_digit_folder(folder: Path) -> Path:
    """A folder as a person has it: train/ and test/ with class folders of PNG files, 0 to 2."""
    from PIL import Image
    from sklearn.datasets import load_digits

    images, labels = load_digits(n_class=3, return_X_y=True)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        place = folder / ("test" if number % 5 == 0 else "train") / str(label)
        place.mkdir(parents=True, exist_ok=True)
        pixels = (image.reshape(8, 8) * 15.9).astype("uint8")
        Image.fromarray(pixels).save(place / f"{number:03}.png")
    return folder


def say(
    store: Store, project: str, node: str, kind: Kind, *, check: bool = False, **said: Any
) -> Answer:
    """Answers a card as a person does; `said` has the label and confidence, or the split."""
    return service.answer(store, project, node, Answer(kind, **said), check=check)


def labels(store: Store, project: str) -> dict[str, list]:
    """The columns of the labels table that a project's answers and its classifier decide."""
    table = service.labels_table(store, project)
    names = ("label", "source_answer", "predicted")
    weights = [round(float(weight), 6) for weight in table["weight"]]
    return {name: table[name].tolist() for name in names} | {"weight": weights}


def told(store: Store, project: str) -> dict[str, Any]:
    """What a workspace says of a project with an audit, as the values that JSON has."""
    rounds, audit = service.rounds(store, project), service.audit(store, project)
    assert audit is not None
    return {
        "answers": [
            [a.number, a.round, a.node, a.kind, a.label, a.confidence, a.split, a.checked, a.expert]
            for a in service.answers(store, project)
        ],
        "audit": [[image, audit.said.get(image)] for image in audit.images],
        "cards": [
            [[card.node, card.size, card.state] for card in service.cards(store, project, r.number)]
            for r in rounds
        ],
        "classes": [[c.label, c.name, c.merged_into] for c in service.classes(store, project)],
        "labels": labels(store, project),
        "rounds": [[r.number, r.state, r.answers, r.metrics] for r in rounds],
    }
