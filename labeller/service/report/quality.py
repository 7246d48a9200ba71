"""The parts of the report that say how good labels and classifier are, and how that came about."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from labeller.errors import LabellerError
from labeller.evaluation.intervals import wilson
from labeller.records import AuditReport, ProjectView
from labeller.service.answering import answers
from labeller.service.asking import card
from labeller.service.auditing import audit_report
from labeller.service.issues import label_issues
from labeller.service.projects import pictures
from labeller.service.report.drawings import lines, strip
from labeller.service.report.markup import Markup, element, percent, section, table
from labeller.service.results import confusion as confusion_of
from labeller.service.results import per_class
from labeller.service.results import results as of_rounds
from labeller.store import Store

LINES = {
    "test_accuracy": "classifier",
    "propagated_accuracy": "labels right",
    "coverage": "with a label",
}
SPLITS = {"test": "held-out images", "train": "the images to label, as none is held out"}
WHAT = {"labels": "labels of the answers", "classifier": "classifier"}
MOST_IN_MATRIX, MOST_MIXED, MOST_ISSUES = 30, 20, 20
SHOWN, SIDE = 6, 96
SHORT = 3  # letters of a name that fits above a column


@dataclass(frozen=True)
class Known:
    """What is known of the accuracy, and who answered.

    `tested` has right and asked held-out images, `taught` how many answers the classifier knows
    that was asked; `headline` is the accuracy in a word.
    """

    experts: str
    tested: tuple[int, int] | None
    taught: int
    audit: AuditReport | None

    @property
    def headline(self) -> str:
        """Of the classifier on held-out images, else the estimate of the audit, else a dash."""
        if self.tested is not None:
            return percent(self.tested[0] / self.tested[1])
        return percent(self.audit.now[-1].accuracy) if self.audit and self.audit.now else "–"

    @property
    def headline_of(self) -> str:
        """What that is the accuracy of."""
        if self.tested is not None:
            return f"of the classifier after {self.taught:,} answers, on held-out images"
        if self.audit is not None and self.audit.now:
            return f"of the {WHAT[self.audit.now[-1].what]}, by the audit"
        return "not measured yet"


def known(store: Store, view: ProjectView) -> Known:
    """Held-out images with true classes, and the audit."""
    matrix = confusion_of(store, view, "test")
    counts = None if matrix is None else matrix.to_numpy()
    tested = None if counts is None else (int(np.trace(counts)), int(counts.sum()))
    experts = sorted({answer.expert for answer in answers(store, view)})
    answers_of = of_rounds(store, view)["answers_total"]
    taught = int(answers_of.iloc[-1]) if len(answers_of) else 0
    return Known(", ".join(experts), tested, taught, audit_report(store, view))


def accuracy(known: Known) -> Markup:
    """What was measured on held-out images, and estimated by the audit, with intervals."""
    rows = []
    if known.tested is not None:
        right, asked = known.tested
        low, high = wilson(right, asked)
        rows.append(("classifier, on held-out images", *_measured(right, asked, low, high)))
    for one in known.audit.now if known.audit is not None else ():
        how = f"{WHAT[one.what]}, by the audit of random images"
        rows.append((how, *_measured(one.right, one.asked, one.low, one.high)))
    if not rows:
        none = "Not measured: no true classes are known, and no random images were audited."
        return section("How right it is", element("p", none))
    headings = ("What", "#Right", "#Accuracy", "#95 % interval")
    words = element("p", known.audit.advice) if known.audit is not None else ""
    return section("How right it is", table(headings, rows), words)


def rounds(store: Store, view: ProjectView) -> Markup | None:
    """Accuracy and labelled images against the answers; the same as a table."""
    found = of_rounds(store, view)
    if not len(found):
        return None
    columns = [name for name in LINES if found[name].notna().any()]
    shares = {
        LINES[name]: [None if np.isnan(share) else float(share) for share in found[name]]
        for name in columns
    }
    rows = [
        (
            int(one["round"]),
            f"{int(one['answers']):,}",
            f"{int(one['answers_total']):,}",
            *(percent(one[name]) for name in columns),
            f"{one['seconds'] / 60:.1f} min",
        )
        for one in found.to_dict("records")
    ]
    headings = ("#Round", "#Answers", "#So far", *(f"#{LINES[name]}" for name in columns), "#Time")
    drawn = lines(found["answers_total"].astype(int).tolist(), shares) if columns else ""
    return section("Rounds", drawn, table([_capital(each) for each in headings], rows))


def confusion(store: Store, view: ProjectView) -> Markup | None:
    """Which classes the classifier mixes up, where true ones are known, and scores by class."""
    for split, of in SPLITS.items():
        matrix, scores = confusion_of(store, view, split), per_class(store, view, split)
        if matrix is not None and scores is not None:
            return _mistakes(matrix, scores, of)
    return None


def issues(store: Store, view: ProjectView) -> Markup | None:
    """Answers of the open round that contradict what surrounds them."""
    found = label_issues(store, view)
    if view.round is None or not answers(store, view, view.round):
        return None  # nothing was said that could be doubted
    if not found:
        none = f"None of the answers of round {view.round} contradicts what surrounds it."
        return section("Answers to check", element("p", none))
    rows = []
    for one in found[:MOST_ISSUES]:
        rows.append(
            (one.node, one.reason, f"{one.probability:.0%}", _members(store, view, one.node))
        )
    more = len(found) - len(rows)
    words = [element("p", f"And {more} more.")] if more else []
    headings = ("Cluster", "Why", "#Perhaps wrong", "Its images")
    return section("Answers to check", table(headings, rows), *words)


def _members(store: Store, view: ProjectView, node: str) -> Markup | str:
    try:
        near = card(store, view, node).near[:SHOWN]
    except LabellerError:  # answered from another window meanwhile
        return ""
    return (
        strip(pictures(store, view, near, SIDE), f"images of cluster {node}") if len(near) else ""
    )


def _measured(right: int, asked: int, low: float, high: float) -> tuple[str, str, str]:
    return f"{right:,} of {asked:,}", percent(right / asked), f"{low:.1%} to {high:.1%}"


def _mistakes(matrix: pd.DataFrame, scores: pd.DataFrame, of: str) -> Markup:
    counts, names = matrix.to_numpy(), [str(name) for name in matrix.columns]
    words = f"True classes in rows, those of the classifier in columns, on {of}."
    mixed = _matrix(counts, names) if len(names) <= MOST_IN_MATRIX else _mixed(counts, names)
    rows = [
        (
            one["name"],
            *(percent(one[key]) for key in ("precision", "recall", "f1")),
            f"{int(one['images']):,}",
        )
        for one in scores.to_dict("records")
    ]
    by_class = table(("Class", "#Precision", "#Recall", "#F1", "#Images"), rows)
    beside = element("div", mixed, by_class, class_="beside")
    return section("Which classes are mixed up", element("p", words), beside)


def _matrix(counts: np.ndarray, names: list[str]) -> Markup:
    """The counts; the deeper the colour, the larger the share of the true class."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    head = element("tr", element("th", ""), *(element("th", name) for name in names))
    rows = []
    for name, row, of in zip(names, counts, shares, strict=True):
        cells = [
            element(
                "td",
                f"{count:,}" if count else "",
                style=f"--share: {100 * share:.0f}%",
                class_="deep" if share > 0.6 else None,
                title=f"{name}: {share:.1%} are called {other}",
            )
            for count, share, other in zip(row, of, names, strict=True)
        ]
        rows.append(element("tr", element("th", name), *cells))
    inside = element("thead", head), element("tbody", *rows)
    upright = " upright" if max(map(len, names)) > SHORT else ""
    return element("div", element("table", *inside, class_=f"matrix{upright}"), class_="wide")


def _mixed(counts: np.ndarray, names: list[str]) -> Markup:
    """The pairs of many classes that are mixed up most."""
    wrong = np.where(np.eye(len(names), dtype=bool), 0, counts)
    order = np.argsort(wrong, axis=None)[::-1][:MOST_MIXED]
    pairs = [divmod(int(place), len(names)) for place in order if wrong.flat[place]]
    rows = [(names[true], names[said], f"{counts[true, said]:,}") for true, said in pairs]
    return table(("True class", "Called", "#Images"), rows)


def _capital(heading: str) -> str:
    sign = heading[: len(heading) - len(heading.lstrip("#"))]
    words = heading.lstrip("#")
    return sign + words[:1].upper() + words[1:]
