"""Networks of timm with random weights in files: there is no hub here."""

import json
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import load_file, save_file

from labeller.config import EncodeConfig
from labeller.encoders import Encoder, encoder_of
from labeller.errors import DataError, NotFoundError, UnknownNameError
from tests.encoders.conftest import SMALL, save_weights


def made(model: str, weights: Path | str = "", **own: object) -> Encoder:
    return encoder_of(EncodeConfig(encoder="timm", model=model, weights=str(weights), **own))


def pictures(side: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (2, side, side, 3), dtype=np.uint8)


def by_hand(model: str, file: Path, batch: np.ndarray, **given: object) -> np.ndarray:
    """Features as timm's own transforms and `num_classes=0` give them."""
    network = timm.create_model(model, pretrained=False, **given)
    network.load_state_dict(load_file(file))
    network.reset_classifier(0)
    config = timm.data.resolve_model_data_config(network.eval())
    pixels = torch.from_numpy(batch).permute(0, 3, 1, 2).float() / 255
    mean, std = (torch.tensor(config[key]).view(3, 1, 1) for key in ("mean", "std"))
    with torch.inference_mode():
        return network((pixels - mean) / std).numpy()


# In the shapes of: a plain ViT; SigLIP (attention pooling, no class token); a convolution network.
@pytest.mark.parametrize("model", [SMALL, "test_vit3.r160_in1k", "test_efficientnet.r160_in1k"])
def test_features_are_those_of_timm(model: str, tmp_path: Path) -> None:
    file = save_weights(model, tmp_path / "w.safetensors")
    encoder = made(model, file)
    assert encoder.size == 160
    batch = pictures(160)
    wanted = by_hand(model, file, batch)
    assert encoder.features == wanted.shape[1]
    np.testing.assert_allclose(encoder.forward(batch), wanted, atol=1e-5)


def test_a_network_in_the_shape_of_dinov2_is_shown_smaller_pictures(tmp_path: Path) -> None:
    """Patches of 14, 518 pixels, layer scale, no classifier; two blocks stand for its twelve."""
    name = "vit_small_patch14_dinov2.lvd142m"
    settings = {"depth": 2}
    file = save_weights(name, tmp_path / "w.pth.safetensors", **settings)
    original = timm.create_model

    def shallow(model: str, **given: object) -> torch.nn.Module:
        return original(model, **given, **settings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("timm.create_model", shallow)
        encoder = made(name, file, size=56)
        assert (encoder.size, encoder.features) == (56, 384)
        small = encoder.encode(pictures(56))
        other = made(name, file, size=70)
        assert encoder.digest != other.digest
        assert made(name, file).size == 518
    assert np.isfinite(small).all()


def test_a_pth_file_gives_the_digest_and_the_features_of_the_safetensors(
    small_weights: Path, tmp_path: Path
) -> None:
    torch.save(load_file(small_weights), tmp_path / "w.pth")
    there, here = made(SMALL, small_weights), made(SMALL, tmp_path / "w.pth")
    assert there.digest == here.digest
    np.testing.assert_array_equal(there.encode(pictures(160)), here.encode(pictures(160)))


def test_a_folder_brings_its_own_preprocessing(small_weights: Path, tmp_path: Path) -> None:
    network = timm.create_model(SMALL, pretrained=False)
    network.load_state_dict(load_file(small_weights))
    timm.models.save_for_hf(network, tmp_path / "saved", safe_serialization=True)
    file = tmp_path / "saved" / "config.json"
    same = made(SMALL, small_weights).encode(pictures(160))
    np.testing.assert_array_equal(made(SMALL, file.parent).encode(pictures(160)), same)
    content = json.loads(file.read_text())
    content["pretrained_cfg"] |= {"mean": [0.1, 0.2, 0.3], "input_size": [3, 128, 128]}
    file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="model must be test_vit, as the folder"):
        made("test_vit2.r160_in1k", file.parent).features  # noqa: B018
    del content["pretrained_cfg"]["mean"]
    file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="model must have a preprocessing that timm knows"):
        made(SMALL, file.parent).features  # noqa: B018


def test_a_hub_that_is_not_reached_says_what_to_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    def create_model(*_: object, **__: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr("timm.create_model", create_model)
    with pytest.raises(DataError) as said:
        made(SMALL).digest  # noqa: B018
    assert str(said.value) == (
        "the weights of test_vit.r160_in1k cannot be fetched (no route to host): fetch "
        "model.safetensors of https://huggingface.co/timm/test_vit.r160_in1k on a computer with "
        "internet, and give the file as encode.weights=FILE"
    )


def test_weights_that_lack_a_tensor_are_refused(small_weights: Path, tmp_path: Path) -> None:
    """timm alone would leave it random as soon as the classifier is left out."""
    tensors = load_file(small_weights)
    del tensors["blocks.0.norm1.weight"]
    save_file(tensors, tmp_path / "w.safetensors")
    with pytest.raises(DataError, match=r"are not those of test_vit.r160_in1k: .*Missing key"):
        made(SMALL, tmp_path / "w.safetensors").features  # noqa: B018


@pytest.mark.parametrize(
    ("model", "kind", "said"),
    [
        ("vit_smal", UnknownNameError, "model of timm must be one of .*vit_small_"),
        ("test_vit.nosuch", ValueError, "nosuch"),
        ("resnet50", ValueError, "model must name the tag of its weights, one of resnet50.a1_in1k"),
        ("vit_base_patch16_gap_224", ValueError, "model must have a preprocessing that timm knows"),
    ],
)
def test_a_model_whose_preprocessing_is_not_known_is_refused(
    model: str, kind: type[Exception], said: str, small_weights: Path
) -> None:
    with pytest.raises(kind, match=said):
        made(model, small_weights).size  # noqa: B018


def test_weights_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there are no weights in"):
        made(SMALL, tmp_path / "nosuch.pth")
