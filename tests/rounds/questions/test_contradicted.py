"""Answers that images seen in other answers contradict."""

from dataclasses import replace

import numpy as np
import pytest

from labeller.rounds.questions.contradicted import SeenAnswer, contradicted, most_alike, worthwhile


def answers(labels, *, images=6, settled=(), groups=None, near=None):
    """Answers with `labels`, images 0..5 the first's and so on; each image is like those of its
    group (the true class), the nearest first.
    """
    groups = np.array(labels if groups is None else groups)
    owner = np.repeat(np.arange(len(labels)), images)
    found = []
    for place, label in enumerate(labels):
        same = np.flatnonzero((groups[owner] == groups[place]) & (owner != place))
        others = np.flatnonzero(groups[owner] != groups[place])
        order = np.concatenate([same, others])[:near]
        found.append(
            SeenAnswer(
                key=f"card {place}",
                label=label,
                images=np.flatnonzero(owner == place),
                near=np.tile(order, (images, 1)),
                size=100 + place,
                settled=place in settled,
            )
        )
    return found


def test_the_answer_that_differs_from_all_that_is_like_it_is_found():
    groups = [0, 0, 0, 1, 1, 1]
    assert contradicted(answers([0, 0, 0, 1, 1, 1], groups=groups)) == []
    (issue,) = contradicted(answers([0, 0, 1, 1, 1, 1], groups=groups))
    assert (issue.key, issue.label, issue.instead, issue.share) == ("card 2", 1, 0, 1.0)
    said = issue.reason({0: "cats", 1: "dogs"})
    assert said == (
        "Please check dogs: of the images you have seen that are most like these, 100 % are cats"
        " and hardly any dogs."
    )


def test_a_class_that_no_other_answer_has_is_not_missed():
    """The only card of a class lies among others for good reason."""
    groups = [0, 0, 0, 1, 1, 1]
    assert contradicted(answers([0, 0, 2, 1, 1, 1], groups=groups)) == []
    given = answers([0, 0, 1, 1], groups=[0, 0, 0, 1])
    for elsewhere, found in ((5, 1), (4, 0)):  # images of the other answer with the same label
        few = [*given[:3], replace(given[3], images=given[3].images[:elsewhere])]
        assert len([one for one in contradicted(few) if one.key == "card 2"]) == found


@pytest.mark.parametrize(("own", "found"), [(0, 1), (2, 1), (3, 0), (6, 0)])
def test_a_tenth_of_its_own_label_is_enough(own, found):
    """Of the 5 nearest of 6 images, 30 in all, some have the answer's own label."""
    given = answers([0, 0, 1, 1, 1], groups=[0, 0, 0, 1, 1])
    near = given[2].near
    near[:own, 0] = 18  # an image of another answer with this label
    assert len([one for one in contradicted(given) if one.key == "card 2"]) == found


def test_only_the_five_nearest_count_and_unknown_ones_are_passed_over():
    given = answers([0, 0, 1, 1, 2], groups=[0, 0, 0, 1, 2])
    # Every other number is of an image that no answer gave a label.
    given = [replace(one, images=2 * one.images, near=2 * one.near) for one in given]
    near = [99, 1, 0, 2, 37, 4, 6, 2 * 24, *[2 * 18] * 4]  # four of class 0, one of 2, then 1
    given[2] = replace(given[2], near=np.tile(near, (6, 1)))
    (issue,) = [one for one in contradicted(given) if one.key == "card 2"]
    assert (issue.instead, issue.share) == (0, 0.8)


def test_a_settled_answer_speaks_and_is_not_doubted():
    groups = [0, 0, 0, 1, 1, 1]
    assert contradicted(answers([0, 0, 1, 1, 1, 1], groups=groups, settled=[2])) == []
    assert contradicted(answers([0, 0, 1, 1, 1, 1], groups=groups, settled=[0, 1])) != []


def test_what_decides_more_images_comes_first():
    groups = [0, 0, 0, 0, 0, 1, 1, 2, 2]
    found = contradicted(answers([0, 0, 0, 2, 1, 1, 1, 2, 2], groups=groups))
    assert [one.key for one in found] == ["card 4", "card 3"]
    # Of two large ones the surer one: share and size count together.
    given = answers([0, 0, 0, 2, 1, 1, 1, 2, 2], groups=groups)
    mixed = np.where(np.arange(5) < 3, given[4].near[:, :5], given[5].images[0] + 12)
    given[4] = replace(given[4], near=mixed)
    assert [(one.key, one.share) for one in contradicted(given)] == [("card 3", 1), ("card 4", 0.6)]
    assert contradicted([]) == []
    alone = SeenAnswer("one", 0, np.arange(3), np.zeros((3, 0), np.int64), 10)
    assert contradicted([alone]) == []


def test_who_made_no_mistake_is_soon_not_asked_again():
    assert [worthwhile(0, checked) for checked in range(5)] == [3, 2, 1, 0, 0]
    assert [worthwhile(changed, 3) for changed in range(4)] == [0, 7, 14, 20]
    assert worthwhile(1, 10) == 0


def test_most_alike_is_that_of_brute_force():
    draws = np.random.default_rng(0)
    points, images = draws.random((40, 8)).astype(np.float32), 100 + np.arange(40)
    groups = [np.array([3, 7, 20]), np.arange(10, 16)]
    for rows, near in zip(groups, most_alike(points, images, groups, 5), strict=True):
        for row, found in zip(rows, near, strict=True):
            distance = np.linalg.norm(points - points[row], axis=1)
            distance[rows] = np.inf  # the card's own
            np.testing.assert_array_equal(found, images[np.argsort(distance)[:5]])
    shapes = [near.shape for near in most_alike(points, images, [np.arange(40), np.arange(38)], 5)]
    assert shapes == [(40, 0), (38, 2)]
    assert most_alike(points, images, [], 5) == []
    nothing = [np.zeros(0, np.int64)]
    assert most_alike(points[:0], images[:0], nothing, 5)[0].shape == (0, 0)
    assert most_alike(points, images, nothing, 5)[0].shape == (0, 5)
