"""The trained classifier leaves the workspace: weights, files for other programs, card, how to."""

import io
import json
import zipfile
from pathlib import Path

from labeller.data.sealed import read_record, sealed_json
from labeller.errors import StateError
from labeller.jobs import queue
from labeller.jobs.kinds import PortablePayload
from labeller.records import JobView
from labeller.service.classifier_guide import readme, usage
from labeller.service.jobs import job
from labeller.service.lookup import ProjectLike, taught_model
from labeller.service.model_card import model_card, output_names
from labeller.store import Store
from labeller.store.files import PORTABLE, portable_left_out, write_bytes
from labeller.store.schema import Model, Project

WEIGHTS, METHOD = "weights.safetensors", "method.json"
USAGE = "use.py"


def prepare_classifier(store: Store, project: ProjectLike) -> JobView | None:
    """Queues what needs torch: ONNX and torch.export. None where they are there already.

    Raises StateError where there is no classifier.
    """
    row, model = taught_model(store, project)
    if portable_left_out(_folder(store, row, model)) is not None:
        return None
    payload = PortablePayload(model=model.number, columns=_columns(store, row, model))
    with store.write() as session:
        queued = queue.enqueue(session, row.id, payload)
    return job(store, queued.id)


def classifier_left_out(store: Store, project: ProjectLike) -> dict[str, str] | None:
    """The files for other programs that there cannot be, by name, and why; None until prepared.

    Raises StateError where there is no classifier.
    """
    reasons = portable_left_out(_folder(store, *taught_model(store, project)))
    if reasons is None:
        return None
    return {PORTABLE[name]: reason for name, reason in reasons.items()}


def export_classifier(store: Store, project: ProjectLike, path: str | Path) -> Path:
    """Writes the trained classifier: a zip where `path` ends in .zip, else a folder.

    `labeller.load_classifier` reads it back; README.md in it says what each file is for, and why
    one is left out. In a folder that is there already, files of these names are replaced. Raises
    StateError without a classifier, and until `prepare_classifier` is done.
    """
    target, files = Path(path), _files(store, project)
    try:
        if target.suffix.lower() == ".zip":
            write_bytes(target, _zipped(files))
        else:
            _write_folder(target, files)
    except OSError as error:
        reason = f"cannot write {target} ({error.strerror}); choose another place"
        raise StateError(reason) from error
    return target


def classifier_archive(store: Store, project: ProjectLike) -> bytes:
    """The files of `export_classifier` as one zip."""
    return _zipped(_files(store, project))


def _files(store: Store, project: ProjectLike) -> dict[str, bytes]:
    """What a trained classifier consists of, by name."""
    row, model = taught_model(store, project)
    made, left_out = _folder(store, row, model), classifier_left_out(store, project)
    if left_out is None:
        raise StateError("the classifier is not prepared for other programs yet; do so first")
    card = model_card(store, row, model)
    classifier = store.project_folder(row.id).classifier(model.number)
    files = {
        METHOD: sealed_json(read_record(classifier / WEIGHTS)),  # which checks the weights too
        WEIGHTS: (classifier / WEIGHTS).read_bytes(),
    }
    for name in PORTABLE.values():
        if (made / name).exists():
            files[name] = (made / name).read_bytes()
    classes = list(dict.fromkeys(card["classes"]))
    texts = {
        "card.json": json.dumps(card, indent=1),
        "classes.json": json.dumps(classes, indent=1, ensure_ascii=False),
        "README.md": readme(card, left_out),
    }
    if PORTABLE["onnx"] in files:
        texts[USAGE] = usage(card)
    return {**files, **{name: text.encode() for name, text in texts.items()}}


def _write_folder(target: Path, files: dict[str, bytes]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name in {*PORTABLE.values(), USAGE} - set(files):
        (target / name).unlink(missing_ok=True)  # of an earlier export that had it
    for name, content in files.items():
        write_bytes(target / name, content)


def _zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _folder(store: Store, row: Project, model: Model) -> Path:
    """Where the files for other programs are, or will be."""
    columns = _columns(store, row, model)
    return store.project_folder(row.id).portable(model.number, columns)


def _columns(store: Store, row: Project, model: Model) -> tuple[int, ...]:
    """For each output of the classifier the place of its class, merged ones at the same."""
    names = output_names(store, row, model)
    places = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return tuple(places[name] for name in names)
