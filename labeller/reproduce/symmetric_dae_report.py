"""What the cells of `symmetric-dae` say: tables, findings and a figure."""

from typing import Any

import plotly.graph_objects as go

from labeller.reproduce.experiment import Drawing, Finding, Record, Summary, Table
from labeller.reproduce.verdicts import judged, spread

RANDOM = ("gaussian", "he", "xavier")
SHORTCUTS = ("full", "ends", "none")
CORRUPTIONS = ("pixel", "patch", "big-block", "small-blocks")
NAMES = {
    "data-driven": "data-driven",
    "gaussian": "Gaussian",
    "he": "He",
    "xavier": "Xavier",
    "full": "full shortcuts",
    "ends": "input to output",
    "none": "no shortcuts",
    "pixel": "pixel Gaussian noise",
    "patch": "patch Gaussian noise",
    "big-block": "big missing block",
    "small-blocks": "small missing blocks",
}
PAPER_STARTS = {"data-driven": "94.93", "gaussian": "93.95", "he": "93.67", "xavier": "93.60"}
PAPER_SHORTCUTS = {
    "full": ("23.87", "71.25"),
    "ends": ("23.50", "69.38"),
    "none": ("22.19", "68.94"),
}
PAPER_CORRUPTIONS = {
    "pixel": "68.20",
    "patch": "69.44",
    "big-block": "68.25",
    "small-blocks": "69.87",
}


def summarise(records: list[Record]) -> Summary:
    """Tables 2, 6 and 7, what holds, and the training loss of each start."""
    starts = {start: _of(records, start) for start in ("data-driven", *RANDOM)}
    shortcuts = {kind: _of(records, "data-driven", kind) for kind in SHORTCUTS}
    corruptions = {
        kind: found for kind in CORRUPTIONS if (found := _of(records, "data-driven", "full", kind))
    }
    return Summary(
        tables=[
            _starts_table(starts),
            _ablation_table(
                "Table 6: shortcuts",
                shortcuts,
                {k: v[1] for k, v in PAPER_SHORTCUTS.items()},
                {k: v[0] for k, v in PAPER_SHORTCUTS.items()},
            ),
            _ablation_table("Table 7: corruptions", corruptions, PAPER_CORRUPTIONS, {}),
        ],
        findings=_findings(starts, shortcuts, corruptions),
        drawings=[_losses(starts)],
        notes=_notes(records[0].settings),
    )


def _of(
    records: list[Record], start: str, shortcuts: str = "full", corruption: str = "pixel"
) -> list[Record]:
    return [
        record
        for record in records
        if record.settings["start"] == start
        and record.settings["method"]["shortcuts"] == shortcuts
        and record.settings["method"]["corruption"] == corruption
    ]


def _accuracies(records: list[Record], labelled: str) -> list[float]:
    return [record.numbers["accuracy"][labelled] for record in records]


def _starts_table(starts: dict[str, list[Record]]) -> Table:
    counts = list(starts["data-driven"][0].numbers["accuracy"])
    return Table(
        "Table 2 and supplement B: test accuracy by start and labelled images",
        ["start", "paper (CIFAR-10, all labels)", *(f"{count} labels" for count in counts)],
        [
            [NAMES[start], PAPER_STARTS[start], *(spread(_accuracies(own, n)) for n in counts)]
            for start, own in starts.items()
        ],
        "In per cent, mean ± standard deviation over the seeds.",
    )


def _ablation_table(
    title: str, rows: dict[str, list[Record]], accuracy: dict[str, str], decibels: dict[str, str]
) -> Table:
    last = list(next(iter(rows.values()))[0].numbers["accuracy"])[-1]
    return Table(
        title,
        ["", "PSNR, paper", "PSNR", "corrupted", "mAP, paper (VOC)", f"accuracy, {last} labels"],
        [
            [
                NAMES[kind],
                decibels.get(kind),
                spread([one.numbers["psnr"] for one in own], 1),
                spread([one.numbers["psnr_corrupted"] for one in own], 1),
                accuracy[kind],
                spread(_accuracies(own, last)),
            ]
            for kind, own in rows.items()
        ],
        "PSNR in dB of repaired and of corrupted test images.",
    )


def _findings(
    starts: dict[str, list[Record]],
    shortcuts: dict[str, list[Record]],
    corruptions: dict[str, list[Record]],
) -> list[Finding]:
    counts = list(starts["data-driven"][0].numbers["accuracy"])
    found = [
        judged(
            f"The data-driven start beats {NAMES[other]} at {count} labels",
            ("data-driven", _accuracies(starts["data-driven"], count)),
            (NAMES[other], _accuracies(starts[other], count)),
        )
        for count in counts
        for other in RANDOM
    ]
    for other in ("none", "ends"):
        sides = [
            (NAMES[kind], [one.numbers["psnr"] for one in shortcuts[kind]])
            for kind in ("full", other)
        ]
        claim = f"Full shortcuts beat {NAMES[other]} in PSNR"
        found.append(judged(claim, sides[0], sides[1], scale=1, unit="dB"))
    if {"pixel", "small-blocks"} <= set(corruptions):
        found.append(
            judged(
                "Pixel noise is good enough for small images (not below small blocks)",
                (NAMES["pixel"], _accuracies(corruptions["pixel"], counts[-1])),
                (NAMES["small-blocks"], _accuracies(corruptions["small-blocks"], counts[-1])),
            )
        )
    return found


def _losses(starts: dict[str, list[Record]]) -> Drawing:
    figure = go.Figure()
    for start, records in starts.items():
        losses = records[0].numbers["drawing"]["losses"]
        figure.add_scatter(x=list(range(1, len(losses) + 1)), y=losses, name=NAMES[start])
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(title="training loss, nats")
    return Drawing("fig3", "Fig. 3: loss of the classifier from each start, first seed.", figure)


def _notes(settings: dict[str, Any]) -> list[str]:
    blocks = [settings["method"][f"m{place}"] for place in (1, 2, 3)]
    return [
        "Tables 6 and 7 of the paper are of Network-2 on PASCAL VOC; here they are of Network-1 on"
        f" {settings['source']}: only the signs can be compared.",
        f"Here: m = {blocks}, n = {settings['method']['width']}, {settings['train'] or 'all'}"
        f" training images, {settings['pretraining']['epochs']} epochs of the autoencoder and"
        f" {settings['tuning']['epochs']} of the classifier.",
    ]
