"""Each training of a project draws numbers of its own, and the same ones when it is repeated."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from labeller import service
from labeller.config import ClusterConfig, StudentConfig
from labeller.jobs.worker import run_waiting
from tests.conftest import QUICK, label_all

SEED = 40
CONFIG = QUICK.model_copy(
    update={
        "method": "ae",
        "method_config": {"width": 4, "hidden": 16, "latent": 6},
        "train": QUICK.train.model_copy(update={"seed": SEED}),
        "cluster": ClusterConfig(algorithm="kmeans", clusters=4),
        "student": StudentConfig(use=True),
    }
)


@pytest.fixture
def seeds(monkeypatch):
    """The seeds of the trainings of the method and of the student, which learn nothing here."""
    found = {"method": [], "student": []}

    def recorder(name):
        def train(method, images, config, **options):
            found[name].append(config.seed)
            return []

        return train

    monkeypatch.setattr("labeller.training.train", recorder("method"))
    monkeypatch.setattr("labeller.rounds.student.train", recorder("student"))
    return found


def test_no_two_trainings_of_a_project_draw_the_same_numbers(tmp_path, seeds):
    """With one seed for all, a retraining would shuffle and corrupt as the training before did."""
    pixels, targets = load_digits(return_X_y=True)
    images = (pixels[:60].reshape(-1, 8, 8) * 15).astype(np.uint8)
    np.savez(tmp_path / "few.npz", images=images, labels=targets[:60])
    store = service.open_store(tmp_path / "workspace")
    service.create_project(store, "few", str(tmp_path / "few.npz"))
    service.train(store, "few", CONFIG)
    run_waiting(store)
    for _ in range(2):
        label_all(store, "few")
        service.propagate(store, "few")
        service.retrain(store, "few")
        run_waiting(store)
    assert [job.error for job in service.jobs(store) if job.state != "done"] == []
    store.close()
    assert seeds == {"method": [SEED, SEED + 1, SEED + 2], "student": [SEED + 1, SEED + 2]}
