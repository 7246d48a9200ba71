"""What the cells of `symmetric-dae` say: tables, findings and a figure."""

from collections.abc import Sequence
from typing import Any

from labeller.config import TrainConfig
from labeller.experiments.reproduce.experiment import Drawing, Finding, Record, Summary, Table
from labeller.experiments.reproduce.paper import Paper
from labeller.experiments.reproduce.summary import (
    Rows,
    averaged,
    grouped,
    judged,
    lines,
    ours,
    spread,
    table,
    values,
)

NETWORKS = ("Network-1", "Network-2")
RANDOM = ("gaussian", "he", "xavier")
STARTS = ("data-driven", *RANDOM)
SHORTCUTS = ("full", "ends", "none")
CORRUPTIONS = ("pixel", "patch", "big-block", "small-blocks")
PAPER = Paper(__file__)
NAMES, PUBLISHED = PAPER["names"], PAPER["published"]


def summarise(records: list[Record]) -> Summary:
    """Tables 2, 6 and 7, what holds, and the training loss of each start."""
    networks = grouped(records, lambda settings: settings.get("network", NETWORKS[0]))
    first, second = networks[NETWORKS[0]], networks.get(NETWORKS[1])
    starts = {start: _of(first, start) for start in STARTS}
    others = {start: _of(second, start, "full", "small-blocks") for start in STARTS if second}
    shortcuts = {kind: _of(first, "data-driven", kind) for kind in SHORTCUTS}
    corruptions = {
        kind: own for kind in CORRUPTIONS if (own := _of(first, "data-driven", "full", kind))
    }
    return Summary(
        tables=[
            _starts_table(starts, others),
            _ablation_table("Table 6: shortcuts", shortcuts),
            _ablation_table("Table 7: corruptions", corruptions),
        ],
        findings=[
            *_of_starts(starts, "The"),
            *_of_corruptions(corruptions, [starts[start] for start in RANDOM]),
            *_of_ablations(shortcuts, corruptions),
            *(_of_starts(others, "Network-2: the") if second else ()),
        ],
        drawings=[_losses(starts), _label_curves(starts)],
        notes=[
            *_notes(starts["data-driven"], "tables", "here", "rates"),
            *(_notes(others["data-driven"], "second", "second_here") if second else ()),
        ],
    )


def _of(
    records: list[Record], start: str, shortcuts: str = "full", corruption: str = "pixel"
) -> list[Record]:
    def chosen(settings: dict[str, Any]) -> tuple[str, str, str]:
        return settings["start"], settings["method"]["shortcuts"], settings["method"]["corruption"]

    return grouped(records, chosen).get((start, shortcuts, corruption), [])


def _counts(records: Sequence[Record]) -> list[str]:
    """The numbers of labelled images, ascending."""
    return list(records[0].numbers["accuracy"])


def _accuracies(rows: Rows, labelled: str) -> dict[str, list[float]]:
    return {name: values(records, f"accuracy.{labelled}") for name, records in rows.items()}


def _starts_table(*networks: Rows) -> Table:
    rows = {
        (network, start): records
        for network, starts in zip(NETWORKS, networks, strict=True)
        for start, records in starts.items()
    }
    counts = _counts(networks[0]["data-driven"])
    return table(
        "Table 2 and supplement B: test accuracy by start and labelled images",
        rows,
        {
            "network": {row: row[0] for row in rows},
            "start": {row: NAMES[row[1]] for row in rows},
            "paper, all labels": {row: _published(*row) for row in rows},
            **{f"{count} labels": ours(f"accuracy.{count}") for count in counts},
        },
        PAPER.note("starts"),
    )


def _published(network: str, start: str) -> str:
    return f"{PUBLISHED['starts'][network][start]} ({PUBLISHED['images'][network]})"


def _ablation_table(title: str, rows: Rows) -> Table:
    last = _counts(next(iter(rows.values())))[-1]
    return table(
        title,
        rows,
        {
            "": NAMES,
            "PSNR, paper": PUBLISHED["psnr"],
            "PSNR": ours("psnr", 1),
            "corrupted": ours("psnr_corrupted", 1),
            "mAP, paper (VOC)": PUBLISHED["precision"],
            f"accuracy, {last} labels": ours(f"accuracy.{last}"),
        },
        PAPER.note("ablations"),
    )


def _of_starts(starts: Rows, beginning: str) -> list[Finding]:
    findings = []
    for count in _counts(starts["data-driven"]):
        head = f"{beginning} data-driven start beats"
        claims = [(f"{head} {NAMES[it]} at {count} labels", "data-driven", it) for it in RANDOM]
        findings += PAPER.compared(claims, _accuracies(starts, count))
    return findings


def _of_corruptions(corruptions: Rows, random: list[list[Record]]) -> list[Finding]:
    """Whether the start from each corruption is better than the best random one of its seed."""
    last = _counts(random[0])[-1]
    path = f"accuracy.{last}"
    best = list(map(max, zip(*(values(own, path) for own in random), strict=True)))
    return [
        judged(
            f"The data-driven start of {NAMES[kind]} beats every random start at {last} labels",
            (NAMES[kind], values(own, path)),
            ("the best random start of each seed", best),
        )
        for kind, own in corruptions.items()
    ]


def _of_ablations(shortcuts: Rows, corruptions: Rows) -> list[Finding]:
    last = _counts(shortcuts["full"])[-1]
    pairs = [("full", other) for other in ("none", "ends")]
    sharper = [(f"Full shortcuts beat {NAMES[b]} in PSNR", a, b) for a, b in pairs]
    better = "The classifier is better after full shortcuts than after"
    of_shortcuts = [(f"{better} {NAMES[b]}", a, b) for a, b in pairs]
    blocks, others = "small-blocks", [kind for kind in corruptions if kind != "small-blocks"]
    best = "Small missing blocks are the better corruption than"
    of_corruptions = [(f"{best} {NAMES[other]} (Table 7)", blocks, other) for other in others]
    enough = "Pixel noise is good enough for small images (not below small blocks)"
    of_corruptions.append((enough, "pixel", blocks))
    decibels = {kind: values(records, "psnr") for kind, records in shortcuts.items()}
    return [
        *PAPER.compared(sharper, decibels, scale=1, unit="dB"),
        *PAPER.compared(of_shortcuts, _accuracies(shortcuts, last)),
        *PAPER.compared(of_corruptions, _accuracies(corruptions, last)),
    ]


def _losses(starts: Rows) -> Drawing:
    losses = {name: records[0].numbers["drawing"]["losses"] for name, records in starts.items()}
    return PAPER.curves("fig3", PAPER.note("fig3"), losses, "epoch", "training loss, nats")


def _label_curves(starts: Rows) -> Drawing:
    counts, traces = _counts(starts["data-driven"]), {}
    for start, records in starts.items():
        scores = [values(records, f"accuracy.{count}") for count in counts]
        traces[NAMES[start]] = {"x": list(map(int, counts)), **averaged("y", scores, 100)}
    axes = ("labelled images", "test accuracy, %")
    drawing = lines("supplement-b", PAPER.note("supplement_b"), traces, *axes)
    drawing.figure.update_xaxes(type="log", tickvals=counts, ticktext=counts)
    return drawing


def _notes(records: list[Record], *names: str) -> list[str]:
    """The sentences of these names on a network, of which these are records."""
    settings = records[0].settings
    method = settings["method"]
    blocks = [method[f"m{place}"] for place in range(1, 6) if method.get(f"m{place}") is not None]
    rates = {f"rate_of_{name}": _rate(settings[name]) for name in ("pretraining", "tuning")}
    return PAPER.notes(
        *names,
        **settings,
        **rates,
        blocks=blocks,
        before=spread(values(records, "psnr_corrupted"), 1),
        after=spread(values(records, "psnr"), 1),
    )


def _rate(training: dict[str, Any]) -> str:
    config = TrainConfig(**training)
    return f"{config.learning_rate:g} ({config.schedule}), batches of {config.batch_size}"
