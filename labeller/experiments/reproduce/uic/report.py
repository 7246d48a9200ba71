"""What the cells of `uic` say: tables, findings and figures."""

from collections.abc import Mapping, Sequence
from math import sqrt
from statistics import fmean
from typing import Any

import plotly.graph_objects as go

from labeller.experiments.reproduce.experiment import Drawing, Finding, Record, Summary, Table
from labeller.experiments.reproduce.paper import Paper
from labeller.experiments.reproduce.summary import (
    Column,
    Rows,
    grouped,
    judged,
    ours,
    spread,
    table,
    values,
)

PAPER = Paper(__file__)
NAMES, PUBLISHED = PAPER["names"], PAPER["published"]
RESNETS = ("uic-resnet18", "uic-resnet50")
WAYS = 5  # classes in an episode of Table 6
POOLED = "+MP"  # after the name of a layer: max-pooled once more
SHOWN = 8  # classes, and images of each, in Fig. 4
BAR = 0.10  # what the first claim asks for: the paper says no number


def summarise(records: list[Record]) -> Summary:
    """Tables, findings, the sizes of the classes and their surest images."""
    rows = grouped(records, lambda settings: settings["variant"])
    settings = records[0].settings
    networks = [_networks(rows)] if set(RESNETS) & set(rows) else []
    return Summary(
        tables=[_probes(rows), _few_shot(rows, settings), *networks],
        findings=_findings(rows),
        drawings=[_sizes(rows), *_surest(rows)],
        notes=_notes(settings),
    )


def _layers(_: str, records: Sequence[Record]) -> str:
    """The probes of all convolutions, first to last."""
    layers = records[0].numbers["probes"]
    return " / ".join(spread(values(records, f"probes.{layer}")) for layer in layers)


# What stands at the end of Tables 1 to 4, 7 and 8.
LAST: dict[str, Column] = {
    "NMI, paper": PUBLISHED["nmi"],
    "NMI": ours("nmi"),
    "s an epoch": ours("seconds_per_epoch", 1),
}


def _probes(rows: Rows) -> Table:
    own = sorted({"4", *(PAPER["tables"][row] for row in rows if row in PAPER["tables"])})
    which = f"Tables {', '.join(own[:-1])} and {own[-1]}" if len(own) > 1 else "Table 4"
    return table(
        f"{which}: linear probes on each convolution, first to last",
        {variant: records for variant, records in rows.items() if variant not in RESNETS},
        {
            "": NAMES,
            "paper (ImageNet)": PUBLISHED["probes"],
            "ours": _layers,
            "best layer": ours("best"),
            **LAST,
        },
        PAPER.note("probes"),
    )


def _few_shot(rows: Rows, settings: Mapping[str, Any]) -> Table:
    def column(shots: int) -> Column:
        return lambda _, records: _episodes(records, str(shots))

    asked = settings["few_shot"]
    return table(
        f"Table 6: {WAYS}-way few-shot classification by prototypes",
        rows,
        {
            "": NAMES,
            f"paper, {WAYS}-shot, 224 px": PUBLISHED["few_shot_224"],
            f"paper, {WAYS}-shot, 84 px": PUBLISHED["few_shot_84"],
            **{f"ours, {shots}-shot": column(shots) for shots in asked["shots"]},
        },
        PAPER.note("few_shot", ways=WAYS, source=settings["source"], **asked),
    )


def _episodes(records: Sequence[Record], shots: str) -> str | None:
    """`48.8 ± 0.5 / ...`, layer by layer, over the episodes of all seeds."""
    scores = [one.numbers["few_shot"][shots] for one in records if shots in one.numbers["few_shot"]]
    if not scores:
        return None
    return " / ".join(
        f"{100 * fmean(own[layer][0] for own in scores):.1f} ± "
        f"{100 * sqrt(sum(own[layer][1] ** 2 for own in scores)) / len(scores):.1f}"
        for layer in scores[0]
    )


def _networks(rows: Rows) -> Table:
    return table(
        "Table 8: other networks, with strong views",
        {variant: rows[variant] for variant in ("uic-strong", *RESNETS) if variant in rows},
        {
            "": NAMES,
            "paper (ImageNet)": PUBLISHED["networks"],
            "ours": ours("latent"),
            "each convolution": _layers,
            **LAST,
        },
        PAPER.note("networks"),
    )


def _findings(rows: Rows) -> list[Finding]:
    best = {variant: values(records, "best") for variant, records in rows.items()}
    findings = []
    if {"uic", "random"} <= set(best):
        findings.append(_above_the_untrained(best["uic"], best["random"]))
    random, how = ("uic-pass", "pass") if "uic-pass" in best else ("uic", "previous")
    table_3 = "Labels from random views are better than from clean images"
    claims = [
        ("UIC is not below DeepCluster", "uic", "deepcluster"),
        (f"{table_3} (Table 3; {PAPER.note(how)})", random, "uic-clean"),
        ("Fixed labels at the end help (Table 2)", "uic-fixed", "uic"),
        ("Fewer classes are slightly better (Table 1)", "uic", "uic-more"),
        ("Strong views help (Table 7)", "uic-strong", "uic"),
    ]
    findings += PAPER.compared(claims, best)
    shots = {variant: _last_convolution(rows, variant) for variant in ("uic", "deepcluster")}
    if len(shots["uic"]) == len(shots["deepcluster"]):
        few = "Few-shot, UIC's last convolution is better than DeepCluster's (Table 6)"
        findings += PAPER.compared([(few, "uic", "deepcluster")], shots)
    deep = "A ResNet-50 is better than AlexNet's best layer, both with strong views (Table 8)"
    best["uic-resnet50"] = values(rows.get("uic-resnet50", []), "latent")
    return findings + PAPER.compared([(deep, "uic-resnet50", "uic-strong")], best)


def _above_the_untrained(uic: Sequence[float], untrained: Sequence[float]) -> Finding:
    points = 100 * BAR
    return judged(
        PAPER.note("untrained", points=points),
        (f"{NAMES['uic']}, best layer", uic),
        ("the bar", [value + BAR for value in untrained]),
        more=PAPER.note("bar", untrained=spread(untrained), points=points),
    )


def _last_convolution(rows: Rows, variant: str) -> list[float]:
    """5-shot accuracy of the last convolution, not pooled, a seed each; [] where unknown."""
    scores = [one.numbers["few_shot"].get("5", {}) for one in rows.get(variant, [])]
    if not all(scores):
        return []
    return [own[[layer for layer in own if not layer.endswith(POOLED)][-1]][0] for own in scores]


def _sizes(rows: Rows) -> Drawing:
    sizes = {variant: records[0].numbers["drawing"]["sizes"] for variant, records in rows.items()}
    axes = ("class, the largest first", "test images")
    return PAPER.curves("fig3", PAPER.note("fig3"), sizes, *axes)


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
    caption = PAPER.note("fig4", classes=len(labels), shown=SHOWN)
    return [Drawing("fig4", caption, figure, width=760)]


def _notes(settings: Mapping[str, Any]) -> list[str]:
    method = {"network": "small", "view_scale": 1, **settings["method"]}
    scale = method["view_scale"]
    views = "" if scale == 1 else f", views of {scale:g} of an image's side"
    return PAPER.notes("bars", "here", **{**settings, "method": method}, views=views)
