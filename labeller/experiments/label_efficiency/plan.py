"""What the benchmark compares, checked before anything is run."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from labeller.config import PRESETS
from labeller.encoders import changes as encoding
from labeller.experiments.label_efficiency.learners import BETTER, STUDENTS
from labeller.experiments.label_efficiency.strategies import STRATEGIES

# The preset that ablations take one part away of, to see what each is worth.
PRESET = "recommended"


@dataclass(frozen=True)
class Ablation:
    """What is taken away: settings by dotted name, and whether the expert may split or mark."""

    text: str
    changes: dict[str, object] = field(default_factory=dict)
    splits: bool = True
    marks: bool = True


ABLATIONS: dict[str, Ablation] = {
    "no-encoder": Ablation("the method learns from pixels", {"encode.encoder": "none"}),
    "no-umap": Ablation(
        "clusters in the latent itself, or the features themselves", {"embed.space": "latent"}
    ),
    # Without a student there is nobody whose doubts could be asked about: each round retrains the
    # network with Eq. 4 and asks about all images anew, as the preset manifold does.
    "no-student": Ablation(
        "the softmax head of Eq. 4 decides",
        {
            "student.use": False,
            "retrain.epochs": 6,
            "ask.choice": "unknown",
            "propagate.join": "strongest",
        },
    ),
    "no-consistency": Ablation(
        "the student learns from labels only",
        {"student.consistency": False, "student.trust": 1.0},
    ),
    "no-cross-validation": Ablation(
        "penalty and trust of the linear student are fixed", {"student.choose": False}
    ),
    "no-choice": Ablation(
        "later rounds ask about clusters of all images", {"ask.choice": "unknown"}
    ),
    "no-rest": Ablation("the rest of a mixed cluster is not asked about", {"ask.rest": False}),
    "no-splits": Ablation("mixed clusters are skipped", splits=False, marks=False),
    "no-mostly": Ablation("mixed clusters are split or skipped, never marked", marks=False),
}


@dataclass(frozen=True)
class Plan:
    """What is compared, on what, and where it is kept.

    `strategies` are presets of the loop and names of `STRATEGIES`; `budgets` are answers in all,
    growing. `expert` and `overconfidence` matter to the loop only. `supervised` adds the student of
    all true labels. `base` is the preset whose training without labels gives the latents, and whose
    student is taught; `changes` are dotted settings of it and of the loops. The strategies choose
    among the features of `encoder` (NAME or NAME:VALUE), or of a file `features` (.npy (N, F), in
    the order of the image store), and their student, one of STUDENTS, learns from them.

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
    base: str = "recommended"
    changes: tuple[tuple[str, object], ...] = ()
    size: int | None = None
    data_dir: str | Path | None = None
    device: str = "auto"
    features: str | Path | None = None
    encoder: str | None = None
    student: str = BETTER

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
        if self.base not in PRESETS:
            raise ValueError(f"base must be one of {', '.join(PRESETS)}, got {self.base}")
        if self.student not in STUDENTS:
            raise ValueError(f"student must be one of {', '.join(STUDENTS)}, got {self.student}")
        if self.features is not None and self.encoder is not None:
            raise ValueError("features must be given alone, got an encoder too; leave one out")

    @property
    def settings(self) -> dict[str, object]:
        """`changes` with the encoder among them.

        The one place that knows the encoder where none is named: that of the presets' own settings.
        """
        return {**encoding(self.encoder), **dict(self.changes)}
