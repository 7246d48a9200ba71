"""Images that a list names: tables of paths and Hugging Face folders."""

import io
import json
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labeller.data import shards
from labeller.data.images import ImageStore
from labeller.data.sources.registry import open_files
from labeller.errors import DataError
from tests.data.making import (
    classes_by_name,
    encoded,
    picture,
    pngs,
    save_dataset,
    take_in,
    write,
)

FOUR = pngs("a/1.png", "a/2.png", "b/1.png", "b/2.png")


def _table(tmp: Path, text: str | bytes, name: str = "own.csv") -> Path:
    content = text.encode() if isinstance(text, str) else text
    return write(tmp / "own", {**FOUR, name: content}) / name


@pytest.mark.parametrize(
    "text",
    [
        "path,label\na/1.png,cat\nb/1.png,dog\nb/2.png,\n",
        "\ufeffLabel;FileName\r\ncat;a\\1.png\r\ndog;./b/1.png\r\n;b/2.png\r\n",
        "id\timage\tclass\n1\ta/1.png\tcat\n2\tb/1.png\tdog\n\n3\tb/2.png\t\n",
    ],
    ids=["commas", "semicolons of a spreadsheet", "tabs"],
)
def test_a_table_names_images_andclasses_by_name(text: str, tmp_path: Path) -> None:
    summary = take_in(_table(tmp_path, text), tmp_path)
    assert summary.classes == ["cat", "dog"]
    assert classes_by_name(summary, tmp_path) == {
        "a/1.png": "cat",
        "b/1.png": "dog",
        "b/2.png": "-",
    }
    assert (summary.count, summary.report.found, summary.notes) == (3, 3, [])


def test_a_table_without_classes_and_with_absolute_paths(tmp_path: Path) -> None:
    place = tmp_path / "own" / "a" / "2.png"
    path = _table(tmp_path, f"file\na/1.png\n{place}\nfile://{tmp_path}/own/b/1.png\n")
    summary = take_in(path, tmp_path)
    assert (summary.count, summary.classes, summary.has_targets) == (3, [], False)
    assert ImageStore(tmp_path / "store").names[1] == str(place)
    files = open_files(str(path))  # encoders read the originals again
    assert files is not None
    assert files.paths == ImageStore(tmp_path / "store").names


def test_the_parts_of_a_table(tmp_path: Path) -> None:
    rows = "a/1.png,test,9\na/2.png,train,10\nb/1.png,validation,9\nb/2.png,,10\n"
    summary = take_in(_table(tmp_path, f"path,split,label\n{rows}"), tmp_path)
    assert (summary.train, summary.test, summary.classes) == (3, 1, ["9", "10"])
    assert ImageStore(tmp_path / "store").names == ["a/2.png", "b/1.png", "b/2.png", "a/1.png"]
    assert list(classes_by_name(summary, tmp_path).values()) == ["10", "9", "10", "9"]


def test_rows_that_give_no_image_are_named(tmp_path: Path) -> None:
    rows = ["a/1.png,cat", "a/1.png,cat", "a/1.png,dog", "./a/2.png,cat", "gone.png,cat"]
    rows += ["notes.txt,cat", ",cat", "b,cat", "b/1.png,dog", "a/\0.png,cat"]
    summary = take_in(_table(tmp_path, "\n".join(["path,label", *rows])), tmp_path)
    assert summary.count == 3
    assert {each.reason: each.names for each in summary.report.left_out} == {
        "listed twice": ("a/1.png",),
        "listed again with another class": ("a/1.png (the first counts)",),
        "missing, or a broken link": ("gone.png",),
        "not an image (.txt)": ("notes.txt",),
        "not an image (no ending)": ("b",),
        "no path": ("row 7",),
        "no file can be called so": ("a/?.png",),
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "path,label\na/1.png,x\nhttps://example.org/a.png,y\n",
            r"own.csv must name files on this computer, got https://example.org/a.png in row 2; "
            "nothing is downloaded: download the images and name their paths",
        ),
        ("path\ns3://bucket/a.png\n", "got s3://bucket/a.png in row 1"),
        ("a/1.png,cat\na/2.png,dog\n", "a first line of column names, one of them path, file, "),
        ("", "own.csv must have a first line of column names, .* got nothing"),
        ("path\n", "own.csv is empty; put images into it"),
        (b"path\n\xff\xfe.png\n", "own.csv must be text in UTF-8; save it again so"),
        (
            "path,split\na/1.png,dev\n",
            "split in own.csv must be train, validation or test, got dev",
        ),
    ],
)
def test_a_bad_table_is_one_sentence(content: str | bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message) as caught:
        take_in(_table(tmp_path, content), tmp_path)
    assert "\n" not in str(caught.value)


def test_a_parquet_table_of_paths(tmp_path: Path) -> None:
    stream = io.BytesIO()
    frame = pd.DataFrame({"img": ["a/1.png", "b/1.png", "b/2.png"], "class": [1.0, 0.0, None]})
    frame.to_parquet(stream, index=False)
    summary = take_in(_table(tmp_path, stream.getvalue(), "own.parquet"), tmp_path)
    assert classes_by_name(summary, tmp_path) == {"a/1.png": "1", "b/1.png": "0", "b/2.png": "-"}
    with pytest.raises(DataError, match=r"bad.parquet is damaged \(.*\); write or download it"):
        take_in(write(tmp_path, {"bad.parquet": b"PAR1"}) / "bad.parquet", tmp_path / "2")


def test_a_parquet_file_that_holds_the_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "_CACHE_BYTES", 1)  # one group of rows at a time
    images = [{"bytes": encoded(picture(row)), "path": f"{row}.png"} for row in range(7)]
    images[5] = {"bytes": b"words", "path": None}
    images[6] = {"bytes": None, "path": None}
    table = pa.table({"image": images, "label": [0, 1, 0, 1, -1, 0, 0]})
    names = {"label": {"_type": "ClassLabel", "names": ["dog", "cat"]}}
    about = json.dumps({"info": {"features": names}}).encode()
    pq.write_table(
        table.replace_schema_metadata({b"huggingface": about}),
        tmp_path / "own.parquet",
        row_group_size=2,
    )
    summary = take_in(tmp_path / "own.parquet", tmp_path)
    store = ImageStore(tmp_path / "store")
    assert np.array_equal(store.images, np.stack([picture(row) for row in range(5)]))
    assert list(classes_by_name(summary, tmp_path).values()) == ["dog", "cat", "dog", "cat", "-"]
    reasons = {each.reason: each.names for each in summary.report.left_out}
    assert reasons == {"not an image": ("train/5",), "no image in the row": ("train/6",)}
    monkeypatch.setattr(shards, "_GROUP_BYTES", 1)
    with pytest.raises(DataError, match=r"own\.parquet must have groups of rows of at most"):
        take_in(tmp_path / "own.parquet", tmp_path / "again")


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_an_imagefolder_has_the_classes_of_its_metadata(kind: str, tmp_path: Path) -> None:
    rows = [("a/1.png", "cat"), ("b/1.png", "dog"), ("gone.png", "cat"), ("../up.png", "cat")]
    if kind == "csv":
        text = "\n".join(["file_name,text,label", *(f"{name},hello,{c}" for name, c in rows)])
    else:
        text = "\n".join(json.dumps({"file_name": name, "label": c}) for name, c in rows)
    own = write(tmp_path / "own", {**FOUR, f"metadata.{kind}": text.encode()})
    summary = take_in(own, tmp_path)
    assert classes_by_name(summary, tmp_path) == {
        "a/1.png": "cat",
        "b/1.png": "dog",
        "a/2.png": "-",
        "b/2.png": "-",
    }
    assert {each.reason: each.names for each in summary.report.left_out} == {
        f"named in metadata.{kind} and not in the folder": ("gone.png", "../up.png")
    }


def test_an_imagefolder_with_splits_and_one_without_labels(tmp_path: Path) -> None:
    own = write(
        tmp_path / "own",
        {
            **pngs("train/1.png", "train/2.png", "test/1.png"),
            "train/metadata.csv": b"file_name,label\n1.png,cat\n2.png,dog\n",
            "test/metadata.csv": b"file_name,label\n1.png,dog\n",
        },
    )
    summary = take_in(own, tmp_path)
    assert (summary.train, summary.test) == (2, 1)
    assert list(classes_by_name(summary, tmp_path).values()) == ["cat", "dog", "dog"]
    captions = write(tmp_path / "c", {**FOUR, "metadata.csv": b"file_name,text\na/1.png,hello\n"})
    assert take_in(captions, tmp_path / "2").classes == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "metadata.csv",
            b"name,label\na/1.png,x\n",
            "must have a column file_name, got name, label",
        ),
        ("metadata.jsonl", b"{", r"own/metadata.jsonl cannot be read \(.*\); write it again"),
        ("metadata.jsonl", b"[1]", "metadata.jsonl must have a column file_name"),
    ],
)
def test_bad_metadata_are_one_sentence(
    name: str, content: bytes, message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message):
        take_in(write(tmp_path / "own", {**FOUR, name: content}), tmp_path)


def test_a_saved_data_set_is_read_from_its_arrow_files(tmp_path: Path) -> None:
    own = save_dataset(tmp_path / "own", list(FOUR.values()), [1, 0, 0, -1], ("dog", "cat"))
    summary = take_in(own, tmp_path)
    assert summary.classes == ["dog", "cat"]
    assert list(classes_by_name(summary, tmp_path).values()) == ["cat", "dog", "dog", "-"]
    store = ImageStore(tmp_path / "store")
    assert store.names == ["train/0", "train/1", "train/2", "train/3"]
    assert np.array_equal(store.images[2], picture(2))


def test_a_saved_data_set_of_several_splits(tmp_path: Path) -> None:
    for split in ("train", "test", "validation"):
        save_dataset(tmp_path / "own" / split, list(FOUR.values())[:2], [0, 1])
    splits = json.dumps({"splits": ["train", "test", "validation"]}).encode()
    write(tmp_path / "own", {"dataset_dict.json": splits})
    summary = take_in(tmp_path / "own", tmp_path)
    assert (summary.train, summary.test) == (4, 2)
    names = ImageStore(tmp_path / "store").names
    assert names == [f"{s}/{row}" for s in ("train", "validation", "test") for row in (0, 1)]


def test_a_split_of_another_name_is_to_be_labelled(tmp_path: Path) -> None:
    for split in ("train", "unlabeled"):
        save_dataset(tmp_path / "own" / split, list(FOUR.values())[:2], [0, 1])
    write(tmp_path / "own", {"dataset_dict.json": b'{"splits": ["train", "unlabeled"]}'})
    summary = take_in(tmp_path / "own", tmp_path)
    assert (summary.train, summary.test) == (4, 0)
    assert summary.notes == ["Taken as images to label: the splits unlabeled."]


def test_a_damaged_data_set_is_one_sentence(tmp_path: Path) -> None:
    own = save_dataset(tmp_path / "own", list(FOUR.values()), [0, 1, 0, 1])
    (own / "data-00001-of-00002.arrow").write_bytes(b"half")
    with pytest.raises(DataError, match=r"data-00001-of-00002.arrow is damaged \(.*\); write or"):
        take_in(own, tmp_path)
    (own / "data-00001-of-00002.arrow").unlink()
    with pytest.raises(DataError, match=r"data-00001-of-00002.arrow is damaged"):
        take_in(own, tmp_path)
    write(own, {"state.json": b'{"_data_files": []}'})
    with pytest.raises(DataError, match="names no data files; save the data set again"):
        take_in(own, tmp_path)
    write(own, {"state.json": b'{"_data_files": [{"name": 1}]}'})
    with pytest.raises(DataError, match=r"state.json does not name its data files; save the data"):
        take_in(own, tmp_path)
    write(own, {"state.json": b"["})
    with pytest.raises(DataError, match=r"state.json cannot be read \(.*\); save the data set"):
        take_in(own, tmp_path)


def test_a_data_set_whose_values_begin_elsewhere_ends_no_process(tmp_path: Path) -> None:
    """Read as it stands, memory that is not there would be: the system ends whoever does that."""
    files = [encoded(picture(row)) for row in range(2)]
    own = save_dataset(tmp_path / "own", files, [0, 1])
    place = own / "data-00001-of-00002.arrow"
    begins, elsewhere = struct.pack("<2i", 0, len(files[1])), struct.pack("<2i", 2**30, 2**30 + 9)
    assert begins in place.read_bytes()
    place.write_bytes(place.read_bytes().replace(begins, elsewhere))
    with pytest.raises(DataError, match=r"data-00001-of-00002.arrow is damaged \(.*\); write or"):
        take_in(own, tmp_path)


def test_a_data_set_without_images_is_one_sentence(tmp_path: Path) -> None:
    own = write(tmp_path / "own", {"state.json": b'{"_data_files": [{"filename": "a.arrow"}]}'})
    table = pa.table({"text": ["a"]})
    with pa.ipc.new_stream(str(own / "a.arrow"), table.schema) as stream:
        stream.write_table(table)
    with pytest.raises(DataError, match="must have a column of images, got text; cast it with"):
        take_in(own, tmp_path)
