"""Answers that the images seen in other answers contradict, to be asked again.

A card shows two dozen images, so an answer says of each of them what it is. A slip of a key says
it wrongly of all of them, and leaves a trace: the images most like them that other answers showed
have another label. This finds wrong answers of photos, where clusters that touch are too mixed for
`label_issues`, and counts images that a person looked at alone. numpy only.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

NEIGHBOURS = 5  # images seen in other answers that speak for one image
LEAST_OWN = 0.1  # an answer is doubted when fewer of them have its label
ELSEWHERE = 5  # images with its label in other answers, without which there is nothing to miss
LEAST_WORTH = 0.15  # probability that a doubt is right, below which no one is asked again
NOBODY = -1


@dataclass(frozen=True, eq=False)
class SeenAnswer:
    """A label and the images that were looked at.

    key names the answer; label: the class, from 0; images (n,) int64: those on its card that have
    the label; near (n, k) int64: for each of them, other cards' images, the most alike first; size:
    the images it speaks for; settled: it is not to be asked again.
    """

    key: str
    label: int
    images: np.ndarray
    near: np.ndarray
    size: int
    settled: bool = False


@dataclass(frozen=True)
class Contradiction:
    """An answer to ask again: `share` in [0, 1] of the images most like its own are `instead`."""

    key: str
    label: int
    instead: int
    share: float

    def reason(self, names: Mapping[int, str]) -> str:
        """One sentence for the person; `names` are those of the classes."""
        return (
            f"Please check {names[self.label]}: of the images you have seen that are most like"
            f" these, {100 * self.share:.0f} % are {names[self.instead]} and hardly any"
            f" {names[self.label]}."
        )


def contradicted(looked: Sequence[SeenAnswer]) -> list[Contradiction]:
    """The answers whose images lie among seen images of other labels, most at stake first.

    Of each image of an answer the 5 most alike that other answers gave a label are counted; fewer
    than 10 % have the label of a doubted answer, though other answers gave it to 5 images or more.
    """
    if not looked:
        return []
    labelled = np.unique(np.concatenate([one.images for one in looked]))
    # The last place is for images that no answer gave a label.
    labels, owners = np.full(len(labelled) + 1, NOBODY), np.full(len(labelled) + 1, NOBODY)
    for place, one in enumerate(looked):
        rows = np.searchsorted(labelled, one.images)
        labels[rows], owners[rows] = one.label, place
    contradictions = []
    for place, one in enumerate(looked):
        contradiction = _doubt(place, one, _places(labelled, one.near), labels, owners)
        if contradiction is not None:
            contradictions.append((one.size * contradiction.share, contradiction))
    return [contradiction for _, contradiction in sorted(contradictions, key=lambda pair: -pair[0])]


def worthwhile(changed: int, checked: int) -> int:
    """How many more contradicted answers are worth asking again.

    Of `checked` that were asked again, `changed` got another label. As if one of four had before,
    the next is wrong with probability (changed + 1) / (checked + 4); each that turns out right
    makes the one after it less likely to be wrong. Who makes no mistakes is asked three times in
    vain.
    """
    return max(0, math.floor((changed + 1) / LEAST_WORTH - checked - 3))


def most_alike(
    points: np.ndarray, images: np.ndarray, groups: Sequence[np.ndarray], count: int
) -> list[np.ndarray]:
    """For each group of rows (n,) of points (m, M), which have the numbers `images` (m,) int64:
    the images outside of the group that are nearest to each of its rows, the nearest first.

    Arrays (n, k) int64, k = `count` or as many as there are outside.
    """
    from sklearn.neighbors import NearestNeighbors
    from threadpoolctl import threadpool_limits

    largest = max((len(rows) for rows in groups), default=0)
    if not largest:
        return [np.zeros((0, min(count, len(points))), np.int64) for _ in groups]
    with threadpool_limits(1):  # thin matrices
        search = NearestNeighbors(n_neighbors=min(count + largest, len(points))).fit(points)
        nearest = search.kneighbors(points[np.concatenate(groups)], return_distance=False)
    alike, start = [], 0
    for rows in groups:
        near = nearest[start : start + len(rows)]
        start += len(rows)
        # Those outside of the group first, each row's in their order.
        order = np.argsort(np.isin(near, rows), axis=1, kind="stable")
        kept = min(count, len(points) - len(rows))
        alike.append(images[np.take_along_axis(near, order, axis=1)[:, :kept]].astype(np.int64))
    return alike


def _places(ordered: np.ndarray, images: np.ndarray) -> np.ndarray:
    """Where the images stand in ascending numbers (n,); n for one that is not among them."""
    places = np.searchsorted(ordered, images)
    inside = places < len(ordered)
    inside[inside] = ordered[places[inside]] == images[inside]
    return np.where(inside, places, len(ordered))


def _doubt(
    place: int, one: SeenAnswer, near: np.ndarray, labels: np.ndarray, owners: np.ndarray
) -> Contradiction | None:
    elsewhere = ((labels == one.label) & (owners != place)).sum()
    if one.settled or elsewhere < ELSEWHERE:
        return None
    votes = _votes(np.where(owners[near] == place, NOBODY, labels[near]))
    if not votes.sum() or votes[one.label : one.label + 1].sum() >= LEAST_OWN * votes.sum():
        return None
    instead = int(votes.argmax())
    return Contradiction(one.key, one.label, instead, float(votes[instead] / votes.sum()))


def _votes(labels: np.ndarray) -> np.ndarray:
    """How often each class is among the first 5 known labels of each row (n, k)."""
    labelled = labels >= 0
    first = labelled & (np.cumsum(labelled, axis=1) <= NEIGHBOURS)
    return np.bincount(labels[first])
