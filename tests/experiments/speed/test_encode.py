"""The benchmark compares what it says; how fast a machine is, is no test's business."""

import json
import os
import zipfile

import numpy as np
import pytest
import torch

from labeller.errors import DataError
from labeller.events import Progress
from labeller.experiments.speed.encode import encode_benchmark, keeping_to, picture_files
from labeller.runtime.threads import cpu_threads


def test_both_loops_are_timed_and_give_the_same():
    events: list[Progress] = []
    files = picture_files(None, 3)
    result = encode_benchmark(files, repeats=2, device="cpu", report=events.append)
    assert list(result["threads"]) == ["one", "all"]
    for case in result["threads"].values():
        seconds = case["seconds"]
        ratios = [b / a for a, b in zip(seconds["labeller"], seconds["eager"], strict=True)]
        assert case["ratio"] == pytest.approx(np.median(ratios))
        speed = 3 / np.median(seconds["labeller"])
        assert case["images_per_second"]["labeller"] == pytest.approx(speed)
    assert 0 < result["difference"] < 1e-2  # ours are rounded to float16
    assert [(event.done, event.total) for event in events] == 2 * [(n, 4) for n in (1, 2, 3, 4)]
    assert json.loads(json.dumps(result)) == result


def test_one_thread_is_one_core_and_all_is_as_before(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    before, threads = os.sched_getaffinity(0), torch.get_num_threads()
    with keeping_to(1):
        assert len(os.sched_getaffinity(0)) == 1
        assert (cpu_threads(), torch.get_num_threads()) == (1, 1)
    assert os.sched_getaffinity(0) == before
    assert (cpu_threads(), torch.get_num_threads()) == (7, threads)
    monkeypatch.delenv("OMP_NUM_THREADS")
    with keeping_to(2):
        assert cpu_threads() == 2
    assert "OMP_NUM_THREADS" not in os.environ


def test_files_come_from_a_folder_or_a_zip(tmp_path):
    files = picture_files(None, 3)
    (tmp_path / "deep").mkdir()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number, content in enumerate(files):
            archive.writestr(f"x/{number}.jpg", content)
            (tmp_path / "deep" / f"{number}.jpg").write_bytes(content)
        archive.writestr("x/readme.txt", "no picture")
    assert picture_files(tmp_path, 2) == files[:2]
    assert picture_files(tmp_path / "a.zip", 5) == files
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="got none in"):
        picture_files(tmp_path / "empty", 2)
