"""Comparisons of methods that read features: those of the project, computed once."""

import numpy as np
import pytest

from labeller import service
from labeller.config import EncodeConfig, with_encoder
from labeller.encoders import ROOM, Encoder, register
from labeller.errors import NeedsEncoderError
from labeller.jobs.catalogue import write_catalogue
from labeller.training import load_method
from tests.conftest import QUICK
from tests.service import test_comparing

SEEN: list[int] = []  # pictures encoded, by batch
READING = ("feature-autoencoder", "frozen-features")
CHANGES = {"methods": ("vae", *READING), "one_size": ("frozen-features",), "maps": ()}
TINY = test_comparing.TINY.model_copy(update=CHANGES)


@pytest.fixture(autouse=True)
def small(forget):
    """Two encoders of two layers that count what they are shown, and see it small."""
    SEEN.clear()

    class Small(Encoder):
        size, features, parts = 8, 64, (16, 48)
        licence = "none"

        def forward(self, batch):
            SEEN.append(len(batch))
            return batch.mean(axis=3, dtype=np.float32).reshape(len(batch), 64)

    for number in ("1", "2"):
        fields = {"name": f"small{number}", "title": "Small", "digest": number * 16}
        register(type(f"Small{number}", (Small,), fields))


def seen_by(store, name):
    """The project with that encoder, trained with it: its features are there."""
    config = with_encoder(QUICK, EncodeConfig(encoder=name)).model_copy(
        update={"train": TINY.train, "method": "frozen-features", "method_config": {}}
    )
    return service.train(store, "digits", config)


def test_a_comparison_reads_what_the_project_has_and_encodes_nothing(store, work):
    seen_by(store, "small1")
    work()
    assert sum(SEEN) > 0
    SEEN.clear()
    service.compare(store, "digits", TINY)
    work()
    [view] = service.comparisons(store, "digits")
    assert (view.errors, view.done, view.finished) == ((), 3, True)
    assert view.config["encode"]["encoder"] == "small1"
    assert view.config["features"] == dict.fromkeys(READING, "1" * 16)
    runs = service.comparison_runs(store, "digits", 1).set_index("method")
    assert (runs["linear_probe"] > 0.4).all()
    assert list(runs.loc[list(READING), "latent"]) == [6, 64]
    assert SEEN == []


def test_features_that_are_not_there_are_computed_once(store, work):
    seen_by(store, "small1")
    work()
    SEEN.clear()
    other = TINY.model_copy(update={"encode": EncodeConfig(encoder="small2")})
    for _ in range(2):
        service.compare(store, "digits", other)
        work()
    newer, older = service.comparisons(store, "digits")
    assert newer.finished
    assert older.finished
    assert newer.config["features"] == dict.fromkeys(READING, "2" * 16)
    assert 0 < sum(SEEN) <= service.project(store, "digits").count
    before = sum(SEEN)
    service.compare(store, "digits", other.model_copy(update={"methods": ("vae",)}))
    work()
    assert sum(SEEN) == before


def test_where_the_encoder_has_changed_its_methods_alone_are_measured_anew(
    store, work, monkeypatch
):
    view = service.compare(
        store, "digits", TINY.model_copy(update={"encode": EncodeConfig(encoder="small1")})
    )
    work()
    folder = store.project_folder(view.job.project).path / "comparisons" / "1" / "cells"
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.json")}
    next(folder.glob("frozen-features*.npz")).unlink()  # so that there is something to go on with
    monkeypatch.setattr(ROOM.get("small1"), "digest", "3" * 16)
    service.continue_comparison(store, "digits", 1)
    work()
    after = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.json")}
    assert service.comparison(store, "digits", 1).finished
    measured = [name for name in before if before[name] != after[name]]
    assert sorted(name.partition("_")[0] for name in measured) == list(READING)
    assert service.comparison(store, "digits", 1).config["features"][READING[0]] == "3" * 16


def test_without_an_encoder_it_is_refused_before_anything_is_queued(store):
    write_catalogue(store)
    with pytest.raises(NeedsEncoderError, match="feature-autoencoder needs an encoder"):
        service.compare(store, "digits", TINY)
    assert service.comparisons(store, "digits") == []


def test_the_worker_refuses_it_before_any_run_where_nobody_knew(store, work):
    view = service.compare(store, "digits", TINY)
    work()
    job = service.job(store, view.job.id)
    assert job.state == "failed"
    assert job.error.startswith("feature-autoencoder needs an encoder")
    assert len(job.error.splitlines()) == 1
    assert service.comparison(store, "digits", view.number).done == 0


def test_a_project_is_trained_by_the_layers_of_its_encoder(store, work):
    job = seen_by(store, "small1")
    work()
    assert service.job(store, job.id).error == ""
    number = service.job(store, job.id).result["model"]
    folder = store.project_folder(service.project(store, "digits").id)
    method = load_method(folder.model(number))
    assert (method.name, method.config.parts) == ("frozen-features", (16, 48))
