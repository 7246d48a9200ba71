"""The job that brings images into a project, and chooses from a sample what sees them."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from labeller.config import PHOTOS, PIXELS, EncodeConfig, RoundConfig, preset, suited, with_encoder
from labeller.data.ingest import ingest as ingest_images
from labeller.data.squares import squares
from labeller.encoders import Encoder, encoder_of
from labeller.encoders.choosing import SAMPLE, chosen, chosen_unseen
from labeller.encoders.encoding import Encoded, encoded
from labeller.evaluation.targets import renumber_targets
from labeller.events import Progress
from labeller.jobs.kinds import IngestPayload
from labeller.jobs.task import Task
from labeller.records import EncoderChoice
from labeller.rounds.settings import checked
from labeller.store.features import FeatureFile
from labeller.store.files import remove_tree
from labeller.store.schema import Project, ProjectClass


def ingest(task: Task, payload: IngestPayload) -> dict[str, Any]:
    """Streams the source into the project's image store; the classes found become its classes."""
    if task.project.data:  # committed before a kill; only the end of the job was missing
        return task.project.data
    remove_tree(task.folder.data)  # whole files of a killed import, but the project has no record
    summary = ingest_images(
        payload.source,
        task.folder.data,
        size=payload.size,
        fit=payload.fit,
        data_dir=Path(payload.data_dir) if payload.data_dir else None,
        report=task.report,
    )
    data = asdict(summary)
    names = data.pop("classes")
    del data["left_out"]  # the report has what a page shows of it, the store names the files
    choice = choose_encoder(task) if payload.choose_encoder else None
    if choice is not None:
        data["encoder"] = asdict(choice)
    with task.store.write() as session:
        project = session.get(Project, task.project_id)
        if project is not None:
            project.data = data
            config = RoundConfig.model_validate(project.config)
            # Settings that somebody chose meanwhile are left as they are.
            begun = with_encoder(preset(config.preset), config.encode)
            if checked(config) == checked(begun):
                pixels = summary.height * summary.width * summary.channels
                if choice is not None and config.encode == PIXELS:
                    config = with_encoder(config, EncodeConfig(encoder=choice.encoder))
                project.config = suited(config, summary.train, pixels).model_dump(mode="json")
            numbers = add_classes(session, project.id, names)
            renumber_targets(task.folder.data, numbers)
    remove_upload(task, Path(payload.source))
    return data


def choose_encoder(task: Task) -> EncoderChoice:
    """Pixels or a pretrained network, by the images that are to be labelled, not by their labels.

    At most SAMPLE of them, drawn evenly, are shown to the network: seconds on a free core. Their
    features are kept where the network is chosen, so that they are not computed again.
    """
    images = task.images
    side = int(np.median(images.shapes[images.train, :2].min(axis=1)))
    unseen = chosen_unseen(side, images.channels, len(images.train))
    if unseen is not None:
        return unseen
    count = min(SAMPLE, len(images.train))
    rows = images.train[np.linspace(0, len(images.train) - 1, count).round().astype(int)]
    encoder = encoder_of(PHOTOS, task.device("auto"))
    parts = _shown(task, encoder, rows)
    features = np.concatenate([part.features for part in parts])
    choice = chosen(images.images[rows], features[:, encoder.last], side)
    if choice.encoder == encoder.name:
        _keep(task, encoder, parts)
    return choice


def add_classes(session: Session, project_id: int, names: Sequence[str]) -> list[int]:
    """The label of each of the source's classes; those that the person did not name are added."""
    query = select(ProjectClass).where(ProjectClass.project_id == project_id)
    labels = {row.name: row.label for row in session.scalars(query)}
    for name in names:
        if name not in labels:
            labels[name] = max(labels.values(), default=-1) + 1
            session.add(ProjectClass(project_id=project_id, label=labels[name], name=name))
    return [labels[name] for name in names]


def remove_upload(task: Task, source: Path) -> None:
    """Delete what was uploaded for an import; nothing of the person's own."""
    uploads = task.store.folder / "uploads"
    if source.parent.parent == uploads:
        remove_tree(source.parent)
    elif source.parent == uploads:  # kept by an earlier version
        source.unlink(missing_ok=True)


def _shown(task: Task, encoder: Encoder, rows: np.ndarray) -> list[Encoded]:
    """What the network sees of these images, with progress."""
    parts: list[Encoded] = []
    done = 0
    words = f"comparing the pixels with {encoder.title} on {len(rows):,} images"
    task.report(Progress("choose-encoder", 0, len(rows), words))
    for part in encoded(encoder, lambda some: squares(task.images, some, encoder.size), rows):
        parts.append(part)
        done += len(part.rows)
        task.report(Progress("choose-encoder", done, len(rows), words))
    return parts


def _keep(task: Task, encoder: Encoder, parts: list[Encoded]) -> None:
    """A later job finds these rows done."""
    file = FeatureFile(task.folder, encoder.digest)
    with file.part(task.images.count, encoder.features) as growing:
        for part in parts:
            growing.put(part.rows, part.features, part.digests)
