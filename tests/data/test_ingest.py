"""Memory, failure, cancellation and progress of an import, and the files it leaves."""

import threading
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from labeller.data import ingest as ingest_module
from labeller.data.images import ImageStore
from labeller.errors import DamagedFileError, DataError, JobCancelledError, StateError
from labeller.evaluation.targets import read_targets
from labeller.events import Progress
from tests.data.making import encoded, picture, pngs, take_in, write, write_zip


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_memory_does_not_grow_with_the_images(packed: bool, tmp_path: Path) -> None:
    """3,000 images stored as 147 MB of pixels in less than 40 MB of Python memory."""
    content = encoded(picture(0, 16))
    files = {f"{i % 2}/{i:05}.png": content for i in range(3000)}
    own = write_zip(tmp_path / "o.zip", files) if packed else write(tmp_path / "own", files)
    del files
    tracemalloc.start()
    summary = take_in(own, tmp_path, size=128)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / "store" / "images.npy").stat().st_size > 3000 * 128 * 128 * 3
    assert summary.count == 3000
    assert peak < 40 * 2**20


def test_memory_of_arrays_is_bounded(tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", images=np.zeros((4000, 64, 64, 3), dtype=np.uint8))
    tracemalloc.start()
    take_in(tmp_path / "own.npz", tmp_path, size=32)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 45 * 2**20 < 4000 * 64 * 64 * 3  # a chunk as float32, never the whole


def test_progress_ends_complete(tmp_path: Path) -> None:
    events: list[Progress] = []
    take_in(write(tmp_path / "own", pngs("a.png", "b.png", "c.png")), tmp_path, events.append)
    assert [event.stage for event in events[-2:]] == ["ingest", "ingest"]
    assert (events[-1].done, events[-1].total, events[-1].milestone) == (3, 3, True)
    assert "inspect" in {event.stage for event in events}
    assert events[-1].metrics["images_per_second"] > 0


@pytest.mark.parametrize("stage", ["scan", "inspect", "ingest"])
@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_cancel_at_any_stage_leaves_no_file_and_no_thread(
    packed: bool, stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeller.data.feed._REPORT_EVERY", 0.0)
    files = pngs(*(f"{i}.png" for i in range(300)))
    own = write_zip(tmp_path / "o.zip", files) if packed else write(tmp_path / "own", files)
    before, threads = sorted(tmp_path.iterdir()), threading.active_count()

    def report(event: Progress) -> None:
        if event.stage == stage:
            raise JobCancelledError("cancelled")

    with pytest.raises(JobCancelledError):
        take_in(own, tmp_path, report)
    assert sorted(tmp_path.iterdir()) == before
    assert threading.active_count() == threads


def test_what_a_killed_import_left_is_cleared_away(tmp_path: Path) -> None:
    write(tmp_path / ".store.part", {"images.npy": b"half", ".lock": b""})
    take_in("digits", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store"]
    assert sorted(path.name for path in (tmp_path / "store").iterdir()) == [
        "images.npy",
        "manifest.parquet",
        "meta.json",
        "targets.npy",
    ]


def test_two_imports_into_one_folder(tmp_path: Path) -> None:
    def report(event: Progress) -> None:
        with pytest.raises(StateError, match=r"another import into .*store is running; wait for"):
            take_in("digits", tmp_path)

    take_in("digits", tmp_path, report)
    assert ImageStore(tmp_path / "store").count == 1797


def test_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    assert take_in("digits", tmp_path).count == 1797


def test_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ingest_module.StoreWriter, "append", full)
    with pytest.raises(DataError, match=r"No space left on device\); free some space or choose"):
        take_in("digits", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [("images.npy", b"half"), ("meta.json", b"{"), ("manifest.parquet", b"PAR1")],
)
def test_damaged_store_is_one_sentence(name: str, content: bytes, tmp_path: Path) -> None:
    take_in("digits", tmp_path)
    (tmp_path / "store" / name).write_bytes(content)
    with pytest.raises(DamagedFileError, match=rf"store/{name} is damaged \(.*\): "):
        _ = ImageStore(tmp_path / "store").splits


def test_damaged_targets_are_one_sentence(tmp_path: Path) -> None:
    take_in("digits", tmp_path)
    (tmp_path / "store" / "targets.npy").write_bytes(b"half")
    with pytest.raises(DamagedFileError, match=r"targets.npy is damaged \(.*\): "):
        read_targets(tmp_path / "store")


def test_no_image_is_shown_outside_the_store(tmp_path: Path) -> None:
    take_in("digits", tmp_path)
    with pytest.raises(ValueError, match="row must be between 0 and 1796, got -1"):
        ImageStore(tmp_path / "store").display(-1)


def test_an_archive_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []
    close = zipfile.ZipFile.close
    monkeypatch.setattr(zipfile.ZipFile, "close", lambda self: (closed.append(True), close(self)))
    take_in(write_zip(tmp_path / "own.zip", pngs("a.png", "b.png")), tmp_path)
    assert closed


def test_images_to_predict_may_be_one_file_or_any_folder(tmp_path: Path) -> None:
    own = write(tmp_path / "own", {**pngs("cat/1.png", "test/2.png"), "dog": None})
    summary = take_in(own, tmp_path, plain=True)
    assert (summary.count, summary.train, summary.classes) == (2, 2, [])
    single = ingest_module.ingest(own / "cat" / "1.png", tmp_path / "single", plain=True, size=8)
    assert (single.count, single.height) == (1, 8)
    assert ImageStore(tmp_path / "single").names == ["1.png"]
    with pytest.raises(
        DataError, match=r"a.png must hold at least 1 readable image, got 0; 1 file"
    ):
        ingest_module.ingest(write(tmp_path, {"a.png": b"x"}) / "a.png", tmp_path / "b", plain=True)
