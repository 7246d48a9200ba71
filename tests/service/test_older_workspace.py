"""A workspace of version 0.1 opens, goes on, and gives the same labels.

How it was made: `tests/fixtures/make_workspace.py`. What the code of that version said of it lies
beside it as JSON.
"""

import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from labeller import service
from labeller.jobs.worker import run_waiting
from labeller.service import Store
from tests.support import labels, say, told

FIXTURE = Path(__file__).parents[1] / "fixtures" / "workspace-0.1"
NAME = "digits"


@pytest.fixture(scope="module")
def then() -> dict[str, Any]:
    """What the older version said."""
    return json.loads(FIXTURE.with_name(f"{FIXTURE.name}.json").read_text())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The older workspace, opened by this version."""
    with zipfile.ZipFile(FIXTURE.with_name(f"{FIXTURE.name}.zip")) as archive:
        archive.extractall(tmp_path / "workspace")
    opened = service.open_store(tmp_path / "workspace")
    yield opened
    opened.close()


def work(store: Store) -> None:
    """Runs what is queued; every job must succeed, those of the older version among them."""
    run_waiting(store)
    assert [view.error or view.state for view in service.jobs(store) if view.state != "done"] == []


def same_labels(now: dict[str, list], then: dict[str, list]) -> None:
    """All columns of `then` are the same now, the weights to a millionth."""
    for name, column in then.items():
        assert now[name] == (pytest.approx(column, abs=1e-6) if name == "weight" else column), name


def test_a_copy_of_the_database_stays_as_it_was(store: Store) -> None:
    (copy,) = store.folder.glob("labeller.db.schema-*")
    with closing(sqlite3.connect(copy)) as connection:
        (version,) = connection.execute("SELECT schema_version FROM workspace").fetchone()
        columns = [row[1] for row in connection.execute("PRAGMA table_info(answers)")]
    assert copy.name.endswith(f"-{version}")
    assert columns
    assert "sequence" not in columns
    service.open_store(store.folder).close()  # converted once
    assert len(list(store.folder.glob("labeller.db.*schema*"))) == 1


def test_it_says_what_it_said(store: Store, then: dict[str, Any]) -> None:
    now = told(store, NAME)
    same_labels(now.pop("labels"), then["labels"])
    # The order of asking is a newer one: parts of a split no longer stand in its place.
    cards = [sorted(each) for each in now.pop("cards")]
    assert cards == [sorted(each) for each in then["cards"]]
    assert now == {name: then[name] for name in now}
    view = service.project(store, NAME)
    assert (view.state, view.round, view.count, view.test) == ("asking", 2, 400, 80)
    assert [(job.kind, job.state) for job in reversed(service.jobs(store))] == [
        ("ingest", "done"),
        ("train", "done"),
        ("split", "done"),
        ("retrain", "done"),
    ]
    counts = service.cluster_counts(store, NAME, 1)
    assert counts is not None
    assert counts.best == 14


def test_an_answer_is_taken_back_and_given_again(store: Store, then: dict[str, Any]) -> None:
    number, _, node, kind, label, confidence, *_ = then["answers"][-1]
    assert service.undo(store, NAME).number == number
    assert number not in labels(store, NAME)["source_answer"]
    say(store, NAME, node, kind, label=label, confidence=confidence)
    same_labels(labels(store, NAME), then["propagated"])


def test_an_answer_of_the_finished_round_is_taken_back(store: Store, then: dict[str, Any]) -> None:
    number = then["answers"][0][0]
    service.undo(store, NAME, answer=number)
    now, before = labels(store, NAME), then["labels"]
    gone = np.array(before["source_answer"]) == number
    assert gone.any()
    assert (np.array(now["label"])[gone] == -1).all()
    assert (np.array(now["label"]) == before["label"])[~gone].all()


def test_propagating_gives_the_same_labels(store: Store, then: dict[str, Any]) -> None:
    service.propagate(store, NAME)
    same_labels(labels(store, NAME), then["propagated"])


def test_a_split_gives_children_whose_centres_its_network_decodes(store: Store) -> None:
    open_cards = [card for card in service.cards(store, NAME) if card.state == "open"]
    assert all(card.centre is not None for card in open_cards)
    parent = open_cards[0]
    say(store, NAME, parent.node, "split", split=2)
    work(store)
    children = [c for c in service.cards(store, NAME) if c.node.startswith(f"{parent.node}.")]
    assert len(children) == 2
    assert sum(card.size for card in children) == parent.size
    for card in children:
        shown = service.images(store, NAME, [card.medoid, *card.near, *card.random, *card.far])
        assert card.centre is not None
        assert np.corrcoef(card.centre.ravel(), shown.mean(axis=0).ravel())[0, 1] > 0.75


@pytest.mark.slow
def test_it_goes_on_to_a_third_round(store: Store, then: dict[str, Any], tmp_path: Path) -> None:
    service.duplicate_project(store, NAME, "copy")
    service.propagate(store, NAME)
    service.retrain(store, NAME)
    work(store)
    first, second, third = service.rounds(store, NAME)
    assert [first.number, first.state, first.answers, first.metrics] == then["rounds"][0]
    assert (second.state, third.number, third.state) == ("finished", 3, "asking")
    assert second.metrics["coverage"] > first.metrics["coverage"]
    questions = service.cards(store, NAME)
    assert questions
    assert all(card.state == "open" and card.centre is not None for card in questions)
    same_labels(labels(store, NAME), then["propagated"])
    assert predicted(store, "copy", 50, tmp_path / "images") == then["labels"]["predicted"][:50]


def predicted(store: Store, project: str, count: int, folder: Path) -> list[int]:
    """What the classifier of a project says of its first images, given as new ones."""
    folder.mkdir()
    for number, image in enumerate(service.images(store, project, range(count))):
        Image.fromarray(image[..., 0]).save(folder / f"{number:03}.png")
    job = service.predict(store, project, [folder])
    work(store)
    return service.predictions(store, job.id)["label"].tolist()


def test_its_pictures_are_the_stored_pixels(store: Store) -> None:
    shown = service.pictures(store, NAME, [3, 1], 256)
    assert np.array_equal(shown, service.images(store, NAME, [3, 1]))
    assert service.project(store, NAME).notes == ()
