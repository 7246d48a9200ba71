"""Reads every file of a project that matters: its digest, and whether it fits the database."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from labeller.config import RoundConfig
from labeller.data.images import DIGESTS, IMAGES, MANIFEST, META, ImageStore
from labeller.data.sealed import (
    broken,
    check_digest,
    is_sealed,
    read_array,
    read_arrays,
    read_json,
    read_record,
)
from labeller.errors import DamagedFileError
from labeller.evaluation.targets import TARGETS
from labeller.events import Progress, Report
from labeller.records import FileCheck
from labeller.store.files import LEFT_OUT
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import Model

WEIGHTS, METHOD = "weights.safetensors", "method.json"
READ = (".npy", ".npz", ".json", ".safetensors", ".parquet", ".bin", ".onnx", ".pt2")
Fits = Callable[[Any], str]  # what is wrong with the content of a file, or ""


def examine(rows: ProjectRows, report: Report) -> list[FileCheck]:
    """Every file of the project, those that should be there and are not too."""
    expected, root = dict(_expected(rows)), rows.folder.path
    digests = dict(_kept_digests(rows))
    there = {path for path in root.rglob("*") if path.suffix in READ and _matters(path, root)}
    checks = list[FileCheck]()
    for path in sorted({*there, *expected}):
        report(Progress("verify", len(checks), len(there), path.name))
        checks.append(_checked(path, root, expected.get(path), digests.get(path)))
    report(Progress("verify", len(checks), len(checks)))
    return checks


def _checked(path: Path, root: Path, fits: Fits | None, digest: str | None) -> FileCheck:
    name = path.relative_to(root.parent.parent).as_posix()
    try:
        content = _read(path, digest)
        wrong = fits(content) if fits is not None else ""
        if wrong:
            raise broken(path, wrong)
    except DamagedFileError as error:
        size = path.stat().st_size if path.is_file() else 0
        return FileCheck(name, size, "damaged", error.reason, error.meaning)
    known = digest is not None or is_sealed(path)
    return FileCheck(name, path.stat().st_size, "intact" if known else "no digest")


def _read(path: Path, digest: str | None) -> Any:
    if not path.is_file():
        raise broken(path, "it is no file" if path.exists() else "it is gone")
    if path.suffix == ".npy":
        return read_array(path, "r", thorough=True)
    readers = {".npz": read_arrays, ".json": read_json, ".safetensors": read_record}
    if path.suffix in readers:
        return readers[path.suffix](path)
    check_digest(path, digest, thorough=True)
    return None


def _matters(path: Path, root: Path) -> bool:
    """Whether it is a file of the project, not one that is being written or was given up."""
    parts = path.relative_to(root).parts
    return path.is_file() and parts[0] != "adding" and not any(p.startswith(".") for p in parts)


def _kept_digests(rows: ProjectRows) -> Iterator[tuple[Path, str]]:
    """The digests of files that hold none themselves, from where they are kept."""
    places = [(rows.folder.data, META)]
    places += [(path.parent, LEFT_OUT) for path in rows.folder.path.rglob(LEFT_OUT)]
    for folder, name in places:
        try:
            kept = read_json(folder / name).get(DIGESTS, {})
        except DamagedFileError:
            continue  # it is named itself
        yield from ((folder / file, digest) for file, digest in kept.items())
    for job in rows.jobs:
        if job.kind == "predict" and job.result and "digest" in job.result:
            path = rows.folder.path / "predictions" / f"{job.id}.parquet"
            yield path, job.result["digest"]


def _expected(rows: ProjectRows) -> Iterator[tuple[Path, Fits]]:
    """The files that the database knows of, and what of their content is known."""
    data, folder = rows.project.data, rows.folder
    if not data:
        return
    count = data["count"]
    yield folder.data / META, lambda meta: _length(meta.get("count", count), count)
    yield folder.data / IMAGES, lambda images: _length(len(images), count)
    yield folder.data / MANIFEST, lambda _: _manifest(folder.data)
    if (folder.data / TARGETS).exists():  # may be taken away: nothing is scored then
        yield folder.data / TARGETS, lambda targets: _length(len(targets), count)
    for model in rows.models:
        if model.finished:
            yield from _of_model(rows, model, count)
    for round_ in rows.rounds:
        for node in rows.tree(round_.number).nodes:
            yield folder.node(round_.number, node.key), partial(_node, size=node.size)
        if round_.propagated_until > 0:
            yield folder.propagation(round_.number), partial(_labels, count=count)


def _of_model(rows: ProjectRows, model: Model, count: int) -> Iterator[tuple[Path, Fits]]:
    folder, classes = rows.folder.model(model.number), max(rows.names, default=0) + 1
    yield folder / WEIGHTS, _anything
    yield folder / METHOD, _anything
    yield folder / "latents.npy", lambda latents: _rows(latents, count)
    if model.taught_by is None:
        return
    yield folder / "predictions.npy", lambda said: _rows(said, count) or _classes(said, classes)
    yield folder / "certainty.npy", lambda sure: _rows(sure, count) or _probabilities(sure)
    student = rows.folder.student(model.number)
    if student.exists() or RoundConfig.model_validate(model.config).student.use:
        yield student / WEIGHTS, _anything
        yield student / METHOD, _anything
        yield student / "belief.npy", lambda belief: _rows(belief, count) or _probabilities(belief)


def _anything(_: object) -> str:
    return ""


def _length(got: int, count: int) -> str:
    return "" if got == count else f"it has {got:,} rows for {count:,} images"


def _rows(array: np.ndarray, count: int) -> str:
    """Of a model that was not in use when images were added, fewer."""
    return "" if array.ndim and 0 < len(array) <= count else _length(len(array), count)


def _classes(said: np.ndarray, classes: int) -> str:
    fits = said.dtype.kind == "i" and ((said >= -1) & (said < classes)).all()
    return "" if fits else f"it holds classes that are not among the {classes}"


def _probabilities(values: np.ndarray) -> str:
    fits = np.isfinite(values).all() and (values >= 0).all() and (values <= 1.001).all()
    return "" if fits else "it holds numbers that are no probabilities"


def _node(arrays: Mapping[str, np.ndarray], size: int) -> str:
    got = len(arrays.get("members", ()))
    return "" if got == size else f"it has {got:,} images, not {size:,}"


def _labels(said: Mapping[str, np.ndarray], count: int) -> str:
    return _rows(said["labels"], count) if "labels" in said else "it holds no labels"


def _manifest(folder: Path) -> str:
    images = ImageStore(folder)
    return _length(len(images.names), images.count)
