"""Runs all attacks on one published server, and one behind nginx."""

import shutil
import tempfile
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

from labeller import service
from labeller.config import ClusterConfig, EmbedConfig, RoundConfig
from labeller.events import Progress, Report, silent
from labeller.experiments.attacks import content, proxy, requests, sessions
from labeller.experiments.attacks.attack import ATTACKS, Attack, BreachError, Target
from labeller.experiments.attacks.server import provider_of_sign_ins, published
from labeller.records import ROLES

MODULES = (requests, sessions, content, proxy)  # each adds its own to ATTACKS
# Questions within seconds: what attacks look at does not depend on how good they are.
QUICK = RoundConfig(
    method="pca",
    method_config={"latent": 8},
    embed=EmbedConfig(space="latent"),
    cluster=ClusterConfig(algorithm="kmeans", clusters=10),
)


def attacks_benchmark(report: Report = silent) -> dict[str, Any]:
    """What came of each attack: whether it was `stopped`, and how, or what it got."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="labeller-attacks-") as folder, ExitStack() as stack:
        target = attacked(Path(folder), stack)
        for place, each in enumerate(ATTACKS):
            report(Progress("attacks", place, len(ATTACKS), each.name))
            rows.append(tried(each, target))
    report(Progress("attacks", len(ATTACKS), len(ATTACKS)))
    return {
        "attacks": rows,
        "stopped": sum(row["stopped"] is True for row in rows),
        "breaches": [row["name"] for row in rows if row["stopped"] is False],
        "labeller": version("labeller"),
        "streamlit": version("streamlit"),
    }


def tried(attack: Attack, target: Target) -> dict[str, Any]:
    """The row of one attack; `stopped` is None where it could not be tried."""
    row = {"kind": attack.kind, "name": attack.name}
    if attack.kind == proxy.KIND and not target.proxy:
        return {**row, "stopped": None, "happened": "nginx is not installed, or not configured"}
    try:
        return {**row, "stopped": True, "happened": attack.run(target)}
    except BreachError as breach:
        return {**row, "stopped": False, "happened": str(breach)}


def attacked(folder: Path, stack: ExitStack) -> Target:
    """A server with a person of each role, and nginx before another one where it is installed."""
    workspace, second = folder / "workspace", folder / "behind nginx"
    prepare(workspace)
    shutil.copytree(workspace, second)
    provider = stack.enter_context(provider_of_sign_ins())
    server = stack.enter_context(published(workspace, provider))
    target = Target(server)
    if proxy.CONFIGURATION.exists() and shutil.which("nginx"):
        target.proxy = stack.enter_context(proxy.behind_nginx(second, provider))
    return target


def prepare(workspace: Path) -> None:
    """Makes a workspace with the project `digits`, whose questions are open, and its people."""
    from labeller.jobs.worker import run_waiting

    store = service.open_store(workspace)
    service.create_project(store, "digits", "digits")
    service.train(store, "digits", QUICK)
    run_waiting(store)
    for role in ROLES:
        service.give_role(store, f"{role}@example.org", role)
    store.close()
