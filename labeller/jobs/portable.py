"""The job that writes a trained classifier as files that other programs run: ONNX, torch.export."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labeller.data.images import DIGESTS
from labeller.data.sealed import file_digest
from labeller.encoders.identity import Identity, read_identity, same_encoder
from labeller.errors import DataError, LabellerError, StateError, one_line
from labeller.events import Progress
from labeller.jobs.kinds import PortablePayload
from labeller.jobs.task import Task
from labeller.store.files import LEFT_OUT, PORTABLE, new_folder, portable_left_out, write_json

if TYPE_CHECKING:
    from torch import nn


def write_portable(task: Task, payload: PortablePayload) -> dict[str, Any]:
    """Writes what there can be of the two formats, all at once, and why one is left out."""
    place = task.folder.portable(payload.model, payload.columns)
    if portable_left_out(place) is None:
        shutil.rmtree(place, ignore_errors=True)  # where a file of it is damaged
        task.report(Progress("portable", message="encoder and classifier as one network"))
        with new_folder(place) as folder:
            left_out = _written(task, payload, folder)
            digests = {path.name: file_digest(path) for path in sorted(folder.iterdir())}
            write_json(folder / LEFT_OUT, {**left_out, DIGESTS: digests})
    return {"model": payload.model, "left_out": portable_left_out(place)}


def _written(task: Task, payload: PortablePayload, folder: Path) -> dict[str, str]:
    from labeller.rounds.portable import PortableClassifier, write_portable
    from labeller.training import load_method

    classifier, images = task.folder.classifier(payload.model), task.images
    seen_by = read_identity(classifier)
    try:
        encoder = _module_of(seen_by) if seen_by else None
    except LabellerError as error:
        return dict.fromkeys(PORTABLE, one_line(error))
    network = PortableClassifier(load_method(classifier), payload.columns, encoder)
    side = seen_by.size if seen_by else images.height
    files = {name: folder / file for name, file in PORTABLE.items()}
    return write_portable(network, (side, side, images.channels), files)


def _module_of(seen_by: Identity) -> "nn.Module":
    """The encoder as a network; raises as `same_encoder`, and StateError where it has none."""
    if not seen_by.size:
        raise StateError(
            f"the classifier reads features of the file {Path(seen_by.settings['path']).name}, and "
            "nothing here can make them of images"
        )
    encoder = same_encoder(seen_by, "cpu")
    module = encoder.module()
    if module is None:
        raise DataError(f"the encoder {seen_by.spelled} gives no network that could be written")
    return module
