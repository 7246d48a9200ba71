"""`labeller clusters`: the scores behind the number of clusters, as a table and as JSON."""

import json
from pathlib import Path

from labeller import service
from labeller.config import CHOOSE
from tests.cli.conftest import Command


def test_the_scores_of_the_numbers_tried(labeller: Command, asking_workspace: Path) -> None:
    from labeller.jobs.worker import run_waiting

    assert "labeller cluster digits --clusters 0" in labeller("clusters", "digits").out
    assert json.loads(labeller("clusters", "digits", "--json").out) is None
    store = service.open_store(asking_workspace)
    config = service.project(store, "digits").config
    chosen = config.cluster.model_copy(update={"clusters": CHOOSE})
    service.recluster(store, "digits", config.model_copy(update={"cluster": chosen}))
    run_waiting(store)
    store.close()
    stored = json.loads(labeller("clusters", "digits", "--json").out)
    assert len(stored["stability"]) == len(stored["counts"]) == len(stored["bic"])
    shown = labeller("clusters", "digits").out
    assert "silhouette" in shown
    assert f"{stored['best']} is" in shown
    assert labeller("clusters", "digits", "--round", 9).code == 1
