"""Accuracy for each human answer: the presets beside the classical strategies of active learning.

Every strategy has the same budget of answers, the same latents and the same student. `strategies`
chooses images, `pool` prepares what all share, `answering` gives their labels, `cells` keeps what
is finished, `running` goes through it all, and `table` writes it for a person.
"""

from labeller.experiments.label_efficiency.running import Plan, label_efficiency
from labeller.experiments.label_efficiency.strategies import STRATEGIES
from labeller.experiments.label_efficiency.table import markdown

__all__ = ["STRATEGIES", "Plan", "label_efficiency", "markdown"]
