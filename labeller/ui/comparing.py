"""The Compare page's handling of comparisons: the form, the choice of one, progress, and export."""

from functools import partial
from itertools import combinations_with_replacement
from typing import Any

import streamlit as st
from pydantic import ValidationError

from labeller import service
from labeller.config import TrainConfig
from labeller.errors import LabellerError
from labeller.evaluation.plan import CompareConfig
from labeller.records import ComparisonView, JobView, ProjectView
from labeller.service import Store
from labeller.ui.comparison_report import csv_file, html_file
from labeller.ui.creation import showing_problems
from labeller.ui.exports import file_name
from labeller.ui.jobs import speed_text, stage_text
from labeller.ui.text import escape

FIRST_METHODS = ("vae", "ae")
DEFAULT_EPOCHS = 12


def new_comparison(store: Store, project: ProjectView, catalogue: dict[str, Any]) -> None:
    """The form of a comparison, and the button that queues it."""
    key = f"compare {project.id}"
    options = method_options(catalogue)
    first = dict.fromkeys([project.config.method, *FIRST_METHODS])
    methods = st.multiselect(
        "Methods",
        options,
        default=[name for name in first if name in catalogue],
        format_func=lambda text: option_title(text, catalogue),
        help="Each with its own settings, or with those of a preset.",
        key=f"{key} methods",
    )
    cells = st.columns(4)
    epochs = cells[0].number_input(
        "Epochs", 1, 10_000, min(DEFAULT_EPOCHS, project.config.train.epochs), key=f"{key} epochs"
    )
    latents = cells[1].text_input(
        "Latent sizes",
        placeholder="each method's own",
        help="Numbers such as 16, 64: every method is trained once with each. A method whose size "
        "follows from its other settings is trained once.",
        key=f"{key} z",
    )
    seeds = cells[2].number_input(
        "Seeds", 1, 20, 1, help="Trainings of each, to see how much is chance.", key=f"{key} seeds"
    )
    images = cells[3].number_input(
        "Training images", 0, value=min(project.train, 10_000), step=1000,
        help=f"At most so many of the {project.train:,}; 0 takes all.", key=f"{key} images",
    )  # fmt: skip
    with st.expander("More settings", icon=":material/tune:"):
        more = _more(key, project)
    pairs = _pairs(key, methods, catalogue)
    name = st.text_input("Name", placeholder="the methods' names", max_chars=80, key=f"{key} name")
    pressed = st.button(
        "Start the comparison",
        type="primary",
        icon=":material/play_arrow:",
        disabled=not methods,
        key=f"{key} start",
    )
    if not pressed:
        return
    train = TrainConfig(
        epochs=epochs, batch_size=more.pop("batch_size"), learning_rate=more.pop("learning_rate")
    )
    with showing_problems():
        config = _config(
            {
                **more,
                "methods": tuple(pairs or methods),
                "latents": numbers(latents),
                "seeds": tuple(range(seeds)),
                "images": images,
                "train": train,
            }
        )
        service.compare(store, project, config, name)
        service.ensure_worker(store)
        st.rerun()


def choose(
    store: Store, project: ProjectView, views: list[ComparisonView]
) -> ComparisonView | None:
    """Which comparison is shown; its name, its files and its end stand beside it."""
    by_number = {view.number: view for view in views}
    left, files, menu = st.columns([6, 3, 1], vertical_alignment="bottom")
    number = left.selectbox(
        "Comparison",
        list(by_number),
        format_func=lambda each: _title(by_number[each]),
        key=f"comparison {project.id} of {len(views)} {views[0].number}",
    )
    view = by_number[number]
    stem = f"comparison-{number}"
    with files.container(horizontal=True):
        for label, make, ending, mime in (
            ("CSV", csv_file, "csv", "text/csv"),
            ("HTML", html_file, "html", "text/html"),
        ):
            st.download_button(
                label,
                partial(make, store, project, number),
                file_name=f"{file_name(project, stem)}.{ending}",
                mime=mime,
                icon=":material/download:",
                disabled=not view.done,
                on_click="ignore",
                help="A row a run." if ending == "csv" else "Tables and plots in one file.",
                key=f"download {ending} {project.id} {number}",
            )
    with menu.popover("", icon=":material/more_vert:", help="Rename, delete"):
        _actions(store, project, view)
    return view


def standing(store: Store, project: ProjectView, view: ComparisonView) -> None:
    """What is missing or went wrong, and the button that goes on."""
    for label, error in view.errors:
        st.warning(f"**{escape(label)}** failed: {escape(error)}", icon=":material/error:")
    if view.running or view.finished:
        return
    words, button = st.columns([4, 1], vertical_alignment="center")
    words.caption(f"{view.done} of {view.total} runs are done.")
    label = "Run the others" if not view.failed else "Try again"
    if button.button(label, icon=":material/play_arrow:", key=f"go on {view.number}"):
        with showing_problems():
            service.continue_comparison(store, project, view.number)
            service.ensure_worker(store)
            st.rerun()


def watch(store: Store, project: ProjectView, job: JobView) -> None:
    """The running comparison, polled once a second; each finished run draws the page again."""
    number = int(str(job.arguments.get("comparison", 0)))
    done = service.comparison(store, project, number).done
    st.fragment(_watch, run_every=1.0)(store, project.id, job.id, number, done)


def method_options(catalogue: dict[str, Any]) -> list[str]:
    """Every method, and every preset of it that says something else than its defaults."""
    options = []
    for name, entry in catalogue.items():
        options.append(name)
        options += [f"{name}:{preset}" for preset, changes in entry["presets"].items() if changes]
    return options


def option_title(text: str, catalogue: dict[str, Any]) -> str:
    """`vae:deep` as people say it."""
    name, _, preset = text.partition(":")
    entry = catalogue[name]
    title = f"{entry['title']}, {preset}" if preset else entry["title"]
    return f"{title} (taught with true classes)" if entry.get("needs_labels") else title


def numbers(text: str) -> tuple[int, ...]:
    """`16, 64` as numbers; raises ValueError with what was written."""
    try:
        return tuple(int(part) for part in text.replace(";", ",").split(",") if part.strip())
    except ValueError:
        raise ValueError(f"sizes must be whole numbers such as 16, 64, got {text}") from None


def _config(values: dict[str, Any]) -> CompareConfig:
    try:
        return CompareConfig.model_validate(values)
    except ValidationError as refused:
        problem = refused.errors()[0]
        place = " ".join(str(part) for part in problem["loc"])
        raise LabellerError(f"{place}: {problem['msg']}, got {problem['input']}") from None


def _more(key: str, project: ProjectView) -> dict[str, Any]:
    """The settings that most people leave as they are."""
    train = project.config.train
    cells = st.columns(4)
    found: dict[str, Any] = {
        "batch_size": cells[0].number_input(
            "Batch size", 2, 65_536, train.batch_size, key=f"{key} batch"
        ),
        "learning_rate": cells[1].number_input(
            "Learning rate", 1e-6, 1.0, train.learning_rate, format="%g", key=f"{key} rate"
        ),
        "probe_every": cells[2].number_input(
            "Epochs between probes", 0, 1000, 1, key=f"{key} every",
            help="A linear probe at the end of an epoch draws accuracy against epoch. 0: none.",
        ),
        "mlp_epochs": cells[3].number_input(
            "Epochs of the MLPs", 0, 10_000, 0, step=50, key=f"{key} mlp",
            help="Trains seven small networks on the latents and tests the best. 0: not.",
        ),
    }  # fmt: skip
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    answers = left.text_input(
        "Numbers of answers", "10, 20, 30, 50", key=f"{key} answers",
        help="How many images are labelled rightly after so many answers about clusters.",
    )  # fmt: skip
    found["preset"] = middle.selectbox(
        "Clusters of", ["manifold", "paper"], key=f"{key} preset",
        help="manifold: in a UMAP of the latents; paper: in the latents themselves.",
    )  # fmt: skip
    found["layers"] = right.toggle("Probe each convolution", key=f"{key} layers")
    with showing_problems():
        found["answers"] = numbers(answers)
    return found


def _pairs(key: str, methods: list[str], catalogue: dict[str, Any]) -> list[str]:
    """Every pair of augmentations of the chosen methods that have some; empty: none was asked."""
    able = [
        text
        for text in methods
        if "augmentations" in catalogue[text.partition(":")[0]]["schema"].get("properties", {})
    ]
    if not able:
        return []
    text = st.text_input(
        "Pairs of augmentations to compare",
        placeholder="none; for example rotation, crop, cutout",
        help="Trains the methods that augment once with each of these and once with each pair, "
        "for the heat map of the Pseudo Labelling paper.",
        key=f"{key} pairs",
    )
    names = [part.strip() for part in text.split(",") if part.strip()]
    pairs = ["+".join(dict.fromkeys(pair)) for pair in combinations_with_replacement(names, 2)]
    return [f"{method}@augmentations={pair}" for method in able for pair in pairs]


def _title(view: ComparisonView) -> str:
    state = "" if view.finished else f" · {view.done} of {view.total} runs"
    return f"{view.name} · {view.created_at:%d %b %Y, %H:%M}{state}"


def _actions(store: Store, project: ProjectView, view: ComparisonView) -> None:
    key = f"{project.id} {view.number}"
    name = st.text_input("Name", view.name, max_chars=80, key=f"name of {key} {view.name}")
    with showing_problems():
        unchanged = name.strip() in ("", view.name)
        if st.button("Rename", key=f"rename {key}", disabled=unchanged):
            service.rename_comparison(store, project, view.number, name)
            st.rerun()
    st.divider()
    sure = st.checkbox("Delete it with all its runs", key=f"sure {key}", disabled=view.running)
    if st.button("Delete", key=f"delete {key}", disabled=not sure, icon=":material/delete:"):
        with showing_problems():
            service.delete_comparison(store, project, view.number)
            st.rerun()


def _watch(store: Store, project: int, number: int, comparison: int, done: int) -> None:
    service.ensure_worker(store)
    job = service.job(store, number)
    view = service.comparison(store, project, comparison)
    if not job.active or view.done != done:
        st.rerun(scope="app")
    with st.container(border=True, gap="small"):
        words, button = st.columns([6, 1], vertical_alignment="center")
        head = f"**{escape(view.name)}** · {view.done} of {view.total} runs done"
        words.markdown(f"{head} &nbsp; :gray[{escape(speed_text(job))}]")
        if button.button("Cancel", key=f"stop {number}", disabled=job.cancelling, width="stretch"):
            service.cancel(store, number)
            st.rerun(scope="fragment")
        share = job.done / job.total if job.total and job.stage == "train" else 0.0
        st.progress(min(max((view.done + share) / max(1, view.total), 0.0), 1.0))
        st.caption(escape(f"{stage_text(job)}: {job.message}" if job.message else stage_text(job)))
