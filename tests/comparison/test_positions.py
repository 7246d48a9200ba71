"""Where the object is: which pictures count, and what is refused before anything is trained."""

import io

import numpy as np
import pytest

from labeller.comparison.plan import CompareConfig, fingerprint
from labeller.comparison.run import run_comparison
from labeller.comparison.subject import Subject
from labeller.config import TrainConfig
from labeller.errors import DataError
from labeller.evaluation.mlp import GridResult
from labeller.evaluation.positions import RUNS, position_files

SIDE, COUNT = 8, 60


def write_run(path, images, positions):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, images=images, positions=positions)


@pytest.fixture
def subject():
    images = np.random.default_rng(0).integers(0, 255, (COUNT, SIDE, SIDE, 3), np.uint8)
    return Subject(images, None, 1, np.arange(40), np.arange(40, COUNT))


@pytest.fixture
def config(tmp_path, subject):
    """Of two files in which every third picture has its object outside."""
    positions = np.random.default_rng(1).uniform(0, SIDE, (COUNT, 2)).astype(np.float32)
    positions[::3, 1] = -5
    for name in ("learn", "test"):
        write_run(tmp_path / f"{name}.npz", subject.images, positions)
    return CompareConfig(
        methods=("ae",),
        latents=(4,),
        train=TrainConfig(epochs=1, batch_size=20, precision="32-true"),
        settings={"width": 4, "hidden": 16},
        maps=(),
        mlp_epochs=2,
        positions=(str(tmp_path / "learn.npz"), str(tmp_path / "test.npz")),
    )


def run(config, subject):
    kept = []
    run_comparison(config, subject, lambda record, _: kept.append(record), device="cpu")
    return kept


def test_pictures_with_the_object_outside_count_nowhere(config, subject, monkeypatch):
    given = []

    def grid(train, test, **_):
        given.extend((train, test))
        return GridResult(1.5, (), 1, {})

    monkeypatch.setattr("labeller.comparison.measure.mlp_grid", grid)
    [record] = run(config, subject)
    assert record["scores"]["position_error"] == 1.5
    for latents, places in given:
        assert latents.shape == (40, 4)
        assert places.min() >= 0


def test_the_error_is_measured_in_pixels(config, subject):
    [record] = run(config, subject)
    assert 0 < record["scores"]["position_error"] < SIDE


def test_errors_of_the_earlier_measure_are_measured_anew(config):
    without = config.model_copy(update={"positions": ()})
    measured = config.model_copy(update={"positions": ("a.npz", "b.npz")})
    assert fingerprint(without) == "b882e7922277", "what measures no positions stays"
    assert fingerprint(measured) != "4edbf2a0c032"


def test_files_that_cannot_be_used_are_found_before_anything_is_trained(
    config, subject, tmp_path, monkeypatch
):
    monkeypatch.setattr("labeller.comparison.cell.train", None)
    good, bad = config.positions[0], tmp_path / "bad.npz"
    places = np.ones((COUNT, 2), np.float32)
    for make, message in (
        (lambda: None, "no images with positions"),
        (lambda: bad.write_bytes(b""), "no images with positions"),
        (lambda: bad.write_bytes(b"PK\3\4 cut off"), "no images with positions"),
        (lambda: bad.write_bytes(_array(places)), "no images with positions"),
        (lambda: np.savez(bad, images=subject.images[0], positions=places), "must hold"),
        (lambda: np.savez(bad, images=subject.images, positions=places * np.nan), "finite"),
        (lambda: write_run(bad, subject.images[..., :1], places), "as those .* 1 channel;"),
        (lambda: write_run(bad, subject.images[:, :4], places), "8 x 8 .*got 8 x 4"),
        (lambda: write_run(bad, subject.images, places - 9), "5 images or more, got 0"),
    ):
        make()
        for paths in ((good, str(bad)), (str(bad), good)):
            with pytest.raises(DataError, match=message):
                run(config.model_copy(update={"positions": paths}), subject)


def test_a_person_names_two_files_or_the_folder_of_the_lander(config, subject, tmp_path):
    shape = (SIDE, SIDE, 3)
    learn, test = config.positions
    assert position_files(f" {learn} ,{test}", shape) == (learn, test)
    assert position_files("", shape) == ()
    for name in RUNS:
        write_run(tmp_path / "runs" / f"{name}.npz", subject.images, np.ones((COUNT, 2)))
    folder = tmp_path / "runs"
    assert position_files(str(folder), shape) == (
        str(folder / "positions-train.npz"), str(folder / "positions-test.npz"),
    )  # fmt: skip
    with pytest.raises(ValueError, match="two files"):
        position_files(learn, shape)
    with pytest.raises(DataError, match="must be as those"):
        position_files(f"{learn},{test}", (SIDE, SIDE, 1))
    (tmp_path / "bad.npz").write_bytes(b"PK")
    np.savez(tmp_path / "other.npz", images=subject.images[0], positions=np.ones((8, 2)))
    np.save(tmp_path / "single.npy", np.ones(3))
    for name in ("none.npz", "bad.npz", "other.npz", "single.npy"):
        with pytest.raises(DataError, match="images"):
            position_files(f"{learn},{tmp_path / name}", shape)


def _array(values):
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()
