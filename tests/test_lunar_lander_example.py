"""Pictures of the lander: where its position says it is, the picture shows it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from labeller.errors import DataError
from labeller.evaluation.positions import RUNS, on_screen, position_files, read_run

EXAMPLE = Path(__file__).parents[1] / "examples" / "lunar_lander" / "render.py"


def test_only_pictures_with_the_lander_in_them_are_kept():
    images = np.arange(5, dtype=np.uint8).repeat(8 * 4 * 3).reshape(5, 8, 4, 3)
    # x from the left in 0..4, y from the top in 0..8: inside, beyond each of the edges in turn
    positions = np.array([(3.9, 7.9), (4, 1), (1, 8), (-0.1, 1), (1, -0.1)], np.float32)
    kept, places = on_screen(images, positions)
    assert kept[:, 0, 0, 0].tolist() == [0]
    assert places.tolist() == positions[:1].tolist()


def test_the_lander_is_where_its_position_says(tmp_path):
    pytest.importorskip("Box2D", reason="gymnasium[box2d] of the dev group is not installed")
    for folder in ("runs", "again"):
        options = ["--rollouts", "2", "--steps", "40", "--seed", "3"]
        command = [sys.executable, str(EXAMPLE), str(tmp_path / folder), *options]
        subprocess.run(command, check=True, cwd=EXAMPLE.parents[2])
    images, positions = read_run(tmp_path / "runs" / f"{RUNS[0]}.npz")
    assert images.shape == (80, 64, 64, 3)
    again = read_run(tmp_path / "again" / f"{RUNS[0]}.npz")
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
    assert len(position_files(str(tmp_path / "runs"), images.shape[1:])) == 2


def test_what_is_no_run_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", images=np.zeros((2, 8, 8, 3), np.uint8))
    with pytest.raises(DataError, match="no images with positions"):
        read_run(tmp_path / "other.npz")
