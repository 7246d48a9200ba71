"""Five hundred digits, and a comparison of two small methods on them."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from labeller.comparison.plan import CompareConfig
from labeller.comparison.run import run_comparison
from labeller.comparison.subject import Subject
from labeller.config import TrainConfig

TINY = CompareConfig(
    methods=("vae", "ae:plain"),
    latents=(6,),
    train=TrainConfig(epochs=2, batch_size=64, precision="32-true"),
    settings={"width": 4, "hidden": 16},
    sample=200,
    answers=(10, 20),
    preset="paper",
    maps=("pca",),
)


@pytest.fixture(scope="module")
def subject():
    pixels, targets = load_digits(return_X_y=True)
    images = (pixels[:500].reshape(-1, 8, 8, 1) * 15).astype(np.uint8)
    return Subject(images, targets[:500], 10, np.arange(300), np.arange(300, 500))


def run(config, subject, done=(), **options):
    kept = []
    run_comparison(
        config, subject, lambda *pair: kept.append(pair), done=done, device="cpu", **options
    )
    return kept


@pytest.fixture(scope="module")
def finished(subject):
    return run(TINY, subject)
