"""The comparison of spaces to cluster in."""

import numpy as np

from labeller.config import ClusterConfig
from labeller.evaluation.scores import purity
from labeller.experiments.label_efficiency import spaces
from labeller.experiments.label_efficiency.spaces import SPACES, compare_spaces, laplacian_eigenmap
from labeller.rounds.clusterers import cluster


def test_laplacian_eigenmaps_tell_separate_islands_apart():
    draws = np.random.default_rng(0)
    middles = np.repeat(np.eye(3, 5) * 10, 40, axis=0)
    latents = (middles + draws.normal(size=(120, 5))).astype(np.float32)
    points = laplacian_eigenmap(latents, 0, 3)
    assert points.shape == (120, 3)
    # Which of the equal eigenvalues are found is chance; two vectors tell three parts.
    found = cluster(points[:, :2], ClusterConfig(algorithm="kmeans", clusters=3))
    assert purity(found.assignment, np.repeat(np.arange(3), 40)) == 1


def test_the_record_has_a_row_for_each_space_and_number_of_clusters(tmp_path, monkeypatch):
    quick = {name: SPACES[name] for name in ("latent", "Laplacian eigenmaps, 10 dimensions")}
    monkeypatch.setattr(spaces, "SPACES", quick)
    record = compare_spaces(
        "digits", counts=(10, 20), cache=tmp_path, changes={"train.epochs": 1}, device="cpu"
    )
    rows = record["rows"]
    assert [(row["space"], row["clusters"]) for row in rows] == [
        (name, count) for name in quick for count in (10, 20)
    ]
    assert all(0.1 < row["purity"] <= 1 and row["std"] == 0 for row in rows)
    assert record["seeds"] == [0]
