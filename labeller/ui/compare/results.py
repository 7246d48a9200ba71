"""What a comparison found: the sortable table, and one plot at a time below it."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from labeller import figures, service
from labeller.comparison.table import (
    ANSWERS,
    answer_columns,
    answers_needed,
    layer_columns,
    mean_table,
)
from labeller.records import ComparisonView, ProjectView
from labeller.rounds.spaces import map_titles
from labeller.service import Store
from labeller.ui.compare import plots
from labeller.ui.compare.table import axis_of, table, title_of
from labeller.ui.explore.selection import MOST_SHOWN, selected_images
from labeller.ui.frame.page import image_grid
from labeller.ui.frame.text import escape
from labeller.ui.widgets.gallery import Picture, gallery


def show(store: Store, project: ProjectView, view: ComparisonView, runs: pd.DataFrame) -> None:
    """The table, and the plot that is chosen."""
    means = mean_table(runs)
    table(means, view.config)
    with st.expander(f"Every run ({len(runs)})", icon=":material/list:"):
        table(runs.drop(columns=["key"]), view.config)
    drawings: dict[str, Callable[[], None]] = {
        "Scores": lambda: accuracy(means),
        "Epochs": lambda: epochs(store, project, view),
        "Time": lambda: time(runs),
        "Answers": lambda: answers(means),
        "Layers": lambda: _chart(plots.layers(means), "layers"),
        "Augmentations": lambda: augmentations(store, project, view),
        "Maps": lambda: maps(store, project, view, runs),
        "Pictures": lambda: pictures(store, project, view, runs),
        "Classes": lambda: classes(store, project, view, runs),
    }
    if not answer_columns(means):
        drawings.pop("Answers")
    if not layer_columns(means):
        drawings.pop("Layers")
    if not plots.pairs(service.comparison_records(store, project, view.number)):
        drawings.pop("Augmentations")
    if "linear_probe" not in means:
        drawings.pop("Epochs")
    if not runs["epoch_seconds"].notna().any():
        drawings.pop("Time")
    chosen = st.segmented_control(
        "Show", list(drawings), default=next(iter(drawings)), required=True,
        key=f"plot of {project.id} {view.number}", label_visibility="collapsed",
    )  # fmt: skip
    drawings[chosen]()


def accuracy(means: pd.DataFrame) -> None:
    """One score by method and latent size."""
    score = _score(means)
    _chart(plots.accuracy(means, score, axis_of(score)), f"accuracy {score}")


def time(runs: pd.DataFrame) -> None:
    """One score against the training time of an epoch."""
    score = _score(runs)
    _chart(plots.time(runs, score, axis_of(score)), f"time {score}")


def epochs(store: Store, project: ProjectView, view: ComparisonView) -> None:
    """Accuracy against epoch, with the line of best fit of each method in words."""
    records = service.comparison_records(store, project, view.number)
    done = [record for record in records if record["state"] == "done"]
    without = list(dict.fromkeys(each["label"] for each in done if not each["curve"]))
    if without:
        st.caption(f"Not trained, so without epochs: {escape(', '.join(without))}.")
    if not any(each.get("accuracy") for record in records for each in record["curve"]):
        st.caption("No probes were made after epochs in this comparison.")
        return
    _chart(plots.epochs(records), "epochs")
    st.caption(
        "The linear probe after each epoch, mean over seeds and sizes; dotted, its line of best "
        "fit. The table has its m and k for each size: m near 0 has settled, m below 0 loses "
        "classes as training goes on."
    )


def answers(means: pd.DataFrame) -> None:
    """Share of images labelled rightly against the number of answers, and what a share needs."""
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


def augmentations(store: Store, project: ProjectView, view: ComparisonView) -> None:
    """The heat map of pairs of augmentations, one for each method that was trained with pairs."""
    for method, (names, shares) in plots.pairs(
        service.comparison_records(store, project, view.number)
    ).items():
        st.markdown(f"**{plots.plain(method)}**, linear probe")
        with st.columns([3, 2])[0]:
            _chart(figures.pair_heatmap(names, shares), f"pairs {method}")


def maps(store: Store, project: ProjectView, view: ComparisonView, runs: pd.DataFrame) -> None:
    """Maps of two runs side by side; what is selected in one stands out in both."""
    labels = plots.run_labels(runs)
    left, right, third = st.columns([2, 2, 1], vertical_alignment="bottom")
    keys = list(labels)
    one = left.selectbox("Left", keys, 0, format_func=labels.__getitem__, key="left map")
    second = min(1, len(keys) - 1)
    two = right.selectbox("Right", keys, second, format_func=labels.__getitem__, key="right map")
    arrays = {
        key: service.comparison_arrays(store, project, view.number, key) for key in (one, two)
    }
    kinds = [
        kind for kind in map_titles() if all(f"map_{kind}" in found for found in arrays.values())
    ]
    if not kinds:
        st.caption("No maps were drawn in this comparison.")
        return
    kind = third.segmented_control(
        "Map",
        kinds,
        default=kinds[0],
        required=True,
        format_func=map_titles().__getitem__,
        key="twin map",
    )
    st.fragment(_twin)(store, project, view, {labels[k]: arrays[k] for k in arrays}, kind)


def _twin(
    store: Store, project: ProjectView, view: ComparisonView, arrays: dict, kind: str
) -> None:
    images = next(iter(arrays.values()))["map_images"]
    truth = service.true_classes(store, project, images)
    names = [each.name for each in service.classes(store, project)]  # merged ones too
    key = f"twin {project.id} {view.number} {kind} {'|'.join(arrays)}"
    # Kept apart from the chart, which is a new one to Streamlit once it shows a selection.
    kept = f"chosen in {key}"
    place = dict(zip(images.tolist(), truth.tolist(), strict=True))
    chosen = [image for image in st.session_state.get(kept, []) if image in place]

    def keep() -> None:
        st.session_state[kept] = selected_images(st.session_state.get(key))

    def clear() -> None:
        st.session_state[kept] = []

    st.plotly_chart(
        figures.twin_maps(
            {name: found[f"map_{kind}"] for name, found in arrays.items()},
            images,
            truth,
            names,
            chosen,
        ),
        key=key,
        on_select=keep,
        selection_mode=("lasso", "box"),
        config={"displaylogo": False},
    )
    if not chosen:
        st.caption("Test images. Draw around points on one side to find them on the other.")
        return
    shown = chosen[:MOST_SHOWN]
    said, button = st.columns([5, 1], vertical_alignment="center")
    cut = f" &nbsp; :gray[the first {len(shown)} of them below]" if len(shown) < len(chosen) else ""
    said.markdown(f"**{len(chosen):,} image{'s' * (len(chosen) != 1)} selected**{cut}")
    button.button("Clear", icon=":material/close:", on_click=clear, width="stretch")
    words = ["" if place[each] < 0 else names[place[each]] for each in shown]
    gallery(
        Picture(image, word, f"image {number}", place[number])
        for image, word, number in zip(
            service.pictures(store, project, shown, 136), words, shown, strict=True
        )
    )


def pictures(store: Store, project: ProjectView, view: ComparisonView, runs: pd.DataFrame) -> None:
    """Test images, what a method's training sees of them, and what it rebuilds, in rows."""
    labels = plots.run_labels(runs)
    first = service.comparison_arrays(store, project, view.number, next(iter(labels)))
    rows = first["picture_images"]
    st.markdown("**Test images**")
    image_grid(service.images(store, project, rows.tolist()), columns=len(rows))
    for key, label in labels.items():
        arrays = service.comparison_arrays(store, project, view.number, key)
        found = [kind for kind in plots.PICTURES if kind in arrays]
        for kind in found:
            st.markdown(f"**{plots.plain(label)}**: {plots.PICTURES[kind]}")
            image_grid(arrays[kind], columns=len(rows))
        if not found:
            st.caption(f"{plots.plain(label)} rebuilds no images.")


def classes(store: Store, project: ProjectView, view: ComparisonView, runs: pd.DataFrame) -> None:
    """Sizes of the classes that each run found, and the images that one run is surest of."""
    labels = plots.run_labels(runs)
    arrays = {key: service.comparison_arrays(store, project, view.number, key) for key in labels}
    _chart(plots.sizes(runs, arrays), "sizes")
    _chart(plots.size_counts(runs, arrays), "size counts")
    st.caption(
        "k-means clusters, or the method's own classes where it makes some; below, how many "
        "classes of a size a run has, mean over a method's runs."
    )
    key = st.selectbox("Surest images of", list(labels), format_func=labels.__getitem__)
    found = arrays[key]
    gallery(
        Picture(image, f"class {number + 1}", f"image {row}", int(number))
        for image, row, number in zip(
            service.pictures(store, project, found["surest"].tolist(), 136),
            found["surest"],
            found["surest_class"],
            strict=True,
        )
    )


def _score(rows: pd.DataFrame) -> str:
    """The score that is drawn, the same in all plots that can draw several."""
    return st.selectbox("Score", plots.scores_of(rows), format_func=title_of, key="compare score")


def _chart(figure: Any, key: str) -> None:
    st.plotly_chart(figure, key=f"chart {key}", config={"displaylogo": False})
