"""Jobs beside a program that keeps the database locked."""

import sqlite3
import threading

from labeller import service
from labeller.config import preset
from labeller.jobs import queue, worker
from labeller.rounds.settings import changed
from labeller.store import waiting


def test_a_training_waits_for_the_lock_and_says_so(store, monkeypatch):
    for module in (waiting, queue):
        monkeypatch.setattr(module, "SAID_AFTER", 0.5)
    store.patience = 0.2  # a person would be told
    other = sqlite3.connect(
        store.folder / "labeller.db", isolation_level=None, check_same_thread=False
    )
    timers = []

    def lock(event):
        if event.stage == "train" and not timers:
            other.execute("BEGIN IMMEDIATE")
            timers.append(threading.Timer(1.5, other.rollback))
            timers[0].start()

    quick = {
        "train.epochs": 2,
        "train.batch_size": 512,
        "cluster.clusters": 8,
        "embed.space": "pca",
    }
    queued = service.train(store, "digits", changed(preset("recommended"), quick))
    worker.run_waiting(store, report=lock)
    other.close()
    job = service.job(store, queued.id)
    assert timers
    assert (job.state, job.error) == ("done", "")
    assert "kept the database locked for" in job.notice
