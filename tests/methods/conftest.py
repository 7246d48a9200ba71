"""What the tests of methods start from."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits


@pytest.fixture(scope="session")
def digits():
    """(1797,8,8,1) uint8 images and (1797,) labels of scikit-learn's digits."""
    data = load_digits()
    return (data.images * 255 / 16).astype(np.uint8)[..., None], data.target.astype(np.int64)


@pytest.fixture(autouse=True)
def seeded():
    """The same random numbers in every test."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield
