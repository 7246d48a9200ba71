"""A worker that lives does not run the old code of a plug-in that was edited since."""

import os

import pytest

from labeller import registry
from labeller.jobs import worker
from labeller.store import Store

FILE = """
from labeller.rounds.clusterers import register_clusterer
from sklearn.cluster import Birch
register_clusterer(Birch, name="mine", title="{title}")
"""


@pytest.fixture
def plug_in(tmp_path, forget):
    file = tmp_path / "mine.py"
    file.write_text(FILE.format(title="First"))
    registry.load_file(file)
    return file


def test_it_ends_before_its_next_job(plug_in, tmp_path, monkeypatch):
    claimed = []
    monkeypatch.setattr(worker.queue, "claim", lambda store, name: claimed.append(name))
    store = Store(tmp_path / "workspace")
    worker._loop(store, "cpu", "", idle_seconds=0.3)
    assert claimed
    claimed.clear()
    plug_in.write_text(FILE.format(title="Second"))
    os.utime(plug_in, ns=(1, 1))
    worker._loop(store, "cpu", "", idle_seconds=600)
    assert not claimed
    store.close()
