"""What the Train page shows of a running or finished training, and how its settings are chosen."""

from typing import Any

import streamlit as st

from labeller import figures, service
from labeller.config import EmbedConfig, EncodeConfig, RoundConfig, TrainConfig
from labeller.records import JobView, ProjectView
from labeller.rounds.clusterers import clusterer_of
from labeller.service import Store
from labeller.ui.frame.bell import mount_bell
from labeller.ui.frame.job_banner import duration, job_box, running, show_progress, stage_text
from labeller.ui.frame.page import showing_errors
from labeller.ui.frame.text import escape
from labeller.ui.widgets.choices import choose_thing, own_settings, pick
from labeller.ui.widgets.cluster_count import choose_count
from labeller.ui.widgets.forms import field_widget, schema_form, settings_form

TRAINING = ("train", "retrain")
STEPS = {
    "encode-features": "Computing features",
    "train": "Training",
    "encode": "Encoding",
    "embed": "Finding the space",
    "cluster": "Clustering",
    "cards": "Preparing questions",
}
LENGTH = ("epochs", "batch_size", "learning_rate")
REST = tuple(name for name in TrainConfig.model_fields if name not in (*LENGTH, "device"))
NO_EPOCHS = (
    "This method is not trained: it looks at the images once, if at all. Epochs, batches and "
    "learning rate have no effect."
)


def watch(store: Store, project: ProjectView, job: JobView) -> None:
    """Show the running job and its curves, polled once a second; the page runs again at its end."""
    features = project.config.encode != EncodeConfig()
    st.fragment(_watch, run_every=1.0)(store, features, job.id)
    mount_bell(project, service.jobs(store, project), job)


def wait_for_methods(store: Store) -> None:
    """Say that the worker starts, and run the page again when it has written what it can train."""
    st.fragment(_wait_for_methods, run_every=1.0)(store)


def curves(store: Store, job: JobView) -> None:
    """The loss curves of a training, running or finished; in words where there were no epochs."""
    records = service.curve(store, job.id)
    if records:
        epochs = job.total if job.stage == "train" else len(records)
        st.plotly_chart(
            figures.loss_curves(records, epochs=epochs), key=f"curves {job.id}", theme="streamlit"
        )
    elif job.state == "done":
        st.caption("No loss to draw: nothing was trained in epochs.")


def choose_method(
    catalogue: dict[str, Any], config: RoundConfig, key: str
) -> tuple[str, dict[str, Any]]:
    """The method, one of its presets, and its settings; returns its name and the settings."""
    names = list(catalogue)
    left, right = st.columns(2)
    position = names.index(config.method) if config.method in names else 0
    name = left.selectbox(
        "Method",
        names,
        position,
        format_func=lambda each: catalogue[each]["title"],
        help="The network that learns, without labels, to arrange alike images together.",
        key=f"{key} method",
    )
    entry = catalogue[name]
    presets: dict[str, dict[str, Any]] = {"standard": {}, **entry["presets"]}
    chosen = right.selectbox(
        "Preset",
        list(presets),
        format_func=lambda each: each.replace("_", " ").replace("-", " "),
        help="Settings that fit together. Each can be changed below.",
        key=f"{key} preset of {name}",
    )
    summary, _, rest = entry["doc"].strip().partition("\n\n")
    st.caption(escape(summary))
    saved = config.method_config if name == config.method and chosen == "standard" else {}
    with st.expander("Settings of the method", icon=":material/tune:"):
        if rest:
            with st.popover("How it works", type="tertiary", icon=":material/menu_book:"):
                st.text(rest)
        values = {**entry["defaults"], **presets[chosen], **saved}
        return name, schema_form(
            entry["schema"], values, f"{key} method {name} {chosen}", columns=3
        )


def choose_training(store: Store, config: RoundConfig, key: str, *, epochs: bool) -> RoundConfig:
    """How long and how fast to train, and on what; returns `config` with these settings.

    Without `epochs`, for a method that is not trained, only device and seed can be chosen.
    """
    train, rest = config.train, REST if epochs else ("seed",)
    if epochs:
        train = settings_form(train, key, only=LENGTH, columns=3)
    else:
        st.caption(NO_EPOCHS)
    with st.expander("Device and repeatability", icon=":material/memory:"):
        devices = service.devices(store) or {}
        options = list(devices.get("choices", ["auto"]))
        position = options.index(train.device) if train.device in options else 0
        device = st.selectbox(
            "Device",
            options,
            position,
            format_func=lambda each: (
                f"automatic: {devices.get('auto', '')}" if each == "auto" else each
            ),
            key=f"{key} device",
        )
        train = settings_form(train, key, only=rest, columns=2)
    return config.model_copy(update={"train": train.model_copy(update={"device": device})})


def choose_questions(config: RoundConfig, key: str) -> RoundConfig:
    """How images are grouped into questions; returns `config` with these settings."""
    first, second, rest = st.columns([1, 1, 2])
    with second:
        groups = choose_thing("cluster", config.cluster, key, "Algorithm")
    with first:
        if clusterer_of(groups).takes_count:
            count = choose_count(groups.clusters, f"{key}.clusters")
            groups = groups.model_copy(update={"clusters": count})
        else:
            st.caption("This algorithm finds the number of clusters, one question each, itself.")
    with rest:
        groups = own_settings("cluster", groups, key)
    ask = config.ask
    if ask.choice == "uncertain":
        follows = groups.algorithm == config.cluster.algorithm
        with st.columns([1, 1, 2])[1]:
            later = pick(
                "cluster",
                ask.algorithm if follows else groups.algorithm,
                f"{key} later algorithm after {groups.algorithm}",
                "In later rounds",
                help="Later rounds group the images that the student is unsure of.",
                instead=groups.algorithm,
            )
        ask = ask.model_copy(update={"algorithm": later})
    first, rest = st.columns([1, 3])
    with first:
        space = choose_thing("embed", config.embed, key, "Space")
        if config.encode != EncodeConfig():
            field = EmbedConfig.model_json_schema()["properties"]["of"]
            base = field_widget("of", field, space.of, f"{key}.of")
            space = space.model_copy(update={"of": base})
    with rest:
        space = own_settings("embed", space, key, columns=3)
    st.markdown("**Images on a card**")
    card = settings_form(config.card, key, columns=3)
    changes = {"cluster": groups, "embed": space, "card": card, "ask": ask}
    return config.model_copy(update=changes)


@showing_errors()
def _watch(store: Store, features: bool, number: int) -> None:
    job = running(store, number)
    with job_box(store, job, f"#### {escape(stage_text(job))}"):
        if job.kind in TRAINING:
            st.caption(_steps(job, features))
        show_progress(job, message=job.stage != "train")
        if job.kind in TRAINING:
            _numbers(job)
            with showing_errors():
                curves(store, job)


def _steps(job: JobView, features: bool) -> str:
    """The steps of a training in a row, the present one bold, those done ticked.

    `features`: the project has an encoder.
    """
    order = [step for step in STEPS if features or step != "encode-features"]
    stage = "train" if job.stage == "fit" else job.stage  # without epochs
    now = order.index(stage) if stage in order else -1
    words = [
        f":green[:material/check:] {text}" if place < now
        else f"**{text}**" if place == now
        else f":gray[{text}]"
        for place, text in enumerate(STEPS[step] for step in order)
    ]  # fmt: skip
    return " &nbsp;›&nbsp; ".join(words)


def _numbers(job: JobView) -> None:
    """Progress, speed and time left of what takes long: features, and epochs with their loss."""
    metrics = job.metrics
    if job.stage not in ("encode-features", "train") or not job.total:
        return
    speed, left = metrics.get("images_per_second"), metrics.get("seconds_left")
    cells = st.columns(4)
    if job.stage == "train":
        cells[0].metric("Epochs done", f"{job.done} of {job.total}")
        cells[1].metric("Loss", f"{metrics['loss']:.4g}" if "loss" in metrics else "–")
    else:
        cells[0].metric("Images done", f"{job.done:,} of {job.total:,}")
    cells[2].metric("Images per second", "–" if speed is None else f"{speed:,.0f}")
    cells[3].metric("Time left", "–" if left is None else duration(left))


@showing_errors()
def _wait_for_methods(store: Store) -> None:
    service.ensure_worker(store)
    if service.methods(store) is not None:
        st.rerun(scope="app")
    st.info(
        "Starting the worker, which knows what can be trained. The first start takes some seconds.",
        icon=":material/hourglass_top:",
    )


def ended(job: JobView) -> str:
    """One line on a finished training: what, how long, where."""
    parts = [f"{job.title} done"]
    if job.started_at and job.finished_at:
        parts.append(duration((job.finished_at - job.started_at).total_seconds()))
    if job.device:
        parts.append(f"on {'CPU' if job.device == 'cpu' else job.device}")
    return " · ".join(parts)
