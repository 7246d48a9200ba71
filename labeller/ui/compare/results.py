"""What a comparison found: the sortable table, and one plot at a time below it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from labeller import figures, service
from labeller.comparison.columns import ANSWERS
from labeller.comparison.table import answer_columns, answers_needed, layer_columns
from labeller.rounds.spaces import map_titles
from labeller.ui.compare import plots
from labeller.ui.compare.plots import Arrays, Compared
from labeller.ui.compare.selected import MOST_SHOWN, selected_images
from labeller.ui.compare.table import axis_of, table, title_of
from labeller.ui.frame.page import image_grid, showing_errors
from labeller.ui.frame.text import escape
from labeller.ui.widgets.gallery import Picture, gallery


def show(compared: Compared) -> None:
    """The table, and the plot that is chosen."""
    runs, view = compared.runs, compared.view
    table(compared.means, view.config)
    with st.expander(f"Every run ({len(runs)})", icon=":material/list:"):
        table(runs.drop(columns=["key"]), view.config)
    drawings = {name: draw for name, draw, shown in _drawings(compared) if shown}
    chosen = st.segmented_control(
        "Show", list(drawings), default=next(iter(drawings)), required=True,
        key=f"plot of {compared.project.id} {view.number}", label_visibility="collapsed",
    )  # fmt: skip
    drawings[chosen](compared)


def _drawings(compared: Compared) -> list[tuple[str, Callable[[Compared], None], bool]]:
    """What can be drawn, how, and whether this comparison has it."""
    means = compared.means
    return [
        ("Scores", accuracy, True),
        ("Epochs", epochs, "linear_probe" in means),
        ("Time", time, compared.has_epochs),
        ("Answers", answers, bool(answer_columns(means))),
        ("Layers", layers, bool(layer_columns(means))),
        ("Augmentations", augmentations, bool(plots.pairs(compared.records))),
        ("Maps", maps, True),
        ("Pictures", pictures, True),
        ("Classes", classes, True),
    ]


def accuracy(compared: Compared) -> None:
    """One score by method and latent size."""
    score = _score(compared.means)
    _chart(plots.accuracy(compared.means, score, axis_of(score)), f"accuracy {score}")


def time(compared: Compared) -> None:
    """One score against the training time of an epoch."""
    score = _score(compared.runs)
    _chart(plots.time(compared.runs, score, axis_of(score)), f"time {score}")


def layers(compared: Compared) -> None:
    """The linear probe on each convolution."""
    _chart(plots.layers(compared.means), "layers")


def epochs(compared: Compared) -> None:
    """Accuracy against epoch, with the line of best fit of each method in words."""
    done = [record for record in compared.records if record["state"] == "done"]
    without = list(dict.fromkeys(each["label"] for each in done if not each["curve"]))
    if without:
        st.caption(f"Not trained, so without epochs: {escape(', '.join(without))}.")
    if not any(each.get("accuracy") for record in compared.records for each in record["curve"]):
        st.caption("No probes were made after epochs in this comparison.")
        return
    _chart(plots.epochs(compared.records), "epochs")
    st.caption(
        "The linear probe after each epoch, mean over seeds and sizes; dotted, its line of best "
        "fit. The table has its m and k for each size: m near 0 has settled, m below 0 loses "
        "classes as training goes on."
    )


def answers(compared: Compared) -> None:
    """Share of images labelled rightly against the number of answers, and what a share needs."""
    means = compared.means
    _chart(plots.answers(means), "answers")
    left, right = st.columns([1, 3])
    wanted = left.number_input(
        "Images labelled rightly, %", 1.0, 100.0, 90.0, step=1.0, format="%g", key="wanted share",
        help="How many answers each method needs for it, of the numbers that were tried.",
    )  # fmt: skip
    needed = means[["method", "latent"]].assign(needed=answers_needed(means, wanted / 100))
    number = st.column_config.NumberColumn
    right.dataframe(
        needed.sort_values("needed"),
        hide_index=True,
        column_config={"needed": number(f"answers for {wanted:g} %", format="localized")},
        placeholder="–",
    )
    st.caption(f"{ANSWERS} `labeller compare --loop` goes through the whole loop with each method.")


def augmentations(compared: Compared) -> None:
    """The heat map of pairs of augmentations, one for each method that was trained with pairs."""
    for method, (names, shares) in plots.pairs(compared.records).items():
        st.markdown(f"**{escape(method)}**, linear probe")
        with st.columns([3, 2])[0]:
            _chart(figures.pair_heatmap(names, shares), f"pairs {method}")


def maps(compared: Compared) -> None:
    """Maps of two runs side by side; what is selected in one stands out in both."""
    labels = compared.labels
    left, right, third = st.columns([2, 2, 1], vertical_alignment="bottom")
    keys = list(labels)
    one = left.selectbox("Left", keys, 0, format_func=labels.__getitem__, key="left map")
    second = min(1, len(keys) - 1)
    two = right.selectbox("Right", keys, second, format_func=labels.__getitem__, key="right map")
    arrays = {labels[key]: compared.arrays(key) for key in (one, two)}
    titles = map_titles()
    kinds = [kind for kind in titles if all(f"map_{kind}" in each for each in arrays.values())]
    if not kinds:
        st.caption("No maps were drawn in this comparison.")
        return
    kind = third.segmented_control(
        "Map", kinds, default=kinds[0], required=True, format_func=titles.__getitem__,
        key="twin map",
    )  # fmt: skip
    st.fragment(_twin)(compared, arrays, kind)


@showing_errors()
def _twin(compared: Compared, arrays: dict[str, Arrays], kind: str) -> None:
    images = set(next(iter(arrays.values()))["map_images"].tolist())
    key = f"twin {compared.project.id} {compared.view.number} {kind} {'|'.join(arrays)}"
    # Kept apart from the chart, which is a new one to Streamlit once it shows a selection.
    kept = f"chosen in {key}"
    chosen = [image for image in st.session_state.get(kept, []) if image in images]

    def keep() -> None:
        st.session_state[kept] = selected_images(st.session_state.get(key))

    def clear() -> None:
        st.session_state[kept] = []

    st.plotly_chart(
        compared.map_figure(arrays, kind, chosen),
        key=key,
        on_select=keep,
        selection_mode=("lasso", "box"),
        config={"displaylogo": False},
    )
    if not chosen:
        st.caption("Test images. Draw around points on one side to find them on the other.")
        return
    shown = chosen[:MOST_SHOWN]
    words, button = st.columns([5, 1], vertical_alignment="center")
    cut = f" &nbsp; :gray[the first {len(shown)} of them below]" if len(shown) < len(chosen) else ""
    words.markdown(f"**{len(chosen):,} image{'s' * (len(chosen) != 1)} selected**{cut}")
    button.button("Clear", icon=":material/close:", on_click=clear, width="stretch")
    labels = service.true_classes(compared.store, compared.project, np.array(shown)).tolist()
    names = ["" if label < 0 else compared.class_names[label] for label in labels]
    _gallery(compared, shown, names, labels)


def pictures(compared: Compared) -> None:
    """Test images, what a method's training sees of them, and what it rebuilds, in rows."""
    images = compared.arrays(next(iter(compared.labels)))["picture_images"].tolist()
    st.markdown("**Test images**")
    shown = service.images(compared.store, compared.project, images)
    image_grid(shown, columns=len(images))
    for key, label in compared.labels.items():
        arrays = compared.arrays(key)
        kinds = [kind for kind in plots.PICTURES if kind in arrays]
        for kind in kinds:
            st.markdown(f"**{escape(label)}**: {plots.PICTURES[kind]}")
            image_grid(arrays[kind], columns=len(images))
        if not kinds:
            st.caption(f"{escape(label)} rebuilds no images.")


def classes(compared: Compared) -> None:
    """Sizes of the classes that each run found, and the images that one run is surest of."""
    labels = compared.labels
    arrays = {key: compared.arrays(key) for key in labels}
    _chart(plots.sizes(compared.runs, arrays), "sizes")
    _chart(plots.size_counts(compared.runs, arrays), "size counts")
    st.caption(
        "k-means clusters, or the method's own classes where it makes some; below, how many "
        "classes of a size a run has, mean over the runs of a method."
    )
    key = st.selectbox("Surest images of", list(labels), format_func=labels.__getitem__)
    numbers = arrays[key]["surest_class"].tolist()
    names = [f"class {number + 1}" for number in numbers]
    _gallery(compared, arrays[key]["surest"].tolist(), names, numbers)


def _gallery(compared: Compared, images: list[int], names: list[str], labels: list[int]) -> None:
    """The pictures of these images, each with a name and the colour of its label."""
    shown = service.pictures(compared.store, compared.project, images, 136)
    gallery(
        Picture(picture, name, f"image {image}", label)
        for picture, name, image, label in zip(shown, names, images, labels, strict=True)
    )


def _score(rows: pd.DataFrame) -> str:
    """The score that is drawn, the same in all plots that can draw several."""
    return st.selectbox("Score", plots.scores_of(rows), format_func=title_of, key="compare score")


def _chart(figure: Any, key: str) -> None:
    st.plotly_chart(figure, key=f"chart {key}", config={"displaylogo": False})
