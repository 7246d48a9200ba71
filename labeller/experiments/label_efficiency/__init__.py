"""Accuracy for each human answer: the presets beside the classical strategies of active learning.

Every strategy has the same budget of answers, the same latents (or the same features, of an encoder
or ready ones) and the same student, but for `plain_cnn`, the outsider. `strategies` chooses images,
`pool` and `features` prepare what all share, `lessons`, `linear` and `students` teach, `loops`
plays the presets' rounds, `answering` gives the labels, `cells` keeps what is finished, `running`
goes through it all, and `table` writes it for a person.
"""

from labeller.experiments.label_efficiency.running import Plan, label_efficiency
from labeller.experiments.label_efficiency.strategies import STRATEGIES
from labeller.experiments.label_efficiency.table import markdown

__all__ = ["STRATEGIES", "Plan", "label_efficiency", "markdown"]
