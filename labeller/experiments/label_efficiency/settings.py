"""What a record says of its run: settings that a cell depends on, and what it ran on."""

from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from labeller.config import PRESETS, RoundConfig, suited, with_encoder
from labeller.experiments.label_efficiency.features import Features
from labeller.experiments.label_efficiency.plan import Plan
from labeller.experiments.label_efficiency.pool import Source
from labeller.rounds.settings import changed


def settings(
    plan: Plan, source: Source, config: RoundConfig, features: Features | None
) -> dict[str, Any]:
    """What a cell depends on besides its own names: to go on, these must be the same."""
    shape = [source.store.height, source.store.width, source.store.channels]
    return {
        "benchmark": "label-efficiency",
        "source": plan.source,
        "expert": plan.expert,
        "overconfidence": plan.overconfidence,
        "budgets": list(plan.budgets),
        "images": {"train": len(source.train), "test": len(source.store.test), "shape": shape},
        "classes": source.classes,
        "base": plan.base,
        "changes": plan.settings,
        "features": features and features.digest,
        "student": features and plan.student,
        "config": config.model_dump(mode="json"),
    }


def base_config(plan: Plan, source: Source) -> RoundConfig:
    """The settings of all that is shared, suited to the images as a project's are."""
    store = source.store
    pixels = store.height * store.width * store.channels
    chosen = changed(PRESETS[plan.base], plan.settings)
    seen = with_encoder(chosen, chosen.encode)
    return changed(suited(seen, len(source.train), pixels), plan.settings)


def facts(plan: Plan) -> dict[str, Any]:
    """What the numbers were measured with."""
    from labeller.runtime import device_name, resolve_device, versions

    found = versions()
    with suppress(PackageNotFoundError):
        found["scikit-activeml"] = version("scikit-activeml")
    return {"device": device_name(resolve_device(plan.device)), "versions": found}
