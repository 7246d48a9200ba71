"""Ready features: by row, by path, and what does not match."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from labeller.config import EncodeConfig
from labeller.encoders import Encoder, encoder_of
from labeller.errors import DataError, NotFoundError

FEATURES = np.arange(12, dtype=np.float32).reshape(4, 3)
NAMES = ["a/1.jpg", "a/2.jpg", "b/1.jpg", "b/2.jpg"]
MIXED = ["b/1.jpg", "a/1.jpg"]


def made(file: Path) -> Encoder:
    return encoder_of(EncodeConfig(encoder="file", path=str(file)))


def write(file: Path, names: list[str] | None = None, features: np.ndarray = FEATURES) -> Path:
    if file.suffix == ".npy":
        np.save(file, features)
    elif file.suffix == ".npz":
        np.savez(file, features=features, names=np.array(names or NAMES))
    elif file.stem == "lists":
        table = pd.DataFrame({"path": names or NAMES, "embedding": list(features)})
        table.to_parquet(file)
    else:
        columns = {f"f{number}": column for number, column in enumerate(features.T)}
        pd.DataFrame({"path": names or NAMES, "note": "x", **columns}).to_parquet(file)
    return file


@pytest.mark.parametrize("name", ["f.npz", "lists.parquet", "columns.parquet"])
def test_rows_are_found_by_path_whatever_their_order(name: str, tmp_path: Path) -> None:
    encoder = made(write(tmp_path / name))
    found = encoder.ready(MIXED)
    assert encoder.features == 3
    assert found.dtype == np.float16
    np.testing.assert_array_equal(found, FEATURES[[2, 0]])


def test_rows_of_an_array_are_those_of_the_images(tmp_path: Path) -> None:
    encoder = made(write(tmp_path / "f.npy"))
    np.testing.assert_array_equal(encoder.ready(NAMES), FEATURES)
    with pytest.raises(DataError, match=r"must have a row per image \(2\), got 4"):
        encoder.ready(MIXED)


def test_the_digest_is_of_the_content(tmp_path: Path) -> None:
    first = made(write(tmp_path / "f.npy")).digest
    assert made(write(tmp_path / "g.npy")).digest == first
    assert made(write(tmp_path / "f.npy", features=FEATURES + 1)).digest != first


def test_what_does_not_match_is_one_line(tmp_path: Path) -> None:
    encoder = made(write(tmp_path / "f.npz"))
    with pytest.raises(DataError, match=r"got none of 1, such as c.jpg \(its own paths are like"):
        encoder.ready(["a/1.jpg", "c.jpg"])
    twice = made(write(tmp_path / "g.npz", ["x", "y", "y", "z"]))
    with pytest.raises(DataError, match="must have each path once, got y twice"):
        twice.ready(["x"])
    few = made(write(tmp_path / "h.npz", ["x", "y"]))
    with pytest.raises(DataError, match="as many names as rows of features, got 2 and 4"):
        few.ready(["x"])
    broken = FEATURES.copy()
    broken[1, 1] = np.nan
    with pytest.raises(DataError, match="features must be finite numbers"):
        made(write(tmp_path / "n.npy", features=broken)).ready(NAMES)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("f.npy", np.zeros(4), r"must be numbers of shape \(N, F\), got float64 of shape \(4,\)"),
        ("f.npy", np.array([["a"]]), "must be numbers of shape"),
        ("f.npy", b"no array", "cannot be read as features"),
        ("f.npz", {"names": np.array(["a"])}, "it must have an array features, got names"),
        ("f.parquet", pd.DataFrame({"p": [1]}), "it must have a column path, got p"),
        ("f.parquet", pd.DataFrame({"path": ["a"]}), "columns of numbers beside path, got none"),
        ("f.parquet", b"no table", "cannot be read as features"),
    ],
)
def test_files_that_hold_no_features(name: str, content: object, said: str, tmp_path: Path) -> None:
    file = tmp_path / name
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif isinstance(content, pd.DataFrame):
        content.to_parquet(file)
    elif isinstance(content, dict):
        np.savez(file, **content)
    else:
        np.save(file, content)
    with pytest.raises(DataError, match=said):
        made(file).ready(NAMES)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no file of features"):
        made(tmp_path / "nosuch.npy")
