"""Tasks that Label Studio exported."""

import json
from pathlib import Path

import pytest

from labeller.errors import DataError
from tests.data.making import classes_by_name, pngs, take_in, write

FOUR = pngs("a/1.png", "a/2.png", "b/1.png", "b/2.png")


def _annotated(*choices: list[str], cancelled: bool = False) -> list[dict]:
    return [
        {
            "was_cancelled": cancelled,
            "result": [
                {"type": "rectanglelabels", "value": {}},
                {"type": "choices", "value": {"choices": list(chosen)}},
            ],
        }
        for chosen in choices
    ]


def test_tasks_of_label_studio(tmp_path: Path) -> None:
    own = write(tmp_path / "own", {**FOUR, **pngs("upload/7/ab-5.png", "6.png", "7.png")})
    local = "/data/local-files/?d=srv%2Fpictures/a/2.png"
    tasks = [
        {"data": {"image": "a/1.png"}, "annotations": _annotated(["cat"], ["cat"], ["dog"])},
        {"data": {"image": local}, "annotations": _annotated(["dog"])},
        {"data": {"photo": "b/1.png", "id": 3}, "annotations": []},
        {"data": {"image": "b/2.png"}, "annotations": _annotated(["cat", "dog"])},
        {"data": {"image": "/data/upload/7/ab-5.png"}, "completions": _annotated(["cat"])},
        {"data": {"image": "6.png"}, "annotations": _annotated(["cat"], cancelled=True)},
        {"id": 9, "image": "7.png", "choice": "dog"},
    ]
    write(own, {"tasks.json": json.dumps(tasks).encode()})
    summary = take_in(own / "tasks.json", tmp_path)
    assert classes_by_name(summary, tmp_path) == {
        "a/1.png": "cat",
        "a/2.png": "dog",
        "b/1.png": "-",
        "b/2.png": "-",
        "upload/7/ab-5.png": "cat",
        "6.png": "-",
        "7.png": "dog",
    }
    assert summary.notes == [
        "1 tasks have several choices, or as many for one as for another: the class of their "
        "images is unknown."
    ]


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        (
            '[{"data": {"image": "a.png"}, "annotations": [3, {"result": 4}]}]',
            "at least 2 readable",
        ),
        ("{", r"own.json cannot be read as JSON \(.*\); export it again"),
        ('{"images": []}', "own.json must be a list of tasks, as Label Studio exports them"),
        (
            '[{"id": 4, "data": {"text": "hi"}}]',
            "must have an image in each task, got text in task",
        ),
        (
            '[{"data": {"image": "http://x.org/a.png"}}]',
            "must name files on this computer, got http",
        ),
    ],
)
def test_bad_tasks_are_one_sentence(tasks: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        take_in(write(tmp_path, {"own.json": tasks.encode()}) / "own.json", tmp_path)
