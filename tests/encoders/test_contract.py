"""What every encoder of the registry must do."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from labeller.config import EncodeConfig
from labeller.encoders import ROOM, Encoder, encoder_of, parsed, spelling
from labeller.errors import StateError
from tests.encoders.conftest import SMALL

NAMES = ROOM.names()


@pytest.fixture
def make(small_weights: Path, feature_file: Path):
    """An encoder by name, with settings that need no hub."""
    given = {
        "timm": {"model": SMALL, "weights": str(small_weights)},
        "file": {"path": str(feature_file)},
    }
    return lambda name: encoder_of(EncodeConfig(encoder=name, **given.get(name, {})))


def pictures(encoder: Encoder, count: int = 3) -> np.ndarray:
    shape = (count, encoder.size, encoder.size, 3)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_gives(name: str, make) -> None:
    encoder = make(name)
    assert sum(encoder.parts) == encoder.features
    assert encoder.last.stop == encoder.features
    assert encoder.last.stop - encoder.last.start == encoder.parts[-1]
    assert len(encoder.digest) == 16
    int(encoder.digest, 16)
    assert encoder.digest == make(name).digest
    for field in type(encoder).Config.model_json_schema().get("properties", {}).values():
        assert field["description"]


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_those_of_each_picture_whatever_the_batch(name: str, make) -> None:
    encoder = make(name)
    if encoder.ready(["0"] * 6) is not None:  # ready ones: nothing to encode
        with pytest.raises(StateError, match="features of the project's own images alone"):
            encoder.encode(np.zeros((1, 0, 0, 3), np.uint8))
        return
    batch = pictures(encoder)
    together = encoder.encode(batch)
    assert together.dtype == np.float16
    assert together.shape == (3, encoder.features)
    assert encoder.encode(batch[:0]).shape == (0, encoder.features)
    alone = np.concatenate([encoder.encode(batch[row : row + 1]) for row in range(3)])
    np.testing.assert_allclose(alone, together, rtol=2e-2, atol=2e-3)
    if encoder.features:
        assert len(np.unique(together, axis=0)) == 3


@pytest.mark.parametrize("name", NAMES)
def test_its_network_if_it_has_one_gives_the_same(name: str, make) -> None:
    import torch

    encoder = make(name)
    module = encoder.module()
    if module is None:
        assert not encoder.size, "one that sees pictures is a network, which exports hold"
        return
    batch = pictures(encoder)
    with torch.inference_mode():
        found = module(torch.from_numpy(batch)).numpy()
    np.testing.assert_allclose(found, encoder.forward(batch), atol=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_other_pictures_than_it_is_made_for_are_refused(name: str, make) -> None:
    encoder = make(name)
    with pytest.raises(ValueError, match=f"pictures for {name} must be uint8"):
        encoder.encode(np.zeros((1, encoder.size + 1, encoder.size + 1, 3), np.uint8))
    with pytest.raises(ValueError, match=f"pictures for {name} must be uint8"):
        encoder.encode(np.zeros((1, encoder.size, encoder.size, 3), np.float32))


def test_names_are_spelled_with_a_value_or_without(feature_file: Path) -> None:
    assert parsed("lite0") == EncodeConfig(encoder="lite0")
    named = parsed("timm:resnet18.a1_in1k")
    assert (named.encoder, named.own["model"]) == ("timm", "resnet18.a1_in1k")
    assert spelling(named) == "timm:resnet18.a1_in1k"
    assert spelling(parsed(f"file:{feature_file}")) == f"file:{feature_file}"
    assert spelling(EncodeConfig()) == "none"
    for text, said in {
        "nosuch": "encoder must be one of file, lite0, none, timm, got nosuch",
        "lite0:x": "encoder lite0 must be given without a colon, got lite0:x",
        "file": "file: path: Field required",
        "file:a.csv": r"file: path: must end in .npy, .npz, .parquet, got a.csv",
    }.items():
        with pytest.raises(ValueError, match=said):
            parsed(text)


def test_the_catalogue_and_a_digest_load_no_torch() -> None:
    script = (
        "import sys\n"
        "from labeller.encoders import ROOM, parsed, encoder_of\n"
        "ROOM.catalogue(); encoder_of(parsed('lite0')).digest\n"
        "print([n for n in ('torch', 'timm', 'onnxruntime', 'onnx') if n in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_an_encoder_that_is_not_whole_is_refused(forget) -> None:
    def register(**fields: object) -> None:
        ROOM.register(type("Mine", (ROOM.get("none"),), {"name": "mine", "title": "M"} | fields))

    with pytest.raises(ValueError, match="spelled of mine must be one of its settings, got path"):
        register(spelled="path")
    with pytest.raises(ValueError, match="an encoder must have a licence"):
        register(licence=None)
