"""The table of job kinds: each has a title, a payload of its own and a handler that imports."""

import inspect
import subprocess
import sys
from typing import get_type_hints

import pytest
from pydantic import ValidationError

from labeller.config import RoundConfig, preset
from labeller.jobs import queue
from labeller.jobs.kinds import (
    KINDS,
    PROJECT_JOBS,
    ROUND_JOBS,
    IngestPayload,
    PredictPayload,
    RetrainPayload,
    SplitPayload,
    TrainPayload,
    kind_of,
    payload_of,
    title_of,
)
from labeller.jobs.task import Task
from labeller.service.jobs import job_view
from labeller.store import Store
from labeller.store.schema import Job
from labeller.ui.frame.job_banner import stage_text
from tests.jobs.payloads import PAYLOADS


def test_every_kind_has_an_example_to_test_with():
    assert set(PAYLOADS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_has_a_title_and_a_handler_that_takes_its_payload(kind):
    assert kind.title[:1].isupper()
    handler = kind.load()
    taken = list(inspect.signature(handler).parameters)
    hints = get_type_hints(handler)
    assert [hints[name] for name in taken] == [Task, kind.payload]


def test_titles_and_payloads_tell_kinds_apart():
    assert len({kind.title for kind in KINDS.values()}) == len(KINDS)
    assert len({kind.payload for kind in KINDS.values()}) == len(KINDS)


def test_rounds_are_opened_by_trainings_and_clusterings_alone():
    assert ROUND_JOBS == ("train", "retrain", "cluster")
    assert ("ingest", "add", *ROUND_JOBS, "split") == PROJECT_JOBS


@pytest.mark.parametrize("name", KINDS)
def test_what_is_queued_is_what_is_handled(name, tmp_path):
    payload = PAYLOADS[name]
    store = Store(tmp_path)
    with store.write() as session:
        number = queue.enqueue(session, None, payload).id
    with store.read() as session:
        row = queue.get(session, number)
    assert row.kind == kind_of(payload) == name
    assert payload_of(row.kind, row.arguments) == payload
    view = job_view(row)
    assert view.title == KINDS[name].title
    assert stage_text(view) == f"{view.title}: waiting"
    store.close()


@pytest.mark.parametrize(
    ("name", "arguments", "payload"),
    [
        # Queued before there was a choice of fit, and of encoder.
        (
            "ingest",
            {"source": "x", "size": 28, "data_dir": None},
            IngestPayload(source="x", size=28),
        ),
        ("ingest", {"source": "x"}, IngestPayload(source="x", fit="crop", choose_encoder=False)),
        # With the number of classes, which a job adds when it starts.
        ("train", {"model": 2, "config": None, "classes": 7}, TrainPayload(model=2)),
        (
            "retrain",
            {
                "model": 2,
                "round": 1,
                "config": preset("paper").model_dump(mode="json"),
                "next_round": False,
            },
            RetrainPayload(model=2, round=1, config=preset("paper"), next_round=False),
        ),
        (
            "split",
            {"round": 1, "node": "3", "answer": 4, "split": 2},
            SplitPayload(round=1, node="3", answer=4, split=2),
        ),
        (
            "split",
            {"round": 1, "node": "3", "answer": 4, "wrong": [5, 6]},
            SplitPayload(round=1, node="3", answer=4, wrong=(5, 6)),
        ),
        ("predict", {"model": 1, "paths": ["a"]}, PredictPayload(model=1, paths=("a",))),
    ],
)
def test_jobs_of_older_workspaces_load(name, arguments, payload):
    assert payload_of(name, arguments) == payload


def test_settings_with_a_value_of_none_are_stored():
    config = RoundConfig(method_config={"latent": None})
    stored = TrainPayload(model=1, config=config).stored()
    assert stored["config"]["method_config"] == {"latent": None}
    assert TrainPayload(model=1).stored() == {"model": 1}


def test_a_payload_without_what_its_kind_needs_is_refused():
    with pytest.raises(ValidationError, match="model"):
        payload_of("map", {"map": "pca"})


def test_a_job_of_a_kind_that_is_not_known_here_has_a_title():
    assert title_of("later") == "Later"
    assert job_view(Job(id=1, kind="later", state="done", worker="", error="")).title == "Later"


def test_the_table_is_read_without_torch():
    command = [
        sys.executable,
        "-c",
        "import sys, labeller.jobs.kinds, labeller.jobs.queue; sys.exit('torch' in sys.modules)",
    ]
    assert subprocess.run(command, check=False).returncode == 0
