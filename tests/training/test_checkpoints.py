"""Weights on disk."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from labeller.errors import DamagedFileError, NotFoundError, StateError
from labeller.training import load_method, save_method
from labeller.training.checkpoints import NotFiniteError, check_finite, fill


def test_nothing_there(tmp_path):
    with pytest.raises(NotFoundError, match=r"there are no weights in .*: train the method first"):
        load_method(tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x80\x04K\x01."])
def test_a_file_that_is_no_weights(tmp_path, content):
    (tmp_path / "weights.safetensors").write_bytes(content)
    with pytest.raises(DamagedFileError, match=r"weights\.safetensors is damaged"):
        load_method(tmp_path)


def test_another_format(tmp_path):
    save_file({"a": torch.ones(1)}, tmp_path / "weights.safetensors", {"record": '{"format": 9}'})
    with pytest.raises(StateError, match="has format 9, this version reads 1"):
        load_method(tmp_path)


def test_saving_again_replaces(small, tmp_path):
    save_method(small.method(seed=1), tmp_path)
    second = small.method(seed=2)
    save_method(second, tmp_path)
    again = load_method(tmp_path)
    assert all(
        torch.equal(a, b) for a, b in zip(second.parameters(), again.parameters(), strict=True)
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "method.json",
        "weights.safetensors",
    ]


def test_a_method_that_reads_images_has_the_record_that_it_always_had(small, tmp_path):
    save_method(small.method(), tmp_path)
    record = json.loads((tmp_path / "method.json").read_text())
    assert record["shape"] == {"channels": 1, "height": 8, "width": 8}


def test_a_failed_write_leaves_the_old_file(small, tmp_path, monkeypatch):
    first = small.method(seed=1)
    save_method(first, tmp_path)

    def full(*args, **kwargs):
        raise OSError("no space left on device")

    monkeypatch.setattr("labeller.training.checkpoints.save", full)
    with pytest.raises(OSError, match="no space"):
        save_method(small.method(seed=2), tmp_path)
    again = load_method(tmp_path)
    assert torch.equal(first.head.weight, again.head.weight)


def test_resized_buffers_come_back(small):
    """A method that re-clusters may hold a label for every image, however many there are."""
    method, fresh = small.method(), small.method()
    for holder, count in ((method, 30), (fresh, 0)):
        holder.register_buffer("memory", torch.arange(count))
    fill(fresh, method.state_dict())
    assert torch.equal(fresh.memory, torch.arange(30))


def test_finite():
    check_finite({"a": torch.zeros(3), "b": torch.tensor([1]), "c": torch.zeros(0)})
    for bad in (np.nan, np.inf, -np.inf):
        with pytest.raises(NotFiniteError, match="b is no longer finite"):
            check_finite({"a": torch.zeros(3), "b": torch.tensor([1.0, bad])})


def test_flipped_weights_are_never_loaded(small, tmp_path):
    save_method(small.method(), tmp_path)
    path = tmp_path / "weights.safetensors"
    content = path.read_bytes()
    for place in range(0, len(content), 97):
        path.write_bytes(content[:place] + bytes([content[place] ^ 64]) + content[place + 1 :])
        with pytest.raises(DamagedFileError):
            load_method(tmp_path)
