"""What the cells of `feature-prediction` say: tables, findings and scatter plots."""

from pathlib import Path
from typing import Any

from labeller.experiments.reproduce.experiment import Drawing, Finding, Record, Summary, Table
from labeller.experiments.reproduce.paper import Paper
from labeller.experiments.reproduce.summary import (
    Column,
    Rows,
    averaged,
    by_seed,
    grouped,
    judged,
    lines,
    of_size,
    sizes,
    spread,
    table,
    values,
)

PAPER = Paper(__file__)
NAMES, SETS = PAPER["names"], PAPER["sets"]
PROCEDURES = tuple(NAMES)
LANDER = "lander"
SHARE = 0.75  # of the time of I-I-PS
LEEWAY = {LANDER: 0.2}  # pixels; else a point of accuracy


def summarise(records: list[Record]) -> Summary:
    """Performance and time of the six procedures by data set, Figs. 6 to 8, and what holds."""
    tables, findings, drawings = [], [], []
    for source, own in grouped(records, lambda settings: settings["source"]).items():
        trained = grouped(own, lambda settings: settings["procedure"])
        speeds = trained.pop("speed")
        tables += [_performance(source, trained), _times(source, trained), _turns(source, speeds)]
        findings += _time_findings(source, speeds) + _findings(source, trained)
        drawings.append(_scatter(source, trained))
    return Summary(tables, findings, drawings, _notes(records))


def _title(source: str) -> str:
    named = "CIFAR-10" if source.startswith("cifar10") else source
    return str(SETS.get(source, {}).get("title", named))


def _scale(source: str) -> float:
    return 1 if source == LANDER else 100  # pixels, or per cent


def _by_size(trained: Rows, path: str, scale: float) -> dict[str, Column]:
    """A column per size of the latent."""

    def column(latent: int) -> Column:
        return lambda _, records: spread(values(of_size(records, latent), path), scale)

    return {f"z = {latent}": column(latent) for latent in sizes(trained[PROCEDURES[0]])}


def _performance(source: str, trained: Rows) -> Table:
    others = {f"paper ({_title(name)})": SETS[name]["paper"] for name in ("stl10", "svhn")}
    papers = {"paper": SETS[source]["paper"]} if source in SETS else others
    what = "distance to the lander in pixels" if source == LANDER else "accuracy in per cent"
    return table(
        f"Performance of the best small network on the latents, {_title(source)}",
        trained,
        {"": NAMES, **papers, **_by_size(trained, "score", _scale(source))},
        PAPER.note("performance", what=what),
    )


def _times(source: str, trained: Rows) -> Table:
    return table(
        f"Seconds of a training epoch, {_title(source)}",
        trained,
        {"": NAMES, **_by_size(trained, "seconds_per_epoch", 1)},
        PAPER.note("times", kept=PAPER.note("kept")),
    )


def _turns(source: str, speeds: list[Record]) -> Table:
    first = speeds[0]

    def column(own: list[Record]) -> Column:
        return lambda procedure, _: spread(values(own, f"shares.{procedure}"))

    return table(
        f"Time in per cent of that of I-I-PS, {_title(source)}",
        dict.fromkeys(PROCEDURES, speeds),
        {
            "": NAMES,
            "paper": {"i-i-ps": "100", "i-f-fp": SETS.get(source, {}).get("time", "55 to 75")},
            **{kind: column(own) for kind, own in grouped(speeds, _kind).items()},
        },
        PAPER.note("turns", images=first.numbers["images"], **first.settings["method"]),
    )


def _kind(settings: dict[str, Any]) -> str:
    """A name for the size of the networks and the batches."""
    method, batch = settings["method"], settings["speed"]["batch_size"]
    return f"width {method['width']}, {method['hidden']} units, batches of {batch}"


def _time_findings(source: str, speeds: list[Record]) -> list[Finding]:
    findings = []
    for kind, own in grouped(speeds, _kind).items():
        head = f"{_title(source)}, {kind}: "
        shares = [one.numbers["shares"] for one in own]
        others = [min(share[name] for name in PROCEDURES[:4]) for share in shares]
        slower = [max(share[name] for name in PROCEDURES[4:]) for share in shares]
        findings += [
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
    return findings


def _findings(source: str, trained: Rows) -> list[Finding]:
    head = f"{_title(source)}: "
    leeway = LEEWAY.get(source, 0.01)
    margin = f"{leeway:g} pixels" if source == LANDER else "a point"
    claims = [
        (f"I-F-FP is at least as good as I-I-PS, but for {margin}", "i-f-fp", "i-i-ps", leeway),
        ("I-F-FP is better than I-I-PW", "i-f-fp", "i-i-pw", 0.0),
        ("I-I-PS is better than I-I-PW", "i-i-ps", "i-i-pw", 0.0),
    ]
    if source != LANDER:  # there F-F-FP is as good as the others
        claims.append(("I-F-FP is better than F-F-FP", "i-f-fp", "f-f-fp", 0.0))
    findings = []
    for claim, good, bad, worse_by in claims:
        sides = [(NAMES[name], by_seed(trained[name], "score")) for name in (good, bad)]
        findings.append(_better(source, head + claim, sides[0], sides[1], worse_by))
    return findings


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


def _scatter(source: str, trained: Rows) -> Drawing:
    traces = {}
    for procedure, records in trained.items():
        points = [of_size(records, latent) for latent in sizes(records)]
        traces[NAMES[procedure]] = {
            **averaged("x", [values(own, "seconds_per_epoch") for own in points]),
            **averaged("y", [values(own, "score") for own in points], _scale(source)),
            "text": [f"z = {latent}" for latent in sizes(records)],
            "mode": "markers",
        }
    figure = SETS.get(source, {}).get("figure", "As Figs. 7 and 8")
    texts = {"figure": figure, "title": _title(source), "kept": PAPER.note("kept")}
    score = "distance, pixels" if source == LANDER else "accuracy, %"
    name = f"performance-{Path(source).stem}"
    drawing = lines(name, PAPER.note("scatter", **texts), traces, "seconds an epoch", score)
    drawing.figure.update_xaxes(rangemode="tozero")
    return drawing


def _notes(records: list[Record]) -> list[str]:
    trained = [record for record in records if record.settings["procedure"] != "speed"]
    weights, *stem = PAPER.on_weights(trained)
    lander = [LANDER] if any(record.settings["source"] == LANDER for record in records) else []
    notes = [PAPER.note("here", **records[0].settings), weights]
    return [*notes, PAPER.note("unlabelled"), *stem, *PAPER.notes(*lander)]
