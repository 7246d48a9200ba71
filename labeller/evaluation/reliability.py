"""How reliable each of several people is, and what they say together. numpy only.

`votes` has a mapping per item, from the people who said something of it to the class, from 0.
"""

from collections.abc import Mapping, Sequence

import numpy as np

Votes = Sequence[Mapping[str, int]]

# What is thought of a person before anything is known: right nine times in ten, which as many
# answers as these two numbers add up to outweigh.
RIGHT, WRONG = 9.0, 1.0
_STEPS = 100


def reliabilities(votes: Votes, classes: int) -> dict[str, float]:
    """How often each person is right, in (0, 1), by expectation maximisation.

    The model of Dawid and Skene (1979) with one number per person: right with r, else any other
    class alike. Unlike theirs, and libraries of it, r has a prior (9 right, 1 wrong), since people
    share a handful of items at first, from which two of them could not be told apart.
    """
    people, classes = sorted({who for item in votes for who in item}), max(2, classes)
    shared = [item for item in votes if len(item) > 1]
    right = dict.fromkeys(people, RIGHT / (RIGHT + WRONG))
    for _ in range(_STEPS):
        hits, said = dict.fromkeys(people, RIGHT), dict.fromkeys(people, RIGHT + WRONG)
        for item in shared:
            probable = posterior({who: (label, right[who]) for who, label in item.items()}, classes)
            for who, label in item.items():
                hits[who] += probable[label]
                said[who] += 1
        found = {who: hits[who] / said[who] for who in people}
        moved = max((abs(found[who] - right[who]) for who in people), default=0.0)
        right = found
        if moved < 1e-6:
            break
    return right


def posterior(said: Mapping[str, tuple[int, float]], classes: int) -> dict[int, float]:
    """Probability of each class that was said of one item, by people who are each right with the
    given probability; what is left to 1 belongs to the classes that nobody said.
    """
    odds = dict[int, float]()
    for label, right in said.values():
        sure = min(max(right, 1 / classes), 0.999)
        odds[label] = odds.get(label, 0.0) + float(np.log(sure * (classes - 1) / (1 - sure)))
    weights = {label: float(np.exp(value)) for label, value in odds.items()}
    total = sum(weights.values()) + max(0, classes - len(weights))
    return {label: weight / total for label, weight in weights.items()}
