"""A format of the user's own, in a file outside the package: page, command, service, help."""

import json
import re
from pathlib import Path

import pytest

from labeller import registry as plugins
from labeller import service
from labeller.errors import StorageError
from labeller.ui.export import exports
from tests.conftest import label_all
from tests.support import alone
from tests.ui.driving import Driver

MINE = '''
"""A line of JSON per row."""
from pydantic import Field
from labeller.config import Settings
from labeller.exports import ExportFormat
from labeller.exports.registry import register

@register
class Lines(ExportFormat):
    """JSON lines."""
    name = "jsonl"
    title = "JSON lines"
    suffix = ".jsonl"
    mime = "application/jsonl"

    class Config(Settings):
        digits: int = Field(6, ge=0, le=15, description="Digits of a number.")

    def write(self, table, stream):
        table.to_json(
            stream, orient="records", lines=True, double_precision=self.config.digits
        )
'''


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The user's file."""
    path = tmp_path / "lines.py"
    path.write_text(MINE)
    return path


def test_a_file_of_the_environment_is_a_format_of_the_command_line(mine, store, tmp_path):
    label_all(store)
    target = tmp_path / "labels.jsonl"
    about = ("export", "digits", "--workspace", store.folder)
    done = alone(mine, *about, "--out", target, "--set", "digits=2")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "[]"), done.stderr
    rows = [json.loads(line) for line in target.read_text().splitlines()]
    assert len(rows) == 1797
    assert list(rows[0]) == list(service.labels_table(store, "digits").columns)
    labelled = [row for row in rows if row["label"] is not None]
    assert all(round(row["distance"], 2) == row["distance"] for row in labelled)
    assert labelled

    named = alone(mine, *about, "--out", tmp_path / "labels.txt", "--format", "jsonl")
    assert named.returncode == 0
    assert (tmp_path / "labels.txt").read_bytes()[:1] == b"{"

    wrong = alone(mine, *about, "--out", tmp_path / "labels.odt")
    assert wrong.returncode == 2
    refusal = " ".join(wrong.stderr.split())
    assert re.search(r"\.csv, .*\.jsonl, .*\.parquet, .*got labels\.odt", refusal)
    assert not (tmp_path / "labels.odt").exists()

    help_ = alone(mine, "export", "--help").stdout
    assert re.search(r"csv, .*jsonl, .*parquet.* \(default", help_)
    assert help_.splitlines()[-1] == "[]"


def test_a_loaded_file_is_a_format_of_service_and_page(mine, store, monkeypatch, forget, tmp_path):
    assert plugins.load_file(mine) == {"exports": ["jsonl"]}
    assert {"csv", "jsonl", "parquet"} <= {each.name for each in service.export_formats()}
    path = service.export_labels(store, "digits", tmp_path / "labels.jsonl")
    project = service.project(store, "digits")
    assert path.read_bytes() == exports.file_of(store, project, "jsonl")
    app = Driver(store.folder, monkeypatch).visit("export")
    labels = [each.proto.label for each in app.get("download_button")]
    assert {"Download CSV", "Download JSON lines", "Download Parquet"} <= set(labels)
    assert "labeller export digits --out labels.jsonl" in exports.commands(project)


def test_a_format_that_fails_leaves_the_file_that_was_there(mine, store, forget, tmp_path):
    mine.write_text(MINE + '        raise OSError(28, "No space left on device")\n')
    plugins.load_file(mine)
    target = tmp_path / "out" / "labels.jsonl"
    target.parent.mkdir()
    target.write_text("before")
    with pytest.raises(StorageError, match="No space left on device"):
        service.export_labels(store, "digits", target)
    assert target.read_text() == "before"
    assert [path.name for path in target.parent.iterdir()] == ["labels.jsonl"]
