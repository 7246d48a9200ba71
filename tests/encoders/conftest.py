"""Encoders as tests need them: files of features, and a network of timm with random weights."""

from pathlib import Path

import numpy as np
import pytest
import torch

SMALL = "test_vit.r160_in1k"  # 0.4 M weights, 160 pixels, as a ViT has them


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Converted networks are kept for the session, and nowhere else."""
    folder = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setattr("labeller.encoders.lite0.cache_folder", lambda: folder)


@pytest.fixture(scope="session")
def small_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of `SMALL` in a file: the tests have no hub."""
    return save_weights(SMALL, tmp_path_factory.mktemp("weights") / "small.safetensors")


def save_weights(model: str, file: Path, **settings: object) -> Path:
    """Random weights of a model of timm, always the same."""
    import timm
    from safetensors.torch import save_file

    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = timm.create_model(model, pretrained=False, **settings)
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.1)  # timm starts some layers at 0
    save_file(network.state_dict(), file)
    return file


@pytest.fixture(scope="session")
def feature_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Features (6, 5) of six images by row."""
    file = tmp_path_factory.mktemp("features") / "features.npy"
    np.save(file, np.arange(30, dtype=np.float32).reshape(6, 5))
    return file
