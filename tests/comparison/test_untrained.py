"""Methods without training beside one that trains: what does not apply to them is left out."""

import pytest
from torch import nn

from labeller.comparison.table import mean_table, run_table
from labeller.methods import registry
from labeller.methods.base import Method
from tests.comparison.conftest import TINY, run

UNTRAINED = ("pca", "random-projection")


def test_methods_without_training_are_compared_beside_one_that_trains(subject):
    update = {"methods": (*UNTRAINED, "ae"), "maps": ()}
    config = TINY.model_copy(update=update)
    records = [record for record, _ in run(config, subject)]
    assert [record.get("error") for record in records] == [None] * 3
    for record in records[:2]:
        assert (record["curve"], record["fit"]) == ([], None)
        assert record["seconds"]["epoch"] is None
        assert record["seconds"]["train"] > 0
        assert record["scores"]["linear_probe"] > 0.5
    assert ["psnr" in record["scores"] for record in records] == [True, False, True]
    runs = run_table(records)
    assert list(runs["epochs"]) == [0, 0, 2]
    assert list(runs["epoch_seconds"].isna()) == [True, True, False]
    assert list(mean_table(runs)["method"]) == [*UNTRAINED, "ae"]
    alone = run_table(records[:2])
    assert list(mean_table(alone)["train_seconds"]) == list(alone["train_seconds"])


def test_a_run_that_is_interrupted_goes_on(subject, tmp_path):
    """With a folder for checkpoints, in which nothing is kept of a fit."""
    config = TINY.model_copy(
        update={"methods": ("pca",), "answers": (), "maps": (), "settings": {}}
    )
    [(first, _)] = run(config, subject, checkpoints=lambda cell: tmp_path / cell.key)
    [(again, _)] = run(config, subject, checkpoints=lambda cell: tmp_path / cell.key)
    assert first["state"] == "done"
    assert first["scores"] == again["scores"]


def test_components_that_there_cannot_be_are_refused_before_any_run(subject):
    config = TINY.model_copy(update={"methods": ("ae", "pca"), "latents": (65,)})
    with pytest.raises(ValueError, match="latent of pca must be at most 64"):
        run(config, subject)


def test_a_network_without_any_setting_is_compared(subject, forget):
    class Pixels(Method):
        """The pixels as they are."""

        name, title, trainable, can_decode = "pixels", "Pixels", False, False

        def __init__(self, config, shape, classes):
            super().__init__(config, shape, classes)
            self.head = nn.Linear(64, classes)

        def encode(self, images):
            return images.flatten(1)

    registry.register(Pixels)
    config = TINY.model_copy(update={"methods": ("pixels", "ae"), "answers": (), "maps": ()})
    records = [record for record, _ in run(config, subject)]
    assert [record["state"] for record in records] == ["done", "done"]
    assert records[0]["latent"] == 64
