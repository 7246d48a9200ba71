"""What the answers of one round say about every image, by any of the rules."""

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np

from labeller.config import PropagateConfig, RoundConfig, Settings
from labeller.data.images import ImageStore, open_images
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
from labeller.store.answers import Leaf, is_rest, shown_on
from labeller.store.files import node_arrays, read_arrays
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import Answer, Round
from labeller.store.selections import selection_marks

Places = tuple[Path, ...]


def propagation_of(
    rows: ProjectRows,
    round_: Round,
    settings: PropagateConfig,
    *,
    without: Collection[int] = (),
    confidences: Mapping[int, float] | None = None,
) -> Propagation:
    """Labels and weights that the standing answers of `round_` give, without other rounds.

    As if the answers with the numbers `without` were taken back, and with other `confidences` of
    some answers by number. Answers of cards whose files are damaged say nothing: `rows.unread`.
    Raises StateError for a rule that needs the graph of neighbours when the round has none.
    """
    leaves = rows.tree(round_.number, without=without).leaves
    taken = {leaf.rest.key for leaf in leaves if leaf.rest is not None}
    # A rest without an answer of its own is still part of its parent.
    leaves = [leaf for leaf in leaves if not is_rest(leaf.node) or leaf.node.key in taken]
    leaves = _readable(rows, leaves)
    nodes = [_labelled(rows, leaf, confidences or {}) for leaf in leaves]
    said = [
        (leaf.answer.number, _marks(rows, leaf, leaf.answer, confidences or {}))
        for leaf in leaves
        if leaf.answer is not None and (leaf.answer.wrong or leaf.answer.only)
    ]
    said += [each for leaf in leaves for each in _marks_of_others(rows, leaf)]
    said += [(one.answer, one) for one in selection_marks(rows, round_.number, without=without)]
    # What was said of an image last, stands.
    marks = [one for _, one in sorted(said, key=lambda each: each[0])]
    answered = [node for node in nodes if node.label != NO_LABEL]
    count = rows.project.data.get("count", 0)
    rule = rule_of(settings)
    if not answered:
        return with_marks(Propagation.empty(count), marks)
    if not rule.uses_graph:
        return with_marks(rule.propagate(count, answered), marks)
    made = RoundConfig.model_validate(round_.config)
    path = rows.folder.neighbours(round_.model, made.embed.of)
    if not path.exists():
        raise StateError(
            f"{rule.name} needs the neighbours of the images, which are not known for round"
            f" {round_.number}: ask again (`labeller cluster`), or choose a rule without"
        )
    written, images = path.stat().st_mtime_ns, open_images(rows.folder.data)
    places = tuple(rows.folder.node(round_.number, leaf.node.key) for leaf in leaves)
    # Confidences and classes do not change the influence: sliders for them are free.
    influence = _influence(path, written, images, places, rule.name, rule.config)
    graph = _graph(path, written, images)
    spread = rule.propagate(count, nodes, graph=graph, influence=influence)
    # A later round asks about few images: of the others its answers know less than earlier ones.
    return with_marks(spread.among(np.concatenate([node.members for node in nodes])), marks)


def _readable(rows: ProjectRows, leaves: list[Leaf]) -> list[Leaf]:
    """The cards whose images are known; of the others, those that an answer is missed of are
    written down.
    """
    damaged = {leaf.node.key: error for leaf in leaves if (error := rows.damage(leaf)) is not None}
    for leaf in leaves:
        if leaf.node.key in damaged and leaf.answer is not None and leaf.answer.kind == "label":
            rows.unread[f"{leaf.node.round}/{leaf.node.key}"] = damaged[leaf.node.key]
    return [leaf for leaf in leaves if leaf.node.key not in damaged]


def _labelled(rows: ProjectRows, leaf: Leaf, confidences: Mapping[int, float]) -> LabelledNode:
    """The node without its rest and with its answer, or with NO_LABEL when it has none that speaks
    for the cluster.
    """
    node, answer = leaf.node, leaf.answer
    arrays = _needed(rows.folder.node(node.round, node.key))
    if leaf.rest is not None:
        kept = ~np.isin(arrays["members"], rows.arrays(leaf.rest)["members"])
        arrays = {name: array[kept] for name, array in arrays.items()}
    if answer is None or answer.kind != "label" or answer.label is None or answer.only:
        return LabelledNode(answer=NO_ANSWER, label=NO_LABEL, confidence=1.0, **arrays)
    return LabelledNode(
        answer=answer.number,
        label=rows.merged.of(answer.label),
        confidence=confidences.get(answer.number, leaf.confidence),
        **arrays,
    )


def _marks(
    rows: ProjectRows, leaf: Leaf, answer: Answer, confidences: Mapping[int, float]
) -> Marks:
    """What the answer says of the images on its card, one by one."""
    node = leaf.node
    shown = np.array(shown_on(node), np.int64)
    wrong = np.isin(shown, answer.wrong) if answer.wrong else ~np.isin(shown, answer.only)
    arrays, right = _needed(rows.folder.node(node.round, node.key)), shown[~wrong]
    order = np.argsort(arrays["members"])
    places = order[np.searchsorted(arrays["members"], right, sorter=order)]
    label = -1 if answer.label is None else answer.label
    sure = confidences.get(answer.number, leaf.confidence)
    disputed = leaf.decision is not None and leaf.decision.disputed
    return Marks(
        answer=answer.number,
        label=rows.merged.of(label),
        weight=sure if answer.only or disputed else 1.0,
        right=right,
        distance=arrays["euclidean"][places],
        wrong=shown[wrong],
        denies=rows.merged.alone(label),
        looked=not disputed,
    )


def _marks_of_others(rows: ProjectRows, leaf: Leaf) -> Iterator[tuple[int, Marks]]:
    """The images that people marked as wrong who say the same as the answer that counts, with the
    number of the answer that they come after.
    """
    decision = leaf.decision
    if decision is None or decision.answer.label is None:
        return
    none, label = np.zeros(0, np.int64), rows.merged.of(decision.answer.label)
    for voice in decision.agreeing:
        if voice is not decision.answer and voice.wrong:
            marks = Marks(
                answer=decision.answer.number,
                label=label,
                weight=0.0,
                right=none,
                distance=np.zeros(0, np.float32),
                wrong=np.array(voice.wrong, np.int64),
                denies=voice.label is not None and rows.merged.alone(voice.label),
            )
            yield max(voice.number, decision.answer.number), marks


@lru_cache(maxsize=2)
def _graph(path: Path, _written: int, images: ImageStore) -> Graph:
    neighbours = Neighbours(**read_arrays(path))
    # Of images that were added since, a round knows nothing.
    return Graph(images.train[: len(neighbours.indices)], neighbours)


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
