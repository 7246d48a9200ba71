"""Disks of a case's own are really full, really read-only, and nobody else's."""

from pathlib import Path

import pytest

from labeller.experiments.faults.case import Outcome
from labeller.experiments.faults.disks import SmallDisk, apart, make_read_only
from labeller.experiments.faults.told import Told


def fill(folder: Path) -> Outcome:
    disk = SmallDisk(folder / "disk", megabytes=1)
    disk.leave(8192)
    (disk.path / "fits").write_bytes(bytes(4096))
    with pytest.raises(OSError, match="No space left"):
        (disk.path / "large").write_bytes(bytes(100_000))
    disk.make_room()
    (disk.path / "large").write_bytes(bytes(100_000))
    return Outcome(note="filled")


def close(folder: Path) -> Outcome:
    (folder / "there").write_text("before")
    make_read_only(folder)
    assert (folder / "there").read_text() == "before"
    with pytest.raises(OSError, match="Read-only"):
        (folder / "there").write_text("after")
    return Outcome(note="closed")


@pytest.mark.parametrize(("act", "note"), [(fill, "filled"), (close, "closed")])
def test_a_disk_is_the_cases_own(tmp_path, act, note):
    outcome = apart(act, tmp_path)
    assert outcome.clean, outcome.note
    assert outcome.note == note or not outcome.hit  # where nothing may be mounted
    assert not list((tmp_path / "disk").glob("*"))
    (tmp_path / "there").write_text("after")


def test_an_error_of_a_case_is_told(tmp_path):
    outcome = apart(lambda folder: 1 // 0, tmp_path)
    assert "ZeroDivisionError" in outcome.note or not outcome.hit


@pytest.mark.parametrize(
    ("code", "err", "unreadable"),
    [
        (0, "", False),
        (1, "working\nlabeller: the disk is full\n", False),
        (1, "", True),
        (1, "Traceback (most recent call last):\n", True),
        (1, "labeller: unexpected KeyError: 'x'\n", True),
        (-11, "", True),
    ],
)
def test_what_a_person_cannot_read(code, err, unreadable):
    assert Told("train", code, "", err).unreadable == unreadable
