"""Every kind of source that the import reads, damaged and made up."""

import io
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from labeller.data.images import ImageStore
from labeller.data.ingest import ingest
from tests.data.making import (
    encoded,
    fabricate_mnist,
    picture,
    pngs,
    save_dataset,
    write,
    write_zip,
)
from tests.fuzzing.cases import Target, refusal
from tests.fuzzing.damage import EDITS, JSON, TEXT, changed, damaged

Files = dict[str, bytes]
_GOOD = pngs("a.png", "b.png", "cat/c.png", "dog/d.png")


def taken(files: Files, source: str = "own", folder: Path | None = None) -> bool:
    """Imports `source` among files; whether it was refused. Nothing is left of what was."""
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        write(place, {name: content for name, content in files.items() if _possible(name)})
        return _imported(str(place / source), place)


def _imported(source: str, place: Path, data_dir: Path | None = None) -> bool:
    before = sorted(place.rglob("*"))
    refused = refusal(lambda: ingest(source, place / "store", data_dir=data_dir))
    if refused:
        assert sorted(place.rglob("*")) == before, "something is left"
        return True
    store = ImageStore(place / "store")
    assert store.images.shape[0] == store.count > 0
    for row in range(min(store.count, 4)):
        store.display(row)
    assert all("\n" not in name for name in store.names)
    return False


def _possible(name: str) -> bool:
    """Whether a file system takes a name."""
    try:
        parts = [len(part.encode()) for part in name.split("/") if part not in (".", "..")]
    except UnicodeEncodeError:
        return False
    whole = len(parts) == name.count("/") + 1 and "\0" not in name
    return whole and all(0 < part < 200 for part in parts)


def _image_files() -> Iterator[tuple[str, bytes]]:
    photo = picture(3, 40)
    for suffix, kind in (("png", "PNG"), ("jpg", "JPEG"), ("gif", "GIF"), ("bmp", "BMP")):
        yield f"x.{suffix}", encoded(photo, kind)
    for suffix, kind in (("tif", "TIFF"), ("webp", "WEBP"), ("ppm", "PPM"), ("avif", "AVIF")):
        try:
            yield f"x.{suffix}", encoded(photo, kind)
        except (OSError, KeyError):  # a Pillow without it
            continue


def _table(text: bytes, suffix: str) -> bool:
    return taken({**_GOOD, f"own{suffix}": text}, f"own{suffix}")


def _npz() -> bytes:
    stream = io.BytesIO()
    arrays = {"images": np.zeros((6, 9, 9), np.uint8), "labels": np.array([0, 1, 0, 1, -1, 0])}
    np.savez(stream, **arrays, classes=np.array(["cat", "dog"]), split=np.array(["train"] * 6))
    return stream.getvalue()


def _npy() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.zeros((6, 9, 9, 3), np.uint8))
    return stream.getvalue()


def _parquet(*, held: bool) -> bytes:
    names = list(_GOOD)
    column = pa.array([{"bytes": _GOOD[name], "path": name} for name in names]) if held else names
    stream = io.BytesIO()
    pq.write_table(pa.table({"image": column, "label": ["cat", "dog"] * 2}), stream)
    return stream.getvalue()


def _zip() -> bytes:
    with tempfile.TemporaryDirectory() as made:
        return write_zip(Path(made) / "a.zip", _GOOD).read_bytes()


def _saved_dataset() -> Files:
    with tempfile.TemporaryDirectory() as made:
        folder = save_dataset(Path(made) / "own", list(_GOOD.values()), [0, 1, 0, 1])
        return {f"own/{path.name}": path.read_bytes() for path in folder.iterdir()}


def _idx() -> Files:
    with tempfile.TemporaryDirectory() as made:
        root = fabricate_mnist(Path(made), train=6, test=4)
        paths = [path for path in root.rglob("*") if path.is_file()]
        return {str(path.relative_to(root)): path.read_bytes() for path in paths}


def _bytes(name: str, content: bytes, check: Callable[[bytes], bool]) -> Target:
    """A target of one file, damaged."""
    return Target(name, EDITS.map(lambda edits: damaged(content, edits)), check)


def _of_files(name: str, files: Files, source: str = "own") -> Target:
    """A target of several files, one of which is damaged."""
    case = st.tuples(st.sampled_from(sorted(files)), EDITS)

    def check(one: tuple[str, list]) -> bool:
        return taken({**files, one[0]: damaged(files[one[0]], one[1])}, source)

    return Target(name, case, check)


_SOUND = (["a.png", "cat"], ["b.png", "dog"], ["cat/c.png", "dog"])
_ROW = st.lists(TEXT, max_size=4)
_CSV = st.tuples(
    st.sampled_from(
        ["path,label", "path,label", "path;label;split", "image\tclass", "x", "", "label,label"]
    ),
    st.lists(_ROW, max_size=6),
    st.sampled_from(",;\t|"),
).map(lambda made: "\n".join([made[0], *(made[2].join(row) for row in [*_SOUND, *made[1]])]))
_TASK = {
    "id": 1,
    "data": {"image": "a.png"},
    "annotations": [{"result": [{"type": "choices", "value": {"choices": ["cat"]}}]}],
}
_TASKS = [_TASK, {**_TASK, "data": {"image": "/data/local-files/?d=cat/c.png"}}]
_TASKS += [{"image": "b.png", "choice": "dog"}, {"id": 4, "data": {"image": "dog/d.png"}}]
_NAME = st.one_of(st.sampled_from(["cat/1.png", "train/cat/2.png", "test/cat/3.jpg"]), TEXT)


def _as_json(value: object) -> bytes:
    return json.dumps(value).encode("utf-8", "replace")


def _metadata(lines: list[object]) -> bool:
    files = {f"own/{name}": content for name, content in _GOOD.items()}
    return taken({**files, "own/metadata.jsonl": b"\n".join(map(_as_json, lines))})


def _folder(names: list[str]) -> bool:
    return taken({f"own/{name}": _GOOD["a.png"] for name in _unlike(names)} | {"own/z.png": b""})


def _unlike(names: list[str]) -> list[str]:
    """Those of which none is a folder of another."""
    kept = [name.strip("/") for name in names]
    return [a for a in kept if not any(b != a and b.startswith(f"{a}/") for b in kept)]


def _idx_check(case: tuple[str, list]) -> bool:
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        files = _idx()
        write(place / "data", {**files, case[0]: damaged(files[case[0]], case[1])})
        return _imported("mnist", place, place / "data")


_IMAGES = dict(_image_files())
_DATASET = {**_saved_dataset()}
TARGETS = [
    _of_files("image files", {**{f"own/{n}": c for n, c in (_IMAGES | _GOOD).items()}}),
    Target("names in a folder", st.lists(_NAME, max_size=8), _folder),
    _bytes("zip", _zip(), lambda content: taken({"own.zip": content}, "own.zip")),
    Target("csv", _CSV, lambda text: _table(text.encode("utf-8", "replace"), ".csv")),
    _bytes("csv bytes", b"path,label\na.png,cat\nb.png,dog\n", lambda text: _table(text, ".tsv")),
    _bytes("parquet of paths", _parquet(held=False), lambda made: _table(made, ".parquet")),
    _bytes("parquet of images", _parquet(held=True), lambda made: _table(made, ".parquet")),
    _bytes("npz", _npz(), lambda content: taken({"own.npz": content}, "own.npz")),
    _bytes("npy", _npy(), lambda content: taken({"own.npy": content}, "own.npy")),
    Target(
        "label studio",
        st.one_of(changed(_TASKS), st.lists(JSON, max_size=3)),
        lambda tasks: _table(_as_json(tasks), ".json"),
    ),
    _bytes("label studio bytes", _as_json(_TASKS), lambda text: _table(text, ".json")),
    Target(
        "metadata.jsonl",
        changed([{"file_name": "a.png", "label": "cat"}, {"file_name": "b.png", "label": 3}]).map(
            lambda rows: rows if isinstance(rows, list) else [rows]
        ),
        _metadata,
    ),
    _of_files("saved data set", _DATASET),
    Target("idx", st.tuples(st.sampled_from(sorted(_idx())), EDITS), _idx_check),
]
