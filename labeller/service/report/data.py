"""The parts of the report about the images and their classes."""

import numpy as np
import pandas as pd

from labeller.data.display import DISPLAY_SIDE
from labeller.errors import StateError
from labeller.records import ProjectView
from labeller.service.export import labels_table
from labeller.service.guidelines import guidelines
from labeller.service.projects import pictures
from labeller.service.report.drawings import strip
from labeller.service.report.markup import Markup, bar, element, listed, section, table
from labeller.store import Store

EXAMPLES, MOST_CLASSES, MOST_EXAMPLES = 8, 100, 400
SIDE = 96  # pixels of a photo


def labels(store: Store, view: ProjectView) -> pd.DataFrame | None:
    """`labels_table`; None before the first round."""
    try:
        return labels_table(store, view)
    except StateError:
        return None


def images(view: ProjectView, labelled: pd.DataFrame | None) -> Markup:
    """How many images there are, of which size, and what became of the files of the source."""
    colours = "colour" if view.channels == 3 else "grey"
    kept = "" if view.report is None else view.report.text
    left_out = [] if view.report is None else [each.text for each in view.report.left_out]
    aside = 0 if labelled is None else int(labelled["set_aside"].sum())
    found = [
        ("Source", _name_of(view.source)),
        ("Images", f"{view.train:,} to label, {view.test:,} held out to measure with"),
        ("Seen at", f"{view.width} × {view.height} pixels, {colours}"),
        ("Import", kept),
        *(("Left out", text) for text in left_out),
        ("Set aside", f"{aside:,}, without a label on purpose" if aside else ""),
        *(("Added later", report.text) for report in view.added),
        *(("Note", note) for note in view.notes),
    ]
    return section("Images", listed(found))


def classes(store: Store, view: ProjectView, labelled: pd.DataFrame | None) -> Markup:
    """Each class with the images that have its label, and some of them drawn at random."""
    random = np.random.default_rng(0)
    if labelled is None or not (labelled["label"] >= 0).any():
        some = random.permutation(view.count)[: 2 * EXAMPLES]
        names = ", ".join(one.name for one in view.classes)
        none = f"None has a label yet. Classes: {names}." if names else "None has a label yet."
        return section("Examples", element("p", none), _strip(store, view, some, "some images"))
    guides = guidelines(store, view)
    counts = labelled.loc[labelled["label"] >= 0, "label"].value_counts()
    most, shown = int(counts.max()), min(EXAMPLES, max(2, MOST_EXAMPLES // len(view.classes)))
    # Of the same images: those held out have a prediction too, and no label.
    asked = labelled[labelled["split"] == "train"]
    predicted = asked["predicted"].value_counts() if "predicted" in labelled else None
    rows = []
    for place, one in enumerate(view.classes):
        own = np.flatnonzero(labelled["label"] == one.label)
        some = random.permutation(own)[:shown]
        seen = place < MOST_CLASSES and len(some)
        guide = guides.get(one.label)
        row = [
            element("strong", one.name) + element("p", guide.text if guide else ""),
            bar(len(own) / most, f"{len(own):,}"),
            _strip(store, view, some, f"images labelled {one.name}") if seen else "",
        ]
        rows.append(
            row[:2] + ([_count(predicted, one.label)] if predicted is not None else []) + row[2:]
        )
    headings = ["Class", "Images with the label"]
    headings += ["#By the classifier"] if predicted is not None else []
    words = "The labels come from the answers. Examples are drawn at random, right and wrong ones."
    return section("Classes", element("p", words), table([*headings, "Examples"], rows))


def _strip(store: Store, view: ProjectView, rows: np.ndarray, words: str) -> Markup:
    return strip(pictures(store, view, rows, min(SIDE, DISPLAY_SIDE)), words)


def _count(predicted: "pd.Series[int]", label: int) -> str:
    return f"{int(predicted.get(label, 0)):,}"


def _name_of(source: str) -> str:
    """The last part of a path: where it lies on this computer is nobody's business."""
    return source.replace("\\", "/").rstrip("/").rpartition("/")[2]
