"""The preset `recommended` less one of its parts, to see what each part is worth."""

from dataclasses import dataclass, field

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
