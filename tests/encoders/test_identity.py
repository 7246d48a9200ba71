"""An encoder built again from what was kept of it: the same one, or an error that says why."""

import json
from pathlib import Path

import numpy as np
import pytest

from labeller.config import EncodeConfig
from labeller.encoders.identity import IDENTITY, identity, read_identity, same_encoder
from labeller.errors import DataError, StateError
from tests.encoders.conftest import SMALL, save_weights


def test_it_is_read_back_and_makes_the_same_features(small_weights: Path, tmp_path: Path) -> None:
    known = identity(EncodeConfig(encoder="timm", model=SMALL, weights=str(small_weights)))
    (tmp_path / IDENTITY).write_text(json.dumps(known.model_dump(mode="json")))
    assert read_identity(tmp_path) == known
    assert known.spelled == f"timm:{SMALL}"
    assert same_encoder(known, "cpu").digest == known.digest
    assert read_identity(tmp_path / "elsewhere") is None


def test_weights_that_are_gone_are_fetched_or_given(
    small_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = identity(EncodeConfig(encoder="timm", model=SMALL, weights=str(small_weights)))
    settings = {**known.settings, "weights": str(tmp_path / "gone.safetensors")}
    moved = known.model_copy(update={"settings": settings})
    assert same_encoder(moved, "cpu", small_weights).digest == known.digest

    def no_hub(*_: object, **given: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr("timm.create_model", no_hub)
    with pytest.raises(DataError, match=r"no route to host.*fetch model\.safetensors of https"):
        same_encoder(moved, "cpu")


def test_other_weights_are_refused(small_weights: Path, tmp_path: Path) -> None:
    known = identity(EncodeConfig(encoder="timm", model=SMALL, weights=str(small_weights)))
    other = save_weights(SMALL, tmp_path / "other.safetensors")
    from safetensors.numpy import load_file, save_file

    tensors = load_file(other)
    tensors["cls_token"] = tensors["cls_token"] + np.float32(1)
    save_file(tensors, other)
    with pytest.raises(DataError, match=f"taught on features of timm:{SMALL} with digest"):
        same_encoder(known, "cpu", other)


def test_ready_features_are_of_no_new_images(feature_file: Path) -> None:
    known = identity(EncodeConfig(encoder="file", path=str(feature_file)))
    with pytest.raises(StateError, match="new images have none there"):
        same_encoder(known, "cpu")
