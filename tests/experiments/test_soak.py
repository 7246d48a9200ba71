"""Annotators of the soak: what they say is stored, and what is missing or other is counted."""

import time

import pytest
from sqlalchemy import delete

from labeller.experiments.soak import annotators, soak_benchmark
from labeller.experiments.soak.annotators import Annotators
from labeller.experiments.soak.watching import Watching, database_size
from labeller.store.schema import Answer


def test_many_annotators_lose_nothing_and_what_is_lost_is_counted(store, monkeypatch):
    monkeypatch.setattr(annotators, "UNDO_EVERY", 4)
    watching, before = Watching(store, None), database_size(store)
    with Annotators(store, "digits", 6, 0.02) as crowd:
        for _ in range(8):
            watching.look()
            time.sleep(0.5)
    found = crowd.found()
    assert (found["errors"], found["wrong"]) == ([], 0)
    assert found["answers"]["idle"]["count"] >= 24
    assert database_size(store) > before
    (held,) = watching.found().values()
    assert held["memory"][0] > 10
    assert held["handles"][0] > 3
    with store.write() as session:
        where = (Answer.client == "annotator 0", Answer.sequence == 1)
        session.execute(delete(Answer).where(*where))
    assert crowd.found()["wrong"] >= 1


def test_numbers_out_of_range_are_refused():
    with pytest.raises(ValueError, match="annotators must be at least 1, got 0"):
        soak_benchmark(annotators=0)
