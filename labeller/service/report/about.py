"""The parts of the report about method, settings, and how the labels came about."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from labeller.config import PropagateConfig, RoundConfig
from labeller.encoders import spelling
from labeller.records import PeopleView, ProjectView
from labeller.service.answering import answers
from labeller.service.asking import rounds
from labeller.service.people import people
from labeller.service.report.markup import Markup, element, listed, section
from labeller.store import Store

KINDS = {"label": "label", "split": "split", "skip": "skip", "exclude": "set aside"}


def method(view: ProjectView) -> Markup:
    """What the questions are made with, in words, and all settings to unfold."""
    config = RoundConfig.model_validate(without_paths(view.config.model_dump(mode="json")))
    settings = json.dumps(config.model_dump(mode="json"), indent=1, ensure_ascii=False)
    choice = view.encoder_choice
    found = [
        ("Preset", config.preset),
        ("Encoder", spelling(config.encode) if config.encode.encoder != "none" else "none: pixels"),
        ("Why", "" if choice is None else choice.reason),
        ("Method", f"{config.method} {_own(config.method_config)}"),
        ("Space", f"{config.embed.space} of the {_of(config)} {_own(config.embed.own)}"),
        ("Clusters", f"{config.cluster.algorithm}, {config.cluster.clusters or 'number chosen'}"),
        ("Propagation", _propagation(config.propagate)),
        ("Classifier", _classifier(config)),
        ("Later rounds", _later(config)),
    ]
    unfold = element("details", element("summary", "All settings"), element("pre", settings))
    return section("Method and settings", listed(found), unfold)


def made(store: Store, view: ProjectView) -> Markup:
    """Who answered what, and how long it took."""
    given = answers(store, view)
    said = Counter[str](answer.kind for answer in given)
    kinds = ", ".join(f"{said[kind]:,} {name}" for kind, name in KINDS.items() if said[kind])
    by = people(store, view)
    whole = sum(sum(round_.seconds.values()) for round_ in rounds(store, view))
    found = [
        ("Project made", f"{view.created_at:%Y-%m-%d %H:%M} UTC"),
        ("Answers", kinds),
        ("Experts", ", ".join(f"{one.name} ({one.answers:,})" for one in by.people)),
        ("Agreement", _agreement(by)),
        ("Last answer", f"{given[-1].created_at:%Y-%m-%d %H:%M} UTC" if given else ""),
        ("Computing", f"{whole / 60:,.1f} minutes for all rounds" if whole else ""),
        ("Next", view.next_step.text),
    ]
    words = (
        "A network arranged the images without labels. A person was shown the centre and some "
        "members of each group, said what they are and how sure they are, and every image of the "
        "group got that label with a weight. Rounds go on with the groups known least."
    )
    return section("How this was made", element("p", words), listed(found))


def _agreement(by: PeopleView) -> str:
    """How far several people agree about the cards that they share."""
    if by.alpha is None:
        return ""
    return f"Krippendorff's α {by.alpha:.2f} on {by.shared:,} cards that several people answered"


def without_paths(value: Any) -> Any:
    """Settings with the last part of each path: where a file lies here is nobody's business."""
    if isinstance(value, dict):
        return {key: without_paths(one) for key, one in value.items()}
    if isinstance(value, list):
        return [without_paths(one) for one in value]
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value


def _own(settings: object) -> str:
    """The settings that differ from the defaults, in brackets."""
    given = settings.items() if isinstance(settings, dict) else ()
    words = ", ".join(f"{key} {value}" for key, value in given)
    return f"({words})" if words else ""


def _of(config: RoundConfig) -> str:
    return "features" if config.embed.of == "features" else "latents"


def _propagation(config: PropagateConfig) -> str:
    return f"{config.rule} {_own(config.own)}, {config.join} of several rounds"


def _classifier(config: RoundConfig) -> str:
    if config.student.use:
        return f"a student ({config.student.network}) that learns from the weighted labels"
    return f"the method itself, trained again with γ = {config.retrain.gamma:g}"


def _later(config: RoundConfig) -> str:
    if config.ask.choice == "unknown":
        return "ask about all images again, those first that are known least"
    return f"ask about the {config.ask.share:.0%} that the classifier is least sure of"
