"""The direction of imports (docs/architecture.md), read from the syntax trees."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [
    ROOT / "app.py",
    *(
        path
        for folder in ("labeller", "models", "pages")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "_app" not in path.parts
    ),
]

# A unit may import itself and any unit before it; those on one line, not each other.
ORDER = [
    {"errors"},
    {"events", "config"},
    {"runtime", "records"},
    {"registry"},
    {"models", "data", "exports"},
    {"methods", "encoders"},
    {"training"},
    {"rounds"},
    {"evaluation"},
    {"comparison"},
    {"store"},
    {"jobs"},
    {"service", "figures"},
    {"labeller"},  # the Python API, labeller/__init__.py
    {"ui", "experiments"},
    {"cli"},
    {"app"},
]
RANK = {unit: rank for rank, units in enumerate(ORDER) for unit in units}
# What a page, the service or the server may never load: torch, and what brings it along.
HEAVY = {
    "torch",
    "torchvision",
    "kornia",
    "models",
    "timm",
    "onnxruntime",
}
WEB = {"streamlit"}


def module_name(path: Path) -> str:
    """`labeller.store.files` for labeller/store/files.py."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def unit(module: str) -> str:
    """The row of ORDER that a module of ours belongs to."""
    parts = module.split(".")
    if parts[0] in ("app", "pages"):
        return "app"
    return parts[1] if parts[0] == "labeller" and len(parts) > 1 else parts[0]


@cache
def imported(path: Path, *, when_loaded: bool = False) -> tuple[str, ...]:
    """Modules that a file imports: anywhere in it, or only those that loading it loads."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return tuple(name for node in statements(tree, when_loaded) for name in names(node, path))


def statements(tree: ast.AST, when_loaded: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    """The import statements below a node; functions and TYPE_CHECKING blocks run later or never."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif not (when_loaded and runs_later(node)):
            yield from statements(node, when_loaded)


def runs_later(node: ast.AST) -> bool:
    """Whether loading the module leaves the inside of this statement alone."""
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.dump(node.test)
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


def names(node: ast.Import | ast.ImportFrom, path: Path) -> Iterator[str]:
    """The modules one statement names; `from a import b` also names a.b where that is a module."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    package = module_name(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    base = package[: len(package) - node.level + 1] if node.level else []
    start = ".".join([*base, *([node.module] if node.module else [])])
    yield start
    yield from (f"{start}.{alias.name}" for alias in node.names if f"{start}.{alias.name}" in OURS)


OURS = {module_name(path): path for path in SOURCES}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    own = unit(module_name(path))
    for module in imported(path):
        if module.split(".")[0] not in ("labeller", "models", "pages", "app"):
            continue
        other = unit(module)
        if other in (own, "labeller"):
            continue
        assert own in RANK, f"{own} has no place in ORDER"
        assert other in RANK, f"{other} has no place in ORDER"
        assert RANK[other] < RANK[own], f"{own} must not import {module}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_imported_of_ours_is_there(path: Path) -> None:
    """The type checker passes over modules that it does not find."""
    ours = {module for module in imported(path) if module.split(".")[0] in ("labeller", "models")}
    assert ours <= set(OURS)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_pages_and_ui_import_streamlit(path: Path) -> None:
    if unit(module_name(path)) in ("app", "ui") or path.parent.name == "attacks":
        return  # an attacker speaks the server's own protocol
    assert not WEB & {module.split(".")[0] for module in imported(path)}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "models").rglob("*.py")), ids=lambda path: path.name
)
def test_models_import_only_torch(path: Path) -> None:
    allowed = {"torch", "torchvision", "timm", "models"} | sys.stdlib_module_names
    assert {module.split(".")[0] for module in imported(path)} <= allowed


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_service_touches_only_kinds_and_queue_of_the_jobs(path: Path) -> None:
    if unit(module_name(path)) not in ("service", "ui", "app"):
        return
    jobs = {module for module in imported(path) if module.startswith("labeller.jobs.")}
    assert jobs <= {"labeller.jobs.queue", "labeller.jobs.kinds"}


@pytest.mark.parametrize("start", ["labeller.service", "labeller.figures", "labeller.ui", "app"])
def test_loading_the_server_loads_no_torch(start: str) -> None:
    waiting = [module for module in OURS if module == start or module.startswith(f"{start}.")]
    if start == "app":
        waiting += [module for module in OURS if module.startswith("pages.")]
    came_from = dict.fromkeys(waiting, "")
    while waiting:
        module = waiting.pop()
        for other in imported(OURS[module], when_loaded=True):
            assert other.split(".")[0] not in HEAVY, f"{path_to(module, came_from)} -> {other}"
            parents = [".".join(other.split(".")[:end]) for end in range(1, other.count(".") + 2)]
            new = [name for name in parents if name in OURS and name not in came_from]
            came_from |= dict.fromkeys(new, module)
            waiting += new


def path_to(module: str, came_from: dict[str, str]) -> str:
    """The chain of imports that leads to a module, for the message of a failure."""
    chain = [module]
    while came_from.get(chain[-1]):
        chain.append(came_from[chain[-1]])
    return " -> ".join(reversed(chain))


def test_true_targets_are_read_by_evaluation_and_simulated_experts_only() -> None:
    """Whoever trains or asks never sees them: nothing below evaluation may name their file."""
    naming = {
        unit(module_name(path))
        for path in SOURCES
        if any(
            isinstance(node, ast.Constant) and node.value == "targets.npy"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    }
    assert naming <= {"data", "evaluation"}, "labeller/data writes them, evaluation reads them"


def test_the_walk_sees_what_it_should(tmp_path: Path) -> None:
    """The test of the test: nested imports count, those inside functions are not for loading."""
    file = tmp_path / "sample.py"
    file.write_text(
        "from typing import TYPE_CHECKING\n"
        "import os.path\n"
        "if TYPE_CHECKING:\n    import torch\n"
        "def run():\n    import streamlit\n"
        "try:\n    import kornia\nexcept ImportError:\n    pass\n"
    )
    tree = ast.parse(file.read_text())
    everything = {n.names[0].name for n in statements(tree, False)}
    loaded = {n.names[0].name for n in statements(tree, True)}
    assert everything == {"TYPE_CHECKING", "os.path", "torch", "streamlit", "kornia"}
    assert loaded == {"TYPE_CHECKING", "os.path", "kornia"}
