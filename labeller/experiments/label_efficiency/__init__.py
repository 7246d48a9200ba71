"""Accuracy for each human answer: the presets beside the classical strategies of active learning.

Every strategy has the same budget of answers, the same latents (or the same features, of an encoder
or ready ones) and the same student, but for `plain_cnn`, the outsider. `strategies` chooses images,
`pool` and `features` prepare what all share, `learners` teach, `loops` plays the presets' rounds,
`running` goes through it all, and `record` keeps what is finished.
"""

from labeller.experiments.label_efficiency.plan import Plan
from labeller.experiments.label_efficiency.record import markdown
from labeller.experiments.label_efficiency.running import label_efficiency
from labeller.experiments.label_efficiency.strategies import STRATEGIES

__all__ = ["STRATEGIES", "Plan", "label_efficiency", "markdown"]
