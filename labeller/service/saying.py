"""What the answers of one round say about every image, by any of the rules."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from labeller.config import PropagateConfig, RoundConfig, Settings
from labeller.data.images import ImageStore
from labeller.errors import StateError
from labeller.rounds.graph import Graph, Neighbours
from labeller.rounds.propagation import (
    NO_ANSWER,
    NO_LABEL,
    ROOM,
    LabelledNode,
    Marks,
    Propagation,
    rule_of,
    with_marks,
)
from labeller.service.lookup import image_store
from labeller.store import ProjectFolder, Store
from labeller.store import answers as tree
from labeller.store.classes import MergedLabels, merged_labels
from labeller.store.files import read_arrays
from labeller.store.node_files import members_of, node_arrays
from labeller.store.schema import Answer, Node, Project, Round

Places = tuple[Path, ...]


def said_in(
    store: Store,
    session: Session,
    project: Project,
    round_: Round,
    settings: PropagateConfig,
    *,
    without: Collection[int] = (),
    confidences: Mapping[int, float] | None = None,
) -> Propagation:
    """Labels and weights that the standing answers of `round_` give, without other rounds.

    As if the answers with the numbers `without` were taken back, and with other `confidences` of
    some answers by number.
    Raises StateError for a rule that needs the graph of neighbours when the round has none.
    """
    folder = store.project_folder(project.id)
    given = tree.of_round(session, project.id, round_.number)
    standing = tree.standing(each for each in tree.not_revoked(given) if each.number not in without)
    every = tree.nodes_of_round(session, project.id, round_.number)
    leaves, rests = tree.live_nodes(every, standing), tree.answered_rests(every, standing)
    taken = {rest.key for rest in rests.values()}
    # A rest without an answer of its own is still part of its parent.
    leaves = [leaf for leaf in leaves if not tree.is_rest(leaf) or leaf.key in taken]
    merged = merged_labels(session, project.id)
    nodes = [
        _less(
            _labelled(folder, leaf, standing.get(leaf.key), merged),
            members_of(folder, rests.get(leaf.key)),
        )
        for leaf in leaves
    ]
    confidences = confidences or {}
    nodes = [replace(n, confidence=confidences.get(n.answer, n.confidence)) for n in nodes]
    marks = [
        _marks(folder, leaf, answer, merged, confidences.get(answer.number, answer.confidence))
        for leaf in leaves
        if (answer := standing.get(leaf.key)) is not None and (answer.wrong or answer.only)
    ]
    answered = [node for node in nodes if node.label != NO_LABEL]
    count = project.data.get("count", 0)
    rule = rule_of(settings)
    if not answered:
        return with_marks(Propagation.empty(count), marks)
    if not rule.uses_graph:
        return with_marks(rule.propagate(count, answered), marks)
    made = RoundConfig.model_validate(round_.config)
    path = folder.neighbours(round_.model, made.embed.of)
    if not path.exists():
        raise StateError(
            f"{rule.name} needs the neighbours of the images, which are not known for round"
            f" {round_.number}: ask again (`labeller cluster`), or choose a rule without"
        )
    written, images = path.stat().st_mtime_ns, image_store(store, project)
    places = tuple(folder.node(round_.number, leaf.key) for leaf in leaves)
    # Confidences and classes do not change the influence: sliders for them are free.
    known = _influence(path, written, images, places, rule.name, rule.config)
    graph = _graph(path, written, images)
    found = rule.propagate(count, nodes, graph=graph, influence=known)
    # A later round asks about few images: of the others its answers know less than earlier ones.
    return with_marks(found.among(np.concatenate([node.members for node in nodes])), marks)


def _less(node: LabelledNode, members: np.ndarray) -> LabelledNode:
    """The node without some of its members."""
    if not len(members):
        return node
    kept = ~np.isin(node.members, members)
    arrays = ("members", "euclidean", "mahalanobis", "posterior")
    return replace(node, **{name: getattr(node, name)[kept] for name in arrays})


def _labelled(
    folder: ProjectFolder, node: Node, answer: Answer | None, merged: MergedLabels
) -> LabelledNode:
    """The node with its answer, or with NO_LABEL when it has none that speaks for the cluster."""
    members = _needed(folder.node(node.round, node.key))
    if answer is None or answer.kind != "label" or answer.label is None or answer.only:
        return LabelledNode(answer=NO_ANSWER, label=NO_LABEL, confidence=1.0, **members)
    return LabelledNode(
        answer=answer.number,
        label=merged.of(answer.label),
        confidence=answer.confidence,
        **members,
    )


def _marks(
    folder: ProjectFolder, node: Node, answer: Answer, merged: MergedLabels, confidence: float
) -> Marks:
    """What the answer says of the images on its card, one by one."""
    shown = np.array(tree.shown_on(node), np.int64)
    wrong = np.isin(shown, answer.wrong) if answer.wrong else ~np.isin(shown, answer.only)
    arrays, right = _needed(folder.node(node.round, node.key)), shown[~wrong]
    order = np.argsort(arrays["members"])
    rows = order[np.searchsorted(arrays["members"], right, sorter=order)]
    label = -1 if answer.label is None else answer.label
    return Marks(
        answer=answer.number,
        label=merged.of(label),
        weight=confidence if answer.only else 1.0,
        right=right,
        distance=arrays["euclidean"][rows],
        wrong=shown[wrong],
        denies=merged.alone(label),
    )


@lru_cache(maxsize=2)
def _graph(path: Path, _written: int, images: ImageStore) -> Graph:
    return Graph(images.train, Neighbours(**read_arrays(path)))


@lru_cache(maxsize=4)
def _influence(
    path: Path, written: int, images: ImageStore, places: Places, rule: str, config: Settings
) -> np.ndarray | None:
    """`influence` of the nodes at `places`, kept while only answers change. About 4 n A bytes."""
    nodes = [
        LabelledNode(answer=NO_ANSWER, label=NO_LABEL, confidence=1.0, **_needed(place))
        for place in places
    ]
    return ROOM.get(rule)(config).influence(nodes, _graph(path, written, images))


def _needed(place: Path) -> dict[str, np.ndarray]:
    arrays = node_arrays(place)
    return {name: arrays[name] for name in ("members", "euclidean", "mahalanobis", "posterior")}
