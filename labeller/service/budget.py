"""Accuracy by answers given, as measured or as the audit estimates it, and what ten more bring."""

import numpy as np

from labeller.evaluation.stopping import fit_power_law
from labeller.records import Budget, BudgetRound
from labeller.service.auditing import audit_report
from labeller.service.lookup import ProjectLike
from labeller.service.results import results
from labeller.store import Store

NEXT = 10
# An accuracy of 1 on a few hundred images is no error of 0.
LEAST_ERROR = 1e-3


def budget(store: Store, project: ProjectLike) -> Budget:
    """The finished rounds by accuracy on true labels and by the audit, and the next ten answers.

    Without true labels and without an audit there are no rounds in it.
    """
    table = results(store, project)
    audited = _audited(store, project) if len(table) else []
    for split in ("test", "train"):
        known = table[table[f"{split}_accuracy"].notna()]
        shares = zip(known["answers_total"], known[f"{split}_accuracy"], strict=True)
        rounds = [BudgetRound(int(answers), float(share)) for answers, share in shares]
        if rounds:
            return Budget(tuple(rounds), split, expected(rounds), tuple(audited))
    return Budget(tuple(audited), "audit", expected(audited))


def _audited(store: Store, project: ProjectLike) -> list[BudgetRound]:
    """What the audit says of the finished rounds; nothing without one."""
    report = audit_report(store, project)
    return [
        BudgetRound(one.answers, one.accuracy, one.low, one.high)
        for one in (report.rounds if report else ())
        if one.answers
    ]


def expected(rounds: list[BudgetRound], more: int = NEXT) -> BudgetRound | None:
    """The accuracy after `more` answers: the power law of the rounds' errors, from the newest on.

    None with fewer than two different numbers of answers, and where the error does not fall: then
    the rounds say nothing about the next.
    """
    points = [(one.answers, max(1 - one.accuracy, LEAST_ERROR)) for one in rounds if one.answers]
    if len({answers for answers, _ in points}) < 2:
        return None
    law = fit_power_law(*map(list, zip(*points, strict=True)))
    if law.exponent <= 0:
        return None
    now, error = points[-1]
    share = 1 - error * law.error(now + more) / law.error(now)
    return BudgetRound(now + more, float(np.clip(share, 0, 1)))
