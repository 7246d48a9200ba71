"""What every clusterer of the registry must do; a plug-in's is asked too, by $LABELLER_PLUGINS."""

import numpy as np
import pytest
from sklearn.cluster import Birch, BisectingKMeans, MeanShift
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score

from labeller.config import CardConfig, ClusterConfig, Settings
from labeller.rounds.clusterers import (
    NOISE,
    ROOM,
    Clusterer,
    Grouping,
    cluster,
    clusterer_of,
    from_labels,
    register,
    register_clusterer,
)
from labeller.rounds.clusterers.kmeans import KMeans
from labeller.rounds.questions.cluster_count import cluster_counts
from labeller.rounds.questions.prototypes import prototypes
from labeller.rounds.settings import checked_step

NAMES = ROOM.names()


@pytest.fixture(scope="module")
def blobs():
    points, groups = make_blobs(300, 4, centers=5, cluster_std=0.5, random_state=0)
    return points.astype(np.float32), groups


@pytest.mark.parametrize("name", NAMES)
def test_it_finds_clear_groups_and_the_same_with_the_same_seed(name, blobs):
    points, groups = blobs
    config = ClusterConfig(algorithm=name, clusters=5)
    found, again = (cluster(points, config, seed=3) for _ in range(2))
    inside = found.assignment != NOISE
    assert inside.mean() > 0.9
    assert adjusted_rand_score(groups[inside], found.assignment[inside]) > 0.95
    np.testing.assert_array_equal(found.assignment, again.assignment)
    np.testing.assert_array_equal(found.centres, again.centres)


@pytest.mark.parametrize("name", NAMES)
def test_its_clusters_are_whole(name, blobs):
    """Sizes fall; rows of the responsibility sum to 1, or to 0 for noise; shapes and types."""
    points, _ = blobs
    noisy = np.concatenate([points, np.random.default_rng(0).uniform(-40, 40, (20, 4))])
    found = cluster(noisy, ClusterConfig(algorithm=name, clusters=5))
    count = found.count
    sizes = np.bincount(found.assignment[found.assignment != NOISE], minlength=count)
    assert (sizes > 0).all()
    assert (np.diff(sizes) <= 0).all()
    expected = (found.assignment != NOISE).astype(float)
    np.testing.assert_allclose(found.responsibility.sum(axis=1), expected, atol=1e-5)
    assert found.centres.shape == (count, 4)
    assert found.precision.shape == (count, 4, 4)
    assert (np.linalg.eigvalsh(found.precision.astype(float)) > 0).all()
    assert found.noise == (found.assignment == NOISE).sum()
    assert found.assignment.dtype == np.int64


@pytest.mark.parametrize("name", NAMES)
def test_a_split_gives_at_least_two_parts(name):
    """Whoever splits has seen more than one class, in whatever the points look like."""
    one = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    found = cluster(one, ClusterConfig(algorithm=name, clusters=2), parts=True)
    assert found.count >= 2
    few = cluster(one[:3], ClusterConfig(algorithm=name, clusters=2), parts=True)
    assert few.count >= 2


@pytest.mark.parametrize("name", NAMES)
def test_repeated_and_constant_points_are_no_trouble(name):
    same = np.repeat(np.eye(3, dtype=np.float32), 10, axis=0)
    assert 1 <= cluster(same, ClusterConfig(algorithm=name, clusters=8)).count <= 3
    assert cluster(np.ones((20, 2)), ClusterConfig(algorithm=name, clusters=4)).count == 1


@pytest.mark.parametrize("name", NAMES)
def test_numbers_of_clusters_are_compared_with_it(name, blobs):
    points, groups = blobs
    config = ClusterConfig(algorithm=name, clusters=5)
    given = clusterer_of(config).rough(points[:150], 5, 0)(points)
    assert adjusted_rand_score(groups, given) > 0.9
    if clusterer_of(config).takes_count:
        assert cluster_counts(points, config, counts=(3, 5, 8)).best in (3, 5, 8)


@pytest.mark.parametrize("name", NAMES)
def test_its_settings_are_described_and_its_cards_can_be_made(name, blobs):
    cls = ROOM.get(name)
    for field in cls.Config.model_json_schema().get("properties", {}).values():
        assert field["description"]
    points, _ = blobs
    found = cluster(points, ClusterConfig(algorithm=name, clusters=5))
    cards = prototypes(points, points, found, np.arange(300), CardConfig())
    assert sum(card.size for card in cards) == 300 - found.noise
    assert len({int(i) for card in cards for i in card.members}) == 300 - found.noise


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(ValueError, match=r"algorithm must be one of agglomerative, gmm, .*kmeans"):
        cluster(np.eye(3), ClusterConfig(algorithm="nosuch", clusters=2))


def test_noise_of_hdbscan_belongs_to_no_cluster(blobs):
    points, _ = blobs
    far = np.random.default_rng(1).uniform(-60, 60, (30, 4)).astype(np.float32)
    found = cluster(np.concatenate([points, far]), ClusterConfig(algorithm="hdbscan"))
    assert found.noise >= 20
    assert (found.assignment[300:] == NOISE).mean() > 0.6
    assert not found.responsibility[found.assignment == NOISE].any()


def test_a_split_by_hdbscan_is_coarse_and_leaves_nobody_out(blobs):
    """Two of the blobs, with points between them: the person asked about all of them."""
    points, groups = blobs
    two = points[groups < 2]
    between = np.random.default_rng(0).uniform(two.min(0), two.max(0), (15, 4))
    found = cluster(
        np.concatenate([two, between]),
        ClusterConfig(algorithm="hdbscan", clusters=2, smallest=4),
        parts=True,
    )
    assert found.count == 2
    assert found.noise == 0
    assert adjusted_rand_score(groups[groups < 2], found.assignment[: len(two)]) > 0.95


def test_a_clusterer_of_scikit_learn_is_registered_in_two_lines(forget, blobs):
    points, groups = blobs
    register_clusterer(Birch, name="birch", title="BIRCH")
    register_clusterer(MeanShift, name="mean-shift", title="Mean shift", bin_seeding=True)
    assert {"threshold", "branching_factor"} <= set(ROOM.get("birch").Config.model_fields)
    assert "bin_seeding" not in ROOM.get("mean-shift").Config.model_fields
    birch = cluster(points, ClusterConfig(algorithm="birch", clusters=5, threshold=0.2))
    assert adjusted_rand_score(groups, birch.assignment) > 0.95
    assert not ROOM.get("mean-shift").takes_count
    assert cluster(points, ClusterConfig(algorithm="mean-shift")).count >= 2


def test_settings_of_scikit_learn_are_checked_before_they_are_used(forget, blobs):
    """`algorithm` is every clusterer's own word; scikit-learn's is left to its default."""
    register_clusterer(BisectingKMeans, name="bisecting", title="Bisecting k-means")
    assert "algorithm" not in ROOM.get("bisecting").Config.model_fields
    found = cluster(blobs[0], ClusterConfig(algorithm="bisecting", clusters=5, n_init=2))
    assert found.count == 5
    for wrong in ({"bisecting_strategy": "foo"}, {"n_init": -1}, {"n_init": "many"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            checked_step("cluster", ClusterConfig(algorithm="bisecting", **wrong))


def test_what_is_no_clusterer_is_refused_when_it_is_registered(forget):
    with pytest.raises(ValueError, match="must have fit_predict, got PCA"):
        register_clusterer(PCA, name="pca", title="PCA")
    with pytest.raises(ValueError, match=r"an argument of Birch must be one of .*, got nope"):
        register_clusterer(Birch, name="birch", title="BIRCH", nope=3)
    with pytest.raises(ValueError, match="must define fit, got none in Bare"):
        register(type("Bare", (Clusterer,), {"name": "bare", "title": "Bare"}))
    with pytest.raises(ValueError, match="small letters, digits, dots and dashes, got 'My Birch'"):
        register_clusterer(Birch, name="My Birch", title="BIRCH")
    config = type("Config", (Settings,), {"__annotations__": {"clusters": int}, "clusters": 3})
    fields = {"name": "own", "title": "Own", "Config": config, "fit": KMeans.fit}
    with pytest.raises(ValueError, match="must not be called clusters: every algorithm has one"):
        register(type("Own", (Clusterer,), fields))


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (lambda points: np.zeros(len(points), int), "fit of own must return a Grouping .*ndarray"),
        (lambda points: from_labels(points[:9], np.zeros(9, int)), "of shape .300, 1., got .9, 1."),
        (lambda points: from_labels(points, np.full(300, -1)), "own put no image into a cluster"),
        (lambda points: from_labels(points, np.zeros(5, int)), "of shape .300,., got int64"),
        (lambda points: from_labels(points, np.zeros(300)), r"whole numbers .*, got float64"),
    ],
)
def test_what_a_clusterer_returns_is_checked(forget, blobs, found, message):
    def fit(self, points, clusters, **options):
        return found(points)

    register(type("Own", (Clusterer,), {"name": "own", "title": "Own", "fit": fit}))
    with pytest.raises(ValueError, match=message):
        cluster(blobs[0], ClusterConfig(algorithm="own", clusters=2))


def test_what_belonged_to_a_cluster_nobody_is_most_likely_in_goes_to_the_others(forget):
    """A weight is this share: without the dropped cluster each point still belongs somewhere."""
    share = np.array(
        [[0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [0.5, 0.4, 0.1], [0.3, 0.5, 0.2], [0, 0, 0]]
    )
    points, shapes = np.eye(5)[:, :2], np.broadcast_to(np.eye(2), (3, 2, 2))

    def fit(self, points, clusters, **options):
        return Grouping(np.arange(6.0).reshape(3, 2), share, shapes)

    register(type("Own", (Clusterer,), {"name": "own", "title": "Own", "fit": fit}))
    found = cluster(points, ClusterConfig(algorithm="own", clusters=3))
    assert found.assignment.tolist() == [1, 0, 0, 1, NOISE]
    expected = [[2 / 7, 5 / 7], [1 / 2, 1 / 2], [5 / 9, 4 / 9], [3 / 8, 5 / 8], [0, 0]]
    np.testing.assert_allclose(found.responsibility, expected, rtol=1e-6)
    assert (found.centres[0] < found.centres[1]).all()


@pytest.mark.parametrize("linkage", ["ward", "complete", "average", "single"])
def test_agglomerative_clusters_of_many_points_are_those_of_a_sample(linkage, blobs, monkeypatch):
    points, groups = blobs
    monkeypatch.setattr("labeller.rounds.clusterers.agglomerative.MOST", 100)
    config = ClusterConfig(algorithm="agglomerative", clusters=5, linkage=linkage)
    assert adjusted_rand_score(groups, cluster(points, config).assignment) > 0.95
