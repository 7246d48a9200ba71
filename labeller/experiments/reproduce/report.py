"""report.md and report.json of an experiment, with its figures beside them."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from labeller.experiments.reproduce.experiment import Drawing, Experiment, Finding, Record, Table
from labeller.experiments.reproduce.pictures import write_drawings
from labeller.experiments.reproduce.summary import RULE
from labeller.store.files import write_file, write_json

DRAWING = "drawing"  # the key of a record's numbers that only figures need
TRIALS = "docs/reproduction-trials.md"


def write_report(
    experiment: Experiment, records: list[Record], folder: Path, about: dict[str, Any]
) -> dict[str, Any]:
    """Writes tables, findings and figures of the records into `folder`; returns report.json.

    `about` has `scale`, `seeds` and `command`.
    """
    summary = experiment.summarise(records)
    files, no_png = write_drawings(summary.drawings, folder)
    sources = {record.settings.get("source") for record in records}
    more = remarks(experiment, sources, summary.findings, about["scale"])
    result = {
        "experiment": experiment.name,
        "title": experiment.title,
        "paper": experiment.paper,
        **about,
        "device": sorted({record.device for record in records}),
        "versions": records[-1].versions,
        "findings": [asdict(finding) for finding in summary.findings],
        "rule": RULE,
        "tables": [asdict(table) for table in summary.tables],
        "figures": files,
        "notes": [*summary.notes, *more, *([no_png] if no_png else [])],
        "cells": [
            {
                "name": record.name,
                "settings": record.settings,
                "numbers": {k: v for k, v in record.numbers.items() if k != DRAWING},
                "seconds": record.seconds,
                "device": record.device,
            }
            for record in records
        ],
    }
    write_json(folder / "report.json", result, sealed=False)
    text = markdown(result, summary.tables, summary.findings, summary.drawings)
    write_file(folder / "report.md", lambda stream: stream.writelines([text.encode()]))
    return result


def remarks(
    experiment: Experiment, sources: Collection[Any], findings: Sequence[Finding], scale: str
) -> list[str]:
    """What was tried on the images of `sources`, and what of the paper is left out."""
    notes = []
    if experiment.tried_on in sources:
        still_open = sum(finding.verdict != "yes" for finding in findings)
        verb = "does" if still_open == 1 else "do"
        count = f"Of {len(findings)} findings {still_open} {verb} not hold for certain. "
        notes.append(f"{count if still_open else ''}What was tried: {TRIALS}#{experiment.name}")
    if scale == "small" and experiment.at_paper:
        notes.append(f"At the scale paper only: {experiment.at_paper}")
    if experiment.left_out:
        notes.append(f"Not in this report: {experiment.left_out}")
    return notes


def markdown(
    result: dict[str, Any],
    tables: Sequence[Table],
    findings: Sequence[Finding],
    drawings: Sequence[Drawing],
) -> str:
    """The report for people."""
    seeds = ", ".join(str(seed) for seed in result["seeds"])
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    minutes = sum(cell["seconds"] for cell in result["cells"]) / 60
    parts = [
        f"# {result['title']}",
        f"{result['paper']}.",
        f"`{result['command']}`" if result["command"] else "",
        f"Scale {result['scale']}, seeds {seeds}, {'; '.join(result['device'])}; {versions}."
        f" The {len(result['cells'])} cells took {minutes:.1f} minutes together.",
        "## Does it hold here?",
        "\n".join(f"- {f.claim}: **{f.verdict}**. {f.evidence}" for f in findings),
        RULE,
        *(text for table in tables for text in _table(table)),
        *(text for drawing in drawings for text in _figure(drawing, result["figures"])),
    ]
    if result["notes"]:
        parts += ["## Notes", "\n".join(f"- {note}" for note in result["notes"])]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(table: Table) -> list[str]:
    lines = [
        "| " + " | ".join(table.columns) + " |",
        "|" + "---|" * len(table.columns),
        *("| " + " | ".join(_value(value) for value in row) + " |" for row in table.rows),
    ]
    return [f"## {table.title}", "\n".join(lines), table.note]


def _figure(drawing: Drawing, files: Sequence[str]) -> list[str]:
    png, html = f"{drawing.name}.png", f"{drawing.name}.html"
    link = f"![{drawing.caption}]({png})" if png in files else f"[{html}]({html})"
    return [link, drawing.caption]


def _value(value: str | float | int | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if isinstance(value, float) else str(value)
