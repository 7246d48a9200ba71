"""A name that the registry does not have: one line lists the known ones, nothing changes."""

from pathlib import Path

import pytest

from labeller import service
from tests.cli.conftest import Command


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("cluster", "digits", "--set", "cluster.algorithm=nosuch"),
            "algorithm must be one of agglomerative, gmm, hdbscan, kmeans, max-margin, got nosuch",
        ),
        (
            ("cluster", "digits", "--algorithm", "nosuch"),
            "algorithm must be one of agglomerative, gmm, hdbscan, kmeans, max-margin, got nosuch",
        ),
        (
            ("train", "digits", "--space", "pacmap"),
            "space must be one of latent, pca, tsne, umap, got pacmap",
        ),
        (
            ("retrain", "digits", "--set", "ask.algorithm=nosuch"),
            "algorithm must be one of agglomerative, gmm, hdbscan, kmeans, max-margin, got nosuch",
        ),
        (
            ("propagate", "digits", "--rule", "rumour"),
            "rule must be one of decay, poisson, spreading, got rumour",
        ),
        (
            ("cluster", "digits", "--algorithm", "kmeans", "--set", "cluster.covariance=tied"),
            "a setting of kmeans must be one of algorithm, clusters, got covariance",
        ),
        (
            ("cluster", "digits", "--set", "latent=32"),
            "a setting of a new round must be one of embed.NAME, cluster.NAME, card.NAME, ask.NAME,"
            " got method_config.latent",
        ),
        (
            ("cluster", "digits", "--set", "embed.dimensions=0"),
            "pca: dimensions: Input should be greater than or equal to 1, got 0",
        ),
        (
            ("choices", "colours"),
            "kind must be one of sources, encoders, spaces, clusterers, propagation, exports, "
            "got colours",
        ),
    ],
)
def test_a_wrong_name_changes_nothing(
    labeller: Command, asking_workspace: Path, arguments: tuple[str, ...], line: str
) -> None:
    def state() -> object:
        store = service.open_store(asking_workspace)
        view = service.project(store, "digits")
        found = (view, service.jobs(store), service.rounds(store, "digits"))
        store.close()
        return found

    before = state()
    ended = labeller(*arguments)
    assert ended.code == 2
    assert ended.err.splitlines() == [f"labeller: {line}"]
    assert state() == before


def test_choices_lists_every_room(labeller: Command) -> None:
    listed = labeller("choices").out
    for name in ("mnist", "umap", "hdbscan", "agglomerative", "poisson", "parquet"):
        assert name in listed
