"""How a project begins: the demo of an empty workspace, and the form of a new project."""

import re
from pathlib import Path
from typing import Any

import streamlit as st

from labeller import service
from labeller.service import Store
from labeller.ui.frame.page import choose_project, open_page, showing_errors
from labeller.ui.frame.text import escape
from labeller.ui.widgets.choices import choose_new_encoder
from labeller.ui.widgets.folders import choose_path

PRESETS = {
    "recommended": "Fewest answers: unfolds the learnt space, teaches a classifier, and later asks "
    "only about what it is not sure of.",
    "manifold": "Unfolds the learnt space before it groups the images, in every round anew.",
    "paper": "As published: groups the images in the learnt space itself. Needs more questions.",
}
KINDS_OF_SOURCE = {
    "named": "A ready-made set",
    "upload": "Upload a zip",
    "folder": "On this computer",
}
FITS_SHOWN = {"letterbox": "Keep the whole image", "crop": "Keep the middle"}


def demo_state(store: Store) -> None:
    """The empty workspace: what this is, and one button that shows it."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown("### Label thousands of images by answering ten questions", width="content")
        st.markdown(
            "A network arranges your images without labels. You say what the groups are, and how "
            "sure you are; every image gets that label with a weight.",
            width="content",
            text_alignment="center",
        )
        pressed = st.button(
            "Try it with 1,797 handwritten digits", type="primary", icon=":material/play_arrow:"
        )
        st.caption("They ship with the app: nothing is downloaded.", width="content")
        st.space("small")
    if pressed:
        service.begin_demo(store)
        service.ensure_worker(store)
        choose_project(service.project(store, service.DEMO))
        open_page("label")


def new_project(store: Store, taken: set[str]) -> None:
    """The form of a new project; creating it queues the import and opens the Train page."""
    kinds = [kind for kind in KINDS_OF_SOURCE if kind != "folder" or service.folders(store)]
    kind = st.segmented_control(
        "Images", kinds, default="named", required=True, key="kind of source",
        format_func=KINDS_OF_SOURCE.__getitem__,
    )  # fmt: skip
    source, upload, suggestion = _choose_source(store, kind)
    left, right = st.columns([2, 1])
    name = left.text_input(
        "Name", placeholder=free_name(suggestion, taken), max_chars=80, key="new name"
    )
    side = right.number_input(
        "Image side in pixels", 8, 128, None, key="new side", placeholder="automatic",
        help="Images are resized to squares of this side. Automatic keeps the size of ready-made "
        "sets, and takes 64 for your own images.",
    )  # fmt: skip
    fit = st.segmented_control(
        "Images that are not square", list(FITS_SHOWN), default="letterbox", required=True,
        key="new fit", format_func=FITS_SHOWN.__getitem__,
        help="Whole: between margins of the colour of its edges. The middle: larger, but what "
        "sticks out is never seen by the network.",
    )  # fmt: skip
    preset = st.radio(
        "How questions are made", list(PRESETS), key="new preset", format_func=str.capitalize,
        captions=list(PRESETS.values()),
    )  # fmt: skip
    encoder = choose_new_encoder("new")
    words = ""
    if kind != "named":
        words = st.text_input(
            "Class names, separated by commas", key="new classes", placeholder="cat, dog, horse",
            help="For images without class folders. More can be added while labelling.",
        )  # fmt: skip
    ready = source is not None or upload is not None
    if st.button("Create project", type="primary", disabled=not ready, icon=":material/add:"):
        with showing_errors(ValueError):
            if upload is not None:
                with st.spinner(f"Saving {escape(upload.name)}"):
                    source = str(service.save_upload(store, upload.name, upload))
            options: dict[str, Any] = {
                "preset": preset,
                "size": side,
                "fit": fit,
                "classes": class_names(words),
                "encoder": encoder,
            }
            _create(store, name.strip() or free_name(suggestion, taken), str(source), options)


def largest_upload() -> float:
    """How many GB a file may have that is uploaded: .streamlit/config.toml or the limits say so."""
    return round(float(st.get_option("server.maxUploadSize")) / 1024, 1)


def class_names(words: str) -> list[str]:
    """Names from one line, separated by commas or semicolons, without blanks and repetitions."""
    parts = (part.strip() for part in re.split(r"[,;\n]", words))
    return list(dict.fromkeys(part for part in parts if part))


def free_name(wanted: str, taken: set[str]) -> str:
    """`wanted`, or `wanted 2`, `wanted 3` and so on when projects of that name exist."""
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted} {number}"
    return name


def source_text(source: dict[str, Any]) -> str:
    """A named source in a line: title, how many images, how large, whether it is downloaded."""
    colours = "colour" if source["channels"] == 3 else "grey"
    text = f"{source['title']}: {source['count']:,} images, {source['size']} pixels, {colours}"
    return text + (", downloaded once" if source["download"] else "")


def _create(store: Store, name: str, source: str, options: dict[str, Any]) -> None:
    """Make the project, queue its import, and go and watch."""
    project = service.create_project(store, name, source, **options)
    service.ensure_worker(store)
    choose_project(project)
    open_page("train")


def _choose_source(store: Store, kind: str) -> tuple[str | None, Any, str]:
    """The widgets of one kind of source: (source or None, uploaded file or None, a name for it)."""
    if kind == "named":
        titles = {each["name"]: source_text(each) for each in service.sources()}
        name = st.selectbox("Set", list(titles), key="named source", format_func=titles.__getitem__)
        return name, None, name
    if kind == "upload":
        upload = st.file_uploader(
            f"A zip of images, up to {largest_upload():g} GB", type=["zip"], key="upload",
            help="Folders named like classes are read as true labels, used only to measure.",
        )  # fmt: skip
        return None, upload, Path(upload.name).stem if upload else "my images"
    path = choose_path(
        "folder", service.folders(store), placeholder="/home/me/pictures",
        help="A folder or zip of images, arrays (.npz, .npy), a table of paths (.csv, .parquet), a "
        "folder of Hugging Face, or tasks of Label Studio (.json). Folders named like classes are "
        "read as true labels, used only to measure; folders named train and test are kept apart.",
    )  # fmt: skip
    return path or None, None, Path(path).stem or "my images"
