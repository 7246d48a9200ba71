"""What killed writers left is swept, and what a living one writes is not."""

import os
import subprocess
import sys
import time

import pytest

from labeller.store import Store
from labeller.store.files import new_folder, write_array
from labeller.store.temporary import DAY, scratch_folder, sweep, temporary

WRITING = """
import os, signal, sys, threading
from pathlib import Path
from labeller.store.files import new_folder, write_file
path = Path(sys.argv[1])
def half(stream):
    stream.write(b"half")
    stream.flush()
    with new_folder(path / "whole") as folder:
        (folder / "part").write_text("part")
        print("writing", flush=True)
        sys.stdin.read()
write_file(path / "labels.npz", half)
"""


@pytest.fixture
def workspace(tmp_path):
    Store(tmp_path / "workspace").close()
    return tmp_path / "workspace"


@pytest.fixture
def dead():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def make_old(path):
    for each in (path, *path.rglob("*")):
        os.utime(each, (time.time() - 2 * DAY,) * 2)


def hidden(folder):
    return [path for path in folder.rglob("*") if path.name.startswith(".")]


def test_files_of_a_killed_writer_are_swept_and_those_of_a_living_one_are_not(workspace):
    project = workspace / "projects" / "1"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITING, project], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"writing\n"
    assert len(hidden(project)) == 2
    assert sweep(workspace) == []
    writer.kill()
    writer.wait()
    assert len(sweep(workspace)) == 2
    assert hidden(project) == []


def test_names_of_an_earlier_version_are_swept_too(workspace, dead):
    project = workspace / "projects" / "1"
    (project / "rounds").mkdir(parents=True)
    (project / "rounds" / f".labels.npz.{dead}.tmp").write_bytes(b"half")
    (workspace / "projects" / f".2.{dead}.deleted").mkdir()
    (project / f".mine.{os.getpid()}.tmp").write_bytes(b"at work")
    assert len(sweep(workspace)) == 2
    assert [path.name for path in hidden(workspace)] == [f".mine.{os.getpid()}.tmp"]


def test_what_another_machine_may_be_writing_is_left_for_a_day(workspace, dead):
    path = workspace / "projects" / f".1.0a1b2c-{dead}.deleted"
    path.mkdir(parents=True)
    (path / "file").touch()
    nameless = path.with_name(f".1.{dead}.tmp")
    nameless.mkdir()
    (workspace / "locks" / "worker-elsewhere-cpu.lock").touch()
    assert sweep(workspace) == []
    make_old(path)
    (path / "file").touch()  # it grows
    assert sweep(workspace) == []
    make_old(path)
    make_old(nameless)
    assert set(sweep(workspace)) == {nameless, path}


def test_no_file_of_a_project_is_swept(workspace, dead):
    project = workspace / "projects" / "1"
    names = (
        f"labels.{dead}.tmp",
        ".hidden",
        f".features.npy.{dead}.parts",
        f".{dead}.tmp",
        "7.tmp",
    )
    for name in names:
        write_array(project / name, [1])
        make_old(project)
    assert sweep(workspace) == []


def test_uploads_that_no_job_wants_are_swept_after_a_day(workspace):
    uploads = workspace / "uploads"
    for name in ("wanted", "fresh", "old"):
        (uploads / name).mkdir()
        (uploads / name / "images.zip").touch()
    make_old(uploads)
    (uploads / "fresh" / "images.zip").touch()
    assert sweep(workspace, [str(uploads / "wanted" / "images.zip")]) == [uploads / "old"]


def test_a_link_out_of_the_workspace_is_not_followed(workspace, tmp_path, dead):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / f".labels.{dead}.tmp").touch()
    (workspace / "projects" / "link").symlink_to(outside)
    (workspace / "projects" / f".1.{dead}.tmp").symlink_to(outside)
    assert sweep(workspace) == [workspace / "projects" / f".1.{dead}.tmp"]
    assert (outside / f".labels.{dead}.tmp").exists()


def test_a_scratch_folder_is_gone_at_the_end(tmp_path):
    with scratch_folder(tmp_path / "new") as folder:
        assert folder == temporary(tmp_path / "new")
        (folder / "file").touch()
    with pytest.raises(RuntimeError), new_folder(tmp_path / "new"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
