"""The questions: rounds, their cards, and all that the Label page shows at one moment."""

import numpy as np

from labeller.config import RoundConfig
from labeller.errors import one_line
from labeller.jobs import queue
from labeller.records import Card, Labelling, OpenRound, RoundView
from labeller.records.card import STATES
from labeller.rounds.questions.mixed import expected_wrong, share_wrong
from labeller.rounds.questions.order import gain
from labeller.service.issues import label_issues_of
from labeller.service.jobs import job_view
from labeller.service.lookup import ProjectLike, find_round, reading
from labeller.service.progress import fresh, labelled_before, labelling_of, people_per_card
from labeller.service.projects import project_view
from labeller.store import Store
from labeller.store.answers import Leaf, is_rest, shown_on
from labeller.store.project_rows import ProjectRows


def rounds(store: Store, project: ProjectLike) -> list[RoundView]:
    """All rounds of a project, oldest first."""
    with reading(store, project) as rows:
        views, total = list[RoundView](), 0
        for row in rows.rounds:
            answers = len(rows.given(row.number))
            total += answers
            views.append(
                RoundView(
                    number=row.number,
                    state=row.state,
                    config=RoundConfig.model_validate(row.config),
                    answers=answers,
                    answers_total=total,
                    metrics=row.metrics,
                    seconds=row.seconds,
                    created_at=row.created_at,
                    finished_at=row.finished_at,
                )
            )
    return views


def current_round(store: Store, project: ProjectLike) -> RoundView | None:
    """The round that is being asked about."""
    return next((view for view in rounds(store, project)[-1:] if view.state == "asking"), None)


def open_round(store: Store, project: ProjectLike, *, expert: str | None = None) -> OpenRound:
    """What the Label page shows, read at once; raises StateError when nothing was ever asked.

    To `expert`: with their own answers, and open cards that they are to answer too.
    """
    queue.reconcile(store)
    with reading(store, project) as rows:
        round_ = find_round(rows)
        number, before = round_.number, labelled_before(rows, round_)
        leaves = rows.tree(number).leaves
        return OpenRound(
            project=project_view(rows),
            cards=cards_of(rows, number, expert=expert),
            fresh={leaf.node.path: fresh(rows, leaf, before) for leaf in leaves},
            before=int(before.sum()),
            issues={issue.node: issue.reason for issue in label_issues_of(rows, expert=expert)},
            order=[
                answer.node
                for answer in rows.given(number)
                if answer.size is None and expert in (None, answer.expert)
            ],
            newest=rows.answers[-1].number if rows.answers else 0,
            jobs=[job_view(row) for row in rows.jobs],
        )


def cards(
    store: Store, project: ProjectLike, round: int | None = None, *, expert: str | None = None
) -> list[Card]:
    """The cards of a round (the newest by default), open and answered, in the order of asking; as
    `expert` meets them, if named: where several people answer each card, others' are open for them.

    That is the order of page, commands, API and simulation (`rounds.questions.order`). The children
    of a split take the places of their own gains as soon as the worker has made them.
    """
    with reading(store, project) as rows:
        return cards_of(rows, find_round(rows, round).number, expert=expert)


def card(store: Store, project: ProjectLike, node: str) -> Card:
    """One card of the newest round; raises NotFoundError that lists the nodes."""
    with reading(store, project) as rows:
        number = find_round(rows).number
        return _card(rows, rows.tree(number).leaf(node), _mixed(rows, number)[node])


def members(store: Store, project: ProjectLike, node: str) -> np.ndarray:
    """Numbers of the images (n,) of a card of the newest round, the nearest to its centre first.

    Raises NotFoundError that lists the nodes.
    """
    with reading(store, project) as rows:
        arrays = rows.arrays(rows.tree(find_round(rows).number).leaf(node).node)
        order = np.argsort(arrays["euclidean"], kind="stable")
        nearest: np.ndarray = arrays["members"][order]
        return nearest


def labelling(store: Store, project: ProjectLike) -> Labelling:
    """How far the newest round is; raises StateError when nothing was ever asked."""
    with reading(store, project) as rows:
        return labelling_of(rows, find_round(rows))


def cards_of(rows: ProjectRows, number: int, *, expert: str | None = None) -> list[Card]:
    """The cards of a round, in the order of asking; as `expert` meets them, if named."""
    mixed = _mixed(rows, number)
    found = [_card(rows, leaf, mixed[leaf.node.path]) for leaf in rows.tree(number).leaves]
    if expert is None:
        return found
    people = people_per_card(rows)
    return [card.seen_by(expert, people) for card in found]


def _mixed(rows: ProjectRows, number: int) -> dict[str, float]:
    """How mixed each card of a round is, by its node: its hint, calibrated by its answers so far.

    Hints of other rounds are of other things: before a classifier of latents, then of what it says.
    """
    tree = rows.tree(number)
    nodes = [leaf.node for leaf in tree.leaves]
    seen = list[tuple[float, float]]()
    for node in tree.nodes:
        answer = tree.standing.get(node.key)
        if answer is not None and not is_rest(node):
            share = share_wrong(rows.answer(answer), len(shown_on(node)))
            seen += [] if share is None else [(node.card["impurity"], share)]
    expected = expected_wrong([node.card["impurity"] for node in nodes], seen)
    return {node.path: float(share) for node, share in zip(nodes, expected, strict=True)}


def _card(rows: ProjectRows, leaf: Leaf, mixed: float) -> Card:
    """The record of a card: of its row, its file and the answer about it."""
    node, stored, answer = leaf.node, leaf.node.card, leaf.answer
    damage = rows.damage(leaf)
    arrays = {} if damage else rows.arrays(node)
    suggested = stored["suggested"]
    return Card(
        node=node.path,
        depth=node.path.count("."),
        size=node.size,
        share=node.size / max(1, rows.project.data.get("train", 1)),
        centre=None if (image := arrays.get("image")) is None else image.copy(),
        members=rows.members(node).copy(),  # of this reader: the arrays are shared
        medoid=stored["medoid"],
        near=tuple(stored["near"]),
        random=tuple(stored["random"]),
        far=tuple(stored["far"]),
        spread=stored["spread"],
        impurity=stored["impurity"],
        mixed=mixed,
        agreement=stored["agreement"],
        state=STATES[answer.kind] if answer else "open",
        answer=rows.answer(answer) if answer else None,
        suggested=None if suggested is None else rows.merged.of(suggested),
        known=stored.get("known", 0.0),
        again=stored.get("again", ""),
        why=one_line(damage) if damage else stored.get("why", ""),
        gain=gain(node.size, stored),
        taken=leaf.rest.size if leaf.rest else 0,
        voices=tuple(rows.answer(one) for one in leaf.voices),
        counts=rows.answer(answer) if answer else None,
        disputed=leaf.decision is not None and leaf.decision.disputed,
    )
