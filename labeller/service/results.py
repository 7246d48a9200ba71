"""What researchers read: accuracy by answers, confusion, centres of each round, maps."""

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from labeller.errors import UnknownNameError
from labeller.evaluation import scores
from labeller.evaluation.targets import read_targets
from labeller.jobs import queue
from labeller.jobs.kinds import MapPayload
from labeller.records import AnswerView, JobView
from labeller.rounds.questions.cluster_count import ClusterCounts
from labeller.rounds.spaces import map_spaces
from labeller.service.asking import cards, rounds
from labeller.service.jobs import job
from labeller.service.lookup import (
    ProjectLike,
    class_names,
    find_project,
    find_round,
    image_store,
    live_classes,
    newest_model,
)
from labeller.store import Store
from labeller.store import answers as tree
from labeller.store.classes import merged_labels
from labeller.store.files import read_arrays
from labeller.store.schema import Round

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
    found = _predicted(store, project, split)
    if found is None:
        return None
    predictions, targets, names, live = found
    matrix = scores.confusion_matrix(predictions, targets, len(names))[np.ix_(live, live)]
    shown = [names[label] for label in live]
    return pd.DataFrame(matrix, index=shown, columns=shown)


def per_class(store: Store, project: ProjectLike, split: str = "test") -> pd.DataFrame | None:
    """Precision, recall, F1 and number of images of each class; None without targets."""
    found = _predicted(store, project, split)
    if found is None:
        return None
    predictions, targets, names, live = found
    table = pd.DataFrame(scores.per_class(predictions, targets, len(names)))
    table.insert(0, "name", names)
    return table.iloc[live].reset_index(drop=True)


def centres(
    store: Store, project: ProjectLike
) -> list[tuple[int, list[tuple[str, np.ndarray, AnswerView | None]]]]:
    """The decoded centres of each round with their answers, as in Fig. 2 of the paper.

    A method that cannot decode shows the medoid instead (see `pictures`). Rounds oldest first; in
    a round, by the label given, unlabelled last.
    """
    with store.read() as session:
        row = find_project(session, project)
    if not row.data:
        return []
    images = image_store(store, row)
    shown = []
    for view in rounds(store, project):
        found = [
            (
                card.node,
                card.centre if card.centre is not None else images.tiles([card.medoid], _MEDOID)[0],
                card.answer,
            )
            for card in cards(store, project, view.number)
        ]
        found.sort(key=lambda item: _label_order(item[2]))
        shown.append((view.number, found))
    return shown


def cluster_counts(
    store: Store, project: ProjectLike, round: int | None = None
) -> ClusterCounts | None:
    """The scores that a round's number of clusters was chosen by; None when it was given."""
    with store.read() as session:
        row = find_project(session, project)
        number = find_round(session, row.id, round).number
    path = store.project_folder(row.id).counts(number)
    if not path.exists():
        return None
    return TypeAdapter(ClusterCounts).validate_json(path.read_bytes())


def points(
    store: Store, project: ProjectLike, round: int | None = None, kind: str = "umap"
) -> pd.DataFrame | None:
    """The training images on a map with all that is known of each; None until `request_map` ran.

    Columns: x, y, image, label (-1 none), name, cluster, weight, source, true, predicted.
    """
    _check_map(kind)
    with store.read() as session:
        row = find_project(session, project)
        round_ = find_round(session, row.id, round)
        names, merged = class_names(session, row.id), merged_labels(session, row.id)
        leaves = _leaves(session, row.id, round_)
    folder = store.project_folder(row.id)
    path = folder.map(round_.model, kind)
    if not path.exists():
        return None
    images = image_store(store, row)
    places, train = np.load(path), images.train
    cluster = np.full(images.count, "", dtype=object)
    for node in leaves:
        cluster[read_arrays(folder.node(round_.number, node.key))["members"]] = node.path
    labels = np.full(images.count, -1)
    weights, source = np.zeros(images.count, np.float32), np.full(images.count, -1)
    known = _newest_propagation(store, row.id, round_.number)
    if known is not None:
        labels, weights, source = (
            merged.apply(known["labels"]),
            known["weights"],
            known["source"],
        )
    targets = read_targets(folder.data)
    predicted = folder.model(round_.model) / "predictions.npy"
    guesses = np.load(predicted) if predicted.exists() else np.full(images.count, -1)
    guesses = merged.apply(guesses)
    return pd.DataFrame(
        {
            "x": places[:, 0],
            "y": places[:, 1],
            "image": train,
            "label": labels[train],
            "name": [names.get(int(n)) for n in labels[train]],
            "cluster": cluster[train],
            "weight": weights[train],
            "source": source[train],
            "true": [names.get(int(n)) for n in targets[train]] if targets is not None else None,
            "predicted": [names.get(int(n)) for n in guesses[train]],
        }
    )


def request_map(store: Store, project: ProjectLike, kind: str, round: int | None = None) -> JobView:
    """Queues the computation of a map."""
    _check_map(kind)
    with store.write() as session:
        row = find_project(session, project)
        round_ = find_round(session, row.id, round)
        queued = queue.enqueue(session, row.id, MapPayload(model=round_.model, map=kind))
    return job(store, queued.id)


def _predicted(
    store: Store, project: ProjectLike, split: str
) -> tuple[np.ndarray, np.ndarray, list[str], list[int]] | None:
    """Predictions, targets, the name of each number, and the numbers of unmerged classes."""
    if split not in ("train", "test"):
        raise ValueError(f"split must be train or test, got {split}")
    with store.read() as session:
        row = find_project(session, project)
        model = newest_model(session, row.id, taught=True)
        names = list(class_names(session, row.id).values())
        live = [c.label for c in live_classes(session, row.id)]
        merged = merged_labels(session, row.id)
    if model is None:
        return None
    folder = store.project_folder(row.id)
    targets = read_targets(folder.data)
    images = image_store(store, row)
    chosen = images.test if split == "test" else images.train
    if targets is None or not len(chosen) or not (targets[chosen] >= 0).any():
        return None
    predictions = np.load(folder.model(model.number) / "predictions.npy")
    chosen = chosen[targets[chosen] >= 0]
    return merged.apply(predictions[chosen]), merged.apply(targets[chosen]), names, live


def _leaves(session, project_id: int, round_: Round):
    standing = tree.standing(tree.of_round(session, project_id, round_.number))
    return tree.live_nodes(tree.nodes_of_round(session, project_id, round_.number), standing)


def _newest_propagation(store: Store, project_id: int, number: int) -> dict[str, np.ndarray] | None:
    folder = store.project_folder(project_id)
    for earlier in range(number, 0, -1):
        if folder.propagation(earlier).exists():
            return read_arrays(folder.propagation(earlier))
    return None


def _label_order(answer: AnswerView | None) -> tuple[int, float]:
    if answer is None or answer.label is None:
        return (1 << 30, 0.0)
    return (answer.label, -answer.confidence)


def _check_map(kind: str) -> None:
    if kind not in map_spaces():
        raise UnknownNameError("map", kind, map_spaces())
