"""Pictures of the lander: where its position says it is, the picture shows it."""

import numpy as np
import pytest

from labeller.data.lunar_lander import collect, read_run, write_run
from labeller.errors import DataError

gymnasium = pytest.importorskip("gymnasium", reason="the extra labeller[lander] is not installed")


def test_the_lander_is_where_its_position_says(tmp_path):
    images, positions = collect(2, steps=40, seed=3)
    assert images.shape == (80, 64, 64, 3)
    assert images.dtype == np.uint8
    again = collect(2, steps=40, seed=3)
    assert (again[0] == images).all()
    assert (again[1] == positions).all()
    # The body is the one thing that is more blue than red, in the picture or beyond its top.
    blue = images[..., 2].astype(int) - images[..., 0] > 40
    seen = [n for n in range(80) if blue[n].sum() >= 4 and positions[n, 1] > 4]
    assert len(seen) > 20
    for n in seen:
        rows, columns = np.nonzero(blue[n])
        assert abs(columns.mean() - positions[n, 0]) < 3
        assert abs(rows.mean() - positions[n, 1]) < 3
    write_run(tmp_path / "run.npz", images, positions)
    assert (read_run(tmp_path / "run.npz")[1] == positions).all()


def test_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(ValueError, match="1 or more"):
        collect(0)
    np.savez(tmp_path / "other.npz", images=np.zeros((2, 8, 8, 3), np.uint8))
    with pytest.raises(DataError, match="no images with positions"):
        read_run(tmp_path / "other.npz")
