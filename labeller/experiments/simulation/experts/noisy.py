"""An expert who makes mistakes and is too sure: a wrapper over any other."""

import dataclasses
import hashlib

import numpy as np

from labeller.experiments.simulation.experts.base import Expert
from labeller.rounds.answer import Answer, Card
from labeller.runtime import stream_seed


class NoisyExpert:
    """Answers as `expert`, but a label becomes another class with probability `error_rate`.

    The wrong class is drawn evenly from the others. Confidence p becomes p + `overconfidence`
    (1 - p), of right and wrong labels alike, so that it does not betray a mistake. Splits and
    skips stay as they are. What is drawn depends on the seed and on what the card shows: the same
    card gets the same answer, and another `card.look` is a new draw.

    Raises ValueError when a rate is outside [0, 1], or there are errors but fewer than 2 classes.
    """

    def __init__(
        self,
        expert: Expert,
        classes: int,
        *,
        error_rate: float = 0.0,
        overconfidence: float = 0.0,
        seed: int = 0,
    ) -> None:
        for name, value in (("error_rate", error_rate), ("overconfidence", overconfidence)):
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} must be between 0 and 1, got {value}")
        if error_rate > 0 and classes < 2:
            raise ValueError(f"classes must be 2 or more for an expert who errs, got {classes}")
        self.expert, self.classes, self.seed = expert, classes, seed
        self.error_rate, self.overconfidence = error_rate, overconfidence

    @property
    def name(self) -> str:
        """The name of the expert who is wrapped."""
        return self.expert.name

    def answer(self, card: Card, *, may_split: bool = True) -> Answer:
        """The wrapped expert's answer, with its mistakes."""
        answer = self.expert.answer(card, may_split=may_split)
        if answer.kind != "label" or answer.label is None:
            return answer
        label = answer.label
        draws = np.random.default_rng(stream_seed(self.seed, f"noisy/{_fingerprint(card)}"))
        if draws.random() < self.error_rate:
            label = (label + int(draws.integers(1, self.classes))) % self.classes
        confidence = answer.confidence + self.overconfidence * (1.0 - answer.confidence)
        return dataclasses.replace(answer, label=label, confidence=confidence)


def _fingerprint(card: Card) -> str:
    """What tells this look at this card from any other."""
    shown = [card.medoid, *card.near, *card.random, *card.far, card.size, card.depth, card.look]
    return hashlib.sha256(np.asarray(shown, np.int64).tobytes()).hexdigest()
