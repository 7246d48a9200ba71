"""What the cells of `cluster-labelling` say: tables, findings and figures."""

from collections.abc import Iterable
from statistics import fmean

from labeller.experiments.reproduce.cluster_labelling import drawings
from labeller.experiments.reproduce.experiment import Drawing, Finding, Record, Summary, Table
from labeller.experiments.reproduce.verdicts import judged, reached, spread

PAPER_ACCURACY = 0.939
NAMES = {
    "gmm": "Gaussian mixture",
    "kmeans": "k-means",
    "euclidean": "Euclidean",
    "mahalanobis": "Mahalanobis",
    "exponential": "exponential (Eq. 2)",
    "gaussian": "Gaussian (Eq. 3)",
    "posterior": "posterior",
}
DECAYS = ("exponential", "gaussian")
Choice = tuple[str, str, str]


def summarise(records: list[Record]) -> Summary:
    """All tables, findings and figures of the finished cells."""
    fig3 = by_choice(record for record in records if record.settings["figure"] == 3)
    rounds = [record for record in records if record.settings["figure"] == 4]
    scores = {choice: [one.numbers["test_accuracy"] for one in fig3[choice]] for choice in fig3}
    return Summary(
        tables=[_fig3_table(fig3, scores), _rounds_table(rounds), _latent_table(rounds)],
        findings=[*_fig3_findings(scores), *_rounds_findings(rounds)],
        drawings=_drawings(scores, rounds),
        notes=_notes(rounds[0].settings, fig3[("gmm", "euclidean", "posterior")][0].settings),
    )


def by_choice(records: Iterable[Record]) -> dict[Choice, list[Record]]:
    """The records of each clustering, distance and weight function, one a seed."""
    found: dict[Choice, list[Record]] = {}
    for record in records:
        chosen = record.settings
        key = (chosen["algorithm"], chosen["distance"], chosen["decay"])
        found.setdefault(key, []).append(record)
    return found


def _fig3_table(fig3: dict[Choice, list[Record]], scores: dict[Choice, list[float]]) -> Table:
    rows = []
    for choice in sorted(fig3, key=lambda one: (one[0] != "kmeans", one[2] == "posterior", one)):
        last = [record.numbers["rounds"][-1] for record in fig3[choice]]
        algorithm, distance, decay = choice
        rows.append(
            [
                NAMES[algorithm],
                "-" if decay == "posterior" else NAMES[distance],
                NAMES[decay],
                "93.9 (best, 5 rounds)" if decay == "posterior" else None,
                spread(scores[choice]),
                spread([one["propagated_accuracy"] for one in last]),
                spread([one["coverage"] for one in last]),
            ]
        )
    settings = next(iter(fig3.values()))[0].settings
    return Table(
        f"Fig. 3: clustering, distance and weight function after {_answers(settings)}",
        ["clustering", "distance", "weight", "paper", "test accuracy", "labels right", "labelled"],
        rows,
        "In per cent, mean ± standard deviation over the seeds. The paper shows its Fig. 3 as a"
        " picture; of its numbers the text names the best alone.",
    )


def _rounds_table(rounds: list[Record]) -> Table:
    lists = [record.numbers["rounds"] for record in rounds]
    final = len(lists[0])
    rows: list[list[str | float | int | None]] = []
    for place in range(final):
        now = [one[place] for one in lists]
        rows.append(
            [
                place + 1,
                f"{fmean(one['answers_total'] for one in now):.0f}",
                "93.9" if place + 1 == 5 else None,
                spread([one["test_accuracy"] for one in now]),
                spread([one["propagated_accuracy"] for one in now]),
                spread([one["coverage"] for one in now]),
            ]
        )
    return Table(
        "Fig. 4: test accuracy over the rounds",
        ["round", "answers in all", "paper", "test accuracy", "labels right", "labelled"],
        rows,
        "In per cent. Gaussian mixture, posterior weights; the paper gives 10 to 30 answers a"
        " round and names the accuracy of the fifth alone.",
    )


def _latent_table(rounds: list[Record]) -> Table:
    rows: list[list[str | float | int | None]] = []
    for place in range(len(rounds[0].numbers["centres"])):
        centres = [record.numbers["centres"][place] for record in rounds]
        ends = {0: 0, len(rounds[0].numbers["centres"]) - 1: 1}
        end = ends.get(place)
        rows.append(
            [
                place or "before",
                spread([one["classes"] for one in centres], 1),
                spread([one["purity"] for one in centres]),
                None if end is None else spread([r.numbers["silhouette"][end] for r in rounds]),
                None if end is None else spread([r.numbers["pair_accuracy"][end] for r in rounds]),
            ]
        )
    return Table(
        "Figs. 2, 5 and 6: the latents after each round",
        ["after round", "classes among 10 clusters", "purity", "silhouette x 100", "4 from 9"],
        rows,
        "The latents are clustered into ten anew. Purity: share of the training images in a"
        " cluster of their own majority, in per cent. Silhouette of the true classes on test"
        " images. 4 from 9: accuracy of the ten nearest neighbours among the test images of the"
        " two classes, in per cent. The paper shows pictures of these and gives no numbers.",
    )


def _fig3_findings(scores: dict[Choice, list[float]]) -> list[Finding]:
    gauss, expo = (_means(scores, 2, decay) for decay in ("gaussian", "exponential"))
    maha, eucl = (_means(scores, 1, distance) for distance in ("mahalanobis", "euclidean"))
    kmeans = max((c for c in scores if c[0] == "kmeans"), key=lambda c: fmean(scores[c]))
    mixture = scores[("gmm", "euclidean", "posterior")]
    return [
        judged(
            "With k-means, Gaussian weights beat exponential ones",
            ("Gaussian", gauss["kmeans"]),
            ("exponential", expo["kmeans"]),
            more=f"With the mixture {spread(gauss['gmm'])} and {spread(expo['gmm'])} %.",
        ),
        judged(
            "With k-means, Mahalanobis distance beats Euclidean",
            ("Mahalanobis", maha["kmeans"]),
            ("Euclidean", eucl["kmeans"]),
            more=f"With the mixture {spread(maha['gmm'])} and {spread(eucl['gmm'])} %.",
        ),
        judged(
            "The Gaussian mixture beats k-means",
            ("mixture with posterior weights", mixture),
            (f"best k-means ({NAMES[kmeans[1]]}, {NAMES[kmeans[2]]})", scores[kmeans]),
        ),
    ]


def _means(scores: dict[Choice, list[float]], part: int, value: str) -> dict[str, list[float]]:
    """For each clustering the accuracy of each seed, averaged over the choices with this value.

    `part` 1: the distance, 2: the weight function; weights by the posterior are left out.
    """
    return {
        algorithm: [
            fmean(of_seed)
            for of_seed in zip(
                *(
                    of_choice
                    for choice, of_choice in scores.items()
                    if choice[0] == algorithm and choice[part] == value and choice[2] in DECAYS
                ),
                strict=True,
            )
        ]
        for algorithm in ("kmeans", "gmm")
    }


def _rounds_findings(rounds: list[Record]) -> list[Finding]:
    scores = [[one["test_accuracy"] for one in record.numbers["rounds"]] for record in rounds]
    last = [one[-1] for one in scores]
    answers = fmean(record.numbers["rounds"][-1]["answers_total"] for record in rounds)
    numbers = [record.numbers for record in rounds]
    return [
        judged(
            "Accuracy rises over the rounds",
            (f"round {len(scores[0])}", last),
            ("round 1", [one[0] for one in scores]),
        ),
        reached(
            "The test accuracy is 93.9 %", f"After {answers:.0f} answers", last, PAPER_ACCURACY
        ),
        judged(
            "Fig. 2: more classes are among the ten centres after the rounds",
            ("after", [one["centres"][-1]["classes"] for one in numbers]),
            ("before", [one["centres"][0]["classes"] for one in numbers]),
            scale=1,
            unit="classes",
        ),
        judged(
            "Fig. 5: 4 and 9 become separable",
            ("nearest neighbours tell them apart after", [n["pair_accuracy"][1] for n in numbers]),
            ("before", [one["pair_accuracy"][0] for one in numbers]),
        ),
        judged(
            "Fig. 6: the classes become more separable in the latents",
            ("silhouette x 100 after", [one["silhouette"][1] for one in numbers]),
            ("before", [one["silhouette"][0] for one in numbers]),
            unit="",
        ),
    ]


def _drawings(scores: dict[Choice, list[float]], rounds: list[Record]) -> list[Drawing]:
    first = rounds[0].numbers["drawing"]
    curves = [
        [(one["answers_total"], one["test_accuracy"]) for one in record.numbers["rounds"]]
        for record in rounds
    ]
    return [
        Drawing(
            "fig3",
            "Fig. 3: test accuracy of each choice; a dot is a seed, a bar their mean.",
            drawings.choices(scores, NAMES),
        ),
        Drawing(
            "fig4",
            "Fig. 4: test accuracy over the answers, a line a seed; dashed: the paper's 93.9 %.",
            drawings.rounds(curves, PAPER_ACCURACY),
        ),
        Drawing(
            "fig2",
            "Fig. 2: decoded centres of ten clusters, before and after each round; above each the"
            " class of most of its images.",
            drawings.centres(first["sheets"]),
        ),
        Drawing(
            "fig5",
            "Fig. 5: t-SNE of test images of the classes 4 and 9, before and after all rounds.",
            drawings.maps(first["pair_maps"], first["pair_classes"]),
            width=1000,
        ),
        Drawing(
            "fig6",
            "Fig. 6: t-SNE of test images of all classes, before and after all rounds.",
            drawings.maps(first["maps"], first["map_classes"]),
            width=1000,
        ),
    ]


def _notes(rounds: dict, fig3: dict) -> list[str]:
    images = "all" if rounds["train"] is None else f"{rounds['train']:,}"
    experts = {
        "picture": "a network that sees only the decoded centre, as the paper's person does",
        "card": "one who knows the classes of the images on the card, which the paper's person does"
        " not see",
        "oracle": "one who knows the classes of all images of the cluster: an upper bound",
    }
    return [
        f"Images: {images} training images of {rounds['source']}, and its test images;"
        f" {rounds['epochs']} epochs without labels, {rounds['retrain_epochs']} after each round.",
        f"The answers come from the expert `{rounds['expert']}`: {experts[rounds['expert']]}."
        " A split or a skip counts as an answer.",
        "Distances are divided by the median of the cluster before Eqs. 2 and 3 (a = 1): the"
        " median image has the weight 1/e in each of the four, which compares their shapes. The"
        " paper does not say its a.",
        f"Fig. 3 is taken after {_answers(fig3)}: all choices of a seed start from one network,"
        " and those of one clustering share its clusters and, in the first round, its answers.",
        "Maps and centres are those of the first seed.",
    ]


def _answers(settings: dict) -> str:
    count = settings["rounds"]
    return f"{count} round{'s' if count > 1 else ''} of {settings['answers']} answers"
