"""What the cells of `pl-ae` say: tables, findings, curves and heat maps."""

from statistics import fmean

import numpy as np

from labeller.experiments.reproduce.experiment import Drawing, Finding, Record, Summary, Table
from labeller.experiments.reproduce.paper import Paper
from labeller.experiments.reproduce.summary import (
    by_seed,
    grouped,
    of_size,
    ours,
    reached,
    sizes,
    table,
    values,
)
from labeller.figures import pair_heatmap

PAPER = Paper(__file__)
NAMES, SETS = PAPER["names"], PAPER["sets"]


def summarise(records: list[Record]) -> Summary:
    """Tables 2 to 7, what holds, Figs. 11 to 14, 16 and 17, as far as there are records."""
    tables, findings, drawings = [], [], []
    for source, own in grouped(records, lambda settings: settings["source"]).items():
        methods = [record for record in own if not record.settings["pair"]]
        pairs = [record for record in own if record.settings["pair"]]
        tables += [_accuracy_table(source, methods), _fit_table(source, methods)]
        findings += _findings(source, methods)
        drawings.append(_curves(source, methods))
        if pairs:
            drawings.append(_heat_map(source, pairs))
    return Summary(tables, findings, drawings, _notes(records))


def _title(source: str) -> str:
    return str(SETS[source]["title"])


def _at(records: list[Record], latent: int) -> dict[str, list[Record]]:
    """The records of an embedding size by variant, in the order of NAMES."""
    variants = grouped(of_size(records, latent), lambda settings: settings["variant"])
    return {variant: variants[variant] for variant in NAMES if variant in variants}


def _accuracy_table(source: str, records: list[Record]) -> Table:
    rows = {
        (latent, variant): own
        for latent in sizes(records)
        for variant, own in _at(records, latent).items()
    }
    published = {
        (int(latent), variant): accuracy
        for latent, accuracies in SETS[source].get("accuracy", {}).items()
        for variant, accuracy in zip(NAMES, accuracies, strict=True)
    }
    return table(
        f"Table {SETS[source]['tables'][0]}: accuracy of a linear probe, {_title(source)}",
        rows,
        {
            "size": {row: row[0] for row in rows},
            "": {row: NAMES[row[1]] for row in rows},
            "paper": published,
            "best epoch": ours("best"),
            "last epoch": ours("last"),
            "last, all labels": ours("all"),
            "s an epoch": ours("seconds_per_epoch", 1),
        },
        PAPER.note("accuracy"),
    )


def _fit_table(source: str, records: list[Record]) -> Table:
    latent = sizes(records)[-1]
    paper = SETS[source]
    return table(
        f"Table {paper['tables'][1]}: line of best fit of accuracy against epoch, {_title(source)}",
        _at(records, latent),
        {
            "": NAMES,
            "m, paper": dict(zip(NAMES, paper.get("m", ()), strict=False)),
            "m": ours("m", 1, digits=3),
            "k, paper": dict(zip(NAMES, paper.get("k", ()), strict=False)),
            "k": ours("k", 1),
            "mean fall": ours("fall", digits=2),
        },
        PAPER.note("fit", latent=latent),
    )


def _findings(source: str, records: list[Record]) -> list[Finding]:
    head = f"{_title(source)}: "
    variants = grouped(records, lambda settings: settings["variant"])

    def sides(number: str) -> dict[str, list[float]]:
        return {variant: by_seed(own, number) for variant, own in variants.items()}

    claims = [
        (f"{head}{NAMES[better]} is better than {NAMES[worse]}", better, worse)
        for better, worse in (("p-ae", "b-ae"), ("pl-ae", "p-ae"), ("pl-ae", "sda-ae"))
    ]
    findings = PAPER.compared(claims, sides(_judged_by(records)))
    unit = "hundredths of a point"
    for other in ("p-ae", "sda-ae"):
        steadier = f"{head}PL-AE fluctuates less than {NAMES[other]} (mean fall)"
        steeper = f"{head}PL-AE has a steeper line of best fit than {NAMES[other]} (m)"
        falls = [(steadier, other, "pl-ae")]
        findings += PAPER.compared(falls, sides("fall"), scale=10_000, unit=unit)
        findings += PAPER.compared([(steeper, "pl-ae", other)], sides("m"), unit=unit)
    return findings + _bar(source, records)


def _judged_by(records: list[Record]) -> str:
    """The paper's best epoch; of a sample the finished network, probed with all labels."""
    return "best" if records[0].settings["train"] is None else "all"


def _bar(source: str, records: list[Record]) -> list[Finding]:
    """Whether PL-AE is as good as published; with a sample of the images, nearly so."""
    latent, bar = SETS[source].get("bar", (0, 0.0))
    if records[0].settings["train"] is not None:
        latent, bar = sizes(records)[-1], SETS[source].get("bar_of_a_sample", 0.0)
    shares = values(_at(records, latent).get("pl-ae", []), _judged_by(records))
    if not bar or not shares:
        return []
    claim = f"{_title(source)}: PL-AE reaches {100 * bar:g} %"
    return [reached(claim, f"PL-AE at {latent}", shares, bar)]


def _curves(source: str, records: list[Record]) -> Drawing:
    latent, means = sizes(records)[-1], {}
    for variant, own in _at(records, latent).items():
        seeds = zip(*values(own, "drawing.accuracies"), strict=True)
        means[variant] = [100 * fmean(shares) for shares in seeds]
    number = SETS[source]["figures"][0]
    caption = PAPER.note("curves", number=number, title=_title(source), latent=latent)
    return PAPER.curves(f"accuracy-{source}", caption, means, "epoch", "accuracy, %")


def _heat_map(source: str, records: list[Record]) -> Drawing:
    best = {record.settings["pair"]: record.numbers["best"] for record in records}
    names = [pair for pair in best if "+" not in pair]
    pairs = [[a if a == b else f"{a}+{b}" for b in names] for a in names]
    shares = np.array([[best.get(pair, np.nan) for pair in row] for row in pairs])
    caption = PAPER.note("pairs", number=SETS[source]["figures"][1], title=_title(source))
    return Drawing(f"augmentations-{source}", caption, pair_heatmap(names, shares))


def _notes(records: list[Record]) -> list[str]:
    settings = records[0].settings
    weights, *stem = PAPER.on_weights(records)
    short = [] if settings["train"] is None else PAPER.notes("short")
    return [PAPER.note("here", **settings), weights, PAPER.note("times"), *short, *stem]
