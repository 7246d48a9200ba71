"""The form of a new comparison on the Compare page: methods, sizes, seeds and how all train."""

from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import Any

import streamlit as st

from labeller import service
from labeller.comparison.columns import ANSWERS
from labeller.comparison.plan import CompareConfig
from labeller.config import PIXELS, TrainConfig
from labeller.evaluation.positions import position_files
from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui.compare.fields import Fields, config_of, shared_settings, sizes, transforms
from labeller.ui.frame.page import showing_errors
from labeller.ui.widgets.forms import schema_form

FIRST_METHODS = ("vae", "ae")
DEFAULT_EPOCHS = 12
TRAINING = {*TrainConfig.model_fields} - {"epochs", "device", "compile", "seed"}
MEASURED = ("probe_every", "mlp_epochs", "sample", "layer_size")


def new_comparison(store: Store, project: ProjectView, catalogue: dict[str, Any]) -> None:
    """The form of a comparison, and the button that queues it when no field is wrong."""
    catalogue = runnable(catalogue, project)
    fields = Fields()
    key = f"compare {project.id}"
    methods = _methods(key, project, catalogue)
    epochs, basics = _basics(key, project, fields)
    with st.expander("How all are trained", icon=":material/model_training:"):
        train = _training(key, project, fields)
        shared = fields.text(
            "Settings for all methods",
            lambda text: shared_settings(text, methods, catalogue),
            st,
            label="Settings for all methods that have them",
            placeholder="none; for example width=16, hidden=128",
            help="KEY=VALUE, separated by commas. A method that lacks one is made without it.",
            key=f"{key} settings",
        )
    with st.expander("What is measured", icon=":material/tune:"):
        more = _measured(key, project, fields)
    chosen = _with_pairs(key, methods, catalogue, fields)
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
    with showing_errors(ValueError):
        if fields.problems or train is None:
            raise ValueError(f"nothing was started. {'. '.join(fields.problems)}")
        train = train.model_copy(update={"epochs": epochs})
        config = {**more, **basics, "methods": chosen, "settings": shared, "train": train}
        service.compare(store, project, config_of(config), name)
        service.ensure_worker(store)
        st.rerun()


def runnable(catalogue: dict[str, Any], project: ProjectView) -> dict[str, Any]:
    """The methods that the project can compare: without an encoder none that reads features."""
    seen = project.config.encode != PIXELS
    return {name: each for name, each in catalogue.items() if seen or each["reads"] == "images"}


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


def _methods(key: str, project: ProjectView, catalogue: dict[str, Any]) -> list[str]:
    """The methods to compare; at first the project's own and the simplest."""
    first = dict.fromkeys([project.config.method, *FIRST_METHODS])
    return st.multiselect(
        "Methods",
        method_options(catalogue),
        default=[name for name in first if name in catalogue],
        format_func=lambda text: option_title(text, catalogue),
        help="Each with its own settings, or with those of a preset.",
        key=f"{key} methods",
    )


def _basics(key: str, project: ProjectView, fields: Fields) -> tuple[int, dict[str, Any]]:
    """Epochs, and in a row beside them latent sizes, seeds and images."""
    cells = st.columns(4)
    epochs = cells[0].number_input(
        "Epochs", 1, 10_000, min(DEFAULT_EPOCHS, project.config.train.epochs), key=f"{key} epochs"
    )
    seeds = cells[2].number_input(
        "Seeds", 1, 20, 1, help="Trainings of each, to see how much is chance.", key=f"{key} seeds"
    )
    images = cells[3].number_input(
        "Training images", 0, value=min(project.train, 10_000), step=1000,
        help=f"At most so many of the {project.train:,}; 0 takes all.", key=f"{key} images",
    )  # fmt: skip
    latents = fields.text(
        "Latent sizes",
        sizes,
        cells[1],
        placeholder="each method's own",
        help="Numbers such as 16, 64: every method is trained once with each. A method whose size "
        "follows from its other settings is trained once.",
        key=f"{key} z",
    )
    return epochs, {"latents": latents, "seeds": tuple(range(seeds)), "images": images}


def _training(key: str, project: ProjectView, fields: Fields) -> TrainConfig | None:
    """How every method is trained, but for the epochs; at first with the project's own batches."""
    own = project.config.train
    start = TrainConfig(batch_size=own.batch_size, learning_rate=own.learning_rate)
    values = start.model_dump()
    schema = TrainConfig.model_json_schema()
    chosen = schema_form(schema, values, f"{key} train", only=TRAINING, columns=4)
    return fields.read(
        "How all are trained", lambda: TrainConfig.model_validate({**values, **chosen})
    )


def _measured(key: str, project: ProjectView, fields: Fields) -> dict[str, Any]:
    """What is measured of each method beyond the usual; most people leave it as it is."""
    schema = CompareConfig.model_json_schema()
    measured = schema_form(schema, {}, key, only=MEASURED)
    left, *others = st.columns([2, 1, 1], vertical_alignment="bottom")
    for cell, name in zip(others, ("preset", "layers"), strict=True):
        with cell:
            measured |= schema_form(schema, {}, key, only=(name,), columns=1)
    measured["answers"] = fields.text(
        "Numbers of answers", sizes, left, value="10, 20, 30, 50", help=ANSWERS,
        key=f"{key} answers",
    )  # fmt: skip
    shape = (project.height, project.width, project.channels)
    measured["positions"] = fields.text(
        "Positions of an object",
        lambda text: position_files(text, shape),
        st,
        placeholder="none; TRAIN.npz, TEST.npz",
        help="Files with images of this project's size (images) and where an object is in each "
        "(positions): how well do the latents place it, in pixels?",
        key=f"{key} positions",
    )
    return measured


def _with_pairs(
    key: str, methods: list[str], catalogue: dict[str, Any], fields: Fields
) -> tuple[str, ...]:
    """The chosen methods; those that augment once for each pair of augmentations that was asked."""
    if not any(augments(text, catalogue) for text in methods):
        return tuple(methods)
    names = fields.text(
        "Pairs of augmentations",
        transforms,
        st,
        label="Pairs of augmentations to compare",
        placeholder="none; for example rotation, crop, cutout",
        help="Trains the methods that augment once with each of these and once with each pair, "
        "for the heat map of the Pseudo Labelling paper; the others are trained as they are.",
        key=f"{key} pairs",
    )
    return paired(methods, names or (), catalogue)


def paired(
    methods: Sequence[str], names: Sequence[str], catalogue: dict[str, Any]
) -> tuple[str, ...]:
    """Each method that augments once with each of the augmentations and each pair of them, the
    others as they are; without names, all as they are."""
    pairs = ["+".join(dict.fromkeys(pair)) for pair in combinations_with_replacement(names, 2)]
    chosen: list[str] = []
    for text in methods:
        able = pairs and augments(text, catalogue)
        chosen += [f"{text}@augmentations={pair}" for pair in pairs] if able else [text]
    return tuple(chosen)


def augments(text: str, catalogue: dict[str, Any]) -> bool:
    """Whether a method, perhaps of a preset, has augmentations to choose and uses them."""
    name, _, preset = text.partition(":")
    entry = catalogue[name]
    used = {**entry["defaults"], **entry["presets"].get(preset, {})}
    return "augmentations" in used and used.get("augmented") != "nothing"
