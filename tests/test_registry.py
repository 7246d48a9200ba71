"""The registry: rooms that know what there is, and files that add to them."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from labeller import registry
from labeller.errors import NotFoundError
from labeller.rounds import clusterers, propagation, spaces
from labeller.rounds.clusterers.kmeans import KMeans

ROOMS = (clusterers.ROOM, propagation.ROOM, spaces.ROOM)

OWN = '''
from labeller.rounds.clusterers import Clusterer, from_labels, register

@register
class Halves(Clusterer):
    """Two halves."""
    name = "{name}"
    title = "Halves"

    def fit(self, points, clusters, *, seed=0, report=None):
        return from_labels(points, (points[:, 0] > 0).astype(int))
'''


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_finds_its_own_files_and_says_what_there_is(room):
    assert room.names() == sorted(room.names())
    entries = room.catalogue()
    assert list(entries) == room.names()
    for entry in entries.values():
        assert entry["title"]
        assert entry["doc"]
        assert entry["schema"]["type"] == "object"
    files = {path.stem for path in Path(sys.modules[room.package].__file__).parent.glob("*.py")}
    assert {name.replace("-", "_") for name in room.names()} <= files  # found where its name says


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_an_unknown_name_lists_those_there_are(room):
    with pytest.raises(ValueError, match=f"{room.noun} must be one of .*{room.names()[-1]}, got x"):
        room.get("x")


def test_what_is_not_whole_is_refused(forget):
    base = clusterers.Clusterer
    with pytest.raises(ValueError, match=r"an algorithm must be a subclass of .*Clusterer, got"):
        clusterers.register(object)
    with pytest.raises(ValueError, match=r"an algorithm must have a name .*, got none in Bare"):
        clusterers.register(type("Bare", (base,), {}))
    fields = {"name": "bare", "title": "Bare", "Config": dict}
    with pytest.raises(ValueError, match="Config must be a subclass of Settings"):
        clusterers.register(type("Bare", (base,), fields))
    with pytest.raises(ValueError, match="name must be new, got kmeans twice"):
        clusterers.register(type("Other", (KMeans,), {"title": "Other"}))


def test_a_file_adds_to_a_room_once(tmp_path, forget):
    file = tmp_path / "halves.py"
    file.write_text(OWN.format(name="halves"))
    assert registry.load_file(file) == {"clusterers": ["halves"]}
    assert registry.load_file(file) == {"clusterers": ["halves"]}
    assert clusterers.ROOM.get("halves").title == "Halves"
    (tmp_path / "clash.py").write_text(OWN.format(name="gmm"))
    with pytest.raises(ValueError, match="got gmm twice"):
        registry.load_file(tmp_path / "clash.py")
    (tmp_path / "broken.py").write_text(OWN.format(name="half") + "\n1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        registry.load_file(tmp_path / "broken.py")
    assert "half" not in clusterers.ROOM.names()
    with pytest.raises(NotFoundError, match="no plug-in file"):
        registry.load_file(tmp_path / "missing.py")


FORMAT = """
from labeller.exports import ExportFormat
from labeller.exports.registry import register

@register
class Lines(ExportFormat):
    name, title, suffix, mime = "lines", "Lines", ".lines", "text/plain"

    def write(self, table, stream):
        pass
"""


def test_a_broken_file_takes_only_its_own_things_with_it(tmp_path):
    """In a new process its `@register` is what makes the room look for ours."""
    whole, broken, clash = (tmp_path / f"{name}.py" for name in ("whole", "broken", "clash"))
    whole.write_text(FORMAT)
    broken.write_text(FORMAT + "1 / 0\n")
    clash.write_text(FORMAT.replace('"lines"', '"csv"'))
    code = (
        "import sys\nfrom labeller import registry\n"
        "try:\n    print(registry.load_file(sys.argv[1]))\n"
        "except Exception as error:\n    print(error)\n"
        "from labeller.exports.registry import names\nprint(names())"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code, file], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for file in (whole, broken, clash)
    ]
    ours = ast.literal_eval(said[1][1])
    assert {"csv", "parquet"} <= set(ours)
    assert "lines" not in ours
    assert said[0] == ["{'exports': ['lines']}", str(sorted([*ours, "lines"]))]
    assert said[1][0] == "division by zero"
    assert "got csv twice: labeller.exports.comma_separated.CommaSeparated and" in said[2][0]
    assert said[2][1] == str(ours)


ASK = """
import logging, sys
from labeller.rounds.clusterers import ROOM
print(ROOM.names(), "torch" in sys.modules)
try:
    ROOM.get("nosuch")
except ValueError as error:
    print(error)
"""


def ask(*files: Path, first: str = "") -> subprocess.CompletedProcess[str]:
    """A new process, as the web server is, that is told of plug-in files."""
    told = {**os.environ, registry.VARIABLE: os.pathsep.join(str(file) for file in files)}
    return subprocess.run(
        [sys.executable, "-c", first + ASK], env=told, capture_output=True, text=True, check=True
    )


def test_a_plug_in_is_found_by_the_variable_and_a_broken_one_is_one_line(tmp_path):
    good, broken = tmp_path / "halves.py", tmp_path / "typo.py"
    good.write_text(OWN.format(name="halves"))
    broken.write_text("def f(:\n")
    done = ask(broken, good)
    assert "'halves'" in done.stdout
    [line] = done.stderr.splitlines()
    assert "typo.py of $LABELLER_PLUGINS cannot be loaded (SyntaxError: " in line


@pytest.mark.parametrize("heavy", ["import torch", "from labeller.methods.base import Method"])
def test_a_plug_in_never_makes_the_web_server_load_torch(tmp_path, heavy):
    """It is known where torch is loaded anyway: in the worker."""
    file = tmp_path / "heavy.py"
    file.write_text(f"{heavy}\n{OWN.format(name='halves')}")
    done = ask(file)
    assert "halves" not in done.stdout.splitlines()[0]
    assert done.stdout.splitlines()[0].endswith("False")
    assert "loads torch" in done.stdout.splitlines()[1]
    assert done.stderr == ""
    assert "'halves'" in ask(file, first="import torch\n").stdout


def test_an_entry_point_never_makes_the_web_server_load_torch(tmp_path, monkeypatch):
    (tmp_path / "heavy_halves.py").write_text(f"import torch\n{OWN.format(name='halves')}")
    (tmp_path / "light.py").write_text(OWN.format(name="light"))
    facts = tmp_path / "heavy_halves-1.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Name: heavy-halves\nVersion: 1\n")
    entries = "[labeller.clusterers]\nhalves = heavy_halves\nlight = light\n"
    (facts / "entry_points.txt").write_text(entries)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    names, error = ask().stdout.splitlines()
    assert "'light'" in names
    assert "halves" not in names
    assert names.endswith("False")
    assert "heavy_halves loads torch" in error
    later = "from labeller.rounds.clusterers import ROOM\nROOM.names()\nimport torch\n"
    for first in ("import torch\n", later):  # as in the worker
        assert "'halves'" in ask(first=first).stdout


def test_threads_that_ask_at_once_are_told_the_whole_room():
    """As pages of two tabs do right after the server has started."""
    code = (
        "import sys, threading\nfrom labeller.rounds.spaces import ROOM\n"
        "sys.setswitchinterval(1e-5)\nstart, told = threading.Barrier(8), []\n"
        "def ask():\n    start.wait()\n    told.append(tuple(ROOM.names()))\n"
        "threads = [threading.Thread(target=ask) for _ in range(8)]\n"
        "[each.start() for each in threads]\n[each.join() for each in threads]\n"
        "print(len(told), set(told))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"8 {{{tuple(spaces.ROOM.names())}}}"


@pytest.mark.parametrize("first", ["", "import torch\n"], ids=["server", "worker"])
def test_a_plug_in_that_asks_for_names_itself_is_loaded_once(tmp_path, first):
    file = tmp_path / "asks.py"
    asks = "from labeller.rounds.clusterers import ROOM\nROOM.get('kmeans')\n"
    file.write_text("print('loaded')\n" + asks + OWN.format(name="halves"))
    done = ask(file, first=first)
    assert done.stdout.count("loaded") == 1
    assert "'halves'" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("room", "missing"),
    [(spaces.ROOM, "points"), (clusterers.ROOM, "fit"), (propagation.ROOM, "propagate")],
)
def test_what_a_thing_must_define_is_asked_when_it_is_registered(forget, room, missing):
    bare = type("Bare", (room.base,), {"name": "bare", "title": "Bare"})
    with pytest.raises(ValueError, match=f"must define {missing}, got none in Bare"):
        room.register(bare)
