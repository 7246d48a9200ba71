"""What researchers read: accuracy by answers, confusion, centres of each round."""

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from labeller.evaluation import scores
from labeller.evaluation.targets import read_targets
from labeller.records import Answer, Card
from labeller.rounds.questions.cluster_count import ClusterCounts
from labeller.service.asking import cards_of, rounds
from labeller.service.lookup import ProjectLike, find_round, image_store, reading
from labeller.store import Store
from labeller.store.files import read_array, read_json

_MEDOID = 128  # pixels of a photo that stands for a decoded centre


def results(store: Store, project: ProjectLike) -> pd.DataFrame:
    """One row per finished round: answers, coverage, accuracies (NaN: unknown), seconds."""
    columns = ["coverage", "propagated_accuracy", "train_accuracy", "test_accuracy"]
    rows = [
        {
            "round": view.number,
            "answers": view.answers,
            "answers_total": view.answers_total,
            **{name: view.metrics.get(name, np.nan) for name in columns},
            "seconds": sum(view.seconds.values()),
        }
        for view in rounds(store, project)
        if view.state == "finished"
    ]
    return pd.DataFrame(rows, columns=["round", "answers", "answers_total", *columns, "seconds"])


def confusion(store: Store, project: ProjectLike, split: str = "test") -> pd.DataFrame | None:
    """Images by true class (rows) and predicted class (columns); None without targets."""
    scored = _predicted(store, project, split)
    if scored is None:
        return None
    predictions, targets, names, live = scored
    matrix = scores.confusion_matrix(predictions, targets, len(names))[np.ix_(live, live)]
    shown = [names[label] for label in live]
    return pd.DataFrame(matrix, index=shown, columns=shown)


def per_class(store: Store, project: ProjectLike, split: str = "test") -> pd.DataFrame | None:
    """Precision, recall, F1 and number of images of each class; None without targets."""
    scored = _predicted(store, project, split)
    if scored is None:
        return None
    predictions, targets, names, live = scored
    table = pd.DataFrame(scores.per_class(predictions, targets, len(names)))
    table.insert(0, "name", names)
    return table.iloc[live].reset_index(drop=True)


def centres(
    store: Store, project: ProjectLike
) -> list[tuple[int, list[tuple[str, np.ndarray, Answer | None]]]]:
    """The decoded centres of each round with their answers, as in Fig. 2 of the paper.

    A method that cannot decode shows the medoid instead (see `pictures`). Rounds oldest first; in
    a round, by the label given, unlabelled last.
    """
    with reading(store, project) as rows:
        if not rows.project.data:
            return []
        images = image_store(store, rows.project)
        cards = [(row.number, cards_of(rows, row.number)) for row in rows.rounds]
    return [
        (
            number,
            [
                (
                    card.node,
                    images.tiles([card.medoid], _MEDOID)[0] if card.centre is None else card.centre,
                    card.answer,
                )
                for card in sorted(of_round, key=_label_order)
            ],
        )
        for number, of_round in cards
    ]


def cluster_counts(
    store: Store, project: ProjectLike, round: int | None = None
) -> ClusterCounts | None:
    """The scores that a round's number of clusters was chosen by; None when it was given."""
    with reading(store, project) as rows:
        path = rows.folder.counts(find_round(rows, round).number)
    if not path.exists():
        return None
    return TypeAdapter(ClusterCounts).validate_python(read_json(path))


def _predicted(
    store: Store, project: ProjectLike, split: str
) -> tuple[np.ndarray, np.ndarray, list[str], list[int]] | None:
    """Predictions, targets, the name of each number, and the numbers of unmerged classes."""
    if split not in ("train", "test"):
        raise ValueError(f"split must be train or test, got {split}")
    with reading(store, project) as rows:
        model, merged = rows.newest_model(taught=True), rows.merged
        names, live = list(rows.names.values()), [row.label for row in rows.live_classes]
        if model is None:
            return None
        images = image_store(store, rows.project)
    targets = read_targets(rows.folder.data)
    chosen = images.test if split == "test" else images.train
    if targets is None or not len(chosen) or not (targets[chosen] >= 0).any():
        return None
    predictions = read_array(rows.folder.model(model.number) / "predictions.npy")
    chosen = chosen[targets[chosen] >= 0]
    return merged.apply(predictions[chosen]), merged.apply(targets[chosen]), names, live


def _label_order(card: Card) -> tuple[int, float]:
    if card.answer is None or card.answer.label is None:
        return (1 << 30, 0.0)
    return (card.answer.label, -card.answer.confidence)
