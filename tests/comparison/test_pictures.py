"""The pictures of a run: what its training fed the encoder, and what it makes of that."""

from dataclasses import replace

import numpy as np
import pytest

from labeller.evaluation.pictures import psnr
from tests.comparison.conftest import TINY, run

SHORT = TINY.model_copy(
    update={
        "train": TINY.train.model_copy(update={"batch_size": 8, "learning_rate": 0.01}),
        "answers": (),
        "maps": (),
        "settings": {"width": 4},
    }
)


@pytest.fixture(scope="module")
def few(subject):
    """Of the test images no more than are kept as pictures."""
    return replace(subject, train=subject.train[:64], test=subject.test[:12])


def pictures(few, method, **changes):
    config = SHORT.model_copy(update={"methods": (method,), **changes})
    kept = run(config, few)
    assert [record.get("error") for record, _ in kept] == [None] * len(kept)
    return kept[0] if len(kept) == 1 else kept


@pytest.mark.parametrize("method", ["symmetric-dae", "pl-ae@loss_layers=2"])
def test_the_inputs_of_training_are_kept_with_what_is_rebuilt_of_them(few, method):
    record, arrays = pictures(few, method)
    clean = few.images[arrays["picture_images"]]
    assert arrays["picture_images"].tolist() == few.test.tolist()
    for name in ("seen", "rebuilt", "restored"):
        assert (arrays[name].shape, arrays[name].dtype) == (clean.shape, np.uint8)
    changed = (arrays["seen"] != clean).any(axis=(1, 2, 3))
    assert changed.mean() > 0.8, "corrupted or augmented"
    assert (arrays["restored"] != arrays["rebuilt"]).any(), "of other inputs"
    # The twelve pictures are all test images that there are.
    assert record["scores"]["psnr"] == pytest.approx(psnr(clean, arrays["rebuilt"]))
    assert record["scores"]["psnr_view"] == pytest.approx(psnr(clean, arrays["restored"]))


def test_every_seed_repairs_the_same_corrupted_images(few):
    one, two = (arrays for _, arrays in pictures(few, "symmetric-dae", seeds=(0, 1)))
    assert (one["seen"] == two["seen"]).all()
    assert (one["restored"] != two["restored"]).any()


@pytest.mark.parametrize(
    ("method", "found"),
    [("ae", {"rebuilt"}), ("pl-ae:b-ae", {"rebuilt"}), ("uic@clusters=10", {"seen"})],
)
def test_only_pictures_that_a_method_has_are_kept(few, method, found):
    record, arrays = pictures(few, method)
    assert found == {"seen", "rebuilt", "restored"} & set(arrays)
    assert "psnr_view" not in record["scores"]
    assert ("psnr" in record["scores"]) == ("rebuilt" in found)
