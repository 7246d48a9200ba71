"""Which images train, which are held out, which class each has: the rules of layout.py."""

from pathlib import Path

import pytest

from labeller.data.images import ImageStore
from labeller.data.layout import read_layout
from labeller.evaluation.targets import read_targets
from tests.data.making import encoded, picture, pngs, take_in, write, write_zip

LAYOUTS = [
    # paths -> classes, then (split, class) of each path in sorted order within its split
    ("flat", "a b", "", "train- train-"),
    ("classes", "cat/1 dog/1", "cat dog", "train0 train1"),
    ("wrapped classes", "photos/cat/1 photos/dog/1", "cat dog", "train0 train1"),
    ("wrapped twice", "x/y/z/a x/y/a", "z", "train- train-"),
    ("one folder", "cat/1 cat/2", "cat", "train- train-"),
    ("one folder, wrapped", "x/y/a x/y/b", "y", "train- train-"),
    ("one folder beside loose ones", "cat/1 x", "cat", "train- train-"),
    ("a folder of a place", "Images/1 Images/2", "", "train- train-"),
    ("a folder called as the source", "own/1 own/2", "", "train- train-"),
    ("one held out", "test/1 test/2", "", "train- train-"),
    ("splits", "train/a test/b", "", "train- test-"),
    (
        "splits and classes",
        "train/cat/1 train/dog/1 test/cat/1",
        "cat dog",
        "train0 train1 test0",
    ),
    (
        "wrapped splits",
        "set/train/cat/1 set/train/dog/1 set/test/dog/1",
        "cat dog",
        "train0 train1 test1",
    ),
    ("capitals", "Train/cat/1 Train/dog/1 TEST/cat/1", "cat dog", "train0 train1 test0"),
    ("training and testing", "training/a testing/b", "", "train- test-"),
    ("validation is held out", "train/a val/b", "", "train- test-"),
    ("validation beside a test", "train/a valid/b test/c", "", "train- train- test-"),
    ("only train", "train/cat/1 train/dog/1", "cat dog", "train0 train1"),
    ("only test", "test/cat/1 test/dog/1", "cat dog", "train0 train1"),
    ("class called train", "train/1 plane/1", "plane train", "train0 train1"),
    ("unlabelled training", "train/1 test/cat/1 test/dog/1", "cat dog", "train- test0 test1"),
    ("some loose", "cat/1 dog/1 x", "cat dog", "train0 train1 train-"),
    ("nested", "2023/may/1 2024/june/2", "", "train- train-"),
    ("one deeper", "cat/1 dog/old/1", "", "train- train-"),
    ("one class", "train/cat/1 test/cat/1", "cat", "train- test-"),
    ("numbers", "10/a 9/a 1/a", "1 9 10", "train0 train2 train1"),
]


@pytest.mark.parametrize(
    ("paths", "classes", "expected"), [c[1:] for c in LAYOUTS], ids=[c[0] for c in LAYOUTS]
)
def test_layout(paths: str, classes: str, expected: str) -> None:
    names = [f"{path}.png" for path in paths.split()]
    layout = read_layout("own", names, [])
    assert layout.classes == classes.split()
    found = [
        f"{split}{target if target >= 0 else '-'}"
        for split, target in zip(layout.splits, layout.targets, strict=True)
    ]
    assert found == expected.split()
    for split in ("train", "test"):
        inside = [names[row] for row in layout.order[layout.splits == split]]
        assert inside == sorted(inside)


def test_empty_held_out_folder_means_none(tmp_path: Path) -> None:
    own = write(tmp_path / "own", {**pngs("train/a.png", "train/b.png"), "test": None})
    assert take_in(own, tmp_path).test == 0


def test_an_empty_class_folder_is_a_class_without_images(tmp_path: Path) -> None:
    files = {**pngs("cat/1.png", "cow/2.png"), "dog/.gitkeep": b"1"}
    summary = take_in(write(tmp_path / "own", files), tmp_path)
    assert (summary.count, summary.classes) == (2, ["cat", "cow", "dog"])
    assert summary.notes == ["1 class folders hold no images: dog. They are classes too."]
    targets = read_targets(tmp_path / "store")
    assert targets is not None
    assert targets.tolist() == [0, 1]


def test_a_single_class_folder_keeps_its_name_and_measures_nothing(tmp_path: Path) -> None:
    summary = take_in(write(tmp_path / "own", pngs("cat/1.png", "cat/2.png")), tmp_path)
    assert (summary.classes, summary.has_targets) == (["cat"], False)
    assert summary.notes == [
        "There is only one folder of images, cat: its name is a class to answer with, and nothing "
        "is measured with it."
    ]


def test_more_than_a_thousand_folders_are_not_classes() -> None:
    layout = read_layout("own", [f"{i}/x.png" for i in range(1001)], [])
    assert layout.classes == []
    assert layout.notes == ["1001 folders are more than 1000 classes: none were taken."]


def test_windows_zip_and_junk(tmp_path: Path) -> None:
    files = pngs("cat\\1.PNG", "dog\\1.png", "__MACOSX/cat/._1.png", "cat/.hidden.png")
    path = write_zip(tmp_path / "own.zip", {**files, "Thumbs.db": b"1", "readme.txt": b"1"})
    summary = take_in(path, tmp_path)
    assert summary.classes == ["cat", "dog"]
    assert ImageStore(tmp_path / "store").names == ["cat/1.PNG", "dog/1.png"]
    assert summary.left_out == [
        ("cat/.hidden.png", "a hidden file or folder"),
        ("readme.txt", "not an image (.txt)"),
    ]


def test_flat_images_have_no_targets(tmp_path: Path) -> None:
    summary = take_in(write(tmp_path / "own", pngs("a.png", "b.png")), tmp_path)
    assert (summary.classes, summary.has_targets) == ([], False)
    assert read_targets(tmp_path / "store") is None


def test_names_that_are_no_text_are_stored(tmp_path: Path) -> None:
    own = write(tmp_path / "own", pngs("b/1.png", "é 日/x y.png"))
    (own / "b" / "1.png").rename(own / "b" / b"\xff.png".decode("utf-8", "surrogateescape"))
    (own / "b").rename(own / b"\xfe".decode("utf-8", "surrogateescape"))
    assert take_in(own, tmp_path).classes == ["é 日", "?"]
    assert ImageStore(tmp_path / "store").names == ["é 日/x y.png", "?/?.png"]


def test_class_names_can_be_shown_and_told_apart(tmp_path: Path) -> None:
    long, rest = "x" * 90, {"cat\x1b[31m/1.png": b"", "cat\n[31m/1.png": b"", "dog/1\x07.png": b""}
    files = {**rest, f"{long}a/1.png": b"", f"{long}b/1.png": b""}
    own = write(tmp_path / "own", {name: encoded(picture(row)) for row, name in enumerate(files)})
    summary = take_in(own, tmp_path)
    assert summary.classes == ["cat?[31m", "cat?[31m (2)", "dog", "x" * 80, f"{'x' * 72} (2)"]
    assert summary.notes == [
        "3 class names were made shorter, visible and different from each other."
    ]
    assert all(name.isprintable() for name in ImageStore(tmp_path / "store").names)
