"""The rest of a mixed cluster: what lies with the images that an answer marked as wrong.

"T-shirts, but these nine are not" says of the cluster's unseen members which are probably none
either: those that lie nearer to the nine. They are a question of their own, smaller and purer than
the next whole cluster, and often of a class that no answer has named yet.
"""

import numpy as np

LEAST_WRONG = 4  # marked images: fewer are strays, and no group
LEAST_MEMBERS = 10  # images that are worth a question
NEIGHBOURS = 5  # shown images that decide where an unseen one belongs


def has_rest(wrong: int) -> bool:
    """Whether so many images marked as wrong make it worth to look for the rest."""
    return wrong >= LEAST_WRONG


def rest(points: np.ndarray, right: np.ndarray, wrong: np.ndarray) -> np.ndarray:
    """Ascending rows of points (n, M) that are marked or lie with those that are.

    right, wrong: rows of the members that the card showed. An unseen member belongs to the rest
    where most of the 5 shown ones nearest to it are wrong. Empty for fewer than 10 images, which
    are not worth a question, and where no right one is left.
    """
    shown = np.concatenate([right, wrong])
    if not len(wrong) or len(wrong) == len(shown):
        return np.zeros(0, np.int64)
    unseen = np.setdiff1d(np.arange(len(points)), shown)
    # A card shows a few dozen images, so that all distances are a thin matrix.
    squared = ((points[unseen, None] - points[None, shown]) ** 2).sum(axis=2)
    nearest = np.argsort(squared, axis=1, kind="stable")[:, :NEIGHBOURS]
    with_wrong = (nearest >= len(right)).mean(axis=1) > 0.5
    found = np.sort(np.concatenate([unseen[with_wrong], wrong])).astype(np.int64)
    return found if len(found) >= LEAST_MEMBERS else np.zeros(0, np.int64)
