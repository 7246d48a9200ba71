"""Comparisons of methods: ask for one, watch it, read its tables and arrays, rename, delete."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import delete, select

from labeller.comparison.plan import (
    CompareConfig,
    cells,
    check_settings,
    fingerprint,
    sized,
    up_to_date,
)
from labeller.comparison.table import run_table
from labeller.config import PIXELS, RoundConfig
from labeller.errors import (
    DataError,
    NeedsEncoderError,
    NotFoundError,
    StateError,
    UnknownSettingError,
)
from labeller.evaluation.targets import read_targets
from labeller.jobs import queue
from labeller.jobs.kinds import ComparePayload
from labeller.methods.names import parse_method
from labeller.records import ComparisonView, JobView
from labeller.records.names import LONGEST
from labeller.service.jobs import comparable, job
from labeller.service.limits import check_encoder
from labeller.service.lookup import ProjectLike, find_project
from labeller.service.naming import comparison_name
from labeller.store import ProjectFolder, Store
from labeller.store.comparisons import ComparisonFolder, new_comparison, numbers
from labeller.store.runs import Record
from labeller.store.schema import Event, Job, now


def compare(
    store: Store, project: ProjectLike, config: CompareConfig, name: str = ""
) -> ComparisonView:
    """Queues a comparison of methods on the project's images; the project itself stays as it is.

    Methods that read features read those of the project's encoder, unless `config` names another.
    Raises ValueError for a method, preset, setting or size that the worker does not know,
    StateError while the images are not imported, and for such a method without an encoder.
    """
    with store.read() as session:
        row = find_project(session, project)
    if not row.data:
        raise StateError(f"the images of {row.name!r} are not imported yet")
    if config.encode == PIXELS:
        own = RoundConfig.model_validate(row.config).encode
        config = config.model_copy(update={"encode": own})
    check_encoder(store, config.encode)
    config = _checked(store, config)
    title = comparison_name(name or ", ".join(config.methods)[:LONGEST])
    record = {
        "name": title,
        "created_at": now().isoformat(),
        "config": config.model_dump(mode="json"),
        "job": None,
    }
    folder = new_comparison(store.project_folder(row.id), record)
    return _enqueue(store, row.id, folder)


def continue_comparison(store: Store, project: ProjectLike, number: int) -> ComparisonView:
    """Queues the runs that are missing or failed; raises StateError when there is nothing to do."""
    folder = _folder(store, project, number)
    view = _view(store, folder)
    if view.running:
        raise StateError(f"comparison {number} is at work already")
    if view.finished:
        raise StateError(f"every run of comparison {number} is done")
    with store.read() as session:
        project_id = find_project(session, project).id
    return _enqueue(store, project_id, folder)


def comparisons(store: Store, project: ProjectLike) -> list[ComparisonView]:
    """All comparisons of the project, newest first; one that cannot be read says so (`broken`)."""
    home = _home(store, project)
    views = []
    for number in reversed(numbers(home)):
        folder = ComparisonFolder(home, number)
        try:
            views.append(_view(store, folder))
        except DataError as error:
            views.append(_broken(folder, error))
    return views


def comparison(store: Store, project: ProjectLike, number: int) -> ComparisonView:
    """One comparison; raises NotFoundError."""
    return _view(store, _folder(store, project, number))


def has_comparison(store: Store, project: ProjectLike, job: JobView) -> bool:
    """Whether the comparison that a job works on is there and can be read."""
    try:
        payload = ComparePayload.model_validate(job.arguments)
        _asked(_folder(store, project, payload.comparison))
    except (NotFoundError, DataError, ValueError):
        return False
    return True


def comparison_runs(store: Store, project: ProjectLike, number: int) -> pd.DataFrame:
    """One row per finished run; see `labeller.comparison.table.run_table`."""
    return run_table(_folder(store, project, number).cells())


def comparison_records(store: Store, project: ProjectLike, number: int) -> list[dict[str, Any]]:
    """The whole record of each finished run: curve, answers, settings, versions."""
    folder = _folder(store, project, number)
    return [record for record in folder.cells() if record["state"] == "done"]


def comparison_arrays(
    store: Store, project: ProjectLike, number: int, key: str
) -> dict[str, np.ndarray]:
    """Maps, pictures and class sizes of the run called `key`; raises NotFoundError."""
    return _folder(store, project, number).arrays(key)


def true_classes(store: Store, project: ProjectLike, images: np.ndarray) -> np.ndarray:
    """The true class of each of the images (n,), -1 where it is unknown; for maps only."""
    targets = read_targets(_home(store, project).data)
    rows = np.asarray(images, np.int64)
    return np.full(len(rows), -1) if targets is None else targets[rows]


def rename_comparison(store: Store, project: ProjectLike, number: int, name: str) -> None:
    """Gives a comparison another name; raises ValueError for an empty or a long one."""
    _folder(store, project, number).change(name=comparison_name(name))


def delete_comparison(store: Store, project: ProjectLike, number: int) -> None:
    """Removes a comparison with all its runs, readable or not, and the jobs that worked on it.

    Raises StateError while one of them is active.
    """
    folder = _folder(store, project, number)
    with store.write() as session:
        project_id = find_project(session, project).id
        rows = session.scalars(
            select(Job).where(Job.project_id == project_id, Job.kind == "compare")
        )
        own = [row for row in rows if row.arguments.get("comparison") == number]
        if any(row.state in queue.ACTIVE for row in own):
            raise StateError(f"comparison {number} is at work; cancel its job first")
        # A page would offer to resume them for ever.
        session.execute(delete(Event).where(Event.job_id.in_([row.id for row in own])))
        for row in own:
            session.delete(row)
    folder.delete()


def _enqueue(store: Store, project_id: int, folder: ComparisonFolder) -> ComparisonView:
    with store.write() as session:
        queued = queue.enqueue(session, project_id, ComparePayload(comparison=folder.number))
    folder.change(job=queued.id)
    return _view(store, folder)


def _checked(store: Store, config: CompareConfig) -> CompareConfig:
    """Against the catalogue, where a worker has written one; the worker itself checks again."""
    catalogue = comparable(store)
    for text in config.methods:
        name, preset, _ = parse_method(text)
        if catalogue is None:
            continue
        if name not in catalogue:
            raise ValueError(f"method must be one of {', '.join(catalogue)}, got {name}")
        known = catalogue[name]["presets"]
        if preset and preset not in known:
            raise ValueError(f"preset of {name} must be one of {', '.join(known)}, got {preset}")
        if catalogue[name]["reads"] == "features" and config.encode == PIXELS:
            raise NeedsEncoderError(name)
    if catalogue is None:
        return config
    known = {name: entry["schema"].get("properties", {}) for name, entry in catalogue.items()}
    check_settings(config, known)
    config = sized(config, {name: entry.get("size_field") for name, entry in catalogue.items()})
    for text in config.methods:
        name, _, settings = parse_method(text)
        for key, _ in settings:
            if key not in known[name]:
                raise UnknownSettingError(name, key, known[name])
        if text not in config.one_size:
            _check_sizes(name, config.latents, known[name][catalogue[name]["size_field"]])
    return config


def _check_sizes(method: str, sizes: Sequence[int], field: Mapping[str, Any]) -> None:
    low, high = field.get("minimum", 1), field.get("maximum", max(sizes, default=1))
    for size in sizes:
        if not low <= size <= high:
            raise ValueError(f"a latent size of {method} must be {low} to {high}, got {size}")


def _home(store: Store, project: ProjectLike) -> ProjectFolder:
    with store.read() as session:
        return store.project_folder(find_project(session, project).id)


def _folder(store: Store, project: ProjectLike, number: int) -> ComparisonFolder:
    return ComparisonFolder(_home(store, project), number)


def _view(store: Store, folder: ComparisonFolder) -> ComparisonView:
    record, config = _asked(folder)
    digests = {cell.key: fingerprint(config, cell.method) for cell in cells(config)}
    runs = [each for each in folder.cells() if digests.get(each["key"]) == each["settings"]]
    failed = [each for each in runs if each["state"] == "failed"]
    done = [each for each in runs if up_to_date(each, digests[each["key"]])]
    return ComparisonView(
        number=folder.number,
        name=record["name"],
        created_at=datetime.fromisoformat(record["created_at"]),
        config=record["config"],
        total=len(digests),
        done=len(done),
        failed=len(failed),
        errors=tuple((each["label"], each["error"]) for each in failed),
        job=_job(store, record["job"]),
    )


def _asked(folder: ComparisonFolder) -> tuple[Record, CompareConfig]:
    """What was asked for; raises DataError for what another version or a hand made of it."""
    record = folder.record
    try:
        config = CompareConfig.model_validate(record["config"])
        datetime.fromisoformat(record["created_at"])
        return {"job": None, "name": str(folder.number), **record}, config
    except (KeyError, TypeError, ValueError) as error:
        why = " ".join(str(error).split())
        raise DataError(
            f"comparison {folder.number} cannot be read ({type(error).__name__}: {why}); delete it"
        ) from error


def _broken(folder: ComparisonFolder, error: DataError) -> ComparisonView:
    """The little that is known of a comparison that cannot be read."""
    return ComparisonView(
        number=folder.number,
        name=f"comparison {folder.number}",
        created_at=folder.made_at,
        config={},
        total=0,
        done=0,
        failed=0,
        errors=(),
        job=None,
        broken=str(error),
    )


def _job(store: Store, number: int | None) -> JobView | None:
    if number is None:
        return None
    try:
        return job(store, number)
    except NotFoundError:
        return None
