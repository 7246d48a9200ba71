"""What researchers read: accuracy by answers, confusion, centres of each round, maps."""

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from labeller.errors import UnknownNameError
from labeller.evaluation import scores
from labeller.evaluation.targets import read_targets
from labeller.jobs import queue
from labeller.jobs.kinds import MapPayload
from labeller.records import Answer, Card, JobView
from labeller.rounds.questions.cluster_count import ClusterCounts
from labeller.rounds.spaces import map_spaces
from labeller.service.asking import cards_of, rounds
from labeller.service.jobs import job
from labeller.service.lookup import ProjectLike, find_round, image_store, reading, writing
from labeller.store import Store
from labeller.store.files import lengthened, read_labels

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
    return TypeAdapter(ClusterCounts).validate_json(path.read_bytes())


def points(
    store: Store, project: ProjectLike, round: int | None = None, kind: str = "umap"
) -> pd.DataFrame | None:
    """The training images on a map with all that is known of each; None until `request_map` ran.

    Columns: x, y, image, label (-1 none), name, cluster, weight, source, true, predicted.
    """
    _check_map(kind)
    with reading(store, project) as rows:
        round_, names, merged = find_round(rows, round), rows.names, rows.merged
        leaves = rows.tree(round_.number).leaves
        images = image_store(store, rows.project)
    folder, train = rows.folder, images.train
    path = folder.map(round_.model, kind)
    if not path.exists():
        return None
    places = np.load(path)
    train = train[: len(places)]  # a map from before images were added shows those of then
    cluster = np.full(images.count, "", dtype=object)
    for leaf in leaves:
        cluster[rows.arrays(leaf.node)["members"]] = leaf.node.path
    labels, source = np.full((2, images.count), -1)
    weights = np.zeros(images.count, np.float32)
    propagated = [folder.propagation(number) for number in range(round_.number, 0, -1)]
    for newest in [path for path in propagated if path.exists()][:1]:
        arrays = read_labels(newest, images.count)
        labels, weights = merged.apply(arrays["labels"]), arrays["weights"]
        source = arrays["source"]
    targets = read_targets(folder.data)
    predicted = folder.model(round_.model) / "predictions.npy"
    guesses = np.load(predicted) if predicted.exists() else np.zeros(0, np.int64)
    guesses = merged.apply(lengthened(guesses, images.count, -1))
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
    with writing(store, project) as rows:
        payload = MapPayload(model=find_round(rows, round).model, map=kind)
        queued = queue.enqueue(rows.session, rows.id, payload)
    return job(store, queued.id)


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
    predictions = np.load(rows.folder.model(model.number) / "predictions.npy")
    chosen = chosen[targets[chosen] >= 0]
    return merged.apply(predictions[chosen]), merged.apply(targets[chosen]), names, live


def _label_order(card: Card) -> tuple[int, float]:
    if card.answer is None or card.answer.label is None:
        return (1 << 30, 0.0)
    return (card.answer.label, -card.answer.confidence)


def _check_map(kind: str) -> None:
    if kind not in map_spaces():
        raise UnknownNameError("map", kind, map_spaces())
