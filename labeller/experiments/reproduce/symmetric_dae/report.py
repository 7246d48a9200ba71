"""What the cells of `symmetric-dae` say: tables, findings and a figure."""

from statistics import fmean, stdev
from typing import Any

import plotly.graph_objects as go

from labeller.config import TrainConfig
from labeller.experiments.reproduce.experiment import Drawing, Finding, Record, Summary, Table
from labeller.experiments.reproduce.verdicts import judged, spread

NETWORKS = ("Network-1", "Network-2")
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
PAPER_STARTS = {
    "Network-1": {"data-driven": "94.93", "gaussian": "93.95", "he": "93.67", "xavier": "93.60"},
    "Network-2": {"data-driven": "69.87", "gaussian": "67.11", "he": "66.71", "xavier": "67.27"},
}
PAPER_IMAGES = {"Network-1": "CIFAR-10", "Network-2": "VOC 2007"}
PAPER_SHORTCUTS = {
    "full": ("23.87", "71.25"),
    "ends": ("23.50", "69.38"),
    "none": ("22.19", "68.94"),
}
PAPER_CORRUPTIONS = {  # of the two columns, data-driven initialisation: no further images
    "pixel": "68.20",
    "patch": "69.44",
    "big-block": "68.25",
    "small-blocks": "69.87",
}


def summarise(records: list[Record]) -> Summary:
    """Tables 2, 6 and 7, what holds, and the training loss of each start."""
    first, second = (
        [record for record in records if record.settings.get("network", NETWORKS[0]) == network]
        for network in NETWORKS
    )
    starts = {start: _of(first, start) for start in ("data-driven", *RANDOM)}
    networks = {NETWORKS[0]: starts}
    if second:
        networks[NETWORKS[1]] = {
            start: _of(second, start, "full", "small-blocks") for start in starts
        }
    shortcuts = {kind: _of(first, "data-driven", kind) for kind in SHORTCUTS}
    corruptions = {
        kind: found for kind in CORRUPTIONS if (found := _of(first, "data-driven", "full", kind))
    }
    return Summary(
        tables=[
            _starts_table(networks),
            _ablation_table(
                "Table 6: shortcuts",
                shortcuts,
                {k: v[1] for k, v in PAPER_SHORTCUTS.items()},
                {k: v[0] for k, v in PAPER_SHORTCUTS.items()},
            ),
            _ablation_table("Table 7: corruptions", corruptions, PAPER_CORRUPTIONS, {}),
        ],
        findings=[
            *_of_starts(starts, "The"),
            *_of_corruptions(corruptions, [starts[start] for start in RANDOM]),
            *_of_ablations(shortcuts, corruptions),
            *(_of_starts(networks[NETWORKS[1]], "Network-2: the") if second else ()),
        ],
        drawings=[_losses(starts), _label_curves(starts)],
        notes=[
            *_notes(first[0].settings),
            *(_notes_of_second(networks[NETWORKS[1]]["data-driven"]) if second else ()),
        ],
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


def _starts_table(networks: dict[str, dict[str, list[Record]]]) -> Table:
    counts = list(networks[NETWORKS[0]]["data-driven"][0].numbers["accuracy"])
    return Table(
        "Table 2 and supplement B: test accuracy by start and labelled images",
        ["network", "start", "paper, all labels", *(f"{count} labels" for count in counts)],
        [
            [
                network,
                NAMES[start],
                f"{PAPER_STARTS[network][start]} ({PAPER_IMAGES[network]})",
                *(spread(_accuracies(own, count)) for count in counts),
            ]
            for network, starts in networks.items()
            for start, own in starts.items()
        ],
        "In per cent, mean ± standard deviation over the seeds. Supplement B of the paper is a"
        " curve of STL-10, without numbers to put beside.",
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


def _of_starts(starts: dict[str, list[Record]], beginning: str) -> list[Finding]:
    return [
        judged(
            f"{beginning} data-driven start beats {NAMES[other]} at {count} labels",
            ("data-driven", _accuracies(starts["data-driven"], count)),
            (NAMES[other], _accuracies(starts[other], count)),
        )
        for count in starts["data-driven"][0].numbers["accuracy"]
        for other in RANDOM
    ]


def _of_corruptions(
    corruptions: dict[str, list[Record]], random: list[list[Record]]
) -> list[Finding]:
    """Whether the start from each corruption is better than the best random one of its seed."""
    last = list(random[0][0].numbers["accuracy"])[-1]
    best = list(map(max, zip(*(_accuracies(own, last) for own in random), strict=True)))
    return [
        judged(
            f"The data-driven start of {NAMES[kind]} beats every random start at {last} labels",
            (NAMES[kind], _accuracies(own, last)),
            ("the best random start of each seed", best),
        )
        for kind, own in corruptions.items()
    ]


def _of_ablations(
    shortcuts: dict[str, list[Record]], corruptions: dict[str, list[Record]]
) -> list[Finding]:
    found = []
    for other in ("none", "ends"):
        sides = [
            (NAMES[kind], [one.numbers["psnr"] for one in shortcuts[kind]])
            for kind in ("full", other)
        ]
        claim = f"Full shortcuts beat {NAMES[other]} in PSNR"
        found.append(judged(claim, sides[0], sides[1], scale=1, unit="dB"))
    last = list(shortcuts["full"][0].numbers["accuracy"])[-1]
    found += [
        judged(
            f"The classifier is better after full shortcuts than after {NAMES[other]}",
            (NAMES["full"], _accuracies(shortcuts["full"], last)),
            (NAMES[other], _accuracies(shortcuts[other], last)),
        )
        for other in ("none", "ends")
    ]
    others = [kind for kind in corruptions if kind != "small-blocks"]
    if len(others) < len(corruptions):
        found += [
            judged(
                f"Small missing blocks are the better corruption than {NAMES[other]} (Table 7)",
                (NAMES["small-blocks"], _accuracies(corruptions["small-blocks"], last)),
                (NAMES[other], _accuracies(corruptions[other], last)),
            )
            for other in others
        ]
    if {"pixel", "small-blocks"} <= set(corruptions):
        found.append(
            judged(
                "Pixel noise is good enough for small images (not below small blocks)",
                (NAMES["pixel"], _accuracies(corruptions["pixel"], last)),
                (NAMES["small-blocks"], _accuracies(corruptions["small-blocks"], last)),
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
    return Drawing(
        "fig3",
        f"Fig. 3: loss of the classifier of {NETWORKS[0]} from each start, first seed.",
        figure,
    )


def _label_curves(starts: dict[str, list[Record]]) -> Drawing:
    figure = go.Figure()
    counts = list(starts["data-driven"][0].numbers["accuracy"])
    for start, records in starts.items():
        scores = [[100 * value for value in _accuracies(records, count)] for count in counts]
        figure.add_scatter(
            x=[int(count) for count in counts],
            y=[fmean(own) for own in scores],
            error_y={"array": [stdev(own) if len(own) > 1 else 0.0 for own in scores]},
            name=NAMES[start],
        )
    figure.update_xaxes(title="labelled images", type="log", tickvals=counts, ticktext=counts)
    figure.update_yaxes(title="test accuracy, %")
    return Drawing(
        "supplement-b",
        f"Supplement B: accuracy of {NETWORKS[0]} against the number of labelled images, from each"
        " start; mean and standard deviation over the seeds.",
        figure,
    )


def _notes(settings: dict[str, Any]) -> list[str]:
    blocks = [settings["method"][f"m{place}"] for place in (1, 2, 3)]
    return [
        "Tables 6 and 7 of the paper are of Network-2 on PASCAL VOC 2007 (Table 6 pre-trained on"
        " ImageNet, Table 7 in its column without further images); here they are of Network-1 on"
        f" {settings['source']}: only the signs can be compared.",
        f"{NETWORKS[0]} here: m = {blocks}, n = {settings['method']['width']},"
        f" {settings['train'] or 'all'} training images,"
        f" {settings['pretraining']['epochs']} epochs of the autoencoder and"
        f" {settings['tuning']['epochs']} of the classifier.",
        f"Learning rate here: autoencoder {_rate(settings['pretraining'])}; classifier"
        f" {_rate(settings['tuning'])}. The paper's is 0.0001, divided by 10 when the loss stalls;"
        " it gives neither the size of a batch nor the number of epochs.",
    ]


def _rate(training: dict[str, Any]) -> str:
    config = TrainConfig(**training)
    return f"{config.learning_rate:g} ({config.schedule}), batches of {config.batch_size}"


def _notes_of_second(pretrained: list[Record]) -> list[str]:
    settings = pretrained[0].settings
    before, after = (
        spread([record.numbers[key] for record in pretrained], 1)
        for key in ("psnr_corrupted", "psnr")
    )
    blocks = [settings["method"][f"m{place}"] for place in range(1, 6)]
    return [
        "Network-2 of the paper is of PASCAL VOC 2007, all labels, in mean average precision; here"
        f" it is of {settings['source']}, in accuracy: only the signs can be compared.",
        f"Network-2 here: m = {blocks}, n = {settings['method']['width']}, dense layers of"
        f" {settings['hidden']}; {settings['tuning']['epochs']} epochs of the classifier at a"
        f" learning rate of {settings['tuning']['learning_rate']}. Its autoencoder fills small"
        f" missing blocks: PSNR {before} dB corrupted, {after} dB repaired.",
    ]
