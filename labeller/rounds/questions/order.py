"""In which order questions are asked, and why: the same for page, commands, API and simulation."""

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
    by_policy = card.get("gain")
    return size * (1.0 - card.get("known", 0.0)) if by_policy is None else float(by_policy)


def why_asked(size: int, known: float | None) -> str:
    """Why a cluster of `size` images is asked about, in a sentence for the person who answers.

    `known` in [0, 1]: how settled they are on average, by earlier answers or by what the student is
    sure of; None before there are any.
    """
    images = f"{size:,} alike images" if size > 1 else "this image"
    if known is None:
        return f"One answer speaks for {images}."
    these = f"these {images}" if size > 1 else images
    return f"So far {known:.0%} is known of {these}."


def why_rest(path: str) -> str:
    """The same of the rest of a cluster, whose card has that path."""
    parent = path.rpartition(".")[0]
    return (
        f"The images that you marked as wrong on card {parent}, and those like them: what are they?"
    )
