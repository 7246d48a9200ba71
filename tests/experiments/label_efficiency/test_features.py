"""Strategies on ready features, and the outsider that sees pixels only."""

from typing import ClassVar

import numpy as np
import pytest

from labeller.errors import DataError, NotFoundError
from labeller.experiments.label_efficiency import Plan, label_efficiency, plain_cnn, running
from labeller.experiments.label_efficiency.features import features_of_file, principal
from labeller.experiments.label_efficiency.learners import LabelledSet
from labeller.experiments.label_efficiency.plain_cnn import PlainCnn
from labeller.experiments.label_efficiency.pool import Source

pytest.importorskip("skactiveml", reason="needs scikit-activeml, of the extra benchmark")

PLAN = Plan("digits", ("random",), budgets=(10, 30), supervised=False, device="cpu")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def features(cache):
    """The pixels of the digits, in the order of the image store, with a row of zeros."""
    source = Source("digits", cache)
    path = cache / "features.npy"
    np.save(path, source.store.images.reshape(source.store.count, -1).astype(np.float16))
    return path


def with_features(path, *strategies, **changes):
    plan = {"features": path, "strategies": strategies, "supervised": False, **changes}
    return Plan("digits", budgets=(10, 30), device="cpu", **plan)


def test_strategies_choose_among_the_features_and_teach_the_linear_student(cache, features):
    names = ["random", "typiclust", "uherding", "dropquery"]
    record = label_efficiency(with_features(features, *names), cache=cache)
    scores = {curve["name"]: curve["points"][1]["mean"] for curve in record["curves"]}
    assert list(scores) == names
    assert scores["random"] > 0.6
    assert scores["typiclust"] > scores["random"]
    for name in names:
        rows = [row for c in record["cells"] if c["strategy"] == name for row in c["rows"]]
        assert len(set(rows)) == 30
    # No network was trained, and the components are there once.
    assert not list(cache.glob("seed-*/latents.npy"))
    assert len(list(cache.glob("points-*.npy"))) == 1


def test_other_features_are_another_record(cache, features, tmp_path):
    path = tmp_path / "found.json"
    label_efficiency(with_features(features, "random"), cache=cache, path=path)
    other = tmp_path / "other.npy"
    np.save(other, np.load(features)[:, ::2])
    plan = with_features(other, "random")
    with pytest.raises(Exception, match="was made with another features; name another file"):
        label_efficiency(plan, cache=cache, path=path, resume=True)


def test_principal_components_keep_angles_and_forget_the_mean():
    draws = np.random.default_rng(0)
    values = draws.normal(0, 1, (50, 6)) @ draws.normal(0, 1, (6, 20)) + 3
    train = np.arange(40)
    found = principal(values.astype(np.float16), train, 30)
    assert found.shape == (50, 20)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    unit = values / np.linalg.norm(values, axis=1, keepdims=True)
    unit -= unit[train].mean(axis=0)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    np.testing.assert_allclose(found @ found.T, unit @ unit.T, atol=0.02)
    assert principal(values, train, 4).shape == (50, 4)
    values[3, 2] = np.nan
    with pytest.raises(DataError, match="must be finite numbers"):
        principal(values, train, 4)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((5, 3)), r"with the 1797 images of the source.*got \(5, 3\)"),
        (np.zeros(1797), r"got \(1797,\)"),
        (np.array([{}]), "cannot be read"),
    ],
)
def test_features_that_do_not_fit_are_named(cache, tmp_path, values, message):
    path = tmp_path / "wrong.npy"
    np.save(path, values, allow_pickle=True)
    with pytest.raises(DataError, match=message):
        features_of_file(path, Source("digits", cache))
    with pytest.raises(NotFoundError, match="there are no features in"):
        features_of_file(tmp_path / "none.npy", Source("digits", cache))


class Brightness:
    """In place of the outsider: says class 0 of dark images, and remembers what it saw."""

    settings: ClassVar[dict] = {"brightness": 1}
    seen: ClassVar[list] = []

    def __init__(self, device):
        assert device == "cpu"

    def __call__(self, data):
        inputs, classes = data.inputs, data.classes
        self.seen.append((inputs.shape, inputs.dtype, len(data.known[0])))
        dark = inputs.mean(axis=(1, 2, 3)) < 80
        return np.eye(classes)[np.where(dark, 0, 1)]


def test_the_outsider_gets_pixels_and_what_random_was_told(cache, features, monkeypatch):
    monkeypatch.setattr(running, "PlainCnn", Brightness)
    record = label_efficiency(with_features(features, "random", "plain-cnn"), cache=cache)
    random, cnn = (
        [cell for cell in record["cells"] if cell["strategy"] == name]
        for name in ("random", "plain-cnn")
    )
    assert [cell["rows"] for cell in random] == [cell["rows"] for cell in cnn]
    assert Brightness.seen == [((1797, 8, 8, 1), np.uint8, count) for count in (10, 30)]
    assert cnn[0]["test_accuracy"] == cnn[1]["test_accuracy"] < random[0]["test_accuracy"]


def test_the_outsider_sees_colours_and_the_same_seed_is_the_same(monkeypatch):
    monkeypatch.setattr(plain_cnn, "STEPS", 50)
    draws = np.random.default_rng(0)
    labels = np.arange(40) % 2
    images = draws.integers(0, 60, (40, 16, 12, 3), dtype=np.uint8)
    images[labels == 1, :, :, 0] += 150
    index = np.arange(10)
    data = LabelledSet(images, labels[:10], index, 2, 3)
    said = PlainCnn("cpu")(data)
    assert said.shape == (40, 2)
    assert (said.argmax(axis=1) == labels).mean() > 0.9
    np.testing.assert_allclose(said, PlainCnn("cpu")(data), atol=1e-4)
