"""Lines over epochs and over answers."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from labeller.figures.palette import ACCENT, GRID, PALETTE, blank

# Fields of a training record that say how the epoch went, not how good the network is.
NOT_A_LOSS = frozenset({"epoch", "images_per_second", "seconds", "seconds_left", "learning_rate"})
MOST_TERMS = 4
NAMES = {"loss": "total loss", "kl": "KL divergence"}


def loss_curves(records: Sequence[Mapping[str, float]], *, epochs: int = 0) -> go.Figure:
    """One small chart a loss term, side by side, from one record an epoch; the total comes first.

    Terms differ in scale by orders of magnitude, so each has its own vertical axis. `epochs` > 0
    fixes the horizontal axis to the whole training, so that curves do not shrink as they grow.
    """
    terms = loss_terms(records)[:MOST_TERMS] or ["loss"]
    figure = make_subplots(cols=len(terms), subplot_titles=[plain(term) for term in terms])
    figure.update_layout(blank(260).layout)
    last = max([epochs, 2, *(int(record["epoch"]) for record in records)])
    for column, term in enumerate(terms, start=1):
        points = [(record["epoch"], record[term]) for record in records if term in record]
        figure.add_scatter(
            x=[epoch for epoch, _ in points],
            y=[value for _, value in points],
            # Markers show where few epochs are; many would lie over each other.
            mode="lines+markers" if last <= 30 else "lines",
            line={"color": ACCENT if column == 1 else PALETTE[5], "width": 2.5},
            marker={"size": 6},
            hovertemplate="epoch %{x}<br>" + plain(term) + " %{y:.4g}<extra></extra>",
            row=1,
            col=column,
        )
    figure.update_xaxes(range=[0.5, last + 0.5], title="epoch", showgrid=False, nticks=6)
    figure.update_xaxes(tickformat="d", dtick=1 if last <= 6 else None)
    figure.update_yaxes(gridcolor=GRID, zeroline=False, nticks=5)
    return figure


def loss_terms(records: Sequence[Mapping[str, float]]) -> list[str]:
    """The names of the loss terms in `records`, the total `loss` first, others as they came."""
    seen = dict.fromkeys(key for record in records for key in record if key not in NOT_A_LOSS)
    return sorted(seen, key=lambda term: term != "loss")


def plain(term: str) -> str:
    """A loss term's name for people: `cross_entropy` becomes `cross entropy`."""
    return NAMES.get(term, term.replace("_", " "))


def accuracy_curve(answers: Sequence[int], shares: Mapping[str, Sequence[float]]) -> go.Figure:
    """Shares in [0, 1] against the number of answers given so far: one line a name, in percent.

    `answers` has one entry a finished round; an entry NaN or None in a line is a gap in it.
    """
    figure = blank(340, legend=True)
    for number, (name, values) in enumerate(shares.items()):
        figure.add_scatter(
            x=list(answers),
            y=list(values),
            name=name,
            mode="lines+markers",
            line={
                "color": (ACCENT, PALETTE[1], PALETTE[5], PALETTE[6])[number % 4],
                "width": 3 if number == 0 else 2,
                "dash": "solid" if number == 0 else ("dash", "dot", "dashdot")[(number - 1) % 3],
            },
            marker={"size": 9 if number == 0 else 7},
            hovertemplate="%{x} answers<br>" + name + " %{y:.1%}<extra></extra>",
        )
    figure.update_xaxes(title="answers given", rangemode="tozero", showgrid=False, zeroline=False)
    figure.update_yaxes(tickformat=".0%", gridcolor=GRID, zeroline=False, range=lowest(shares))
    figure.update_layout(
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}, hovermode="x"
    )
    return figure


def lowest(shares: Mapping[str, Sequence[float]]) -> list[float]:
    """Limits of a percentage axis: up to 100 %, down to the tenth below the lowest value."""
    # A comparison with NaN is false, so missing values drop out here.
    present = [value for values in shares.values() for value in values if value is not None]
    floor = min([value for value in present if value >= 0], default=0.0)
    return [max(0.0, int(floor * 10 - 0.5) / 10), 1.005]
