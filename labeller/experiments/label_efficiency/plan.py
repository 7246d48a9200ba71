"""What the benchmark compares, checked before anything is run."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labeller.config import PRESETS
from labeller.experiments.label_efficiency.ablations import ABLATIONS
from labeller.experiments.label_efficiency.strategies import STRATEGIES


@dataclass(frozen=True)
class Plan:
    """What is compared, on what, and where it is kept.

    `strategies` are presets of the loop and names of `STRATEGIES`; `budgets` are answers in all,
    growing. `expert` and `overconfidence` matter to the loop only: an answer about one image is
    its class. `supervised` adds the student of all true labels. `encoder` is the preset whose
    training without labels gives the latents, and whose student is taught; `changes` are dotted
    settings of it and of the loops. With `features`, a .npy file (N, F) with one row per image of
    the source in the order of its image store, the strategies choose among those, and the student
    is a linear one on them; the presets do not read them.

    Raises ValueError for a name that there is not, and for numbers out of range.
    """

    source: str
    strategies: tuple[str, ...]
    budgets: tuple[int, ...] = (10, 20, 50, 100)
    seeds: tuple[int, ...] = (0,)
    error_rates: tuple[float, ...] = (0.0,)
    expert: str = "card"
    overconfidence: float = 0.0
    supervised: bool = True
    encoder: str = "recommended"
    changes: tuple[tuple[str, object], ...] = ()
    size: int | None = None
    data_dir: str | Path | None = None
    device: str = "auto"
    features: str | Path | None = None

    def __post_init__(self) -> None:
        every = (*PRESETS, *ABLATIONS, *STRATEGIES)
        unknown = [name for name in self.strategies if name not in every]
        if unknown or not self.strategies:
            raise ValueError(
                f"strategies must be some of {', '.join(every)}, got {', '.join(unknown) or 'none'}"
            )
        budgets = list(self.budgets)
        steps = np.diff([0, *budgets])
        if not budgets or (steps < 2).any():
            raise ValueError(f"budgets must grow by 2 or more from 0, got {budgets}")
        if not self.seeds or min(self.seeds) < 0:
            raise ValueError(f"seeds must be 0 or more, at least one, got {list(self.seeds)}")
        wrong = [rate for rate in self.error_rates if not 0 <= rate <= 1]
        if wrong or not self.error_rates:
            raise ValueError(f"error rates must be between 0 and 1, got {wrong or 'none'}")
        if self.encoder not in PRESETS:
            raise ValueError(f"encoder must be one of {', '.join(PRESETS)}, got {self.encoder}")
