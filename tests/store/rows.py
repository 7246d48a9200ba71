"""Rows of a project that tests write themselves, without images and without a worker."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from labeller.config import RoundConfig
from labeller.store import Store
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import Answer, ClassMerge, Node, Project, ProjectClass, Round, Table

CONFIG = RoundConfig().model_dump(mode="json")
CARD = {"medoid": 1, "near": [2, 3], "random": [4], "far": [5]}


class Making:
    """A project `p` with three classes whose rounds, nodes and answers a test makes."""

    def __init__(self, store: Store) -> None:
        self.store, self.number = store, 0
        self._add(Project(id=1, name="p", source="digits", config=CONFIG, data={}))
        for label, name in enumerate(("cat", "kitten", "dog")):
            self._add(ProjectClass(project_id=1, label=label, name=name))

    def round(self, number: int, **values: Any) -> None:
        """A round without questions."""
        self._add(Round(project_id=1, number=number, model=number, config=CONFIG, **values))

    def node(self, round: int, key: str, **card: Any) -> None:
        """A cluster whose card shows images 1 to 5, with more on its card."""
        values = {"project_id": 1, "round": round, "key": key, "path": key, "size": 20}
        self._add(Node(**values, card=CARD | card))

    def answer(self, round: int, key: str, kind: str = "label", **values: Any) -> int:
        """The next answer about a node; returns its number."""
        self.number += 1
        about = {"project_id": 1, "round": round, "node_key": key, "node": key}
        given = {"confidence": 1.0} | values
        self._add(Answer(number=self.number, kind=kind, expert="me", **about, **given))
        return self.number

    def merge(self, label: int, target: int) -> None:
        """One class counts as another."""
        self._add(ClassMerge(project_id=1, number=1, label=label, target=target))

    def _add(self, row: Table) -> None:
        with self.store.write() as session:
            session.add(row)

    @contextmanager
    def rows(self) -> Iterator[ProjectRows]:
        """What was made, read."""
        with self.store.read() as session:
            project = session.get_one(Project, 1)
            yield ProjectRows(session, project, self.store.project_folder(1))

    def read(self, what: Callable[[ProjectRows], Any]) -> Any:
        """What a function finds in the rows."""
        with self.rows() as rows:
            return what(rows)
