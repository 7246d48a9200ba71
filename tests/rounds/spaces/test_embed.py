"""Spaces: shapes, determinism, edge cases, progress and cancellation."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from labeller.config import ClusterConfig, EmbedConfig
from labeller.errors import JobCancelledError
from labeller.evaluation.scores import purity
from labeller.events import silent
from labeller.rounds.clusterers import cluster
from labeller.rounds.graph import find_neighbours
from labeller.rounds.spaces import Space, embed, map2d, space_of

UMAP = EmbedConfig(space="umap", dimensions=3, neighbours=15)


def noise(count=60, size=5):
    return np.random.default_rng(0).normal(size=(count, size)).astype(np.float32)


def test_latent_space_is_a_copy_of_the_latents():
    latents = noise()
    points = embed(latents, EmbedConfig(space="latent", dimensions=2))
    np.testing.assert_array_equal(points, latents)
    assert not np.shares_memory(points, latents)


def test_pca_is_scikit_learns():
    latents = noise()
    points = embed(latents, EmbedConfig(space="pca", dimensions=3))
    np.testing.assert_allclose(points, PCA(3).fit_transform(latents), atol=1e-4)
    assert points.dtype == np.float32


def test_umap_repeats_with_the_seed_and_changes_with_it():
    first, again, other = (embed(noise(), UMAP, seed=seed) for seed in (1, 1, 2))
    assert first.shape == (60, 3)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_umap_makes_digits_into_islands():
    images, targets = load_digits(return_X_y=True)
    points = embed(images, EmbedConfig(space="umap", dimensions=10))
    found = cluster(points, ClusterConfig(clusters=12))
    # 0.88 to 0.96 over seeds with 10 to 12 clusters, where k-means on the pixels reaches 0.8.
    assert purity(found.assignment, targets) > 0.85


@pytest.mark.parametrize("count", [3, 4, 6, 13])
def test_umap_of_few_images(count):
    points = embed(noise(count), EmbedConfig(space="umap", dimensions=10, neighbours=200))
    assert points.shape == (count, 10)
    assert np.isfinite(points).all()


@pytest.mark.parametrize("kind", ["umap", "tsne", "pca"])
@pytest.mark.parametrize(
    "latents",
    [
        noise(40),
        noise(40, size=1),
        np.full((40, 4), 2.0),
        np.repeat(noise(4), 10, axis=0),
        noise(5),
    ],
    ids=["noise", "one dimension", "constant", "repeated", "five"],
)
def test_maps_are_finite_and_repeat(kind, latents):
    first, again = (map2d(latents, kind, seed=5) for _ in range(2))
    assert first.shape == (len(latents), 2)
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize(
    ("latents", "config", "message"),
    [
        (np.full((5, 2), np.nan), UMAP, "latents must be finite numbers, got NaN or infinity in 5"),
        (noise(2), UMAP, "a UMAP space must have at least 3 images, got 2"),
        (noise(), EmbedConfig(space="pacmap"), "space must be one of latent, pca, .*, got pacmap"),
        (noise(), EmbedConfig(space="pca", dimensions=0), "greater than or equal to 1"),
        (np.zeros((4, 2, 2)), UMAP, r"latents must be an array \(N, D\).*got \(4, 2, 2\)"),
    ],
)
def test_what_is_refused(latents, config, message):
    with pytest.raises(ValueError, match=message):
        embed(latents, config)


def test_unknown_map_is_refused():
    with pytest.raises(ValueError, match="kind of map must be one of pca, tsne, umap, got som"):
        map2d(noise(), "som")


def test_pca_has_no_more_dimensions_than_the_latents():
    """A latent that is smaller than the PCA asked for is known only after its training."""
    assert embed(noise(), EmbedConfig(space="pca", dimensions=6)).shape == (60, 5)
    assert embed(noise(3), EmbedConfig(space="pca", dimensions=6)).shape == (3, 3)


@pytest.mark.parametrize("work", [lambda r: embed(noise(), UMAP, report=r)])
def test_epochs_are_reported_and_can_be_cancelled(work):
    events = []
    work(events.append)
    assert {event.stage for event in events} == {"embed"}
    assert any(event.total > 1 for event in events)
    assert events[-1].done == events[-1].total

    def cancel(event):
        if event.total > 1:
            raise JobCancelledError("cancelled")

    with pytest.raises(JobCancelledError):
        work(cancel)


def test_tsne_reports_its_iterations():
    events = []
    map2d(noise(), "tsne", report=events.append)
    done = [event.done for event in events]
    assert done == sorted(done)
    assert events[-1].done == events[-1].total == 750
    assert len(events) > 10


def test_the_numpy_steps_import_neither_torch_nor_umap():
    program = (
        "import sys\n"
        "import labeller.rounds.spaces, labeller.rounds.clusterers, labeller.rounds.propagation\n"
        "import labeller.rounds.questions.prototypes, labeller.rounds.answer\n"
        "import labeller.evaluation.scores\n"
        "[room.names() for room in __import__('labeller.registry').registry._rooms]\n"
        "import labeller.experiments.simulation.experts\n"
        "print([m for m in ('torch', 'umap', 'numba', 'openTSNE') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_umap_leaves_the_threads_of_torch_alone():
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        points = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
        embed(points, EmbedConfig(dimensions=2, neighbours=5))
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_few_points_have_few_neighbours():
    """10 at the most, and no more than there are; fewer that were chosen stay."""
    space = space_of(EmbedConfig(space="umap", neighbours=15))
    counts = (2, 8, 1000)
    assert [space.for_few(count).config.neighbours for count in counts] == [2, 7, 10]
    assert space_of(EmbedConfig(space="umap", neighbours=4)).for_few(1000).config.neighbours == 4
    assert space.for_few(8).config.dimensions == space.config.dimensions


def test_neighbours_go_to_the_spaces_that_use_them():
    class Counts(Space):
        uses_neighbours = True

        def points(self, latents, *, seed=0, report=silent, neighbours=None):
            return np.full((len(latents), 1), neighbours.count if neighbours else 0, np.float32)

    neighbours = find_neighbours(noise(), 7)
    assert embed(noise(), Counts(None), neighbours=neighbours).max() == 7
    assert embed(noise(), Counts(None)).max() == 0
    embed(noise(), EmbedConfig(space="pca"), neighbours=neighbours)  # it takes none


def test_umap_takes_as_many_of_the_neighbours_as_it_needs(monkeypatch):
    expected = embed(noise(), UMAP, seed=1)
    neighbours = find_neighbours(noise(), 25)
    monkeypatch.setattr("labeller.rounds.spaces.umap.find_neighbours", None)  # nor does it search
    np.testing.assert_array_equal(embed(noise(), UMAP, seed=1, neighbours=neighbours), expected)
    with pytest.raises(TypeError):  # of these it needs more
        embed(noise(), UMAP, neighbours=neighbours.nearest(14))
    with pytest.raises(TypeError):  # these are of other points
        embed(noise(40), UMAP, neighbours=neighbours)
