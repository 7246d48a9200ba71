"""Several people on one project: what each did, and how far they agree."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PersonView:
    """One person: their answers that stand, `shared` of them about cards that others answered too.

    `reliability` in (0, 1): how often they are right, as far as the shared cards tell.
    """

    name: str
    answers: int
    shared: int
    reliability: float


@dataclass(frozen=True)
class PairView:
    """Two people: Cohen's kappa over the `cards` of both, None where these are too few or alike."""

    one: str
    other: str
    cards: int
    agreed: int
    kappa: float | None


@dataclass(frozen=True)
class PeopleView:
    """All people of a project, by their answers about cards of all rounds.

    `alpha` and `fleiss`: Krippendorff's alpha and Fleiss' kappa, None where too little is shared;
    `disputed`: cards of the open round that wait for somebody to settle them; `per_card`: how many
    people are to answer each card.
    """

    people: tuple[PersonView, ...]
    pairs: tuple[PairView, ...]
    shared: int
    alpha: float | None
    fleiss: float | None
    disputed: int
    per_card: int
