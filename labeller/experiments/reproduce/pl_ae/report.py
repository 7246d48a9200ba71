"""What the cells of `pl-ae` say: tables, findings, curves and heat maps."""

from statistics import fmean
from typing import Any

import plotly.graph_objects as go

from labeller.experiments.reproduce.experiment import Drawing, Finding, Record, Summary, Table
from labeller.experiments.reproduce.readings import by_seed, numbers, sizes
from labeller.experiments.reproduce.verdicts import judged, reached, spread

NAMES = {"b-ae": "B-AE", "p-ae": "P-AE", "sda-ae": "SDA-AE", "pl-ae": "PL-AE", "cnn": "supervised"}
TITLES = {"digits": "digits", "mnist": "MNIST", "cifar10": "CIFAR-10", "svhn": "SVHN"}
TABLES = {"digits": (2, 3), "mnist": (2, 3), "cifar10": (4, 5), "svhn": (6, 7)}
FIGURES = {"digits": (14, 11), "mnist": (14, 11), "cifar10": (16, 12), "svhn": (17, 13)}
# The paper's best accuracy by embedding size, in the order of NAMES.
PAPER: dict[str, dict[int, tuple[str, ...]]] = {
    "mnist": {
        250: ("95.91", "97.78", "98.12", "98.7", "99.38"),
        300: ("95.96", "98.37", "98.04", "99.3", "99.44"),
        350: ("96.67", "98.49", "98.37", "99.27", "99.43"),
    },
    "cifar10": {
        250: ("36.27", "55.22", "56.21", "60.66", "80.77"),
        300: ("37.67", "56.33", "56.86", "60.60", "81.14"),
        350: ("39.15", "56.46", "57.42", "60.71", "81.73"),
    },
    "svhn": {
        250: ("32.99", "73.01", "72.07", "75.59", "92.53"),
        300: ("35.12", "74.67", "72.92", "76.21", "92.57"),
        350: ("36.48", "74.76", "74.17", "76.48", "92.57"),
    },
}
# Its lines of best fit at an embedding size of 350: m and k in the order of NAMES.
PAPER_FITS: dict[str, tuple[tuple[str, str], ...]] = {
    "mnist": (
        ("-0.008", "96.11"),
        ("-0.011", "97.95"),
        ("-0.023", "97.73"),
        ("0.008", "98.54"),
        ("0.014", "98.37"),
    ),
    "cifar10": (
        ("0", "32.24"),
        ("-0.014", "51.05"),
        ("-0.005", "50.63"),
        ("0.049", "52.46"),
        ("0.179", "67.71"),
    ),
    "svhn": (
        ("-0.058", "31.66"),
        ("0.049", "65.64"),
        ("0.05", "64.53"),
        ("0.106", "66.31"),
        ("0.023", "90.75"),
    ),
}
BARS = {"mnist": (300, 0.993), "cifar10": (350, 0.6071), "svhn": (350, 0.7648)}
BAR_OF_A_SAMPLE = {"mnist": 0.98}  # where not all images are trained on


def summarise(records: list[Record]) -> Summary:
    """Tables 2 to 7, what holds, Figs. 11 to 14, 16 and 17, as far as there are records."""
    tables, findings, drawings = [], [], []
    for source in dict.fromkeys(record.settings["source"] for record in records):
        own = [record for record in records if record.settings["source"] == source]
        methods = [record for record in own if not record.settings["pair"]]
        pairs = [record for record in own if record.settings["pair"]]
        tables += [_accuracy_table(source, methods), _fit_table(source, methods)]
        findings += _findings(source, methods)
        drawings.append(_curves(source, methods))
        if pairs:
            drawings.append(_heat_map(source, pairs))
    return Summary(tables, findings, drawings, _notes(records))


def _of(records: list[Record], variant: str, latent: int | None = None) -> list[Record]:
    return [
        record
        for record in records
        if record.settings["variant"] == variant
        and latent in (None, record.settings["method"]["latent"])
    ]


def _accuracy_table(source: str, records: list[Record]) -> Table:
    rows = []
    for latent in sizes(records):
        paper = PAPER.get(source, {}).get(latent, (None,) * len(NAMES))
        for (variant, name), published in zip(NAMES.items(), paper, strict=True):
            if own := _of(records, variant, latent):
                ours = [spread(numbers(own, key)) for key in ("best", "last", "all")]
                seconds = spread(numbers(own, "seconds_per_epoch"), 1)
                rows.append([latent, name, published, *ours, seconds])
    return Table(
        f"Table {TABLES[source][0]}: accuracy of a linear probe, {TITLES[source]}",
        ["size", "", "paper", "best epoch", "last epoch", "last, all labels", "s an epoch"],
        rows,
        "In per cent, mean ± standard deviation over the seeds. The best epoch is that of the test"
        " images, as in the paper. The probe of each epoch learns from the images that the network"
        " is trained on, that of `all labels` from all training images of the data set; in the row"
        " supervised stands the network's own accuracy. Seconds are those of the training, without"
        " the probe: the median over the epochs, of which those after the first read the features"
        " of clean images where they fit in memory.",
    )


def _fit_table(source: str, records: list[Record]) -> Table:
    latent = sizes(records)[-1]
    paper = PAPER_FITS.get(source, ((None, None),) * len(NAMES))
    rows = []
    for (variant, name), (slope, start) in zip(NAMES.items(), paper, strict=True):
        if own := _of(records, variant, latent):
            m, k = spread(numbers(own, "m"), 1, digits=3), spread(numbers(own, "k"), 1)
            rows.append([name, slope, m, start, k, spread(numbers(own, "fall"), digits=2)])
    return Table(
        f"Table {TABLES[source][1]}: line of best fit of accuracy against epoch, {TITLES[source]}",
        ["", "m, paper", "m", "k, paper", "k", "mean fall"],
        rows,
        f"At an embedding size of {latent} (the paper: 350). m in points an epoch, k in per cent;"
        " the fall, in points, is how much is lost from one epoch to the next, on average.",
    )


def _findings(source: str, records: list[Record]) -> list[Finding]:
    head = f"{TITLES[source]}: "

    judged_by = _judged_by(records)

    def pair(better: str, worse: str, number: str = judged_by) -> list[tuple[str, list[float]]]:
        return [(NAMES[one], by_seed(_of(records, one), number)) for one in (better, worse)]

    found = [
        judged(f"{head}P-AE is better than B-AE", *pair("p-ae", "b-ae")),
        judged(f"{head}PL-AE is better than P-AE", *pair("pl-ae", "p-ae")),
        judged(f"{head}PL-AE is better than SDA-AE", *pair("pl-ae", "sda-ae")),
    ]
    unit = "hundredths of a point"
    for other in ("p-ae", "sda-ae"):
        claim = f"{head}PL-AE fluctuates less than {NAMES[other]} (mean fall)"
        found.append(judged(claim, *pair(other, "pl-ae", "fall"), scale=10_000, unit=unit))
        claim = f"{head}PL-AE has a steeper line of best fit than {NAMES[other]} (m)"
        steeper = pair("pl-ae", other, "m")
        if steeper[0][1]:  # a line needs two epochs
            found.append(judged(claim, *steeper, unit=unit))
    return found + _bar(source, records)


def _judged_by(records: list[Record]) -> str:
    """The paper's best epoch; of a sample the finished network, probed with all labels."""
    return "best" if records[0].settings["train"] is None else "all"


def _bar(source: str, records: list[Record]) -> list[Finding]:
    """Whether PL-AE is as good as published; with a sample of the images, nearly so."""
    if source not in BARS:
        return []
    latent, bar = BARS[source]
    if records[0].settings["train"] is not None:
        if source not in BAR_OF_A_SAMPLE:
            return []
        latent, bar = sizes(records)[-1], BAR_OF_A_SAMPLE[source]
    values = numbers(_of(records, "pl-ae", latent), _judged_by(records))
    claim = f"{TITLES[source]}: PL-AE reaches {100 * bar:g} %"
    return [reached(claim, f"PL-AE at {latent}", values, bar)] if values else []


def _curves(source: str, records: list[Record]) -> Drawing:
    figure, latent = go.Figure(), sizes(records)[-1]
    for variant, name in NAMES.items():
        if not (own := _of(records, variant, latent)):
            continue
        seeds = zip(*(one.numbers["drawing"]["accuracies"] for one in own), strict=True)
        means = [100 * fmean(values) for values in seeds]
        figure.add_scatter(x=list(range(1, len(means) + 1)), y=means, name=name)
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(title="accuracy, %")
    caption = (
        f"Fig. {FIGURES[source][0]}: accuracy against epoch, {TITLES[source]}, embedding size"
        f" {latent}, mean over the seeds."
    )
    return Drawing(f"accuracy-{source}", caption, figure)


def _heat_map(source: str, records: list[Record]) -> Drawing:
    best = {record.settings["pair"]: 100 * record.numbers["best"] for record in records}
    names = [pair for pair in best if "+" not in pair]
    values = [[best.get(f"{a}+{b}", best.get(f"{b}+{a}")) for b in names] for a in names]
    for place, name in enumerate(names):
        values[place][place] = best[name]
    figure = go.Figure(
        go.Heatmap(x=names, y=names, z=values, texttemplate="%{z:.1f}", colorscale="Blues")
    )
    caption = (
        f"Fig. {FIGURES[source][1]}: accuracy of PL-AE with one augmentation (diagonal) and with"
        f" two, {TITLES[source]}, in per cent, first seed."
    )
    return Drawing(f"augmentations-{source}", caption, figure)


def _notes(records: list[Record]) -> list[str]:
    settings: dict[str, Any] = records[0].settings
    weights = sorted({name for one in records if (name := one.numbers["loss_weights"])})
    notes = [
        f"Here: {settings['train'] or 'all'} training images, {settings['epochs']} epochs of"
        f" batches of {settings['optimiser']['batch_size']}, learning rate"
        f" {settings['optimiser']['learning_rate']:g}; the paper: all images, 90 epochs of batches"
        " of 100, 0.001.",
        f"Weights of the loss network: {', '.join(weights)}. The paper's are ImageNet's.",
        "The paper gives 2, 3 and 4 minutes for an epoch and its probe on MNIST, CIFAR-10 and"
        " SVHN, on the GPUs of Google Colab.",
    ]
    if settings["train"] is not None:
        notes.append(
            "The paper's m is that of 90 epochs. In a short training most of m is the first rise."
        )
    stem = any(name.startswith("stem-labelled") for name in weights)
    if stem and any(record.settings["source"] == "cifar10" for record in records):
        notes.append(
            "The stem has learnt from labels of CIFAR-10: on CIFAR-10 the methods with a"
            " perceptual loss are not unsupervised here."
        )
    return notes
