"""Sources of the user's own, in a file outside the package: command, service, page, ingestion."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from labeller import registry as plugins
from labeller import service
from labeller.data.images import ImageStore
from labeller.data.ingest import ingest
from labeller.data.sources import registry
from labeller.errors import DataError, NotFoundError
from labeller.jobs.worker import run_waiting
from tests.support import alone, stop_workers
from tests.ui.driving import Driver, button

MINE = '''
"""Stripes, and lists of paths."""
import numpy as np
from labeller.data.feed import Part, feed_parts
from labeller.data.sources.registry import NamedSource, PathSource, register

@register
class Stripes(NamedSource):
    """Stripes across or along."""
    name = "stripes"
    title = "Stripes"
    count, size, channels = 60, 8, 1

    def open(self, size, data_dir, report):
        labels = np.arange(60) % 2
        images = np.zeros((60, 8, 8), np.uint8)
        images[labels == 0, ::2] = 255
        images[labels == 1, :, ::2] = 255
        return feed_parts([Part("train", images, labels)], ["across", "along"], size)

@register
class Raw(PathSource):
    """Pixels one after the other, 8 by 8."""
    name = "raw"
    title = "Raw pixels"
    what = ".raw"

    @classmethod
    def accepts(cls, path):
        return path.suffix == ".raw"

    def open(self, path, size, report, plain):
        images = np.frombuffer(path.read_bytes(), np.uint8).reshape(-1, 8, 8)
        return feed_parts([Part("train", images, np.full(len(images), -1))], [], size)
'''


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The user's file."""
    path = tmp_path / "mine.py"
    path.write_text(MINE)
    return path


@pytest.fixture
def loaded(mine: Path, forget: None) -> Path:
    """The same, loaded into this process."""
    assert plugins.load_file(mine) == {"sources": ["raw", "stripes"]}
    return mine


@pytest.mark.slow
def test_a_file_of_the_environment_is_a_source_of_the_command_line(mine, tmp_path):
    """`create` waits for a worker of its own, which knows the file from the environment."""
    workspace = tmp_path / "workspace"
    about = ("--workspace", workspace)
    try:
        done = alone(mine, "create", "lines", "--source", "stripes", *about)
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "[]"), done.stderr
        listed = alone(mine, "projects", "--json", *about).stdout
        (project,) = json.loads(listed[: listed.rindex("[")])
        assert (project["count"], project["classes"]) == (60, ["across", "along"])
    finally:
        stop_workers(workspace)


def test_help_and_errors_of_the_command_line_name_it(mine, tmp_path):
    shown = " ".join(alone(mine, "create", "--help").stdout.replace("│", " ").split())
    assert "stl10, stripes, or a folder, zip" in shown
    assert shown.endswith("[]")
    done = alone(mine, "create", "x", "--source", "stirpes", "--workspace", tmp_path / "w")
    assert done.returncode == 1
    assert "(did you mean stripes?); give the path of a folder, .zip, .npz," in done.stderr
    assert "stl10, stripes" in done.stderr


ASK = """
import sys
from labeller import service
from labeller.data.ingest import ingest
print([each["name"] for each in service.sources()][-1])
store = service.open_store(sys.argv[1] + "/workspace")
print(service.create_project(store, "lines", "stripes").source)
print(ingest("stripes", sys.argv[1] + "/store").count)
print([name for name in ("torch", "torchvision") if name in sys.modules])
"""


def test_the_service_reads_it_without_torch(mine, tmp_path):
    told = {**os.environ, plugins.VARIABLE: str(mine)}
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(tmp_path)], env=told, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["stripes", "stripes", "60", "[]"]


def test_a_source_that_loads_torch_is_named_where_it_is_missing(mine, tmp_path):
    mine.write_text("import torch\n" + MINE)
    done = alone(mine, "create", "x", "--source", "stripes", "--workspace", tmp_path / "w")
    assert done.returncode == 1
    assert f"{mine} loads torch" in done.stderr
    assert "import torch inside the functions that need it" in done.stderr


def test_a_loaded_source_is_offered_and_imported(loaded, tmp_path, monkeypatch):
    store = service.open_store(tmp_path / "workspace")
    app = Driver(tmp_path / "workspace", monkeypatch).visit("projects")
    app.selectbox(key="named source").set_value("stripes").run()
    assert "Stripes: 60 images, 8 pixels, grey" in app.selectbox(key="named source").options
    button(app, "Create project").click().run()
    run_waiting(store)
    project = service.project(store, "stripes")
    assert (project.count, project.state) == (60, "ready")
    assert [one.name for one in project.classes] == ["across", "along"]
    store.close()


def test_a_kind_of_path_is_opened_and_named(loaded, tmp_path):
    pixels = np.arange(3 * 64, dtype=np.uint8).reshape(3, 8, 8)
    (tmp_path / "own.raw").write_bytes(pixels.tobytes())
    ingest(tmp_path / "own.raw", tmp_path / "store")
    assert np.array_equal(ImageStore(tmp_path / "store").images[..., 0], pixels)
    (tmp_path / "own.txt").write_text("words")
    with pytest.raises(
        DataError,
        match=r"own\.txt is not a folder, a \.zip, a \.npz, .* a Label Studio \.json or a \.raw;",
    ):
        registry.located(str(tmp_path / "own.txt"))
    with pytest.raises(NotFoundError, match=r"path of a folder, \.zip, .* or \.raw, or one of"):
        registry.located("nowhere")


def test_a_more_special_kind_is_asked_first(mine, forget, tmp_path):
    mine.write_text(MINE.replace('path.suffix == ".raw"', "(path / 'pixels.raw').exists()"))
    plugins.load_file(mine)
    (tmp_path / "own").mkdir()
    assert registry._kind_of(tmp_path / "own", plain=False).name == "folder"
    (tmp_path / "own" / "pixels.raw").touch()
    assert registry._kind_of(tmp_path / "own", plain=False).name == "raw"
