"""In which order questions are asked: the one order of page, commands, API and simulation."""

import math
from collections.abc import Mapping
from typing import Any


def gain(size: int, card: Mapping[str, Any]) -> float:
    """How much an answer about a cluster of `size` images would teach: the greatest is asked first.

    card: what is stored of the cluster. A doubted answer of an earlier round (`again`) comes before
    all else. Else it is what the policy of the round wrote (`gain`), or without that the images
    that nothing is known of: the size, less the weights that the members have from earlier rounds
    (`known`: their mean, in [0, 1]).
    """
    if card.get("again"):
        return math.inf
    given = card.get("gain")
    return size * (1.0 - card.get("known", 0.0)) if given is None else float(given)
