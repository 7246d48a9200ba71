"""A project whose features tell the true classes."""

import numpy as np
import pytest

from labeller import service
from labeller.config import EncodeConfig, preset, with_encoder
from labeller.evaluation.targets import read_targets
from labeller.rounds.settings import changed

QUICK = {"train.epochs": 1, "train.batch_size": 256, "cluster.clusters": 12, "embed.space": "pca"}


@pytest.fixture
def ready(store, tmp_path):
    """Settings with features that tell the true classes of the digits, and the true classes."""
    folder = store.project_folder(service.project(store, "digits").id)
    truth = read_targets(folder.data)
    draws = np.random.default_rng(0)
    features = 3 * np.eye(10)[truth] @ draws.standard_normal((10, 24))
    path = tmp_path / "features.npy"
    np.save(path, (features + draws.standard_normal(features.shape)).astype(np.float32))
    encode = EncodeConfig(encoder="file", path=str(path))
    photos = with_encoder(preset("recommended"), encode)
    return changed(photos, QUICK), truth
