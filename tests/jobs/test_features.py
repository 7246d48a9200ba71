"""Features of a project: computed once, resumed, shared by projects with the same pictures."""

import numpy as np
import pytest

from labeller import service
from labeller.config import EncodeConfig
from labeller.encoders import Encoder, register
from labeller.encoders.encoding import content_digests, encoded
from labeller.errors import LabellerError
from labeller.jobs import features as job
from tests.conftest import QUICK

SEEN: list[int] = []  # pictures encoded, by batch
FAST = QUICK.model_copy(
    update={
        "encode": EncodeConfig(encoder="means"),
        "train": QUICK.train.model_copy(update={"epochs": 1}),
    }
)


@pytest.fixture(autouse=True)
def means(forget) -> None:
    """An encoder that counts what it is shown."""
    SEEN.clear()

    @register
    class Means(Encoder):
        name, title, licence = "means", "Means", "none"
        size, features, digest = 12, 4, "0123456789abcdef"

        def forward(self, batch: np.ndarray) -> np.ndarray:
            SEEN.append(len(batch))
            quarters = batch.reshape(len(batch), 4, -1)
            return quarters.mean(axis=2, dtype=np.float32)


def features_in(store, project) -> np.ndarray | None:
    folder = store.project_folder(service.project(store, project).id)
    path = folder.features("0123456789abcdef")
    return np.load(path) if path.exists() else None


def train(store, work, project="digits") -> str:
    """Trains; returns the error of the job, empty if it is done."""
    number = service.train(store, project, FAST).id
    work()
    return service.job(store, number).error


def test_they_are_computed_once_and_a_second_training_encodes_nothing(store, work) -> None:
    assert train(store, work) == ""
    found = features_in(store, "digits")
    assert found is not None
    assert (found.shape, found.dtype) == ((1797, 4), np.float16)
    assert 0 < sum(SEEN) <= 1797
    SEEN.clear()
    assert train(store, work) == ""
    assert SEEN == []


def test_rows_are_those_of_the_images(store, work) -> None:
    train(store, work)
    found, images = features_in(store, "digits"), service.images(store, "digits", [5, 1700])
    from PIL import Image

    for row, image in zip((5, 1700), images, strict=True):
        shown = Image.fromarray(np.repeat(image, 3, -1)).resize((12, 12), Image.Resampling.BICUBIC)
        wanted = np.asarray(shown).reshape(4, -1).mean(axis=1)
        np.testing.assert_allclose(found[row], wanted, rtol=1e-3)


def test_a_stopped_job_goes_on_where_it_was(store, work, monkeypatch) -> None:
    def dies(*arguments, **known):
        for number, batch in enumerate(encoded(*arguments, **known)):
            if number == 20:
                raise LabellerError("stopped")
            yield batch

    monkeypatch.setattr(job, "encoded", dies)
    assert train(store, work) == "stopped"
    assert features_in(store, "digits") is None
    monkeypatch.undo()
    SEEN.clear()
    assert train(store, work) == ""
    assert 0 < sum(SEEN) <= 1797 - 20 * 32
    assert len(features_in(store, "digits")) == 1797


def test_another_project_with_the_same_pictures_encodes_the_new_ones_alone(
    store, work, tmp_path
) -> None:
    train(store, work)
    first = features_in(store, "digits")
    SEEN.clear()
    images = service.images(store, "digits", range(200))
    new = np.random.default_rng(0).integers(0, 256, (7, *images.shape[1:]), dtype=np.uint8)
    np.savez(tmp_path / "more.npz", images=np.concatenate([new, images[::-1]]))
    service.create_project(store, "more", str(tmp_path / "more.npz"))
    assert train(store, work, "more") == ""
    assert sum(SEEN) == 7
    np.testing.assert_array_equal(features_in(store, "more")[7:], first[:200][::-1])


def test_progress_says_speed_and_time_left_and_what_was_known(store, work, tmp_path) -> None:
    from labeller.jobs.worker import run_waiting

    train(store, work)
    events = []
    images = service.images(store, "digits", range(100))
    np.savez(tmp_path / "more.npz", images=images)
    service.create_project(store, "more", str(tmp_path / "more.npz"))
    service.train(store, "more", FAST)
    run_waiting(store, report=events.append)
    said = [event for event in events if event.stage == "encode-features"]
    assert (said[0].done, said[0].total, said[0].message) == (0, 100, "starting Means")
    assert [event.done for event in said[1:]] == [32, 64, 96, 100]
    assert said[-1].metrics["seconds_left"] == 0
    assert said[-1].metrics["images_per_second"] > 0
    assert said[-1].message == "Means: 100 of 100 images, 100 of them known from before"


def test_ready_features_are_checked_before_anything_is_trained(store, work, tmp_path) -> None:
    np.save(tmp_path / "features.npy", np.ones((10, 3), np.float32))
    file = EncodeConfig(encoder="file", path=str(tmp_path / "features.npy"))
    config = FAST.model_copy(update={"encode": file})
    models = service.project(store, "digits").round
    number = service.train(store, "digits", config).id
    work()
    error = service.job(store, number).error
    assert error.endswith("features.npy must have a row per image (1,797), got 10")
    assert service.project(store, "digits").round == models
    np.save(tmp_path / "features.npy", np.ones((1797, 3), np.float32))
    number = service.train(store, "digits", config).id
    work()
    assert service.job(store, number).error == ""


def test_an_error_of_a_reader_ends_the_reading(forget) -> None:
    from labeller.encoders import encoder_of

    def read(rows: np.ndarray) -> np.ndarray:
        if 64 in rows:
            raise LabellerError("no picture")
        return np.zeros((len(rows), 12, 12, 3), np.uint8)

    batches = encoded(encoder_of(EncodeConfig(encoder="means")), read, np.arange(200))
    assert [next(batches).rows[0], next(batches).rows[0]] == [0, 32]
    with pytest.raises(LabellerError, match="no picture"):
        next(batches)


def test_digests_are_of_the_content() -> None:
    pictures = np.zeros((3, 2, 2, 3), np.uint8)
    pictures[2, 1, 1, 2] = 1
    first, second, third = content_digests(pictures)
    assert (first == second).all()
    assert (first != third).any()
