"""Answers of the open round that contradict what surrounds them, to be asked again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from labeller.records import DoubtView
from labeller.rounds.questions.candidates import has_rest
from labeller.rounds.questions.contradicted import Looked, contradicted, worthwhile
from labeller.rounds.questions.label_issues import AnsweredNode, Doubt
from labeller.rounds.questions.label_issues import doubtful as find_doubts
from labeller.service.lookup import ProjectLike, class_names, find_project, open_round
from labeller.store import ProjectFolder, Store
from labeller.store import answers as tree
from labeller.store.classes import MergedLabels, merged_labels
from labeller.store.node_files import node_arrays, own_members
from labeller.store.schema import Answer, Model, Node, Project, Round
from labeller.store.second_looks import changed, corrections, looks, settled


def doubtful(store: Store, project: ProjectLike) -> list[DoubtView]:
    """The answers of the open round to ask again, most images at stake first; none without one.

    A card is asked again by answering it again: the same label confirms it, another replaces it,
    and a card that was checked (`answer` with `check`) is not doubted any more. Cards that were
    made by an older version do not know their neighbours and are left out, and so are answers with
    many images marked as wrong.

    First come clusters of an earlier round that were asked again because a class had none, and
    whose two answers differ without naming that class: one of them is wrong, a third decides.
    """
    with store.read() as session:
        row = find_project(session, project)
        round_ = open_round(session, row.id)
        if round_ is None:
            return []
        names, merged = class_names(session, row.id), merged_labels(session, row.id)
        folder, asked = store.project_folder(row.id), _asked(session, row, round_.number)
        split_opinions = _changed(asked, merged, names)
        nodes = _answered(folder, asked, merged)
        classes = max(names, default=0) + 1
        chances = _chances(folder, session, row, round_, classes)
        most = worthwhile(*changed(session, row.id, merged))
        looked = _looked(folder, session, row, asked, merged) if most else []
    if classes < 2:
        return []
    contradictions = [
        DoubtView(one.key, one.label, one.instead, one.share, one.reason(names))
        for one in contradicted(looked)[:most]
    ]
    issues = [_view(doubt, names) for doubt in find_doubts(nodes, classes, chances=chances)]
    first = dict[str, DoubtView]()
    for doubt in [*split_opinions, *contradictions, *issues]:
        first.setdefault(doubt.node, doubt)
    return list(first.values())


@dataclass(frozen=True)
class _Asked:
    """A round's cards and what was said of them: all answers, those that stand, all nodes and the
    live ones.
    """

    number: int
    given: Sequence[Answer]
    standing: dict[str, Answer]
    nodes: Sequence[Node]
    leaves: Sequence[Node]


def _asked(session: Session, project: Project, number: int) -> _Asked:
    given = tree.of_round(session, project.id, number)
    standing = tree.standing(given)
    nodes = tree.nodes_of_round(session, project.id, number)
    return _Asked(number, given, standing, nodes, tree.live_nodes(nodes, standing))


def _changed(asked: _Asked, merged: MergedLabels, names: dict[int, str]) -> list[DoubtView]:
    """Cards asked again whose new answer is neither the old one nor a class that was missing."""
    times, found = looks(asked.given), []
    for node in sorted(asked.leaves, key=lambda node: -node.size):
        said, before = asked.standing.get(node.key), (node.card or {}).get("before")
        if before is None or said is None or said.label is None or times[node.key] > 1:
            continue
        if said.only:  # it named images, not the cluster
            continue
        label, before = merged.of(said.label), merged.of(before)
        if label != before and label not in {merged.of(one) for one in node.card["absent"]}:
            reason = (
                f"Please check: you called this {names[before]} before, and {names[label]} now."
            )
            found.append(DoubtView(node.path, label, before, 0.5, reason))
    return found


def _answered(folder: ProjectFolder, asked: _Asked, merged: MergedLabels) -> list[AnsweredNode]:
    times, found = looks(asked.given), []
    rests = tree.answered_rests(asked.nodes, asked.standing)
    for node in asked.leaves:
        said = asked.standing.get(node.key)
        # "Only these" speaks of images that were looked at, and not of the cluster.
        if said is None or said.kind != "label" or said.label is None or said.only:
            continue
        if has_rest(len(said.wrong)):  # it says itself that others lie among its images
            continue
        neighbours = node_arrays(folder.node(asked.number, node.key)).get("neighbours")
        members = own_members(folder, node, rests.get(node.key))
        members = np.setdiff1d(members, said.wrong) if said.wrong else members
        if neighbours is not None and len(members):
            label, sure = merged.of(said.label), said.confidence
            looked = times[node.key]
            found.append(AnsweredNode(node.path, members, label, sure, neighbours, looked))
    return found


def _looked(
    folder: ProjectFolder, session: Session, project: Project, now: _Asked, merged: MergedLabels
) -> list[Looked]:
    """What was seen in all answers; those of earlier rounds are evidence and not doubted here.

    None where cards do not know which images of others are like theirs.
    """
    since = {one.answer: one.label for one in corrections(session, project.id, merged)}
    found = []
    for number in range(now.number, 0, -1):
        asked = now if number == now.number else _asked(session, project, number)
        twice = settled(asked.given, merged)
        for node in asked.leaves:
            said = asked.standing.get(node.key)
            label = None if said is None else since.get(said.number, said.label)
            if said is None or said.kind != "label" or label is None:
                continue
            images = np.array(tree.images_said(node, said), np.int64)
            near = np.zeros((len(images), 0), np.int64)
            if number == now.number:
                arrays = node_arrays(folder.node(number, node.key))
                if "alike" not in arrays:
                    return []
                near = arrays["alike"][np.isin(tree.shown_on(node), images)]
            # A card that asks an earlier answer again is a second look itself, and few images are
            # at stake where only some are named.
            again = number < now.number or "corrects" in node.card or node.key in twice
            again = again or bool(said.only)
            found.append(Looked(node.path, merged.of(label), images, near, node.size, again))
    # An image that was seen twice has the later label.
    return found[::-1]


def _chances(
    folder: ProjectFolder, session: Session, project: Project, round_: Round, classes: int
) -> np.ndarray | None:
    """What the classifier of the rounds before says of each image, (N, classes), or None."""
    model = session.scalar(
        select(Model).where(Model.project_id == project.id, Model.number == round_.model)
    )
    path = folder.model(round_.model) / "predictions.npy"
    if model is None or model.taught_by is None or not path.exists():
        return None
    labels = merged_labels(session, project.id).apply(np.load(path))
    certainty = np.load(path.with_name("certainty.npy"))
    chances = np.repeat((1 - certainty[:, None]) / (classes - 1), classes, axis=1)
    known = (labels >= 0) & (labels < classes)
    chances[known, labels[known]] = certainty[known]
    return chances


def _view(doubt: Doubt, names: dict[int, str]) -> DoubtView:
    return DoubtView(
        node=doubt.key,
        label=doubt.label,
        instead=doubt.instead,
        probability=doubt.probability,
        reason=doubt.reason(names),
    )
