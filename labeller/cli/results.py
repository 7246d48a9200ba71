"""The commands that give something out: clusters, evaluate, why, export, report, predict."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Argument, Option

from labeller.cli import frame, options
from labeller.cli.follow import Watch, follow
from labeller.cli.frame import err, out, percent, service, usage
from labeller.cli.outputs import new_file
from labeller.cli.settings import parse_pairs
from labeller.errors import one_line

if TYPE_CHECKING:
    pass


def clusters(
    name: options.Name,
    round_: Annotated[
        int | None, Option("--round", help="A round's number (default: the newest).")
    ] = None,
    as_json: options.AsJson = False,
    workspace: options.Workspace = None,
) -> None:
    """Show how the number of clusters was chosen: the scores of all numbers that were tried."""
    store, view = frame.opened(workspace, name)
    counts = service.cluster_counts(store, view, round_)
    if as_json:
        frame.print_json(None if counts is None else asdict(counts))
        return
    if counts is None:
        again = f"labeller cluster {shlex.quote(view.name)} --clusters 0"
        out.print(f"The number of clusters was given; to have it chosen: {again}")
        return
    scores = zip(counts.counts, counts.stability, counts.silhouette, counts.bic, strict=True)
    rows = [
        (n, f"{stability:.2f}", f"{silhouette:.2f}", f"{bic:,.0f}", "chosen" * (n == counts.best))
        for n, stability, silhouette, bic in scores
    ]
    frame.print_table("clusters", "stability", "silhouette", "BIC", "", rows=rows)
    out.print(counts.explanation)


def evaluate(
    name: options.Name, as_json: options.AsJson = False, workspace: options.Workspace = None
) -> None:
    """Measure the classifier on held-out images, where their true classes are known."""
    store, view = frame.opened(workspace, name)
    scores = service.evaluate(store, view)
    if as_json:
        frame.print_json(scores)
        return
    split = "test" if "test_accuracy" in scores else "train"
    of = "held-out images" if split == "test" else "the images to label, as none is held out"
    out.print(f"Accuracy on {of}: {percent(scores[f'{split}_accuracy'])}")
    classes = service.per_class(store, view, split)
    if classes is not None:
        rows = [
            (one["name"], *_percents(one, "precision", "recall", "f1"), f"{int(one['images']):,}")
            for one in classes.to_dict("records")
        ]
        frame.print_table("class", "precision", "recall", "F1", "images", rows=rows)
    history = service.results(store, view).to_dict("records")
    if history:
        shares = ("coverage", "propagated_accuracy", "test_accuracy")
        rows = [
            (int(one["round"]), int(one["answers_total"]), *_percents(one, *shares))
            for one in history
        ]
        headings = ("round", "answers", "covered", "labels right", "test accuracy")
        frame.print_table(*headings, rows=rows)


def export(
    name: options.Name,
    format_: Annotated[
        str | None,
        Option(
            "--format", help="{labeller.exports.registry} (default: what the file's ending names)."
        ),
    ] = None,
    out_file: Annotated[
        Path | None, Option("--out", "-o", help="File of the labels, or a new folder.")
    ] = None,
    classifier: Annotated[
        Path | None, Option(help="Folder, or .zip, for the trained classifier.")
    ] = None,
    settings: Annotated[
        list[str] | None, options.setting("A setting of the format: 'delimiter=;'.")
    ] = None,
    workspace: options.Workspace = None,
) -> None:
    """Write the labels of all images, alone or with the images, or the trained classifier."""
    given = parse_pairs(settings or [])
    if out_file is None and classifier is None:
        raise usage("give --out FILE for the labels, or --classifier FOLDER, or both")
    if out_file is not None:
        _check_format(out_file, format_, given)
    store, view = frame.opened(workspace, name)
    if out_file is not None:
        with Watch() as watch:
            path = service.export_labels(store, view, out_file, format_, given, watch.report)
        err.print(f"Labels: {path}")
    if classifier is not None:
        job = service.prepare_classifier(store, view)
        if job is not None:
            follow(store, job)
        err.print(f"Classifier: {service.export_classifier(store, view, classifier)}")
        for file, reason in (service.classifier_left_out(store, view) or {}).items():
            err.print(f"Without {file}: {reason}")


def report(
    name: options.Name,
    out_file: Annotated[
        Path, Option("--out", "-o", help="The page, such as report.html.", callback=new_file)
    ],
    workspace: options.Workspace = None,
) -> None:
    """Write one HTML page to send to somebody: images, classes, accuracy, rounds, settings."""
    store, view = frame.opened(workspace, name)
    path = service.write_report(store, view, out_file)
    err.print(f"Report: {path}, {path.stat().st_size / 2**10:,.0f} kB")


def predict(
    name: options.Name,
    paths: Annotated[list[Path], Argument(help="Images, or folders of them.", metavar="PATH...")],
    as_json: options.AsJson = False,
    out_file: Annotated[
        Path | None, Option("--out", "-o", help="Write a CSV file here.", callback=new_file)
    ] = None,
    workspace: options.Workspace = None,
) -> None:
    """Label new images with the trained classifier."""
    store, view = frame.opened(workspace, name)
    job = follow(store, service.predict(store, view, [path.absolute() for path in paths]))
    table = service.predictions(store, job.id)
    if out_file is not None:
        from labeller.exports.comma_separated import csv_bytes

        out_file.write_bytes(csv_bytes(table))
        err.print(f"{len(table):,} predictions: {out_file}")
    if as_json:
        frame.print_json(table.to_dict("records"))
    elif out_file is None:
        for row in table.to_dict("records"):  # tabs read well and go through pipes
            typer.echo(f"{row['path']}\t{row['name']}\t{row['confidence']:.3f}")


def why(
    name: options.Name,
    image: Annotated[str, Argument(help="Its number or its file name.", metavar="IMAGE")],
    as_json: options.AsJson = False,
    workspace: options.Workspace = None,
) -> None:
    """Say where an image's label comes from: answer, cluster, distance and weight."""
    store, view = frame.opened(workspace, name)
    known = service.provenance(store, view, image)
    if as_json:
        record = asdict(known)
        for one in record["evidence"]:
            one["answer"]["revokes"] = None  # of no answer that stands; programs may read it
        frame.print_json(record)
        return
    out.print(f"image {known.image}, {known.path}")
    label = f"{known.name}, weight {known.weight:.2f}" if known.label >= 0 else "no label"
    label = "set aside: no label" if known.aside else label
    out.print(label)
    rows = []
    for one in known.evidence:
        given = one.answer
        says = (one.name, percent(given.confidence), one.reached, f"{one.weight:.2f}")
        rows.append(
            (given.round, given.node if given.size is None else given.about, given.number, *says)
        )
    if rows:
        headings = ("round", "cluster", "answer", "says", "confidence", "distance", "weight")
        frame.print_table(*headings, rows=rows)


def _percents(row: Mapping[Any, Any], *names: str) -> list[str]:
    return [percent(row[name]) for name in names]


def _check_format(path: Path, name: str | None, settings: Mapping[str, Any]) -> None:
    """Wrong usage, with what there is, unless the labels can be written like that."""
    from labeller.exports import registry

    try:
        registry.chosen(path, name, settings)
    except ValueError as error:
        raise usage(one_line(error)) from None
