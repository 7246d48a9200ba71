"""Tasks of Label Studio, exported as JSON or JSON-MIN: paths of images, choices as classes."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from labeller.data.feed import Feed
from labeller.data.files import Files, feed_files
from labeller.data.kinds import is_image
from labeller.data.listed import LABELS, PATHS, Listed, column
from labeller.data.sources.registry import PathSource, register
from labeller.errors import DataError
from labeller.events import Progress, Report


@register
class LabelStudio(PathSource):
    """Tasks that Label Studio exported as JSON: local images, and the choices made for them."""

    name = "label-studio"
    title = "Label Studio export"
    what = "Label Studio .json"
    rank = 7

    @classmethod
    def accepts(cls, path: Path) -> bool:
        """Any file that ends in .json."""
        return path.suffix.lower() == ".json" and not path.is_dir()

    def open(self, path: Path, size: int | None, report: Report, plain: bool) -> Feed:
        """Raises DataError where it is no list of tasks with images, or they are pages."""
        return feed_files(self.files(path, report), size, report, plain)

    def files(self, path: Path, report: Report) -> Files:
        """The images that the tasks name."""
        report(Progress("scan", message="Reading the tasks"))
        files = Listed(path.name, root=path.parent)
        unclear = 0
        for task in _tasks(path):
            choices = _choices(task)
            label = _agreed(choices)
            unclear += bool(choices) and not label
            files.add(_place(path.parent, _image(path, task)), label)
        if unclear:
            files.notes.append(
                f"{unclear:,} tasks have several choices, or as many for one as for another: the "
                "class of their images is unknown."
            )
        return files


def _tasks(path: Path) -> list[dict[str, Any]]:
    try:
        tasks = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path.name} cannot be read as JSON ({error}); export it again") from error
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise DataError(
            f"{path.name} must be a list of tasks, as Label Studio exports them with JSON or "
            "JSON-MIN; export it again"
        )
    return tasks


def _image(path: Path, task: dict[str, Any]) -> str:
    """Where the task's image lies, as it is written there."""
    data = task["data"] if isinstance(task.get("data"), dict) else task
    texts = {key.lower(): value for key, value in data.items() if isinstance(value, str)}
    named = [texts[key] for key in PATHS if key in texts]
    called = [value for value in texts.values() if is_image(value)]
    if not named and not called:
        raise DataError(
            f"{path.name} must have an image in each task, got {', '.join(map(str, data)) or '{}'} "
            f"in task {task.get('id', '?')}; export tasks with data.image"
        )
    return (named or called)[0]


def _place(root: Path, written: str) -> str:
    """A path below `root`, of a file that Label Studio served or that was uploaded to it.

    It writes /data/local-files/?d=DIR/FILE and /data/upload/1/FILE, from a folder of its own: the
    longest end of the path that is there is taken.
    """
    if not written.startswith("/data/"):
        return written
    parts = urlsplit(written)
    inside = parse_qs(parts.query).get("d", [unquote(parts.path).removeprefix("/data/")])[0]
    steps = PurePosixPath(inside.lstrip("/")).parts
    ends = ["/".join(steps[start:]) for start in range(len(steps))]
    return next((end for end in ends if (root / end).is_file()), ends[0] if ends else written)


def _choices(task: dict[str, Any]) -> list[str]:
    """What each annotation chose; "" for one that chose several."""
    if not isinstance(task.get("data"), dict):  # JSON-MIN
        name = column(list(task), LABELS)
        return list(_chosen(task[name])) if name else []
    return [
        choice
        for annotation in _records(task.get("annotations", task.get("completions")))
        if not annotation.get("was_cancelled")
        for result in _records(annotation.get("result"))
        if result.get("type") == "choices"
        for choice in _chosen(result.get("value"))
    ]


def _records(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _chosen(value: Any) -> Iterator[str]:
    names = value.get("choices") if isinstance(value, dict) else value
    if isinstance(names, str) and names:
        yield names
    elif isinstance(names, list) and names:
        yield str(names[0]) if len(names) == 1 else ""


def _agreed(choices: list[str]) -> str:
    """The choice of most annotations, "" where there is none."""
    ranked = Counter(choices).most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return ""
    return ranked[0][0]
