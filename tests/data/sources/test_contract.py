"""Contract over every source that is known, those of $LABELLER_PLUGINS among them.

What each of ours makes of its images is in tests/data/test_sources.py.
"""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from labeller.cli import checks
from labeller.config.paths import data_folder
from labeller.data.feed import Feed, Shaping
from labeller.data.sources import registry
from labeller.data.sources.registry import NamedSource, PathSource, Source
from labeller.errors import DataError, NotFoundError
from labeller.events import silent
from tests.data.making import (
    encoded,
    fabricate_mnist,
    picture,
    pngs,
    save_dataset,
    write,
    write_zip,
)

OWN = pngs("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png")


def _npz(tmp: Path) -> Path:
    np.savez(tmp / "own.npz", images=np.stack([picture(seed) for seed in range(4)]))
    return tmp / "own.npz"


def _csv(tmp: Path) -> Path:
    names = "\n".join(OWN)
    return write(tmp, {**OWN, "own.csv": f"path\n{names}\n".encode()}) / "own.csv"


def _imagefolder(tmp: Path) -> Path:
    return write(tmp / "own", {**OWN, "metadata.csv": b"file_name,label\ncat/1.png,cat\n"})


def _datasets(tmp: Path) -> Path:
    return save_dataset(tmp / "own", list(OWN.values()), labels=[0, 0, 1, 1])


def _tasks(tmp: Path) -> Path:
    tasks = json.dumps([{"data": {"image": name}} for name in OWN])
    return write(tmp, {**OWN, "own.json": tasks.encode()}) / "own.json"


# What makes a path of each kind of ours, and how many images are there.
PATHS: dict[str, tuple[Callable[[Path], Path], int]] = {
    "folder": (lambda tmp: write(tmp / "own", OWN), 4),
    "datasets": (_datasets, 4),
    "image": (lambda tmp: write(tmp, {"own.PNG": encoded(picture())}) / "own.PNG", 1),
    "imagefolder": (_imagefolder, 4),
    "label-studio": (_tasks, 4),
    "npz": (_npz, 4),
    "table": (_csv, 4),
    "zip": (lambda tmp: write_zip(tmp / "own.zip", OWN), 4),
}


def check_feed(feed: Feed, side: int) -> int:
    """How many images a feed gives, each chunk of the shapes that it must have."""
    taken = count = 0
    with closing(feed.chunks(Shaping())) as chunks:
        for chunk in chunks:
            n = len(chunk.names)
            assert chunk.images.shape == (n, side, side, feed.channels)
            assert chunk.images.dtype == np.uint8
            assert chunk.shapes.shape == (n, 3)
            assert len(chunk.splits) == len(chunk.targets) == n
            assert set(chunk.splits) <= {"train", "test"}
            assert set(chunk.targets.tolist()) <= {-1, *range(len(feed.classes))}
            taken, count = taken + chunk.taken, count + n
    feed.close()
    assert taken == feed.total
    return count


@pytest.mark.parametrize("name", registry.ROOM.names())
def test_it_says_what_it_is(name: str) -> None:
    entry = registry.ROOM.catalogue()[name]
    assert entry["title"]
    assert entry["doc"]
    assert registry.ROOM.get(name).Config() is not None  # it is opened with the defaults
    fields = entry["schema"].get("properties", {})
    assert all(field.get("description") for field in fields.values())


def test_every_source_goes_by_a_name_or_is_a_kind_of_path() -> None:
    paths = {kind.name for kind in registry.kinds_of_path()}
    assert {*registry.names(), *paths} == set(registry.ROOM.names())
    assert not paths & set(registry.names())


@pytest.mark.parametrize("name", registry.names())
def test_a_named_source_that_is_here_opens(name: str) -> None:
    source, folder = registry.named()[name], data_folder()
    if not source.present(folder):
        pytest.skip(f"{name} would be downloaded")
    with closing(registry.open_named(name, None)) as feed:
        assert (feed.total, feed.size, feed.channels) == (
            source.count,
            source.size,
            source.channels,
        )
    assert check_feed(registry.open_named(name, 12), 12) == source.count


@pytest.mark.parametrize("name", registry.names())
def test_what_is_downloaded_is_not_here_before(name: str, tmp_path: Path) -> None:
    source = registry.named()[name]
    assert source.present(tmp_path) is not source.download


def test_what_lies_in_the_data_folder_is_here(tmp_path: Path) -> None:
    fabricate_mnist(tmp_path)
    here = [name for name, source in registry.named().items() if source.present(tmp_path)]
    assert here[:2] == ["digits", "mnist"]
    said = next(one for one in checks.examine(tmp_path / "w", tmp_path) if one.name == "data sets")
    assert said.text.startswith(f"here: {', '.join(here)}; the others")


@pytest.mark.parametrize("name", PATHS)
def test_a_path_is_opened_by_its_kind(name: str, tmp_path: Path) -> None:
    make, count = PATHS[name]
    path = make(tmp_path)
    accepting = [kind.name for kind in registry.kinds_of_path() if kind.accepts(path)]
    assert accepting[-1] == name
    assert accepting[:-1] in ([], ["folder"])  # special kinds of folders are folders too
    assert check_feed(registry.open_source(str(path), 16, None, silent, plain=True), 16) == count


def test_every_kind_of_path_of_ours_is_tested() -> None:
    ours = [one for one in registry.kinds_of_path() if one.__module__.startswith("labeller.")]
    assert {kind.name for kind in ours} == set(PATHS)


@pytest.mark.parametrize("name", ["own.zip", "own.npz", "own.png"])
def test_a_folder_is_a_folder_whatever_it_is_called(name: str, tmp_path: Path) -> None:
    feed = registry.open_source(str(write(tmp_path / name, OWN)), 8)
    assert check_feed(feed, 8) == 4


def test_a_single_image_is_for_predictions_alone(tmp_path: Path) -> None:
    path = PATHS["image"][0](tmp_path)
    assert registry.located(str(path), plain=True) == str(path)
    with pytest.raises(DataError, match=r"own\.PNG is not a folder, a \.zip.* \.json"):
        registry.located(str(path))


def test_the_digits_stand_first_and_paths_from_the_general_to_the_special() -> None:
    assert registry.names()[:2] == ["digits", "mnist"]
    assert [kind.name for kind in registry.kinds_of_path()][:3] == ["folder", "zip", "npz"]


def test_an_unknown_name_lists_the_names() -> None:
    with pytest.raises(ValueError, match=r"source must be one of digits, mnist, .*, got emnist"):
        registry.open_named("emnist", None)
    with pytest.raises(NotFoundError, match=r"file Digit \(did you mean digits\?\); .* of digits,"):
        registry.located("Digit")


class _Whole(NamedSource):
    name, title = "whole", "Whole"
    count, size, channels = 4, 8, 1


@pytest.mark.parametrize(
    ("base", "fields", "message"),
    [
        (_Whole, {"count": None}, "count of whole must be 1 or more, got None"),
        (_Whole, {"channels": 0}, "channels of whole must be 1 or more, got 0"),
        (_Whole, {"name": "digits"}, "a source's name must be new, got digits twice"),
        (_Whole, {"title": None}, "a source must have a title"),
        (PathSource, {"name": "tar", "title": "Tar"}, "a source of paths must have a what"),
        (Source, {"name": "half", "title": "Half"}, "must be a NamedSource or a PathSource"),
    ],
)
def test_a_source_that_is_not_whole_is_refused(base, fields, message: str, forget: None) -> None:
    with pytest.raises(ValueError, match=message):
        registry.register(type("Half", (base,), fields))
    assert not {"whole", "tar", "half"} & set(registry.ROOM.names())
