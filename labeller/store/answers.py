"""The tree of answers of a round: which answers stand, and which questions they leave open."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from labeller.errors import NotFoundError
from labeller.rounds.questions.order import gain
from labeller.store.people import Crowd, Decision, decide
from labeller.store.schema import Answer, AuditLabel, Node

Row = TypeVar("Row", Answer, AuditLabel)


@dataclass(frozen=True, eq=False)
class Leaf:
    """A card of a round: a node to be asked about, or answered with a label or a skip.

    `rest`: what lies with the images marked as wrong, where an answer of its own, a label or a
    split, took it from the node. A rest that is open or was skipped keeps the node's label.
    """

    node: Node
    tree: "RoundTree"

    @property
    def decision(self) -> Decision | None:
        """What stands of it."""
        return self.tree.decisions.get(self.node.key)

    @cached_property
    def rest(self) -> Node | None:
        """What an answer of its own took from it."""
        return self.tree.rest_of(self.node)

    @property
    def answer(self) -> Answer | None:
        """The answer that counts."""
        return None if self.decision is None else self.decision.answer

    @property
    def confidence(self) -> float:
        """How sure those who answered are, together; 0 where nobody has."""
        if self.decision is None:
            return 0.0
        together = self.decision.confidence
        return self.decision.answer.confidence if together is None else together

    @property
    def voices(self) -> tuple[Answer, ...]:
        """What each person said of it."""
        return () if self.decision is None else self.decision.voices

    def waits_for(self, expert: str, people: int) -> bool:
        """Whether `expert` is to answer it too, where so many people answer each card."""
        asked = len(self.voices) < people
        return asked and all(voice.expert != expert for voice in self.voices)

    @property
    def images(self) -> int:
        """How many images of the node get the label of its answer."""
        if self.answer is None:
            return 0
        marked = len(self.answer.wrong)
        gone = marked if self.rest is None else max(self.rest.size, marked)
        return len(self.answer.only) or self.node.size - gone


class Decisions(Mapping[str, Decision]):
    """The decision on each node key, made when it is asked for: most are not, at an answer."""

    def __init__(self, given: Mapping[str, list[Answer]], crowd: Crowd) -> None:
        """`given`: the answers by key, none of them revoked; `crowd`: those who gave them."""
        self._given, self._crowd = given, crowd
        self._made = dict[str, Decision]()

    def __getitem__(self, key: str) -> Decision:
        if key not in self._made:
            self._made[key] = decide(self._given[key], self._crowd)
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)


class RoundTree:
    """The questions of a round, and what was answered: all nodes and answers it ever had."""

    def __init__(
        self, nodes: Iterable[Node], answers: Iterable[Answer], crowd: Crowd | None = None
    ) -> None:
        """`answers` as they came, revocations included; `crowd`: those who gave them."""
        self.nodes, self.answers = list(nodes), list(answers)
        # The answers about each node key that were not revoked, oldest first.
        self.given = dict[str, list[Answer]]()
        for row in not_revoked(self.answers):
            self.given.setdefault(row.node_key, []).append(row)
        # What stands for each of these keys.
        self.decisions = Decisions(self.given, crowd or Crowd())

    @cached_property
    def standing(self) -> dict[str, Answer]:
        """The answer that counts for each node key that has one."""
        return {key: decision.answer for key, decision in self.decisions.items()}

    @cached_property
    def leaves(self) -> list[Leaf]:
        """The cards, in the order of asking: the greatest `gain` first, whoever the parent is.

        A node that was split stands for itself until its children exist, then they take its place.
        A node with a label stands for itself beside its rest. Children of a split or label that was
        undone, or answered otherwise since, do not count.
        """
        live = sorted(
            self._live, key=lambda node: (-gain(node.size, node.card or {}), node.id or 0)
        )
        return [Leaf(node, self) for node in live]

    @cached_property
    def _live(self) -> list[Node]:
        nodes = [node for node in self.nodes if _is_root(node)]
        live = list[Node]()
        while nodes:
            node = nodes.pop()
            below = self._children.get(node.key, [])
            nodes += below
            if not below or is_rest(below[0]):
                live.append(node)
        return live

    def leaf(self, path: str) -> Leaf:
        """The card of the node at that path; raises NotFoundError that lists the nodes."""
        for node in self._live:
            if node.path == path:
                return Leaf(node, self)
        paths = ", ".join(leaf.node.path for leaf in self.leaves)
        raise NotFoundError(
            f"there is no cluster {path!r} in this round; the clusters are: {paths}"
        )

    def has_rest(self, node: Node, wrong: Iterable[int]) -> bool:
        """Whether a rest of the node was made that goes back to the images marked as `wrong`."""
        marks = list(wrong)
        return any(row.parent_key == node.key and _marked(row) == marks for row in self.nodes)

    @property
    def left_by_splits(self) -> int:
        """How many images of nodes that were split are in none of their children."""
        return sum(
            node.size - sum(child.size for child in below)
            for node in self.nodes
            if (below := self._children.get(node.key)) and not is_rest(below[0])
        )

    def following(self, answer: Answer) -> list[Answer]:
        """The answers that exist only because of `answer`: those about the children of its split,
        or about its rest, unless another answer that stands marked the same images.

        And about their children. Oldest first; answers that were revoked are not among them.
        """
        kept = not_revoked(self.answers)
        marked = [(row.node_key, row.wrong) for row in kept if row is not answer and row.wrong]
        keys = {
            node.key
            for node in self.nodes
            if node.split_answer == answer.number
            or (is_rest(node) and _goes_back_to(node) == (answer.node_key, answer.wrong))
        }
        keys -= {node.key for node in self.nodes if _goes_back_to(node) in marked}
        below = set[str]()
        while keys:
            below |= keys
            splits = {row.number for row in kept if row.node_key in keys}
            keys = {node.key for node in self.nodes if node.split_answer in splits} - below
        return [row for row in kept if row.node_key in below]

    @cached_property
    def _children(self) -> dict[str, list[Node]]:
        """The children of each node key whose split, or label with a rest, stands.

        A rest stays while the same images are marked as wrong, also where another label or
        confidence replaced the first: what was said of it is still true.
        """
        children = dict[str, list[Node]]()
        for node in self.nodes:
            parent = node.parent_key or ""
            decision = None if _is_root(node) else self.decisions.get(parent)
            if decision is None:
                continue
            answer = decision.answer
            of_split = answer.kind == "split" and answer.number == node.split_answer
            of_label = answer.kind == "label" and is_rest(node) and _marked(node) == answer.wrong
            if of_split or of_label:
                children.setdefault(parent, []).append(node)
        return children

    def rest_of(self, node: Node) -> Node | None:
        """The rest of the node, if an answer of its own took it."""
        for child in self._children.get(node.key, [])[-1:]:
            decision = self.decisions.get(child.key) if is_rest(child) else None
            if decision is not None and decision.answer.kind in ("label", "split"):
                return child
        return None


def not_revoked(given: Iterable[Row]) -> list[Row]:
    """The answers that nobody took back, those replaced by a later one included; oldest first."""
    rows = list(given)
    revoked = {row.revokes for row in rows if row.kind == "revoke"}
    return [row for row in rows if row.kind != "revoke" and row.number not in revoked]


def shown_on(node: Node) -> list[int]:
    """The numbers of the images on the node's card: medoid, nearest, random, farthest."""
    card = node.card
    return [card["medoid"], *card["near"], *card["random"], *card["far"]]


def labelled_images(node: Node, answer: Answer) -> list[int]:
    """The images on the node's card that the answer gives its label, one by one.

    None where it marks no image and is not sure of all: nobody then said it of each.
    """
    marks = bool(answer.wrong or answer.only)
    if answer.kind != "label" or not (marks or answer.confidence == 1.0):
        return []
    return list(answer.only) or [image for image in shown_on(node) if image not in answer.wrong]


def is_rest(node: Node) -> bool:
    """Whether the node is the rest of its parent: what lies with the images marked as wrong."""
    return bool(_marked(node))


def _marked(node: Node) -> list[int]:
    """The marked images that the node goes back to; none where it is no rest."""
    marked: list[int] = (node.card or {}).get("rest", [])
    return marked


def _goes_back_to(node: Node) -> tuple[str | None, list[int]]:
    """The node that it is part of, and the images marked there that it goes back to."""
    return node.parent_key, _marked(node)


def _is_root(node: Node) -> bool:
    return node.parent_key is None or node.split_answer is None
