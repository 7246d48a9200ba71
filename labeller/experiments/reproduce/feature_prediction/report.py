"""What the cells of `feature-prediction` say: tables, findings and scatter plots."""

from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import plotly.graph_objects as go

from labeller.experiments.reproduce.experiment import Drawing, Finding, Record, Summary, Table
from labeller.experiments.reproduce.readings import by_seed, numbers, sizes
from labeller.experiments.reproduce.verdicts import judged, spread

NAMES = {
    "i-i-pw": "I-I-PW",
    "i-i-ps": "I-I-PS",
    "f-i-pw": "F-I-PW",
    "f-i-ps": "F-I-PS",
    "i-f-fp": "I-F-FP",
    "f-f-fp": "F-F-FP",
}
PROCEDURES = tuple(NAMES)
LANDER = "lander"
KEPT = (
    "Features of the images that fit in memory are computed in the first epoch and read in the"
    " others; in the turns of the table of times in per cent they are computed in every step."
)
TITLES = {LANDER: "LunarLander", "stl10": "STL-10", "svhn": "SVHN", "digits": "digits"}
FIGURES = {LANDER: "Fig. 6", "stl10": "Fig. 7", "svhn": "Fig. 8"}
# Table I, and of F-F-FP what section VIII says.
PAPER: dict[str, dict[str, str]] = {
    LANDER: {"i-i-pw": "13.76 ± 5.08", "i-i-ps": "1.96 ± 0.18", "i-f-fp": "1.92 ± 0.22"},
    "stl10": {"i-i-pw": "38 ± 0", "i-i-ps": "59 ± 0", "i-f-fp": "67 ± 1"},
    "svhn": {"i-i-pw": "82 ± 0", "i-i-ps": "87 ± 0", "i-f-fp": "86 ± 0", "f-f-fp": "about 55"},
}
# Time of I-F-FP in per cent of that of I-I-PS, section VIII.
PAPER_TIMES = {LANDER: "about 60", "stl10": "about 75", "svhn": "55"}
SHARE = 0.75  # of the time of I-I-PS
LEEWAY = {LANDER: 0.2}  # pixels; else a point of accuracy


def summarise(records: list[Record]) -> Summary:
    """Performance and time of the six procedures by data set, Figs. 6 to 8, and what holds."""
    tables, findings, drawings = [], [], []
    for source in dict.fromkeys(record.settings["source"] for record in records):
        own = [record for record in records if record.settings["source"] == source]
        trained = {name: _of(own, name) for name in PROCEDURES}
        speeds = _of(own, "speed")
        tables += [_performance(source, trained), _times(source, trained), _turns(source, speeds)]
        findings += _time_findings(source, speeds) + _findings(source, trained)
        drawings.append(_scatter(source, trained))
    return Summary(tables, findings, drawings, _notes(records))


def _of(records: list[Record], procedure: str) -> list[Record]:
    return [record for record in records if record.settings["procedure"] == procedure]


def _at(records: list[Record], latent: int) -> list[Record]:
    return [record for record in records if record.settings["method"]["latent"] == latent]


def _title(source: str) -> str:
    return TITLES.get(source, "CIFAR-10" if source.startswith("cifar10") else source)


def _scale(source: str) -> float:
    return 1 if source == LANDER else 100  # pixels, or per cent


def _performance(source: str, trained: dict[str, list[Record]]) -> Table:
    latents = sizes(trained[PROCEDURES[0]])
    papers = {"paper": PAPER[source]} if source in PAPER else _of_others()
    what = "distance to the lander in pixels" if source == LANDER else "accuracy in per cent"
    return Table(
        f"Performance of the best small network on the latents, {_title(source)}",
        ["", *papers, *(f"z = {latent}" for latent in latents)],
        [
            [
                name,
                *(published.get(procedure) for published in papers.values()),
                *(
                    spread(numbers(_at(trained[procedure], latent), "score"), _scale(source))
                    for latent in latents
                ),
            ]
            for procedure, name in NAMES.items()
        ],
        f"Test {what}, mean ± standard deviation over the seeds. The paper's Table I does not say"
        " of which z it is.",
    )


def _of_others() -> dict[str, dict[str, str]]:
    return {f"paper ({TITLES[name]})": PAPER[name] for name in ("stl10", "svhn")}


def _times(source: str, trained: dict[str, list[Record]]) -> Table:
    latents = sizes(trained[PROCEDURES[0]])
    return Table(
        f"Seconds of a training epoch, {_title(source)}",
        ["", *(f"z = {latent}" for latent in latents)],
        [
            [
                name,
                *(
                    spread(numbers(_at(trained[procedure], latent), "seconds_per_epoch"), 1)
                    for latent in latents
                ),
            ]
            for procedure, name in NAMES.items()
        ],
        "The median over the epochs of each training, one training after the other: whatever else"
        f" the machine did is in them. {KEPT}",
    )


def _turns(source: str, speeds: list[Record]) -> Table:
    published = {"i-i-ps": "100", "i-f-fp": PAPER_TIMES.get(source, "55 to 75")}
    kinds, first = _kinds(speeds), speeds[0]
    return Table(
        f"Time in per cent of that of I-I-PS, {_title(source)}",
        ["", "paper", *kinds],
        [
            [
                name,
                published.get(procedure),
                *(
                    spread([one.numbers["shares"][procedure] for one in own])
                    for own in kinds.values()
                ),
            ]
            for procedure, name in NAMES.items()
        ],
        f"All six train on the same {first.numbers['images']} images in turns, again and again;"
        " the median over the turns, without the first, mean ± standard deviation over the seeds."
        f" z = {first.settings['method']['latent']}. Width: channels of the first convolution;"
        " units: hidden ones of the feature coders (the paper: 32 and 2048).",
    )


def _kinds(speeds: list[Record]) -> dict[str, list[Record]]:
    """The records of each size of the networks and the batches, by a name for it."""
    found: dict[str, list[Record]] = {}
    for record in speeds:
        method, batch = record.settings["method"], record.settings["speed"]["batch_size"]
        kind = f"width {method['width']}, {method['hidden']} units, batches of {batch}"
        found.setdefault(kind, []).append(record)
    return found


def _time_findings(source: str, speeds: list[Record]) -> list[Finding]:
    found = []
    for kind, own in _kinds(speeds).items():
        head = f"{_title(source)}, {kind}: "
        shares = [one.numbers["shares"] for one in own]
        others = [min(share[name] for name in PROCEDURES[:4]) for share in shares]
        slower = [max(share[name] for name in PROCEDURES[4:]) for share in shares]
        found += [
            judged(
                f"{head}an epoch of I-F-FP takes at most {100 * SHARE:g} % of the time of I-I-PS",
                ("the bar", [SHARE] * len(shares)),
                ("I-F-FP", [share["i-f-fp"] for share in shares]),
            ),
            judged(
                f"{head}the two procedures with feature prediction are the fastest",
                ("the fastest other", others),
                ("the slower of the two", slower),
                unit="% of I-I-PS",
            ),
        ]
    return found


def _findings(source: str, trained: dict[str, list[Record]]) -> list[Finding]:
    head = f"{_title(source)}: "
    leeway = LEEWAY.get(source, 0.01)
    said = f"{leeway:g} pixels" if source == LANDER else "a point"
    claims = [
        (f"I-F-FP is at least as good as I-I-PS, but for {said}", "i-f-fp", "i-i-ps", leeway),
        ("I-F-FP is better than I-I-PW", "i-f-fp", "i-i-pw", 0.0),
        ("I-I-PS is better than I-I-PW", "i-i-ps", "i-i-pw", 0.0),
    ]
    if source != LANDER:  # there F-F-FP is as good as the others
        claims.append(("I-F-FP is better than F-F-FP", "i-f-fp", "f-f-fp", 0.0))
    found = []
    for claim, good, bad, worse_by in claims:
        sides = [(NAMES[name], by_seed(trained[name], "score")) for name in (good, bad)]
        found.append(_better(source, head + claim, sides[0], sides[1], worse_by))
    return found


def _better(
    source: str,
    claim: str,
    good: tuple[str, list[float]],
    bad: tuple[str, list[float]],
    worse_by: float,
) -> Finding:
    """Whether the first is better than the second, or worse by less than `worse_by`."""
    name, values = bad
    if source == LANDER:  # a distance: the smaller, the better
        label = f"{name} + {worse_by:g}" if worse_by else name
        longer = [value + worse_by for value in values]
        return judged(claim, (label, longer), good, scale=1, unit="pixels")
    label = f"{name} - 1 point" if worse_by else name
    return judged(claim, good, (label, [value - worse_by for value in values]))


def _scatter(source: str, trained: dict[str, list[Record]]) -> Drawing:
    figure, scale = go.Figure(), _scale(source)
    for procedure, records in trained.items():
        points = [_at(records, latent) for latent in sizes(records)]
        seconds = [numbers(own, "seconds_per_epoch") for own in points]
        scores = [[scale * value for value in numbers(own, "score")] for own in points]
        figure.add_scatter(
            x=[fmean(values) for values in seconds],
            y=[fmean(values) for values in scores],
            error_x={"array": [_deviation(values) for values in seconds]},
            error_y={"array": [_deviation(values) for values in scores]},
            text=[f"z = {latent}" for latent in sizes(records)],
            mode="markers",
            name=NAMES[procedure],
        )
    figure.update_xaxes(title="seconds an epoch", rangemode="tozero")
    lander = source == LANDER
    figure.update_yaxes(title="distance, pixels" if lander else "accuracy, %")
    caption = (
        f"{FIGURES.get(source, 'As Figs. 7 and 8')}: performance against training time,"
        f" {_title(source)}; a point for each z, mean and standard deviation over the seeds. {KEPT}"
    )
    return Drawing(f"performance-{Path(source).stem}", caption, figure)


def _deviation(values: list[float]) -> float:
    return stdev(values) if len(values) > 1 else 0.0


def _notes(records: list[Record]) -> list[str]:
    settings: dict[str, Any] = records[0].settings
    training, method = settings["training"], settings["method"]
    weights = sorted({name for one in records if (name := one.numbers.get("loss_weights"))})
    notes = [
        f"Here: {settings['train'] or 'all'} training images, a fifth of them to choose the epoch,"
        f" {settings['test'] or 'all'} test images,"
        f" {training['epochs']} epochs of batches of {training['batch_size']}; networks of width"
        f" {method['width']} with {method['hidden']} hidden units; small networks of"
        f" {settings['mlp_epochs']} epochs. The paper: 50 epochs, width 32, 2048 units, 500 epochs;"
        " it gives neither batch nor learning rate, and its times hang on the batch.",
        f"Weights of the loss network: {', '.join(weights)}. The paper's are ImageNet's.",
        "The paper trains the encoders on further images without labels: 100,000 of STL-10 and"
        " 531,131 of SVHN. Here they are trained on the labelled training images.",
    ]
    sources = {record.settings["source"] for record in records}
    if "stem-labelled" in weights and any(source.startswith("cifar10") for source in sources):
        notes.append(
            "The stem has learnt from labels of CIFAR-10, as the paper's AlexNet from those of"
            " ImageNet, of which STL-10 is a part: this favours procedures that use it."
        )
    if LANDER in sources:
        notes.append("The lander flies in version 3 of the environment; the paper's is version 2.")
    return notes
