"""Answers that were asked again: in their own round, or on a new card of a later one."""

from collections import Counter
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from labeller.store import answers as tree
from labeller.store.schema import Answer, Node


def looks(given: Sequence[Answer]) -> dict[str, int]:
    """How often each node of a round was looked at: once, and each time that a doubt was settled.

    Another confidence, or a slip that was put right at once, is no second look.
    """
    checked = Counter(answer.node_key for answer in tree.not_revoked(given) if answer.checked)
    return {answer.node_key: 1 + checked[answer.node_key] for answer in given}


def settled(given: Sequence[Answer]) -> set[str]:
    """The nodes of a round whose label two looks agree on, or that were looked at three times."""
    said = dict[str, list[int | None]]()
    for answer in tree.not_revoked(given):
        labels = said.setdefault(answer.node_key, [])
        if not answer.checked:
            labels.clear()  # a slip that was put right at once
        labels.append(answer.label)
    return {key for key, labels in said.items() if len(labels) > 2 or len({*labels}) < len(labels)}


def asked_again(session: Session, project_id: int) -> list[Node]:
    """The nodes that ask an answer of an earlier round again, oldest first."""
    corrects = Node.card["corrects"].as_integer()
    query = select(Node).where(Node.project_id == project_id, corrects.is_not(None))
    return list(session.scalars(query.order_by(Node.round, Node.id)))


def corrections(
    session: Session, project_id: int, *, without: Collection[int] = ()
) -> dict[int, int | None]:
    """The labels that answers of earlier rounds have since they were asked again, by their number.

    The answer about the newer card speaks for the older one too: another label says that it was a
    slip, a split (None) that its cluster is no class. A skip, and images that are named alone,
    change nothing. As if the answers with the numbers `without` were taken back.
    """
    found = dict[int, int | None]()
    for node in asked_again(session, project_id):
        every = tree.not_revoked(tree.of_round(session, project_id, node.round))
        kept = [answer for answer in every if answer.number not in without]
        given = tree.standing(kept).get(node.key)
        if given is not None and given.kind != "skip" and not given.only:
            found[node.card["corrects"]] = given.label
    return found


def changed(session: Session, project_id: int) -> tuple[int, int]:
    """How many answers got another label when they were asked again, and how many were asked."""
    query = select(Answer).where(Answer.project_id == project_id).order_by(Answer.number)
    said, first = dict[int, int | None](), dict[tuple[int, str], int | None]()
    differ = list[bool]()
    for answer in tree.not_revoked(session.scalars(query)):
        card = answer.round, answer.node_key
        if answer.checked and card in first:
            differ.append(answer.label != first[card])
        first[card] = said[answer.number] = answer.label
    for number, label in corrections(session, project_id).items():
        if number in said:
            differ.append(label != said[number])
    return sum(differ), len(differ)
