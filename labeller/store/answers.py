"""The tree of answers of a round: which answers stand, and which questions they leave open."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from labeller.rounds.questions.order import gain
from labeller.store.schema import Answer, Node


def append(session: Session, row: Answer) -> Answer:
    """Adds an answer with the project's next number."""
    query = select(func.max(Answer.number)).where(Answer.project_id == row.project_id)
    row.number = (session.scalar(query) or 0) + 1
    session.add(row)
    session.flush()
    return row


def of_round(session: Session, project_id: int, number: int) -> list[Answer]:
    """All answers of a round as they came, revocations included."""
    query = (
        select(Answer)
        .where(Answer.project_id == project_id, Answer.round == number)
        .order_by(Answer.number)
    )
    return list(session.scalars(query))


def standing(answers: Iterable[Answer]) -> dict[str, Answer]:
    """The answer in force for each node key: the newest that was not revoked."""
    return {row.node_key: row for row in not_revoked(answers)}


def live_nodes(nodes: Iterable[Node], answers: dict[str, Answer]) -> list[Node]:
    """The leaves of the tree: nodes to be asked about, or answered with a label or a skip.

    A node that was split stands for itself until its children exist, then they take its place. A
    node with a label stands for itself beside its rest. Children of a split or label that was
    undone, or answered otherwise since, do not count. In the order of asking: the node whose `gain`
    is greatest first, whoever its parent is.
    """
    roots, children = _tree(nodes, answers)

    def leaves(node: Node) -> list[Node]:
        below = children.get(node.key, [])
        itself = [] if below and not is_rest(below[0]) else [node]
        return itself + [leaf for child in below for leaf in leaves(child)]

    found = [leaf for root in roots for leaf in leaves(root)]
    return sorted(found, key=lambda node: (-gain(node.size, node.card or {}), node.id or 0))


def shown_on(node: Node) -> list[int]:
    """The numbers of the images on the node's card: medoid, nearest, random, farthest."""
    card = node.card
    return [card["medoid"], *card["near"], *card["random"], *card["far"]]


def images_said(node: Node, answer: Answer) -> list[int]:
    """The images on the node's card that the answer gives its label, one by one.

    None where it marks no image and is not sure of all: nobody then said it of each.
    """
    marks = bool(answer.wrong or answer.only)
    if answer.kind != "label" or not (marks or answer.confidence == 1.0):
        return []
    return list(answer.only) or [image for image in shown_on(node) if image not in answer.wrong]


def is_rest(node: Node) -> bool:
    """Whether the node is the rest of its parent: what lies with the images marked as wrong."""
    return bool(_rest_of(node))


def has_live_rest(parent: Node, nodes: Iterable[Node], answers: dict[str, Answer]) -> bool:
    """Whether the node has a rest that goes back to the marks of its answer."""
    _, children = _tree(nodes, answers)
    return any(is_rest(child) for child in children.get(parent.key, []))


def answered_rests(nodes: Iterable[Node], answers: dict[str, Answer]) -> dict[str, Node]:
    """The rest of each node key whose own answer, a label or a split, took it from its parent.

    A rest that is open or was skipped keeps the label of its parent.
    """
    _, children = _tree(nodes, answers)
    return {
        parent: below[-1]
        for parent, below in children.items()
        if is_rest(below[-1])
        if (said := answers.get(below[-1].key)) is not None and said.kind in ("label", "split")
    }


def speaks_for(node: Node, answer: Answer, rest: Node | None = None) -> int:
    """How many images of the node get the label of the answer; `rest` was answered by itself."""
    gone = len(answer.wrong) if rest is None else max(rest.size, len(answer.wrong))
    return len(answer.only) or node.size - gone


def left_by_splits(nodes: Iterable[Node], answers: dict[str, Answer]) -> int:
    """How many images of nodes that were split are in none of their children."""
    nodes = list(nodes)
    _, children = _tree(nodes, answers)
    return sum(
        node.size - sum(child.size for child in children[node.key])
        for node in nodes
        if node.key in children and not is_rest(children[node.key][0])
    )


def shown_of_sure(session: Session, project_id: int) -> dict[int, list[int]]:
    """The images on the cards of labels that stand and are sure of all of them, by answer number.

    They were looked at as those of a card with marks are, and nothing was found to mark.
    """
    nodes = select(Node).where(Node.project_id == project_id)
    cards = {(node.round, node.key): node for node in session.scalars(nodes)}
    given = session.scalars(select(Answer).where(Answer.project_id == project_id))
    return {
        answer.number: shown_on(cards[answer.round, answer.node_key])
        for answer in not_revoked(given)
        if answer.kind == "label" and answer.confidence == 1.0 and not answer.only
    }


def not_revoked(answers: Iterable[Answer]) -> list[Answer]:
    """The answers that nobody took back, those replaced by a later one included; oldest first."""
    rows = list(answers)
    revoked = {row.revokes for row in rows if row.kind == "revoke"}
    return [row for row in rows if row.kind != "revoke" and row.number not in revoked]


def following(answer: Answer, nodes: Iterable[Node], answers: Iterable[Answer]) -> list[Answer]:
    """The answers that exist only because of `answer`: those about the children of its split, or
    about its rest.

    And about their children. Oldest first; answers that were revoked are not among them.
    """
    nodes, kept = list(nodes), not_revoked(answers)
    splits, below = {answer.number}, set[str]()
    while True:
        keys = {node.key for node in nodes if node.split_answer in splits} - below
        if not keys:
            return [row for row in kept if row.node_key in below]
        below |= keys
        splits |= {row.number for row in kept if row.node_key in keys}


def nodes_of_round(session: Session, project_id: int, number: int) -> list[Node]:
    """Every node that a round ever had."""
    query = (
        select(Node).where(Node.project_id == project_id, Node.round == number).order_by(Node.id)
    )
    return list(session.scalars(query))


def _rest_of(node: Node) -> list[int]:
    """The marked images that the node goes back to; none where it is no rest."""
    marked: list[int] = (node.card or {}).get("rest", [])
    return marked


def _tree(
    nodes: Iterable[Node], answers: dict[str, Answer]
) -> tuple[list[Node], dict[str, list[Node]]]:
    """The roots, and the children of each node key whose split, or label with a rest, stands.

    A rest stays while the same images are marked as wrong, also where another label or confidence
    replaced the first: what was said of it is still true.
    """
    roots, children = [], dict[str, list[Node]]()
    for node in nodes:
        if node.parent_key is None or node.split_answer is None:
            roots.append(node)
            continue
        answer = answers.get(node.parent_key)
        if answer is None:
            continue
        of_split = answer.kind == "split" and answer.number == node.split_answer
        of_label = answer.kind == "label" and is_rest(node) and _rest_of(node) == answer.wrong
        if of_split or of_label:
            children.setdefault(node.parent_key, []).append(node)
    return roots, children
