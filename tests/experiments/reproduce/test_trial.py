"""A row of a reproduction with other settings, scored on training images that are held out."""

import numpy as np
import pytest

from labeller.experiments.reproduce import Bench, reproduce, trial
from labeller.experiments.reproduce.data import pictures


def rows(images):
    """The images as a sorted list, which tells nothing of their order."""
    return sorted(image.tobytes() for image in images)


def test_held_out_images_are_training_images_that_nothing_learns_from(tmp_path):
    whole = pictures(Bench(tmp_path), "digits")
    found = pictures(Bench(tmp_path, held_out=0.1), "digits")
    assert len(found.test) == round(0.1 * len(whole.train))
    assert rows(found.images) == rows(whole.images[whole.train])


def test_a_sample_has_the_same_held_out_images(tmp_path):
    """A sample of the training images has none of the images that a larger one holds out."""
    bench = Bench(tmp_path, held_out=0.1)
    whole, sample = pictures(bench, "digits"), pictures(bench, "digits", train=100)
    assert len(sample.train) == 100
    np.testing.assert_array_equal(sample.images[sample.test], whole.images[whole.test])
    held_out = set(rows(whole.images[whole.test]))
    assert held_out.isdisjoint(rows(sample.images[sample.train]))


def test_changed_settings_decide_the_record():
    record = trial("uic", "random", scale="smoke", seed=1, changes={"method.width": 4})
    assert record.name == "random-seed1"
    assert record.settings["method"]["width"] == 4
    assert record.settings["seed"] == 1
    assert set(record.numbers["probes"]) == {"conv1", "conv2", "conv3", "conv4"}


def test_on_the_test_images_it_is_the_cell_of_the_reproduction(tmp_path):
    cells = reproduce("uic", tmp_path, scale="smoke")["cells"]
    cell = next(one for one in cells if one["name"] == "random-seed0")
    record = trial("uic", "random", scale="smoke", on="test")
    assert record.settings == cell["settings"]
    for name in ("probes", "best", "nmi"):
        assert record.numbers[name] == cell["numbers"][name]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"row": "uic-strange"}, "row must be one of random, deepcluster"),
        ({"scale": "huge"}, "scale must be one of"),
        ({"device": "quantum"}, "quantum"),
        ({"on": "train"}, "on must be one of held-out, test"),
        ({"changes": {"method.widht": 4}}, "widht"),
        ({"changes": {"epoch": 4}}, "settings must be of .*, got epoch"),
        ({"changes": {"methods.width": 4}}, "settings must be of .*, got methods.width"),
    ],
)
def test_wrong_arguments_say_what_is_right(arguments, message):
    with pytest.raises(Exception, match=message):
        trial("uic", **{"row": "random", "scale": "smoke", **arguments})
