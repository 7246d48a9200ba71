"""A .npy of images, and what is said of a bad one."""

from pathlib import Path

import numpy as np
import pytest

from labeller.data.images import ImageStore
from labeller.errors import DataError
from tests.data.making import picture, take_in


def test_an_array_alone_is_images(tmp_path: Path) -> None:
    images = np.stack([picture(row) for row in range(3)])
    np.save(tmp_path / "own.npy", images)
    summary = take_in(tmp_path / "own.npy", tmp_path)
    assert (summary.count, summary.classes) == (3, [])
    assert np.array_equal(ImageStore(tmp_path / "store").images, images)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"words", r"bad.npy is damaged; save it again with NumPy"),
        (b"", r"bad.npy is damaged; save it again with NumPy"),
        (np.zeros((4, 9)), r"images in bad.npy must be numbers of shape \(N, H, W\) or"),
        (np.full((4, 9, 9), None), r"images in bad.npy must be numbers of shape .* got object"),
        (np.full((4, 9, 9), 7.5), r"images in bad.npy must be between 0 and 1 as float64, got 7.5"),
    ],
    ids=["words", "nothing", "shape", "objects", "range"],
)
def test_a_bad_array_is_one_sentence(
    content: bytes | np.ndarray, message: str, tmp_path: Path
) -> None:
    if isinstance(content, bytes):
        (tmp_path / "bad.npy").write_bytes(content)
    else:
        np.save(tmp_path / "bad.npy", content, allow_pickle=True)
    with pytest.raises(DataError, match=message):
        take_in(tmp_path / "bad.npy", tmp_path)


def test_an_array_that_ends_early_is_one_sentence(tmp_path: Path) -> None:
    np.save(tmp_path / "bad.npy", np.zeros((40, 9, 9), np.uint8))
    (tmp_path / "bad.npy").write_bytes((tmp_path / "bad.npy").read_bytes()[:-50])
    with pytest.raises(DataError, match=r"bad.npy is damaged; save it again with NumPy"):
        take_in(tmp_path / "bad.npy", tmp_path)
