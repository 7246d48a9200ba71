"""What the Export page explains: the columns of the table, and how the files are used elsewhere."""

import inspect
import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from labeller import service
from labeller.records import ProjectView
from labeller.service import Store

COLUMNS = {
    "image": "Number of the image in the project, from 0.",
    "path": "File name in the source.",
    "split": "train: learnt from and labelled; test: kept apart to measure.",
    "label": "Number of the class that the answers give; empty for none.",
    "name": "Name of that class; empty for none.",
    "confidence": "How sure the expert was of the deciding answer, from 0 to 1.",
    "weight": "How much the label counts, from 0 to 1: less far from the centre of its cluster.",
    "looked": "Whether an expert looked at this image itself, not only at its cluster.",
    "set_aside": "Whether somebody set the image aside: no label, not taught, not asked about.",
    "source_answer": "Number of the deciding answer, counted from 1; empty for none.",
    "expert": "Who gave that answer.",
    "round": "Round of that answer; empty for none.",
    "cluster": "Path of the cluster that was asked about: 3.1 is a part of cluster 3.",
    "distance": "Distance to the centre of that cluster, in the space that was clustered.",
    "predicted": "Number of the class that the trained classifier gives.",
    "predicted_name": "Name of that class.",
    "certainty": "How sure the classifier is, from 0 to 1.",
}


def file_of(
    store: Store, project: ProjectView, format: str, settings: Mapping[str, Any] | None = None
) -> bytes:
    """The table of labels as the bytes of a file in the format of that name, made when asked."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels"
        return service.export_labels(store, project, path, format, settings).read_bytes()


def summary(cls: type) -> str:
    """What a format says of itself in a sentence."""
    return " ".join(inspect.cleandoc(cls.__doc__ or "").partition("\n\n")[0].split())


def column_help(table: pd.DataFrame) -> pd.DataFrame:
    """The meaning of each column of `table`, in its order."""
    meanings = [COLUMNS.get(str(column), "") for column in table.columns]
    return pd.DataFrame({"column": table.columns.astype(str), "meaning": meanings})


def file_name(project: ProjectView, ending: str) -> str:
    """A file name of the project's name: letters, digits, dash and underscore."""
    safe = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in project.name)
    return f"{safe.strip('-') or 'project'}-{ending}"


def snippet(project: ProjectView) -> str:
    """Python that labels new images with the downloaded classifier."""
    return f"""import labeller

classifier = labeller.load_classifier("{file_name(project, "classifier")}.zip")
found = classifier.predict(["new.png"])  # paths, PIL images or arrays
print(found.labels[0], f"{{found.probabilities[0].max():.0%}} sure")
print(found.table())
"""


def commands(project: ProjectView) -> str:
    """The same on the command line."""
    name = shlex.quote(project.name)
    formats = [*service.export_formats(), *service.folder_formats()]
    return "\n".join(
        (
            *(f"labeller export {name} --out labels{each.suffix}" for each in formats),
            f"labeller export {name} --classifier {file_name(project, 'classifier')}.zip",
            f"labeller report {name} --out {file_name(project, 'report')}.html",
            f"labeller predict {name} new-images/",
        )
    )


def table_config(table: pd.DataFrame) -> dict[str, Any]:
    """How the columns are shown: numbers with three digits, the meaning on hover."""
    config: dict[str, Any] = {}
    for column in map(str, table.columns):
        meaning = COLUMNS.get(column)
        if pd.api.types.is_float_dtype(table[column]) and column != "label":
            config[column] = st.column_config.NumberColumn(column, format="%.3f", help=meaning)
        else:
            config[column] = st.column_config.Column(column, help=meaning)
    return config
