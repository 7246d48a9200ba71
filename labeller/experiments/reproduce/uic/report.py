"""What the cells of `uic` say: tables, findings and figures."""

from collections.abc import Mapping, Sequence
from math import sqrt
from statistics import fmean
from typing import Any

import plotly.graph_objects as go

from labeller.experiments.reproduce.experiment import Drawing, Finding, Record, Summary, Table
from labeller.experiments.reproduce.verdicts import judged, spread

NAMES = {
    "random": "untrained network",
    "deepcluster": "DeepCluster",
    "uic": "UIC",
    "uic-fixed": "UIC, fixed labels at the end (Table 2)",
    "uic-pass": "UIC, labels from a pass over random views (Table 3)",
    "uic-clean": "UIC, labels from a pass over clean images (Table 3)",
    "uic-more": "UIC, 10/3 as many classes (Table 1)",
    "uic-strong": "UIC, strong views (Table 7)",
    "uic-resnet18": "UIC, strong views, ResNet-18 + MLP head",
    "uic-resnet50": "UIC, strong views, ResNet-50 + MLP head",
}
# The paper's accuracy of conv1 to conv5, and its NMI.
PAPER = {
    "random": "11.6 / 17.1 / 16.9 / 16.3 / 14.1",
    "deepcluster": "13.4 / 32.3 / 41.0 / 39.6 / 38.2",
    "uic": "- / - / 41.2 / 41.0 / 38.1",
    "uic-fixed": "12.8 / 34.3 / 41.6 / 41.5 / 39.0",
    "uic-pass": "- / - / 41.6 / 41.5 / 39.0",
    "uic-clean": "- / - / 39.5 / 39.9 / 37.9",
    "uic-more": "- / - / 40.6 / 40.8 / 37.9",
    "uic-strong": "- / - / 43.5 / 45.6 / 44.3",
}
# The table of the paper that a row is of, besides Table 4.
TABLES = {
    "uic-more": "1",
    "uic-fixed": "2",
    "uic-pass": "3",
    "uic-clean": "3",
    "uic-strong": "7",
}
PAPER_NMI = {"uic": "38.5", "uic-more": "42.6", "uic-strong": "40.0"}
# Table 6, at 224 and at 84 pixels.
PAPER_FEW_SHOT = {
    "uic": ("48.79 / 53.03 / 62.46 / 65.05", "52.43 / 54.76 / 54.40 / 52.85"),
    "deepcluster": ("51.33 / 54.42 / 60.32 / 65.04", "53.46 / 54.87 / 49.81 / 50.18"),
}
# Table 8: top-1 and NMI. The paper has no ResNet-18; its AlexNet stands in Table 7.
RESNETS = ("uic-resnet18", "uic-resnet50")
PAPER_NETWORKS = {"uic-strong": (None, "40.0"), "uic-resnet50": ("64.4", "53.3")}

WAYS = 5  # classes in an episode of Table 6
POOLED = "+MP"  # after the name of a layer: max-pooled once more
SHOWN = 8  # classes, and images of each, in Fig. 4
BAR = 0.10  # what the first claim asks for: the paper says no number

Rows = dict[str, list[Record]]


def summarise(records: list[Record]) -> Summary:
    """Tables, findings, the sizes of the classes and their surest images."""
    rows: Rows = {}
    for record in records:
        rows.setdefault(record.settings["variant"], []).append(record)
    settings = records[0].settings
    findings = _findings(rows)
    networks = [_networks(rows)] if set(RESNETS) & set(rows) else []
    return Summary(
        tables=[_probes(rows), _few_shot(rows, settings), *networks],
        findings=findings,
        drawings=[_sizes(rows), *_surest(rows)],
        notes=_notes(settings),
    )


def _of(rows: Rows, variant: str, number: str) -> list[float]:
    return [record.numbers[number] for record in rows[variant]]


def _probes(rows: Rows) -> Table:
    table = [
        [
            NAMES[variant],
            PAPER[variant],
            " / ".join(
                spread([one.numbers["probes"][layer] for one in found])
                for layer in found[0].numbers["probes"]
            ),
            spread(_of(rows, variant, "best")),
            PAPER_NMI.get(variant),
            spread(_of(rows, variant, "nmi")),
            spread(_of(rows, variant, "seconds_per_epoch"), 1),
        ]
        for variant, found in rows.items()
        if variant not in RESNETS
    ]
    own = sorted({"4", *(TABLES[variant] for variant in rows if variant in TABLES)})
    which = f"Tables {', '.join(own[:-1])} and {own[-1]}" if len(own) > 1 else "Table 4"
    return Table(
        f"{which}: linear probes on each convolution, first to last",
        ["", "paper (ImageNet)", "ours", "best layer", "NMI, paper", "NMI", "s an epoch"],
        table,
        "In per cent, mean ± standard deviation over the seeds. NMI: between the network's classes"
        " of the test images and the true ones. What the paper's Table 3 gives for random views are"
        " its numbers after the fine-tuning of Table 2; those before are in the row UIC.",
    )


def _few_shot(rows: Rows, settings: Mapping[str, Any]) -> Table:
    shots = settings["few_shot"]["shots"]
    return Table(
        f"Table 6: {WAYS}-way few-shot classification by prototypes",
        [
            "",
            f"paper, {WAYS}-shot, 224 px",
            f"paper, {WAYS}-shot, 84 px",
            *(f"ours, {count}-shot" for count in shots),
        ],
        [
            [
                NAMES[variant],
                *PAPER_FEW_SHOT.get(variant, (None, None)),
                *(_episodes(found, str(count)) for count in shots),
            ]
            for variant, found in rows.items()
        ],
        "In per cent, mean ± half of the 95 % interval over the"
        f" {settings['few_shot']['episodes']} episodes of every seed. The paper's are of conv3 /"
        " conv4 / conv5 / conv5 max-pooled, ours of the last three convolutions / the last one"
        f" max-pooled, each of at most 9600 numbers. This is no miniImageNet: an episode draws"
        f" {WAYS} of the few classes of {settings['source']}, from test images, and the training"
        " images were of the same classes.",
    )


def _episodes(found: Sequence[Record], shots: str) -> str | None:
    """`48.8 ± 0.5 / ...`, layer by layer, over the episodes of all seeds."""
    scores = [one.numbers["few_shot"][shots] for one in found if shots in one.numbers["few_shot"]]
    if not scores:
        return None
    return " / ".join(
        f"{100 * fmean(own[layer][0] for own in scores):.1f} ± "
        f"{100 * sqrt(sum(own[layer][1] ** 2 for own in scores)) / len(scores):.1f}"
        for layer in scores[0]
    )


def _networks(rows: Rows) -> Table:
    return Table(
        "Table 8: other networks, with strong views",
        ["", "paper (ImageNet)", "ours", "each convolution", "NMI, paper", "NMI", "s an epoch"],
        [
            [
                NAMES[variant],
                PAPER_NETWORKS.get(variant, (None, None))[0],
                spread(_of(rows, variant, "latent")),
                " / ".join(
                    spread([one.numbers["probes"][layer] for one in rows[variant]])
                    for layer in rows[variant][0].numbers["probes"]
                ),
                PAPER_NETWORKS.get(variant, (None, None))[1],
                spread(_of(rows, variant, "nmi")),
                spread(_of(rows, variant, "seconds_per_epoch"), 1),
            ]
            for variant in ("uic-strong", *RESNETS)
            if variant in rows
        ],
        "In per cent, a linear probe of what the pseudo-classes are read from: of a ResNet the MLP"
        " head, which the paper keeps, here one dense layer; of AlexNet the second dense layer. A"
        " ResNet sees colours, AlexNet their Sobel derivatives.",
    )


def _findings(rows: Rows) -> list[Finding]:
    best = {variant: _of(rows, variant, "best") for variant in rows}
    found = []
    if {"uic", "random"} <= set(best):
        found.append(_above_the_untrained(best["uic"], best["random"]))
    random, how = "uic", "the former are the outputs of the epoch before, the latter of a pass"
    if "uic-pass" in best:
        random, how = "uic-pass", "a pass over all images makes both, they differ in nothing else"
    claims = [
        ("UIC is not below DeepCluster", "uic", "deepcluster"),
        (
            f"Labels from random views are better than from clean images (Table 3; {how})",
            random,
            "uic-clean",
        ),
        ("Fixed labels at the end help (Table 2)", "uic-fixed", "uic"),
        ("Fewer classes are slightly better (Table 1)", "uic", "uic-more"),
        ("Strong views help (Table 7)", "uic-strong", "uic"),
    ]
    found += [
        judged(claim, (NAMES[good], best[good]), (NAMES[bad], best[bad]))
        for claim, good, bad in claims
        if {good, bad} <= set(best)
    ]
    shots = {variant: _last_convolution(rows, variant) for variant in ("uic", "deepcluster")}
    if shots["uic"] and len(shots["uic"]) == len(shots["deepcluster"]):
        claim = "Few-shot, UIC's last convolution is better than DeepCluster's (Table 6)"
        sides = [(NAMES[variant], values) for variant, values in shots.items()]
        found.append(judged(claim, sides[0], sides[1]))
    if {"uic-resnet50", "uic-strong"} <= set(best):
        found.append(
            judged(
                "A ResNet-50 is better than AlexNet's best layer, both with strong views (Table 8)",
                (NAMES["uic-resnet50"], _of(rows, "uic-resnet50", "latent")),
                (NAMES["uic-strong"], best["uic-strong"]),
            )
        )
    return found


def _above_the_untrained(uic: Sequence[float], untrained: Sequence[float]) -> Finding:
    return judged(
        "UIC learns features far above the untrained network's: best layer against best layer, by"
        f" more than {100 * BAR:.0f} points",
        (f"{NAMES['uic']}, best layer", uic),
        ("the bar", [value + BAR for value in untrained]),
        more=f"The bar is the untrained network's best layer, {spread(untrained)} %, and"
        f" {100 * BAR:.0f} points; the paper's best layers are 24 points apart, 41.2 and 17.1 %.",
    )


def _last_convolution(rows: Rows, variant: str) -> list[float]:
    """5-shot accuracy of the last convolution, not pooled, a seed each; [] where unknown."""
    scores = [one.numbers["few_shot"].get("5", {}) for one in rows.get(variant, [])]
    if not all(scores):
        return []
    return [own[[layer for layer in own if not layer.endswith(POOLED)][-1]][0] for own in scores]


def _sizes(rows: Rows) -> Drawing:
    figure = go.Figure()
    for variant, found in rows.items():
        sizes = found[0].numbers["drawing"]["sizes"]
        figure.add_scatter(x=list(range(1, len(sizes) + 1)), y=sizes, name=NAMES[variant])
    figure.update_xaxes(title="class, the largest first")
    figure.update_yaxes(title="test images")
    return Drawing("fig3", "Fig. 3: images in each class of the network, first seed.", figure)


def _surest(rows: Rows) -> list[Drawing]:
    """Fig. 4, where the first seed has classes of enough images."""
    shown = rows["uic"][0].numbers["drawing"]["surest"] if "uic" in rows else {}
    if not shown:
        return []
    labels = [
        f"{one['entropy']:.2f} nats; {one['count']} of {SHOWN}: {one['majority']}"
        for one in shown["rows"]
    ]
    figure = go.Figure()
    # As a PNG: its pixels as numbers would be megabytes in the page.
    figure.add_image(source=f"data:image/png;base64,{shown['png']}", hoverinfo="skip")
    figure.update_xaxes(visible=False)
    figure.update_layout(height=40 + 62 * len(labels), margin={"l": 8, "r": 8, "t": 20, "b": 20})
    figure.update_yaxes(
        tickvals=[(place + 0.5) * shown["height"] - 0.5 for place in range(len(labels))],
        ticktext=labels,
        ticks="",
        showgrid=False,
        zeroline=False,
        automargin=True,
    )
    caption = (
        f"Fig. 4: the {len(labels)} classes of UIC with the lowest mean entropy (among those with"
        f" {SHOWN} test images or more), first seed: their {SHOWN} test images of lowest entropy,"
        " from the left. Beside a row: the mean entropy of the class, and which true class most of"
        " the images shown are of."
    )
    return [Drawing("fig4", caption, figure, width=760)]


def _notes(settings: Mapping[str, Any]) -> list[str]:
    method = settings["method"]
    scale = method.get("view_scale", 1)
    views = "" if scale == 1 else f", views of {scale:g} of an image's side"
    return [
        "The paper trains AlexNet on 1.28 million images of ImageNet and probes with ten crops; its"
        f" numbers are no bar for {settings['source']}, only their signs are.",
        f"Here: {settings['train'] or 'all'} training images, {settings['epochs']} epochs,"
        f" {method['clusters']} classes, network {method.get('network', 'small')}{views}. For"
        f" the probes each layer is max-pooled to at most {settings['most']} numbers an image (the"
        f" paper: 9600), and C, the inverse strength of the penalty, is {settings['c']:g}.",
    ]
