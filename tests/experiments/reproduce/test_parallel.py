"""Cells side by side in processes: the same records, and a failure that loses no finished cell."""

import json
import os
import time

import pytest

from labeller.experiments.reproduce import Bench, Cell, Experiment, Summary, reproduce


def cells(scale, seeds):
    return [Cell(f"cell-{seed}", {"seed": seed}) for seed in seeds]


def measure(settings, bench):
    if settings["seed"] == 13:
        raise ValueError("thirteen brings bad luck")
    return {"square": settings["seed"] ** 2, "process": os.getpid()}


def summarise(records):
    return Summary(notes=[f"{len(records)} records"])


COUNTED = Experiment("counted", "Counting", "Nobody", cells, measure, summarise)


def test_the_records_are_those_of_one_process(tmp_path):
    events = []
    given = {"seeds": range(1, 6), "report": events.append}
    result = reproduce(COUNTED, tmp_path, processes=2, **given)
    assert [cell["name"] for cell in result["cells"]] == [f"cell-{seed}" for seed in range(1, 6)]
    assert [cell["numbers"]["square"] for cell in result["cells"]] == [1, 4, 9, 16, 25]
    assert os.getpid() not in {cell["numbers"]["process"] for cell in result["cells"]}
    finished = [event for event in events if event.message.endswith("is finished")]
    assert [(event.done, event.total) for event in finished] == [(n, 5) for n in range(1, 6)]
    again = reproduce(COUNTED, tmp_path, processes=2, **given)
    assert again["cells"] == result["cells"]


def test_a_cell_that_fails_leaves_the_finished_ones(tmp_path):
    with pytest.raises(ValueError, match="bad luck"):
        reproduce(COUNTED, tmp_path, seeds=[1, 2, 13, 3], processes=2)
    kept = {path.stem for path in (tmp_path / "cells" / "small").iterdir()}
    assert {"cell-1", "cell-2"} <= kept
    assert "cell-13" not in kept
    assert not (tmp_path / "report.json").exists()


def test_a_number_of_processes_must_be_one(tmp_path):
    with pytest.raises(ValueError, match="processes must be at least 1, got 0"):
        reproduce(COUNTED, tmp_path, seeds=[1], processes=0)


def slowly(folder):
    time.sleep(0.5)
    (folder / "made by").write_text(str(os.getpid()))


def keeping(settings, bench: Bench):
    made = bench.keep("shared", {"all": "the same"}, slowly) / "made by"
    return {"maker": int(made.read_text())}


def test_what_cells_share_is_made_by_one_of_them(tmp_path):
    sharing = Experiment("sharing", "Sharing", "Nobody", cells, keeping, summarise)
    result = reproduce(sharing, tmp_path, seeds=range(4), processes=2)
    assert len({cell["numbers"]["maker"] for cell in result["cells"]}) == 1


@pytest.mark.slow
def test_a_paper_in_two_processes(tmp_path):
    one, two = (
        reproduce("uic", tmp_path / str(count), scale="smoke", device="cpu", processes=count)
        for count in (1, 2)
    )
    for ours, theirs in zip(one["cells"], two["cells"], strict=True):
        assert ours["settings"] == theirs["settings"]
        assert ours["numbers"]["probes"].keys() == theirs["numbers"]["probes"].keys()
    assert json.loads((tmp_path / "2" / "report.json").read_text()) == two
