"""Answers of earlier rounds that a later round asks again, because a class is missing.

In a first round each cluster is a class, or a good part of one, and a wrong answer about it
mislabels thousands of images of which the student is then sure. It leaves a trace: its true class
has no cluster at all, while the class it was called has one too many.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

LARGE = 0.5  # of the median size of a round's answered clusters


@dataclass(frozen=True)
class LabelledNode:
    """A standing label: the node's key, its class with merges applied, and its size.

    marked: images on its card were marked, so that each was looked at: that is no slip of a key.
    """

    key: str
    label: int
    size: int
    marked: bool = False


def suspects(said: Sequence[LabelledNode], missing: Sequence[int]) -> list[str]:
    """Keys of the large clusters whose class has more than one of them, if a class has none.

    missing: the classes that no answer has named. A cluster is large from half of the median size.
    A marked one is none of them: of photos several clusters share a class.
    """
    if not said or not missing:
        return []
    least = LARGE * float(np.median([one.size for one in said]))
    large = [one for one in said if one.size >= least]
    counts = Counter(one.label for one in large)
    return [one.key for one in large if counts[one.label] > 1 and not one.marked]


def reason(label: int, missing: Sequence[int], names: Mapping[int, str]) -> str:
    """Why a cluster that was called `label` is asked again, in a sentence for the person."""
    absent = ", ".join(names[each] for each in missing)
    return (
        f"Please check: you called this and another large group {names[label]}, and no group "
        f"{absent} yet."
    )
