"""How far several people agree. `votes` as in `labeller.evaluation.reliability`."""

import krippendorff
import numpy as np
from sklearn.metrics import cohen_kappa_score

from labeller.evaluation.reliability import Votes


def people_of(votes: Votes) -> list[str]:
    """Everybody who said something, by name."""
    return sorted({person for item in votes for person in item})


def cohen_kappa(votes: Votes, one: str, other: str) -> float | None:
    """Cohen's kappa of two people over the items of both; None where there are fewer than two, or
    where both said the same class of all, so that chance alone agrees.
    """
    both = [(item[one], item[other]) for item in votes if one in item and other in item]
    said = {label for pair in both for label in pair}
    if len(both) < 2 or len(said) < 2:
        return None
    return float(cohen_kappa_score(*zip(*both, strict=True)))


def fleiss_kappa(votes: Votes) -> float | None:
    """Fleiss' kappa (1971) over the items with most voices, which must be as many on each; None
    where these are fewer than two or one class was said of all.
    """
    most = max((len(item) for item in votes), default=0)
    items = [list(item.values()) for item in votes if len(item) == most]
    classes = sorted({label for item in items for label in item})
    if most < 2 or len(items) < 2 or len(classes) < 2:
        return None
    counts = np.array([[item.count(label) for label in classes] for item in items])
    agreed = ((counts**2).sum(axis=1) - most) / (most * (most - 1))
    by_chance = ((counts.sum(axis=0) / counts.sum()) ** 2).sum()
    return float((agreed.mean() - by_chance) / (1 - by_chance))


def krippendorff_alpha(votes: Votes) -> float | None:
    """Krippendorff's alpha for classes, over the items of two people or more; None where fewer than
    two classes were said of these.
    """
    shared = [item for item in votes if len(item) > 1]
    people = people_of(shared)
    table = np.array([[item.get(person, np.nan) for item in shared] for person in people])
    if len(np.unique(table[~np.isnan(table)])) < 2:
        return None
    return float(krippendorff.alpha(reliability_data=table, level_of_measurement="nominal"))
