"""The arrays of a node, which never change once they are written."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from labeller.store.files import ProjectFolder, read_arrays
from labeller.store.schema import Node


@lru_cache(maxsize=512)
def node_arrays(path: Path) -> dict[str, np.ndarray]:
    """All arrays of the node's file, kept: sliders need not read them again."""
    return read_arrays(path)


def members_of(folder: ProjectFolder, node: Node | None) -> np.ndarray:
    """Numbers of the node's images (n,) int64; none without a node."""
    if node is None:
        return np.zeros(0, np.int64)
    return node_arrays(folder.node(node.round, node.key))["members"]


def own_members(folder: ProjectFolder, node: Node, rest: Node | None) -> np.ndarray:
    """Numbers of the node's images less those of its `rest`, which was answered by itself."""
    members = members_of(folder, node)
    return members if rest is None else members[~np.isin(members, members_of(folder, rest))]
