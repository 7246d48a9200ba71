"""Pictures of a lunar lander with its position: the data of feature-prediction.txt, section III-A.

The paper takes three runs of 700 rollouts of 150 steps of LunarLander-v2 under a random policy,
scaled to 64x64: one for the autoencoders, one to learn positions on, one to test them. Ours is
LunarLander-v3 of gymnasium, the version that is still made; the pictures are the same kind.
"""

import argparse
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium.envs.box2d.lunar_lander import SCALE
from PIL import Image

from labeller.evaluation.positions import RUNS
from labeller.runtime import stream_seed

SIDE = 64


def collect(
    rollouts: int, *, steps: int = 150, side: int = SIDE, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (n, side, side, 3) and the lander's positions (n, 2) float32 in their pixels.

    A rollout that lands or crashes early is followed by a fresh one until its `steps` are full.
    Positions are x from the left and y from the top, of the body's centre; it may fly out of the
    picture.
    """
    environment = gymnasium.make("LunarLander-v3", render_mode="rgb_array")
    images = np.empty((rollouts * steps, side, side, 3), np.uint8)
    positions = np.empty((rollouts * steps, 2), np.float32)
    environment.action_space.seed(stream_seed(seed, "lander/actions"))
    row = 0
    for rollout in range(rollouts):
        environment.reset(seed=stream_seed(seed, f"lander/{rollout}"))
        for _ in range(steps):
            ended = environment.step(environment.action_space.sample())[2:4]
            frame = np.asarray(environment.render(), np.uint8)
            positions[row] = _position(environment, frame.shape, side)
            # The whole frame squeezed into a square: cutting out its middle would lose the lander.
            scaled = Image.fromarray(frame).resize((side, side), Image.Resampling.BOX)
            images[row] = np.asarray(scaled)
            row += 1
            if any(ended):
                environment.reset()
    environment.close()
    return images, positions


def _position(environment: Any, shape: tuple[int, ...], side: int) -> tuple[float, float]:
    """The body's centre: its world is 20 by 13.3 units with y upwards, the frame 600 by 400."""
    body = environment.unwrapped.lander.position
    height, width = shape[:2]
    return body.x * SCALE * side / width, (height - body.y * SCALE) * side / height


def main() -> None:
    """Write the three runs into a folder."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("out", type=Path, help="folder for the three runs, as .npz files")
    parser.add_argument("--rollouts", type=int, default=700, help="flights in a run")
    parser.add_argument("--steps", type=int, default=150, help="pictures in a flight")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same pictures")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(RUNS, 1):
        seed = stream_seed(options.seed, f"lander/run/{number}")
        images, positions = collect(options.rollouts, steps=options.steps, seed=seed)
        np.savez_compressed(options.out / f"{name}.npz", images=images, positions=positions)
        print(f"Written to {options.out / f'{name}.npz'}")


if __name__ == "__main__":
    main()
