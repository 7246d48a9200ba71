"""The rows of one project as one session sees them, and rows added under the next number."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from labeller import records
from labeller.errors import DamagedFileError
from labeller.store.answers import Leaf, RoundTree, not_revoked, shown_on
from labeller.store.classes import MergedLabels, followed, merge_rows, standing_merges
from labeller.store.files import ProjectFolder, node_arrays
from labeller.store.people import Crowd, crowd_of
from labeller.store.schema import (
    Answer,
    AuditImage,
    AuditLabel,
    ClassMerge,
    Job,
    Model,
    Node,
    Project,
    ProjectClass,
    Round,
)

# What a stored answer has in common with its record; `label` depends on merges of classes.
_RECORDED = (
    *("kind", "confidence", "split", "wrong", "only"),
    *("number", "round", "node", "checked", "expert", "created_at", "size"),
)

Row = TypeVar("Row", Answer, AuditLabel)
Entry = tuple[str, int]  # of a browser's log: the client, and the number that it gave the entry


@dataclass(frozen=True, eq=False)
class ProjectRows:
    """What a project's rows say at one moment: each table is read once, when it is needed."""

    session: Session
    project: Project
    folder: ProjectFolder

    @property
    def id(self) -> int:
        """The project's number."""
        return self.project.id

    @cached_property
    def rounds(self) -> list[Round]:
        """All rounds, oldest first."""
        query = select(Round).where(Round.project_id == self.id).order_by(Round.number)
        return list(self.session.scalars(query))

    @property
    def newest_round(self) -> Round | None:
        """The round opened last."""
        return self.rounds[-1] if self.rounds else None

    @property
    def open_round(self) -> Round | None:
        """The round that is being asked about: the newest, unless it is finished."""
        newest = self.newest_round
        return newest if newest is not None and newest.state == "asking" else None

    @cached_property
    def answers(self) -> list[Answer]:
        """All answers of all rounds as they came, revocations included."""
        query = select(Answer).where(Answer.project_id == self.id).order_by(Answer.number)
        return list(self.session.scalars(query))

    def given(self, number: int | None = None) -> list[Answer]:
        """The answers, of one round or of all, that nobody took back, oldest first."""
        return [row for row in self._standing if number in (None, row.round)]

    def tree(self, number: int, *, without: Collection[int] = ()) -> RoundTree:
        """The questions of a round and its answers, as if those numbered `without` were revoked."""
        if without:
            kept = [row for row in self.given(number) if row.number not in without]
            return RoundTree(self._nodes(number), kept, self.crowd)
        if number not in self._trees:
            answers = [row for row in self.answers if row.round == number]
            self._trees[number] = RoundTree(self._nodes(number), answers, self.crowd)
        return self._trees[number]

    def arrays(self, node: Node) -> dict[str, np.ndarray]:
        """All arrays of the node's file, `members` (n,) int64 among them."""
        return node_arrays(self.folder.node(node.round, node.key))

    def damage(self, leaf: Leaf) -> DamagedFileError | None:
        """Why the card's images are unknown: its file, or that of its rest, is damaged."""
        try:
            for node in (leaf.node, leaf.rest):
                if node is not None:
                    self.arrays(node)
        except DamagedFileError as error:
            return error
        return None

    def members(self, node: Node) -> np.ndarray:
        """Numbers (n,) of the node's images; none where its file is damaged."""
        try:
            return self.arrays(node)["members"]
        except DamagedFileError:
            return np.zeros(0, np.int64)

    @cached_property
    def unread(self) -> dict[str, DamagedFileError]:
        """The damaged files, by node, without which the labels of this reading were made."""
        return {}

    def own_members(self, leaf: Leaf) -> np.ndarray:
        """Numbers of the card's images less those of its rest, which was answered by itself."""
        members = self.members(leaf.node)
        gone = None if leaf.rest is None else self.members(leaf.rest)
        return members if gone is None else members[~np.isin(members, gone)]

    @cached_property
    def crowd(self) -> Crowd:
        """The people who answer, and how often each of them is right."""
        return crowd_of(self.shared_cards, self.merged, len(self.classes))

    @cached_property
    def shared_cards(self) -> list[list[Answer]]:
        """The answers that stand of each card, oldest first, in the order of the first of them."""
        given = dict[tuple[int, str], list[Answer]]()
        for row in self.given():
            if row.size is None:
                given.setdefault((row.round, row.node_key), []).append(row)
        return list(given.values())

    @cached_property
    def rechecks(self) -> list[Node]:
        """The nodes of all rounds that ask an answer of an earlier round again, oldest first."""
        corrects = Node.card["corrects"].as_integer()
        query = select(Node).where(Node.project_id == self.id, corrects.is_not(None))
        return list(self.session.scalars(query.order_by(Node.round, Node.id)))

    def shown_of_sure(self) -> dict[int, list[int]]:
        """The images on the cards of labels that are sure of all of them, by answer number.

        They were looked at as those of a card with marks are, and nothing was found to mark; not
        where people differ.
        """
        sure = [a for a in self.given() if _sure_of_all(a)]
        trees = [self.tree(round_.number) for round_ in self.rounds] if sure else []
        cards = {
            (node.round, node.key): node
            for tree in trees
            for node in tree.nodes
            if node.key in tree.decisions and not tree.decisions[node.key].disputed
        }
        known = [row for row in sure if (row.round, row.node_key) in cards]
        return {row.number: shown_on(cards[row.round, row.node_key]) for row in known}

    @cached_property
    def merges(self) -> dict[int, ClassMerge]:
        """The merge in force of each merged class, by its label."""
        return standing_merges(self.merge_rows)

    @cached_property
    def merge_rows(self) -> list[ClassMerge]:
        """All merges of classes as they came, and those that take one back."""
        return merge_rows(self.session, self.id)

    @property
    def newest_merge(self) -> int:
        """The number of the newest merge or its taking back; 0 when there was none."""
        return self.merge_rows[-1].number if self.merge_rows else 0

    @cached_property
    def merged(self) -> MergedLabels:
        """Which class each merged class counts as in the end."""
        return followed(self.merges)

    @cached_property
    def classes(self) -> list[ProjectClass]:
        """All classes by label, merged ones too."""
        query = select(ProjectClass).where(ProjectClass.project_id == self.id)
        return list(self.session.scalars(query.order_by(ProjectClass.label)))

    @property
    def live_classes(self) -> list[ProjectClass]:
        """The classes that can be answered with, by label: those merged are left out."""
        return [row for row in self.classes if row.label not in self.merges]

    @cached_property
    def names(self) -> dict[int, str]:
        """The name of each class number, a merged class by the name of the one it counts as."""
        own = {row.label: row.name for row in self.classes}
        return {label: own[self.merged.of(label)] for label in own}

    @cached_property
    def audit_images(self) -> list[AuditImage]:
        """The audit's images in the order in which they were drawn."""
        query = select(AuditImage).where(AuditImage.project_id == self.id)
        return list(self.session.scalars(query.order_by(AuditImage.place)))

    @cached_property
    def audit_labels(self) -> list[AuditLabel]:
        """All that was said about the audit's images as it came, revocations included."""
        query = select(AuditLabel).where(AuditLabel.project_id == self.id)
        return list(self.session.scalars(query.order_by(AuditLabel.number)))

    @property
    def audited(self) -> dict[int, AuditLabel]:
        """What stands about each image of the audit; what was said last at the end."""
        newest = {row.image: row for row in not_revoked(self.audit_labels)}
        return dict(sorted(newest.items(), key=lambda item: item[1].number))

    @cached_property
    def models(self) -> list[Model]:
        """All trained networks, and those that are being trained, by number."""
        query = select(Model).where(Model.project_id == self.id).order_by(Model.number)
        return list(self.session.scalars(query))

    def newest_model(self, *, taught: bool = False) -> Model | None:
        """The newest finished model; with `taught`, the newest that was trained with answers."""
        finished = [row for row in self.models if row.finished]
        kept = [row for row in finished if not taught or row.taught_by is not None]
        return kept[-1] if kept else None

    @cached_property
    def jobs(self) -> list[Job]:
        """The project's jobs, newest first."""
        query = select(Job).where(Job.project_id == self.id).order_by(Job.id.desc())
        return list(self.session.scalars(query))

    def answer(self, row: Answer) -> records.Answer:
        """The record of an answer, its label as the merges of classes have it."""
        label = None if row.label is None else self.merged.of(row.label)
        return records.Answer(label=label, **{name: getattr(row, name) for name in _RECORDED})

    @cached_property
    def _standing(self) -> list[Answer]:
        return not_revoked(self.answers)

    @cached_property
    def _trees(self) -> dict[int, RoundTree]:
        return {}

    def _nodes(self, number: int) -> list[Node]:
        """Every node that a round ever had."""
        nodes = self._newest_nodes if number == self._newest else self._earlier_nodes
        return [node for node in nodes if node.round == number]

    @property
    def _newest(self) -> int:
        return self.newest_round.number if self.newest_round else 0

    @cached_property
    def _newest_nodes(self) -> list[Node]:
        return self._read_nodes(Node.round == self._newest)

    @cached_property
    def _earlier_nodes(self) -> list[Node]:
        return self._read_nodes(Node.round < self._newest)

    def _read_nodes(self, rounds: ColumnElement[bool]) -> list[Node]:
        query = select(Node).where(Node.project_id == self.id, rounds).order_by(Node.id)
        return list(self.session.scalars(query))


def _sure_of_all(answer: Answer) -> bool:
    """Whether it says of each image of its card that it is of the class."""
    of_card = answer.kind == "label" and answer.size is None
    return of_card and answer.confidence == 1.0 and not answer.only


def logged(rows: Iterable[Row], entry: Entry | None) -> Row | None:
    """The row that was stored for that entry of a browser's log, if there is one."""
    return next((row for row in rows if (row.client, row.sequence) == entry), None)


def append(
    rows: ProjectRows, table: type[Row], entry: Entry | None = None, **values: object
) -> Row | None:
    """Adds a row under the project's next number; None where that entry of a log is there already.

    One statement, so that an entry that is sent again, by whichever session, changes nothing.
    """
    newest = select(func.coalesce(func.max(table.number), 0)).where(table.project_id == rows.id)
    client, sequence = entry or (None, None)
    statement = insert(table).values(
        project_id=rows.id,
        number=newest.scalar_subquery() + 1,
        client=client,
        sequence=sequence,
        **values,
    )
    statement = statement.on_conflict_do_nothing(index_elements=["client", "sequence"])
    return rows.session.scalar(statement.returning(table))
