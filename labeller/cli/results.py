"""The commands that give something out: clusters, evaluate, export, predict."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from labeller.cli.follow import follow
from labeller.cli.frame import (
    AsJson,
    Name,
    Workspace,
    err,
    open_store,
    out,
    percent,
    print_json,
    usage,
)
from labeller.cli.outputs import new_file
from labeller.cli.settings import parse_pairs
from labeller.errors import one_line


def clusters(
    name: Name,
    round_: Annotated[
        int | None, typer.Option("--round", help="A round's number (default: the newest).")
    ] = None,
    as_json: AsJson = False,
    workspace: Workspace = None,
) -> None:
    """Show how the number of clusters was chosen: the scores of all numbers that were tried."""
    from labeller import service

    store = open_store(workspace)
    view = service.project(store, name)
    counts = service.cluster_counts(store, view, round_)
    if as_json:
        print_json(None if counts is None else asdict(counts))
        return
    if counts is None:
        again = f"labeller cluster {shlex.quote(view.name)} --clusters 0"
        out.print(f"The number of clusters was given; to have it chosen: {again}", markup=False)
        return
    table = Table("clusters", "stability", "silhouette", "BIC", "")
    scores = (counts.counts, counts.stability, counts.silhouette, counts.bic)
    for count, stability, silhouette, bic in zip(*scores, strict=True):
        chosen = "chosen" if count == counts.best else ""
        table.add_row(str(count), f"{stability:.2f}", f"{silhouette:.2f}", f"{bic:,.0f}", chosen)
    out.print(table)
    out.print(counts.explanation, markup=False)


def evaluate(name: Name, as_json: AsJson = False, workspace: Workspace = None) -> None:
    """Measure the classifier on held-out images, where their true classes are known."""
    from labeller import service

    store = open_store(workspace)
    view = service.project(store, name)
    scores = service.evaluate(store, view)
    if as_json:
        print_json(scores)
        return
    split = "test" if "test_accuracy" in scores else "train"
    of = "held-out images" if split == "test" else "the images to label, as none is held out"
    out.print(f"Accuracy on {of}: [bold]{percent(scores[f'{split}_accuracy'])}[/bold]")
    classes = service.per_class(store, view, split)
    if classes is not None:
        table = Table("class", "precision", "recall", "F1", "images")
        for row in classes.to_dict("records"):
            shares = (percent(row[key]) for key in ("precision", "recall", "f1"))
            table.add_row(str(row["name"]), *shares, f"{int(row['images']):,}")
        out.print(table)
    history = service.results(store, view)
    if len(history):
        table = Table("round", "answers", "covered", "labels right", "test accuracy")
        for row in history.to_dict("records"):
            shares = (
                percent(row[key]) for key in ("coverage", "propagated_accuracy", "test_accuracy")
            )
            table.add_row(str(int(row["round"])), str(int(row["answers_total"])), *shares)
        out.print(table)


def export(
    name: Name,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="{labeller.exports.registry} (default: what the file's ending names).",
        ),
    ] = None,
    out_file: Annotated[
        Path | None, typer.Option("--out", "-o", help="File of the labels.")
    ] = None,
    classifier: Annotated[
        Path | None, typer.Option("--classifier", help="Folder for the trained classifier.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting of the format: 'delimiter=;'."),
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Write the labels of all images to a file, or the trained classifier to a folder."""
    from labeller import service

    given = parse_pairs(settings or [])
    if out_file is None and classifier is None:
        raise usage("give --out FILE for the labels, or --classifier FOLDER, or both")
    if out_file is not None:
        _check_format(out_file, format_, given)
    store = open_store(workspace)
    view = service.project(store, name)
    if out_file is not None:
        path = service.export_labels(store, view, out_file, format_, given)
        err.print(f"Labels: {path}", markup=False)
    if classifier is not None:
        folder = service.export_classifier(store, view, classifier)
        err.print(f"Classifier: {folder}", markup=False)


def predict(
    name: Name,
    paths: Annotated[
        list[Path], typer.Argument(help="Images, or folders of them.", metavar="PATH...")
    ],
    as_json: AsJson = False,
    out_file: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write a CSV file here.", callback=new_file),
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Label new images with the trained classifier."""
    from labeller import service

    store = open_store(workspace)
    view = service.project(store, name)
    job = follow(store, service.predict(store, view, [path.absolute() for path in paths]))
    table = service.predictions(store, job.id)
    if out_file is not None:
        table.to_csv(out_file, index=False)
        err.print(f"{len(table):,} predictions: {out_file}", markup=False)
    if as_json:
        print_json(table.to_dict("records"))
    elif out_file is None:
        _show(table.to_dict("records"))


def why(
    name: Name,
    image: Annotated[str, typer.Argument(help="Its number or its file name.", metavar="IMAGE")],
    as_json: AsJson = False,
    workspace: Workspace = None,
) -> None:
    """Say where an image's label comes from: answer, cluster, distance and weight."""
    from dataclasses import asdict

    from rich.markup import escape

    from labeller import service

    store = open_store(workspace)
    view = service.project(store, name)
    found = service.provenance(store, view, image)
    if as_json:
        print_json(asdict(found))
        return
    out.print(f"image {found.image}, {found.path}", markup=False)
    label = f"{found.name}, weight {found.weight:.2f}" if found.label >= 0 else "no label"
    out.print(label, markup=False)
    table = Table("round", "cluster", "answer", "says", "confidence", "distance", "weight")
    for one in found.evidence:
        given = one.answer
        distance = "along neighbours" if one.distance is None else f"{one.distance:.3g}"
        distance = "on the card" if one.looked else distance
        row = [given.round, given.node, given.number, escape(one.name), percent(given.confidence)]
        table.add_row(*map(str, row), distance, f"{one.weight:.2f}")
    if found.evidence:
        out.print(table)


def _check_format(path: Path, name: str | None, settings: Mapping[str, Any]) -> None:
    """Wrong usage, with what there is, unless the labels can be written like that."""
    from labeller.exports import registry

    try:
        registry.chosen(path, name, settings)
    except ValueError as error:
        raise usage(one_line(error)) from None


def _show(rows: Sequence[Mapping[Any, Any]]) -> None:
    """Tab-separated lines, which read well and go through pipes."""
    for row in rows:
        typer.echo(f"{row['path']}\t{row['name']}\t{row['confidence']:.3f}")
