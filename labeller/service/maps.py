"""The map of all images: where each one lies, and all that is known of it. Numpy only."""

from functools import lru_cache

import numpy as np
import pandas as pd

from labeller.config import RoundConfig
from labeller.data.sealed import intact_array, intact_arrays
from labeller.errors import StateError, UnknownNameError
from labeller.evaluation.targets import read_targets
from labeller.jobs import queue
from labeller.jobs.kinds import MapPayload
from labeller.records import JobView
from labeller.rounds.points import turned_onto
from labeller.rounds.questions.uncertainty import disagreement_among, merged_belief, uncertainty
from labeller.rounds.spaces import map_spaces
from labeller.service.issues import label_issues_of
from labeller.service.jobs import job
from labeller.service.lookup import ProjectLike, find_round, image_store, reading, writing
from labeller.store import Store
from labeller.store.files import lengthened, read_array
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import Round
from labeller.store.selections import set_aside
from labeller.store.statements import combined, settings_of, statements


def points(
    store: Store, project: ProjectLike, round: int | None = None, kind: str = "umap"
) -> pd.DataFrame | None:
    """The training images on a map with all that is known of each; None until `request_map` ran.

    Columns: x, y, image; of that round: cluster ("" none), true, predicted (names, None for none),
    certainty and uncertainty of its classifier (NaN without one); and those of `point_labels`,
    which are of today whatever the round. Its `attrs` have notes of clusters that are missing, as
    their files are damaged.
    """
    _check_map(kind)
    with reading(store, project) as rows:
        round_ = find_round(rows, round)
        places = intact_array(rows.folder.map(round_.model, kind))
        if places is None:
            return None
        images = image_store(store, rows.project)
        known = _known_of(rows, round_, images.train)
        leaves = rows.tree(round_.number).leaves
        notes = [str(error) for leaf in leaves if (error := rows.damage(leaf)) is not None]
    train = images.train[: len(places)]  # a map from before images were added shows those of then
    now = point_labels(store, project)
    frame = pd.DataFrame({"x": places[:, 0], "y": places[:, 1], "image": train})
    for name, values in {**now, **known}.items():
        frame[name] = values[train]
    frame.attrs["notes"] = notes
    return frame


def point_labels(store: Store, project: ProjectLike) -> dict[str, np.ndarray]:
    """What the answers so far say of each image (N,), and who said it.

    Its keys: label (-1 none), name (None for none), weight in [0, 1], source (number of the
    deciding answer, -1 none), expert (who gave that, None for none), looked (bool: somebody looked
    at the image itself), aside (bool: set aside), and issue (None, or the label of its card and
    what it may be instead: `label_issues`).
    Kept until something is answered; the arrays are shared and must not be changed.
    """
    with reading(store, project) as rows:
        newest = rows.newest_round
        state = (
            rows.answers[-1].number if rows.answers else 0,
            rows.newest_merge,
            newest and (newest.number, newest.state, newest.propagated_until, newest.model),
            str(newest and newest.propagated),
            tuple(rows.names.items()),
            rows.project.data.get("count", 0),
        )
        return _labels(store, rows.id, state)


def drawn_maps(store: Store, project: ProjectLike, kind: str) -> dict[int, int]:
    """The model of each round whose map of that kind is drawn, by its number, oldest first."""
    _check_map(kind)
    with reading(store, project) as rows:
        models = {row.number: row.model for row in rows.rounds}
        return {
            number: model
            for number, model in models.items()
            if intact_array(rows.folder.map(model, kind), "r") is not None
        }


def moving_map(store: Store, project: ProjectLike, kind: str, onto: int) -> dict[int, np.ndarray]:
    """The places (n, 2) of the images on each map of that kind that is drawn, by the first round of
    its model, oldest first; turned and scaled onto the map of the round `onto`. An image that was
    added after a round lies there where it does in `onto`.

    Raises StateError where the map of `onto` is not drawn.
    """
    drawn = drawn_maps(store, project, kind)
    if onto not in drawn:
        raise StateError(f"the {kind} map of round {onto} is not drawn; draw it first")
    with reading(store, project) as rows:
        folder = rows.folder
    there = read_array(folder.map(drawn[onto], kind))
    moving = dict[int, np.ndarray]()
    for number, model in first_rounds(drawn).items():
        turned = turned_onto(read_array(folder.map(model, kind)), there)[: len(there)]
        same = model == drawn[onto]
        moving[number] = there if same else np.concatenate([turned, there[len(turned) :]])
    return moving


def first_rounds(drawn: dict[int, int]) -> dict[int, int]:
    """Of `drawn_maps` the first round of each model: later ones have the same map."""
    return {
        number: model
        for number, model in drawn.items()
        if number == min(each for each, one in drawn.items() if one == model)
    }


def request_map(store: Store, project: ProjectLike, kind: str, round: int | None = None) -> JobView:
    """Queues the computation of a map."""
    _check_map(kind)
    with writing(store, project) as rows:
        payload = MapPayload(model=find_round(rows, round).model, map=kind)
        queued = queue.enqueue(rows.session, rows.id, payload)
    return job(store, queued.id)


def _known_of(rows: ProjectRows, round_: Round, train: np.ndarray) -> dict[str, np.ndarray]:
    """What a round and its model know of each image (N,)."""
    count, names = rows.project.data.get("count", 0), rows.names
    cluster = np.full(count, "", dtype=object)
    for leaf in rows.tree(round_.number).leaves:
        cluster[rows.members(leaf.node)] = leaf.node.path
    targets = read_targets(rows.folder.data)
    folder = rows.folder.model(round_.model)
    predicted = np.full(count, -1)
    certainty, unsure = np.full((2, count), np.nan, np.float32)
    if (folder / "predictions.npy").exists():
        predicted = rows.merged.apply(lengthened(read_array(folder / "predictions.npy"), count, -1))
    if (folder / "certainty.npy").exists():
        certainty = lengthened(read_array(folder / "certainty.npy"), count, np.nan)
        unsure = _unsure(rows, round_, train, predicted, certainty)
    return {
        "cluster": cluster,
        "true": _named(np.full(count, -1) if targets is None else targets, names),
        "predicted": _named(predicted, names),
        "certainty": certainty,
        "uncertainty": unsure,
    }


def _unsure(
    rows: ProjectRows,
    round_: Round,
    train: np.ndarray,
    predicted: np.ndarray,
    certainty: np.ndarray,
) -> np.ndarray:
    """How unsure the student is, (N,), as far as files tell without computing features anew."""
    count, path = len(predicted), rows.folder.student(round_.model) / "belief.npy"
    belief = np.zeros((count, max(rows.names, default=0) + 1), np.float32)
    if path.exists():
        belief = merged_belief(lengthened(read_array(path), count, 0), rows.merged.final)
    other = np.zeros(count, np.float32)
    of = RoundConfig.model_validate(round_.config).embed.of
    neighbours = intact_arrays(rows.folder.neighbours(round_.model, of))
    if neighbours is not None:
        nearest = neighbours["indices"]
        train = train[: len(nearest)]
        other[train] = disagreement_among(nearest, predicted[train])
    there = (predicted >= 0) & (predicted < belief.shape[1])
    unsure = np.full(count, np.nan, np.float32)
    unsure[there] = uncertainty(
        belief[there], predicted[there], np.nan_to_num(certainty[there]), other[there]
    )
    return unsure


@lru_cache(maxsize=4)
def _labels(store: Store, project: int, _state: tuple[object, ...]) -> dict[str, np.ndarray]:
    """`point_labels` as long as nothing of `_state` changes."""
    with reading(store, project) as rows:
        count, names, newest = rows.project.data.get("count", 0), rows.names, rows.newest_round
        issue = np.full(count, None, dtype=object)
        labels, source = np.full((2, count), -1)
        weights, (aside, looked) = np.zeros(count, np.float32), np.zeros((2, count), bool)
        aside[set_aside(rows)] = True
        if newest is not None:
            said = statements(rows, newest)
            together = combined(rows, said, settings_of(newest, None))
            labels, source, weights = together.labels, together.source, together.weights
            looked = together.looked
            for one in label_issues_of(rows):  # none but of an open round
                members = rows.own_members(rows.tree(newest.number).leaf(one.node))
                issue[members] = f"{names[one.label]}, perhaps {names[one.instead]}"
        experts = {row.number: row.expert for row in rows.answers}
    return {
        "label": labels,
        "name": _named(labels, names),
        "weight": weights,
        "source": source,
        "expert": _named(source, experts),
        "issue": issue,
        "looked": looked,
        "aside": aside,
    }


def _named(numbers: np.ndarray, names: dict[int, str]) -> np.ndarray:
    """The name of each number (n,), None for those without one."""
    table = np.full(max(names, default=0) + 2, None, dtype=object)
    for number, name in names.items():
        table[number] = name
    known = (numbers >= 0) & (numbers < len(table) - 1)
    named: np.ndarray = table[np.where(known, numbers, len(table) - 1)]
    return named


def _check_map(kind: str) -> None:
    if kind not in map_spaces():
        raise UnknownNameError("map", kind, map_spaces())
