"""Pictures of a lunar lander with its position: the data of feature-prediction.txt, section III-A.

The paper takes three runs of 700 rollouts of 150 steps of LunarLander-v2 under a random policy,
scaled to 64x64: one for the autoencoders, one to learn positions on, one to test them. Ours is
LunarLander-v3 of gymnasium, the version that is still made; the pictures are the same kind.
"""

import zlib
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from labeller.errors import DataError
from labeller.events import Progress, Report, silent
from labeller.runtime import stream_seed

ENVIRONMENT = "LunarLander-v3"
SIDE = 64
# The files of `labeller lander`: to compare on, and to learn positions from and test them on.
RUNS = ("images", "positions-train", "positions-test")
# What numpy raises for a file that is missing, cut off or no archive of arrays at all.
UNREADABLE = (OSError, ValueError, KeyError, EOFError, TypeError, BadZipFile, zlib.error)


def collect(
    rollouts: int, *, steps: int = 150, side: int = SIDE, seed: int = 0, report: Report = silent
) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (n, side, side, 3) and the lander's positions (n, 2) float32 in their pixels.

    A rollout that lands or crashes early is followed by a fresh one until its `steps` are full.
    Positions are x from the left and y from the top, of the body's centre; it may fly out of the
    picture (`on_screen`). Raises ValueError for numbers below 1, DataError without gymnasium.
    """
    if min(rollouts, steps) < 1:
        raise ValueError(f"rollouts and steps must be 1 or more, got {rollouts} and {steps}")
    environment = _environment()
    images = np.empty((rollouts * steps, side, side, 3), np.uint8)
    positions = np.empty((rollouts * steps, 2), np.float32)
    environment.action_space.seed(stream_seed(seed, "lander/actions"))
    row = 0
    for rollout in range(rollouts):
        report(Progress("rollout", rollout, rollouts, "flying"))
        environment.reset(seed=stream_seed(seed, f"lander/{rollout}"))
        for _ in range(steps):
            ended = environment.step(environment.action_space.sample())[2:4]
            frame = np.asarray(environment.render(), np.uint8)
            positions[row] = _position(environment, frame.shape, side)
            images[row] = _scaled(frame, side)
            row += 1
            if any(ended):
                environment.reset()
    environment.close()
    return images, positions


def write_run(path: Path, images: np.ndarray, positions: np.ndarray) -> None:
    """One run as an .npz that `labeller create --source` and `compare --positions` read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, images=images, positions=positions)


def read_run(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (n, H, W, C) and positions (n, 2) of a run; raises DataError without both."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            images, positions = archive["images"], archive["positions"]
    except UNREADABLE as error:
        raise DataError(
            f"{path} holds no images with positions; make one with labeller lander"
        ) from error
    fits = images.dtype == np.uint8 and images.ndim == 4 and positions.shape == (len(images), 2)
    if not fits or positions.dtype.kind not in "fiu" or not np.isfinite(positions).all():
        raise DataError(
            f"{path} must hold images uint8 (n, H, W, C) and positions (n, 2), finite numbers"
        )
    return images, positions.astype(np.float32)


def run_shape(path: str | Path) -> tuple[int, ...]:
    """The shape (n, H, W, C) of a run's images, of which none is read; DataError as `read_run`."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            count = len(archive["positions"])
            with archive.zip.open("images.npy") as file:
                version = np.lib.format.read_magic(file)
                header = np.lib.format.read_array_header_1_0
                if version != (1, 0):
                    header = np.lib.format.read_array_header_2_0
                shape, _, dtype = header(file)
    except (*UNREADABLE, AttributeError) as error:
        raise DataError(
            f"{path} holds no images with positions ({error}); make one with labeller lander"
        ) from error
    if len(shape) != 4 or dtype != np.uint8 or shape[0] != count:
        raise DataError(f"{path} must hold images uint8 (n, H, W, C) and positions (n, 2)")
    return shape


def on_screen(images: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Those of images (n, H, W, C) whose position (n, 2), x and y in pixels, is in the picture.

    "Images where the lander is outside the screen were removed" (feature-prediction, III-A) before
    positions are learnt and tested: nobody can see where it is.
    """
    height, width = images.shape[1:3]
    inside = ((positions >= 0) & (positions < (width, height))).all(1)
    return images[inside], positions[inside]


def _environment():
    try:
        import gymnasium

        return gymnasium.make(ENVIRONMENT, render_mode="rgb_array")
    except ImportError as error:
        raise DataError(
            f"the lander needs gymnasium with Box2D ({error}); install labeller[lander]"
        ) from error


def _position(environment, shape: tuple[int, ...], side: int) -> tuple[float, float]:
    """The body's centre: its world is 20 by 13.3 units with y upwards, the frame 600 by 400."""
    body = environment.unwrapped.lander.position
    from gymnasium.envs.box2d.lunar_lander import SCALE

    height, width = shape[:2]
    return body.x * SCALE * side / width, (height - body.y * SCALE) * side / height


def _scaled(frame: np.ndarray, side: int) -> np.ndarray:
    """The whole frame squeezed into a square: cutting out its middle would lose the lander."""
    from PIL import Image

    return np.asarray(Image.fromarray(frame).resize((side, side), Image.Resampling.BOX))
