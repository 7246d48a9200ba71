"""A project of which one answer is wrong, and is found to be."""

import numpy as np

from labeller import service
from labeller.config import RoundConfig
from labeller.evaluation.targets import read_targets
from labeller.jobs.worker import run_waiting
from labeller.records import Answer
from labeller.rounds.questions.label_issues import AnsweredNode, find_label_issues
from labeller.store.files import read_arrays
from tests.conftest import QUICK


def one_wrong_answer(store: service.Store) -> tuple[str, int, int]:
    """Thirty clusters with their right answers but for one: its node, its right label, the wrong.

    The wrong one is a cluster that is well surrounded by others of its class.
    """
    changes = {"algorithm": "kmeans", "clusters": 30}
    config = RoundConfig.model_validate({**QUICK.model_dump(), "cluster": changes})
    service.recluster(store, "digits", config)
    run_waiting(store)
    view = service.project(store, "digits")
    folder = store.project_folder(view.id)
    targets = read_targets(folder.data)
    nodes = []
    for card in service.cards(store, "digits"):
        arrays = read_arrays(folder.node(view.round, card.node))
        label = int(np.bincount(targets[arrays["members"]]).argmax())
        nodes.append(AnsweredNode(card.node, arrays["members"], label, 0.9, arrays["neighbours"]))
    place = next(place for place in range(len(nodes)) if _is_found(nodes, place))
    right = nodes[place].label
    for node in nodes:
        label = (right + 5) % 10 if node.key == nodes[place].key else node.label
        service.answer(store, "digits", node.key, Answer("label", label, 0.9))
    return nodes[place].key, right, (right + 5) % 10


def _is_found(nodes: list[AnsweredNode], place: int) -> bool:
    given = list(nodes)
    old = nodes[place]
    given[place] = AnsweredNode(
        old.key, old.members, (old.label + 5) % 10, old.confidence, old.neighbours
    )
    before = {issue.key for issue in find_label_issues(nodes, 10)}
    return old.key not in before and old.key in {
        issue.key for issue in find_label_issues(given, 10)
    }
