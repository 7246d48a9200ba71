"""Answers of the open round that contradict what surrounds them, to be asked again."""

from collections.abc import Mapping

import numpy as np

from labeller.data.sealed import intact_array
from labeller.errors import DamagedFileError
from labeller.records import LabelIssueView
from labeller.rounds.questions.candidates import has_rest
from labeller.rounds.questions.contradicted import SeenAnswer, contradicted, worthwhile
from labeller.rounds.questions.label_issues import AnsweredNode, find_label_issues
from labeller.service.lookup import ProjectLike, reading
from labeller.service.progress import people_per_card
from labeller.store import Store
from labeller.store.answers import labelled_images, shown_on
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import Answer, Round
from labeller.store.second_looks import changed, looks, standing_labels


def label_issues(store: Store, project: ProjectLike) -> list[LabelIssueView]:
    """The answers of the open round to ask again, most images at stake first; none without one.

    A card is asked again by answering it again: the same label confirms it, another replaces it,
    and a card that was checked (`answer` with `check`) is not doubted any more. Cards that were
    made by an older version do not know their neighbours and are left out, and so are answers with
    many images marked as wrong.

    First come cards of which people say different things; then clusters of an earlier round that
    were asked again because a class had none, and whose two answers differ without naming that
    class: one of them is wrong, a third decides.
    """
    with reading(store, project) as rows:
        return label_issues_of(rows)


def label_issues_of(rows: ProjectRows, *, expert: str | None = None) -> list[LabelIssueView]:
    """The same of the rows of a project, as `expert` is to see them."""
    round_, names = rows.open_round, rows.names
    classes = max(names, default=0) + 1
    if round_ is None or classes < 2:
        return []
    times = looks(rows.tree(round_.number).answers)
    issues = _disputed(rows, round_.number, expert) + _changed(rows, round_.number, times)
    most = worthwhile(*changed(rows))
    if most:
        issues += [
            LabelIssueView(one.key, one.label, one.instead, one.share, one.reason(names))
            for one in contradicted(_looked(rows, round_.number))[:most]
        ]
    nodes = _answered(rows, round_.number, times)
    issues += [
        LabelIssueView(one.key, one.label, one.instead, one.probability, one.reason(names))
        for one in find_label_issues(
            nodes, classes, probabilities=_probabilities(rows, round_, classes)
        )
    ]
    hidden = _hidden(rows, round_.number, expert)
    first = dict[str, LabelIssueView]()
    for issue in issues:
        if issue.node not in hidden:
            first.setdefault(issue.node, issue)
    return list(first.values())


def _hidden(rows: ProjectRows, number: int, expert: str | None) -> set[str]:
    """The cards that `expert` is still to answer, without knowing what the others said."""
    people = people_per_card(rows)
    if expert is None or people == 1:
        return set()
    leaves = rows.tree(number).leaves
    return {leaf.node.path for leaf in leaves if leaf.waits_for(expert, people)}


def _disputed(rows: ProjectRows, number: int, expert: str | None) -> list[LabelIssueView]:
    """Cards of which people say different things, those of most images first; without those at
    which `expert` has looked again.
    """
    issues = list[LabelIssueView]()
    for leaf in sorted(rows.tree(number).leaves, key=lambda leaf: -leaf.node.size):
        decision = leaf.decision
        if decision is None or not decision.disputed or decision.answer.label is None:
            continue
        if any(row.expert == expert and row.checked for row in decision.voices):
            continue
        words = [f"{row.expert}: {_words(rows, row)}" for row in decision.voices]
        others = [row.label for row in decision.voices if row.label is not None]
        label = rows.merged.of(decision.answer.label)
        instead = next((rows.merged.of(o) for o in others if rows.merged.of(o) != label), label)
        reason = f"People differ ({', '.join(words)}): please look again."
        doubt = 1.0 - leaf.confidence
        issues.append(LabelIssueView(leaf.node.path, label, instead, doubt, reason))
    return issues


def _words(rows: ProjectRows, answer: Answer) -> str:
    if answer.label is None:
        return "not a class" if answer.kind == "split" else "skipped"
    return rows.names[answer.label]


def _changed(rows: ProjectRows, number: int, times: Mapping[str, int]) -> list[LabelIssueView]:
    """Cards asked again whose new answer is neither the old one nor a class that was missing."""
    issues, merged = list[LabelIssueView](), rows.merged
    for leaf in sorted(rows.tree(number).leaves, key=lambda leaf: -leaf.node.size):
        node, answer, before = leaf.node, leaf.answer, (leaf.node.card or {}).get("before")
        if before is None or answer is None or answer.label is None or times[node.key] > 1:
            continue
        if answer.only:  # it named images, not the cluster
            continue
        label, before = merged.of(answer.label), merged.of(before)
        if label != before and label not in {merged.of(one) for one in node.card["absent"]}:
            was, now = rows.names[before], rows.names[label]
            reason = f"Please check: you called this {was} before, and {now} now."
            issues.append(LabelIssueView(node.path, label, before, 0.5, reason))
    return issues


def _answered(rows: ProjectRows, number: int, times: Mapping[str, int]) -> list[AnsweredNode]:
    nodes = []
    for leaf in rows.tree(number).leaves:
        node, answer = leaf.node, leaf.answer
        # "Only these" speaks of images that were looked at, and not of the cluster.
        if answer is None or answer.kind != "label" or answer.label is None or answer.only:
            continue
        if has_rest(len(answer.wrong)):  # it says itself that others lie among its images
            continue
        if rows.damage(leaf) is not None:
            continue
        neighbours, members = rows.arrays(node).get("neighbours"), rows.own_members(leaf)
        members = np.setdiff1d(members, answer.wrong) if answer.wrong else members
        if neighbours is not None and len(members):
            label, sure, looked = rows.merged.of(answer.label), answer.confidence, times[node.key]
            nodes.append(AnsweredNode(node.path, members, label, sure, neighbours, looked))
    return nodes


def _looked(rows: ProjectRows, newest: int) -> list[SeenAnswer]:
    """What was seen in all answers; those of earlier rounds are evidence and not doubted here.

    None where cards do not know which images of others are like theirs.
    """
    looked = list[SeenAnswer]()
    for one in standing_labels(rows, range(newest, 0, -1)):
        node, settled = one.node, one.settled or one.node.round < newest
        images = np.array(labelled_images(node, one.answer), np.int64)
        near = np.zeros((len(images), 0), np.int64)
        if node.round == newest:
            try:
                arrays = rows.arrays(node)
            except DamagedFileError:
                continue
            if "alike" not in arrays:
                return []
            near = arrays["alike"][np.isin(shown_on(node), images)]
        looked.append(SeenAnswer(node.path, one.label, images, near, node.size, settled))
    # An image that was seen twice has the later label.
    return looked[::-1]


def _probabilities(rows: ProjectRows, round_: Round, classes: int) -> np.ndarray | None:
    """What the classifier of the rounds before says of each image, (N, classes); None where there
    is none, or a file of it is damaged.
    """
    taught = any(row.number == round_.model and row.taught_by is not None for row in rows.models)
    path = rows.folder.model(round_.model) / "predictions.npy"
    said, certainty = intact_array(path), intact_array(path.with_name("certainty.npy"))
    if not taught or said is None or certainty is None:
        return None
    labels = rows.merged.apply(said)
    probabilities = np.repeat((1 - certainty[:, None]) / (classes - 1), classes, axis=1)
    known = (labels >= 0) & (labels < classes)
    probabilities[known, labels[known]] = certainty[known]
    return probabilities
