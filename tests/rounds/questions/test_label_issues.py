"""Which answers are asked again: wrong ones among neighbours, and hardly any right one."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from labeller.config import ClusterConfig, EmbedConfig
from labeller.rounds.clusterers import cluster
from labeller.rounds.questions.label_issues import (
    FEWEST,
    AnsweredNode,
    find_label_issues,
    nearest_images,
)
from labeller.rounds.spaces import embed


def islands(parts=5, classes=4, count=80, gap=30.0):
    """Each class is a crowd, cut into `parts` clusters: points, classes and clusters of images."""
    draws = np.random.default_rng(0)
    kinds = np.repeat(np.arange(classes), count)
    points = draws.normal(0, 1, (len(kinds), 2)) + gap * np.column_stack([kinds, kinds])
    assignment = np.concatenate(
        [
            parts * kind
            + KMeans(parts, n_init=1, random_state=0).fit_predict(points[kinds == kind])
            for kind in range(classes)
        ]
    )
    return points, kinds, assignment


def nodes_of(points, assignment, labels, **more):
    members = [np.flatnonzero(assignment == k) for k in range(assignment.max() + 1)]
    around = nearest_images(points, np.arange(len(points)), members)
    return [
        AnsweredNode(str(k), rows, int(labels[k]), 0.9, around[k], **more)
        for k, rows in enumerate(members)
    ]


def right_labels(kinds, assignment):
    return np.array(
        [np.bincount(kinds[assignment == k]).argmax() for k in range(max(assignment) + 1)]
    )


def test_one_wrong_answer_in_a_crowd_is_found():
    points, kinds, assignment = islands()
    labels = right_labels(kinds, assignment)
    assert find_label_issues(nodes_of(points, assignment, labels), 4) == []
    labels[7] = 3
    (issue,) = find_label_issues(nodes_of(points, assignment, labels), 4)
    assert (issue.key, issue.label, issue.instead) == ("7", 3, 1)
    assert issue.probability > 0.9
    assert issue.around == 1.0
    assert issue.classifier is None
    names = {1: "cat", 3: "dog"}
    assert (
        issue.reason(names) == "Please check dog: 100 % of the labelled images around it are cat."
    )


def test_an_answer_is_not_doubted_a_second_time():
    points, kinds, assignment = islands()
    labels = right_labels(kinds, assignment)
    labels[7] = 3
    assert find_label_issues(nodes_of(points, assignment, labels, looks=2), 4) == []


def test_far_islands_do_not_contradict_each_other():
    """Each cluster is an island with its own label: nothing around it, and nothing to say."""
    points, kinds, assignment = islands(parts=1, classes=FEWEST, gap=100.0)
    nodes = nodes_of(points, assignment, right_labels(kinds, assignment))
    assert find_label_issues(nodes, FEWEST) == []


def test_classes_that_run_into_each_other_are_not_doubted():
    """In one crowd of all classes, touching clusters often differ: a difference says little."""
    draws = np.random.default_rng(0)
    points = draws.uniform(0, 10, (2000, 2))
    assignment = KMeans(40, n_init=1, random_state=0).fit_predict(points)
    labels = draws.integers(0, 5, 40)
    assert len(find_label_issues(nodes_of(points, assignment, labels), 5)) <= 2


def test_a_classifier_finds_what_has_no_neighbours():
    points, kinds, assignment = islands(parts=1, classes=10, gap=100.0)
    labels = right_labels(kinds, assignment)
    labels[2] = 6
    nodes = nodes_of(points, assignment, labels)
    probabilities = np.eye(10)[kinds] * 0.98 + 0.02 / 10
    (issue,) = find_label_issues(nodes, 10, probabilities=probabilities)
    assert (issue.key, issue.instead) == ("2", 2)
    assert issue.classifier == pytest.approx(0.982)
    reason = issue.reason({k: str(k) for k in range(10)})
    assert reason == "Please check 6: the classifier says 2 for 98 % of it."
    assert find_label_issues(nodes, 10, probabilities=np.zeros_like(probabilities)) == []


def test_a_classifier_that_is_often_wrong_says_little():
    points, kinds, assignment = islands(parts=1, classes=FEWEST, gap=100.0)
    nodes = nodes_of(points, assignment, right_labels(kinds, assignment))
    draws = np.random.default_rng(1)
    others = draws.permutation(FEWEST)
    assert (
        len(find_label_issues(nodes, FEWEST, probabilities=np.eye(FEWEST)[others[kinds]]))
        < FEWEST / 2
    )


def pairs(sizes, labels):
    """Nodes of which each two of a pair touch each other and nobody else, in equal parts.

    Each member has one neighbour in its own cluster and one in the other.
    """
    first = np.cumsum([0, *sizes])
    nodes = []
    for k, (size, label) in enumerate(zip(sizes, labels, strict=True)):
        neighbours = np.repeat([[first[k], first[k ^ 1]]], size, axis=0)
        members = np.arange(first[k], first[k + 1])
        nodes.append(AnsweredNode(str(k), members, label, 0.9, neighbours))
    return nodes


def test_the_doubt_is_that_of_the_formula():
    """Of four touching pairs one disagrees; an answer is no witness in its own case."""
    found = {
        issue.key: issue
        for issue in find_label_issues(pairs([4] * 8, [0, 1, *[2] * 6]), 3, least=0)
    }
    half = 0.5  # of the links of each go to the other
    weight = half / (half + 0.005)
    # Of the pairs without the node itself, three of three agree, or two of three.
    contradicted, agreeing = (
        (4 + 3 * weight) / (5 + 3 * weight),
        (4 + 2 * weight) / (5 + 3 * weight),
    )
    for key, agreement in (("0", contradicted), ("2", agreeing)):
        other, same = (((1 - agreement) / 2) ** weight, agreement**weight)
        probabilities = {
            "0": [0.95 * other, 0.025 * same, 0.025 * other],
            "2": [0.95 * same, 0.025 * other, 0.025 * other],
        }[key]
        assert found[key].probability == pytest.approx(1 - probabilities[0] / sum(probabilities))
    assert (found["0"].instead, found["1"].instead) == (1, 0)
    assert found["0"].around == 1.0


def test_links_count_from_both_sides_and_for_all_members():
    """The neighbours of a large cluster are found for some of its members, who speak for all."""
    nodes = pairs([4, 40, 4, *[4] * 6], [0, 1, 2, *[3] * 6])
    half = np.array([[4, 44]] * 4)  # each of node 0: one in node 1, one in node 2
    nodes[0] = replace(nodes[0], neighbours=half)
    nodes[1] = replace(nodes[1], neighbours=np.zeros((2, 2), np.int64))  # 2 of 40: all in node 0
    nodes[2] = replace(nodes[2], neighbours=np.array([[45, 46]] * 4))  # all in itself
    (issue,) = [one for one in find_label_issues(nodes, 4, least=0) if one.key == "0"]
    assert (issue.instead, issue.around) == (1, pytest.approx((4 / 2 + 40) / (4 + 40)))


def test_the_classifier_is_believed_as_often_as_it_agrees_with_the_others():
    """It is silent about the first node, agrees with six of the others, and not with node 1."""
    nodes = [
        AnsweredNode(str(k), np.array([k]), label, 0.9, np.array([[k]]))
        for k, label in enumerate([0, 0, 1, 1, 2, 2, 0, 1])
    ]
    probabilities = 0.8 * np.eye(3)[[0, 2, 1, 1, 2, 2, 0, 1]] + 0.2 / 3
    probabilities[0] = 0
    found = {
        issue.key: issue
        for issue in find_label_issues(nodes, 3, probabilities=probabilities, least=0)
    }
    # Without the node itself: of six that it speaks of it agrees with six, or with five.
    for key, agreed, given in (
        ("1", 6, [0.2 / 3, 0.2 / 3, 0.8 + 0.2 / 3]),
        ("6", 5, probabilities[6]),
    ):
        b = (4 + agreed) / (5 + 6)
        likely = np.array([0.95, 0.025, 0.025]) * (b * np.array(given) + (1 - b) / 3)
        assert found[key].probability == pytest.approx(1 - likely[0] / likely.sum())
    assert found["0"].probability == pytest.approx(0.05)
    assert (found["0"].classifier, found["1"].classifier) == (None, pytest.approx(0.8 + 0.2 / 3))


def test_most_images_at_stake_come_first():
    """A small cluster that is surely wrong comes after a large one that may be, and the other way
    round: neither the probability nor the size alone decides."""
    sizes = [5, 60, 100, 100, 7, 200, 30, 30]
    nodes = pairs(sizes, [0, 1, 2, 2, 0, 2, 1, 1])
    found = [(d.probability, sizes[int(d.key)]) for d in find_label_issues(nodes, 3, least=0)]
    assert len(found) == 8
    by_stake, by_size, by_chance = (
        sorted(found, key=key, reverse=True)
        for key in (lambda f: f[0] * f[1], lambda f: f[1], lambda f: f[0])
    )
    assert found == by_stake
    assert by_stake not in (by_size, by_chance)


def test_few_answers_are_left_alone():
    points, kinds, assignment = islands(parts=2, classes=3)
    labels = right_labels(kinds, assignment)
    labels[0] = 2
    assert find_label_issues(nodes_of(points, assignment, labels), 3) == []
    assert find_label_issues([], 3) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": 4}, "label must be between 0 and 3, got 4"),
        ({"members": np.zeros(0, np.int64)}, "cluster 0 must have members, got none"),
    ],
)
def test_wrong_nodes(change, message):
    rows = np.arange(3)
    given = {"members": rows, "label": 0, "neighbours": rows[:, None], **change}
    with pytest.raises(ValueError, match=message):
        find_label_issues([AnsweredNode(key="0", confidence=1.0, **given)], 4)


def test_one_class_cannot_be_doubted():
    with pytest.raises(ValueError, match="classes must be 2 or more, got 1"):
        find_label_issues([], 1)


def test_nearest_images_are_those_of_brute_force():
    draws = np.random.default_rng(0)
    points, images = draws.normal(size=(300, 3)), draws.permutation(1000)[:300]
    groups = [np.arange(0, 40), np.arange(40, 300)]
    found = nearest_images(points, images, groups)
    assert [part.shape for part in found] == [(40, 15), (200, 15)]
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    expected = images[np.argsort(distance[:40], axis=1)[:, :15]]
    np.testing.assert_array_equal(np.sort(found[0]), np.sort(expected))
    equal = nearest_images(np.zeros((4, 2)), np.arange(4), [np.arange(4)])
    assert equal[0].shape == (4, 3)
    many = nearest_images(np.zeros((40, 2)), np.arange(40), [np.arange(40)])
    assert many[0].shape == (40, 15)
    assert not (many[0] == np.arange(40)[:, None]).any()


@pytest.fixture(scope="module")
def digits():
    """30 clusters of digits in a UMAP space, and their right labels."""
    data, targets = load_digits(return_X_y=True)
    points = embed(data.astype(np.float32), EmbedConfig(), seed=0)
    found = cluster(points, ClusterConfig(clusters=30), seed=0).assignment
    return data / 16, points, targets, found


@pytest.mark.parametrize(("taught", "least"), [(False, 0.35), (True, 0.7)])
def test_digits_with_wrong_answers(digits, taught, least):
    """A third of the wrong answers are found without a classifier, most of them with one."""
    pixels, points, targets, assignment = digits
    right = right_labels(targets, assignment)
    nodes = nodes_of(points, assignment, right)
    detected = injected = alarms = 0
    for seed in range(10):
        draws = np.random.default_rng(seed)
        wrong = draws.random(len(right)) < 0.08
        labels = np.where(wrong, (right + draws.integers(1, 10, len(right))) % 10, right)
        before = np.where(draws.random(len(right)) < 0.05, (right + 1) % 10, right)
        probabilities = classifier(pixels, before[assignment]) if taught else None
        given = [
            AnsweredNode(n.key, n.members, int(label), n.confidence, n.neighbours)
            for n, label in zip(nodes, labels, strict=True)
        ]
        found = {
            int(issue.key) for issue in find_label_issues(given, 10, probabilities=probabilities)
        }
        injected += wrong.sum()
        detected += sum(wrong[k] for k in found)
        alarms += sum(not wrong[k] for k in found)
    assert detected / injected >= least
    assert alarms / (10 * len(right)) <= 0.02


def classifier(pixels, labels):
    """Probabilities of a classifier taught by answers of another round, wrong ones among them."""
    fitted = LogisticRegression(max_iter=500).fit(pixels[::3], labels[::3])
    probabilities = np.zeros((len(pixels), 10))
    probabilities[:, fitted.classes_] = fitted.predict_proba(pixels)
    return probabilities
