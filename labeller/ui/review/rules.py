"""The form of PropagateConfig on the Review page: the rule first, then what belongs to it."""

from typing import Any

import streamlit as st

from labeller.config import PropagateConfig

RULES = {
    "decay": "Decay with the distance",
    "spreading": "Label spreading",
    "poisson": "Poisson learning",
}
MEANINGS = {
    "decay": "Each cluster gets its answer whole.",
    "spreading": "The core of each cluster gets its answer; images like it follow, neighbour by "
    "neighbour, and the neighbours decide where two classes meet.",
    "poisson": "Like label spreading, made for very few answers: what far images hear is weighed "
    "against the average.",
}
DECAYS = {
    "gaussian": "Gaussian, exp(−a·d²)",
    "exponential": "Exponential, exp(−a·d)",
    "posterior": "Posterior of the mixture",
    "uniform": "None: all members alike",
}
DISTANCES = {"euclidean": "Euclidean", "mahalanobis": "Mahalanobis"}
HELP = {name: field.description for name, field in PropagateConfig.model_fields.items()}


def rule_form(default: PropagateConfig, key: str) -> PropagateConfig:
    """Widgets for how answers spread, `default` at first; widget keys begin with `key`."""
    st.subheader("How answers spread", anchor=False)
    rule = st.selectbox(
        "Rule",
        list(RULES),
        index=list(RULES).index(default.rule),
        format_func=RULES.__getitem__,
        key=f"{key} rule",
        help=HELP["rule"],
    )
    st.caption(MEANINGS[rule])
    chosen = _decay(default, key) if rule == "decay" else _graph(rule, default, key)
    return default.model_copy(update={"rule": rule, **chosen})


def _decay(default: PropagateConfig, key: str) -> dict[str, Any]:
    decay = st.selectbox(
        "Decay",
        list(DECAYS),
        index=list(DECAYS).index(default.decay),
        format_func=DECAYS.__getitem__,
        key=f"{key} decay",
        help=HELP["decay"],
    )
    falls = decay in ("gaussian", "exponential")
    a = st.slider(
        "Steepness a",
        0.0,
        5.0,
        min(default.a, 5.0),
        0.05,
        key=f"{key} a",
        help=HELP["a"],
        disabled=not falls,
    )
    distance = _distance(default, key, disabled=not falls)
    scaled = st.toggle(
        "In medians of the cluster",
        default.scaled,
        key=f"{key} scaled",
        help=HELP["scaled"],
        disabled=not falls,
    )
    return {"decay": decay, "a": a, "distance": distance, "scaled": scaled}


def _graph(rule: str, default: PropagateConfig, key: str) -> dict[str, Any]:
    """The core that speaks for a cluster, and how far it is heard."""
    core = st.slider(
        "Core of a cluster",
        0.05,
        1.0,
        max(default.core, 0.05),
        0.05,
        format="percent",
        key=f"{key} core",
        help=HELP["core"],
    )
    chosen = {"core": core, "distance": _distance(default, key)}
    if rule == "spreading":
        chosen["alpha"] = st.slider(
            "From the neighbours α",
            0.05,
            0.99,
            min(max(default.alpha, 0.05), 0.99),
            0.01,
            key=f"{key} alpha",
            help=HELP["alpha"],
        )
    return chosen


def _distance(default: PropagateConfig, key: str, *, disabled: bool = False) -> str:
    chosen = st.segmented_control(
        "Distance",
        list(DISTANCES),
        default=default.distance,
        format_func=DISTANCES.__getitem__,
        key=f"{key} distance",
        help=HELP["distance"],
        disabled=disabled,
        required=True,
    )
    return chosen or default.distance
