"""Several people on one project: their agreement, and how many of them answer each card."""

import itertools

from sqlalchemy import func, select

from labeller.config import RoundConfig
from labeller.evaluation import agreement
from labeller.evaluation.reliability import Votes
from labeller.records import PairView, PeopleView, PersonView
from labeller.records.numbers import whole_number
from labeller.service.lookup import ProjectLike, reading, writing
from labeller.service.progress import people_per_card
from labeller.store import Store
from labeller.store.people import votes_of
from labeller.store.schema import Answer


def people(store: Store, project: ProjectLike) -> PeopleView:
    """Who answered how much, and how far they agree about the cards that several answered."""
    with reading(store, project) as rows:
        crowd, cards = rows.crowd, rows.shared_cards
        votes, per_card, round_ = votes_of(cards, crowd), people_per_card(rows), rows.open_round
        leaves = rows.tree(round_.number).leaves if round_ else []
        disputed = sum(bool(leaf.decision and leaf.decision.disputed) for leaf in leaves)
        answers = [row.expert for row in rows.given()]
    shared = [item for item in votes if len(item) > 1]
    names = sorted(set(answers))
    return PeopleView(
        people=tuple(
            PersonView(
                name, answers.count(name), sum(name in item for item in shared), crowd.right(name)
            )
            for name in names
        ),
        pairs=tuple(_pair(shared, one, other) for one, other in itertools.combinations(names, 2)),
        shared=len(shared),
        alpha=agreement.krippendorff_alpha(votes),
        fleiss=agreement.fleiss_kappa(votes),
        disputed=disputed,
        per_card=per_card,
    )


def set_people_per_card(store: Store, project: ProjectLike, people: int) -> None:
    """How many people are to answer each card, from now on; raises ValueError unless 1 to 10."""
    people = whole_number("people per card", people, 1, 10)
    with writing(store, project) as rows:
        config = RoundConfig.model_validate(rows.project.config)
        ask = config.ask.model_copy(update={"people": people})
        rows.project.config = config.model_copy(update={"ask": ask}).model_dump(mode="json")


def newest_answer(store: Store, project: ProjectLike) -> int:
    """The number of the last that was said of the project, by anybody; 0 before that."""
    with reading(store, project) as rows:
        query = select(func.max(Answer.number)).where(Answer.project_id == rows.id)
        return rows.session.scalar(query) or 0


def _pair(shared: Votes, one: str, other: str) -> PairView:
    both = [item for item in shared if one in item and other in item]
    agreed = sum(item[one] == item[other] for item in both)
    return PairView(one, other, len(both), agreed, agreement.cohen_kappa(shared, one, other))
