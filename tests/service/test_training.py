"""What is refused of a training before anything is queued, and what a resumed one keeps."""

from typing import Any

import pytest

from labeller import service
from labeller.config import EmbedConfig, RoundConfig, TrainConfig
from labeller.errors import StateError
from labeller.events import Progress
from labeller.experiments.simulation.simulate import Simulation, simulate
from labeller.jobs import queue
from labeller.jobs.catalogue import write_catalogue
from labeller.jobs.worker import run_waiting
from labeller.store import Store

WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"method": "cnn", "method_config": {}}, StateError, "cnn learns from labels alone"),
    ({"method": "student", "method_config": {}}, StateError, "in `labeller compare`"),
    ({"method": "vae:deep", "method_config": {}}, ValueError, "must be one of ae, .*got vae:deep"),
    ({"method": "ae", "method_config": {"beta": 1}}, ValueError, "setting of ae .*got beta"),
]


@pytest.mark.parametrize(("update", "kind", "said"), WRONG, ids=lambda value: str(value)[:30])
def test_a_wrong_method_is_neither_kept_nor_queued(
    store: Store, update: dict[str, Any], kind: type[Exception], said: str
) -> None:
    write_catalogue(store)
    before = service.project(store, "digits").config
    jobs = len(service.jobs(store))
    with pytest.raises(kind, match=said):
        service.train(store, "digits", before.model_copy(update=update))
    assert service.project(store, "digits").config == before
    assert len(service.jobs(store)) == jobs


def test_the_worker_refuses_what_no_catalogue_could(store: Store, work: Any) -> None:
    config = RoundConfig(method="cnn")
    job = service.train(store, "digits", config)
    work()
    ended = service.job(store, job.id)
    assert ended.state == "failed"
    assert "cnn learns from labels alone" in ended.error
    write_catalogue(store)
    with pytest.raises(StateError, match="learns from labels"):
        service.train(store, "digits")  # with the settings that the project kept


def test_an_epoch_whose_record_was_lost_is_in_the_curve_after_resuming(store: Store) -> None:
    def die(event: Progress) -> None:
        if event.milestone and event.stage == "train" and event.done == 2:
            raise RuntimeError("between the checkpoint and the record")

    train = TrainConfig(epochs=4, batch_size=64, precision="32-true")
    config = RoundConfig(train=train, embed=EmbedConfig(space="pca"))
    job = service.train(store, "digits", config)
    run_waiting(store, report=die)
    assert service.job(store, job.id).state == "failed"
    assert [record["epoch"] for record in service.curve(store, job.id)] == [1]
    queue.requeue(store, job.id)
    run_waiting(store)
    assert service.job(store, job.id).state == "done"
    assert [record["epoch"] for record in service.curve(store, job.id)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("method", "said"),
    [("cnn", "labels alone"), ("ae@beta=1", "got beta"), ("ae@latent=0", "latent")],
)
def test_a_simulation_refuses_it_before_it_imports_images(method: str, said: str) -> None:
    with pytest.raises((StateError, ValueError), match=said):
        simulate(Simulation("no/such/folder", method=method))
