"""The tools of the fault suite notice what they are for."""

import time

import numpy as np
import pytest

from labeller import service
from labeller.experiments.faults import kills
from labeller.experiments.faults.commands import COMMANDS
from labeller.experiments.faults.prepared import PROJECT, copied, facts, left_over, opened
from labeller.experiments.faults.victims import side_by_side, suffer
from labeller.store.files import write_array
from labeller.store.temporary import temporary

pytestmark = pytest.mark.slow


def talk(workspace, say):
    say("first")
    print("printed")
    time.sleep(30)
    say("never")


def fail(workspace, say):
    raise RuntimeError("on purpose")


def test_a_victim_is_killed_while_it_works_and_what_it_said_is_known(tmp_path):
    death = suffer(talk, tmp_path, 1.0)
    assert (death.killed, death.said) == (True, ("first",))
    assert death.seconds < 10
    assert list(tmp_path.iterdir()) == []


def test_one_that_fails_was_not_killed_and_shows_its_traceback(tmp_path):
    first, second = side_by_side([fail, fail], tmp_path)
    assert not first.killed
    assert first.printed.count("Traceback") == second.printed.count("Traceback") == 1
    assert "on purpose" in first.printed


def test_files_that_are_half_written_or_missing_are_seen(tmp_path):
    workspace = copied(tmp_path)
    with opened(workspace) as store:
        before, folder = facts(store), store.project_folder(1)
        assert left_over(workspace) == []
        (folder.model(1) / "latents.npy").write_bytes(b"\x93NUMPY half")
        write_array(temporary(folder.path / "of-ours.npy"), np.zeros(1))
        assert [name.rpartition("/")[2][:10] for name in left_over(workspace)] == [
            ".of-ours.n",
            "latents.np",
        ]
        folder.propagation(1).unlink()
        assert kills._differences(before, facts(store)) == [
            f"{PROJECT} has other files: without ['rounds/1/propagation.npz'], with []"
        ]


def test_an_answer_that_was_called_saved_and_is_not_there_counts_as_lost(tmp_path):
    command = COMMANDS[0]
    with opened(copied(tmp_path)) as store:
        number = service.newest_answer(store, PROJECT)
        assert command.lost(store, (number, number + 1)) == 1


def test_every_kind_of_job_is_killed():
    from labeller.jobs.kinds import KINDS

    assert set(KINDS) <= {step.name for step in kills.steps()}
    assert len(kills.cases()) >= 150
