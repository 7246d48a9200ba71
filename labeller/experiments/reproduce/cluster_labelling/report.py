"""What the cells of `cluster-labelling` say: tables, findings and figures."""

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from labeller.experiments.reproduce.cluster_labelling import drawings
from labeller.experiments.reproduce.experiment import Drawing, Finding, Record, Summary, Table
from labeller.experiments.reproduce.paper import Paper
from labeller.experiments.reproduce.summary import (
    grouped,
    grown,
    judged,
    lines,
    ours,
    reached,
    spread,
    table,
    values,
)

PAPER = Paper(__file__)
NAMES, CAPTIONS = PAPER["names"], PAPER["captions"]
PAPER_ACCURACY = 0.939
DECAYS = ("exponential", "gaussian")
Choice = tuple[str, str, str]


def summarise(records: list[Record]) -> Summary:
    """All tables, findings and figures of the finished cells."""
    figures = grouped(records, lambda settings: settings["figure"])
    fig3, rounds = grouped(figures[3], _choice), figures[4]
    scores = {choice: values(own, "test_accuracy") for choice, own in fig3.items()}
    return Summary(
        tables=[_fig3_table(fig3), _rounds_table(rounds), _latent_table(rounds)],
        findings=[*_fig3_findings(scores), *_rounds_findings(rounds)],
        drawings=_drawings(scores, rounds),
        notes=_notes(rounds[0].settings, fig3[("gmm", "euclidean", "posterior")][0].settings),
    )


def _choice(settings: dict[str, Any]) -> Choice:
    return settings["algorithm"], settings["distance"], settings["decay"]


def _fig3_table(fig3: dict[Choice, list[Record]]) -> Table:
    order = sorted(fig3, key=lambda one: (one[0] != "kmeans", one[2] == "posterior", one))
    posterior = [choice for choice in fig3 if choice[2] == "posterior"]
    after = _answers(fig3[order[0]][0].settings)
    distances = {choice: NAMES[choice[1]] for choice in fig3} | dict.fromkeys(posterior, "-")
    return table(
        f"Fig. 3: clustering, distance and weight function after {after}",
        {choice: fig3[choice] for choice in order},
        {
            "clustering": {choice: NAMES[choice[0]] for choice in fig3},
            "distance": distances,
            "weight": {choice: NAMES[choice[2]] for choice in fig3},
            "paper": dict.fromkeys(posterior, "93.9 (best, 5 rounds)"),
            "test accuracy": ours("test_accuracy"),
            "labels right": ours("rounds.-1.propagated_accuracy"),
            "labelled": ours("rounds.-1.coverage"),
        },
        PAPER.note("fig3"),
    )


def _rounds_table(rounds: list[Record]) -> Table:
    def answers(place: int, records: Sequence[Record]) -> str:
        return f"{fmean(values(records, f'rounds.{place}.answers_total')):.0f}"

    return table(
        "Fig. 4: test accuracy over the rounds",
        dict.fromkeys(range(len(rounds[0].numbers["rounds"])), rounds),
        {
            "round": lambda place, _: place + 1,
            "answers in all": answers,
            "paper": {4: "93.9"},
            "test accuracy": ours("rounds.{}.test_accuracy"),
            "labels right": ours("rounds.{}.propagated_accuracy"),
            "labelled": ours("rounds.{}.coverage"),
        },
        PAPER.note("rounds"),
    )


def _latent_table(rounds: list[Record]) -> Table:
    last = len(rounds[0].numbers["centres"]) - 1

    def ends(name: str) -> dict[int, str]:
        """Measured of the first and of the last network alone."""
        return {place: spread(values(rounds, f"{name}.{n}")) for n, place in ((1, last), (0, 0))}

    return table(
        "Figs. 2, 5 and 6: the latents after each round",
        dict.fromkeys(range(last + 1), rounds),
        {
            "after round": lambda place, _: place or "before",
            "classes among 10 clusters": ours("centres.{}.classes", 1),
            "purity": ours("centres.{}.purity"),
            "silhouette x 100": ends("silhouette"),
            "4 from 9": ends("pair_accuracy"),
        },
        PAPER.note("latents"),
    )


def _fig3_findings(scores: dict[Choice, list[float]]) -> list[Finding]:
    claims = [
        ("With k-means, Gaussian weights beat exponential ones", 2, "Gaussian", "exponential"),
        ("With k-means, Mahalanobis distance beats Euclidean", 1, "Mahalanobis", "Euclidean"),
    ]
    findings = []
    for claim, part, *names in claims:
        good, bad = (_means(scores, part, name.lower()) for name in names)
        more = f"With the mixture {spread(good['gmm'])} and {spread(bad['gmm'])} %."
        sides = zip(names, (good["kmeans"], bad["kmeans"]), strict=True)
        findings.append(judged(claim, *sides, more=more))
    kmeans = max((c for c in scores if c[0] == "kmeans"), key=lambda c: fmean(scores[c]))
    return [
        *findings,
        judged(
            "The Gaussian mixture beats k-means",
            ("mixture with posterior weights", scores[("gmm", "euclidean", "posterior")]),
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
    last = values(rounds, "rounds.-1.test_accuracy")
    answers = fmean(values(rounds, "rounds.-1.answers_total"))
    after = f"round {len(rounds[0].numbers['rounds'])}"
    accuracy = ("rounds.{}.test_accuracy", after, "round 1")
    nearest = ("pair_accuracy.{}", "nearest neighbours tell them apart after")
    silhouette = ("silhouette.{}", "silhouette x 100 after")
    more = "Fig. 2: more classes are among the ten centres after the rounds"
    apart = "Fig. 6: the classes become more separable in the latents"
    return [
        grown("Accuracy rises over the rounds", rounds, *accuracy),
        reached(
            "The test accuracy is 93.9 %", f"After {answers:.0f} answers", last, PAPER_ACCURACY
        ),
        grown(more, rounds, "centres.{}.classes", scale=1, unit="classes"),
        grown("Fig. 5: 4 and 9 become separable", rounds, *nearest),
        grown(apart, rounds, *silhouette, unit=""),
    ]


def _drawings(scores: dict[Choice, list[float]], rounds: list[Record]) -> list[Drawing]:
    first = rounds[0].numbers["drawing"]
    maps = drawings.maps(first["maps"], first["map_classes"])
    pair_maps = drawings.maps(first["pair_maps"], first["pair_classes"])
    return [
        Drawing("fig3", CAPTIONS["fig3"], drawings.choices(scores, NAMES)),
        _curves(rounds),
        Drawing("fig2", CAPTIONS["fig2"], drawings.centres(first["sheets"])),
        Drawing("fig5", CAPTIONS["fig5"], pair_maps, width=1000),
        Drawing("fig6", CAPTIONS["fig6"], maps, width=1000),
    ]


def _curves(rounds: list[Record]) -> Drawing:
    traces = {}
    for record in rounds:
        traces[f"seed {record.settings['seed']}"] = {
            "x": [one["answers_total"] for one in record.numbers["rounds"]],
            "y": [one["test_accuracy"] for one in record.numbers["rounds"]],
        }
    drawing = lines("fig4", CAPTIONS["fig4"], traces, "answers given", "test accuracy")
    dashed = {"dash": "dash", "color": "#808080"}
    drawing.figure.add_hline(y=PAPER_ACCURACY, line=dashed, annotation_text="paper")
    drawing.figure.update_xaxes(rangemode="tozero")
    drawing.figure.update_yaxes(tickformat=".0%")
    return drawing


def _notes(rounds: dict[str, Any], fig3: dict[str, Any]) -> list[str]:
    return PAPER.notes(
        *("here", "expert", "distances", "shared", "seed"),
        **rounds,
        images="all" if rounds["train"] is None else f"{rounds['train']:,}",
        who=PAPER["experts"][rounds["expert"]],
        asked=_answers(fig3),
    )


def _answers(settings: dict[str, Any]) -> str:
    count = settings["rounds"]
    return f"{count} round{'s' if count > 1 else ''} of {settings['answers']} answers"
