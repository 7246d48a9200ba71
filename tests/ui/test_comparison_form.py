"""The form of a new comparison: what is typed becomes its settings, or is refused."""

import numpy as np
import pytest

from labeller import service
from labeller.config import EncodeConfig, with_encoder
from labeller.evaluation.positions import RUNS
from labeller.store.schema import Project
from labeller.ui.compare.fields import pairs, shared_settings, sizes
from labeller.ui.compare.form import method_options
from tests.ui.driving import button, buttons, texts

pytestmark = pytest.mark.usefixtures("catalogue")


def words(app):
    """The words on the page without the signs that keep Markdown from reading them."""
    return texts(app).replace("\\", "")


def test_the_form_queues_what_was_chosen(driver, store):
    app = driver.visit("compare")
    assert not app.exception
    assert "Start the comparison" in buttons(app)
    key = f"compare {service.project(store, 'digits').id}"
    app.multiselect(key=f"{key} methods").set_value(["vae", "ae:deep"])
    app.text_input(key=f"{key} z").set_value("4, 8")
    app.number_input(key=f"{key} seeds").set_value(2)
    app.number_input(key=f"{key} epochs").set_value(3)
    button(app, "Start the comparison").click().run()
    assert not app.exception
    [view] = service.comparisons(store, "digits")
    assert view.total == 8
    assert view.config["train"]["epochs"] == 3
    assert view.name == "vae, ae:deep"
    assert "0 of 8 runs done" in texts(app)
    assert "Cancel" in buttons(app)


def test_how_all_are_trained_is_chosen_on_the_page(driver, store):
    app = driver.visit("compare")
    key = f"compare {service.project(store, 'digits').id} train"
    app.number_input(key=f"{key}.learning_rate").set_value(1e-4)
    app.selectbox(key=f"{key}.schedule").set_value("plateau")
    app.selectbox(key=f"{key}.optimiser").set_value("sgd")
    app.number_input(key=f"{key}.validation").set_value(0.1)
    compare = key.removesuffix(" train")
    app.number_input(key=f"{compare}.sample").set_value(300)
    app.number_input(key=f"{compare}.layer_size").set_value(99)
    button(app, "Start the comparison").click().run()
    assert not app.exception
    config = service.comparisons(store, "digits")[0].config
    assert (config["sample"], config["layer_size"]) == (300, 99)
    train = config["train"]
    assert (train["learning_rate"], train["schedule"], train["optimiser"]) == (
        1e-4, "plateau", "sgd",
    )  # fmt: skip
    assert train["validation"] == 0.1
    assert train["batch_size"] == service.project(store, "digits").config.train.batch_size


def test_wrong_numbers_are_said_and_nothing_is_queued(driver, store):
    app = driver.visit("compare")
    key = f"compare {service.project(store, 'digits').id}"
    app.text_input(key=f"{key} z").set_value("many")
    button(app, "Start the comparison").click().run()
    assert "whole numbers such as 16, 64" in texts(app)
    app.text_input(key=f"{key} z").set_value("1")
    button(app, "Start the comparison").click().run()
    assert "2 or more" in texts(app)
    assert service.comparisons(store, "digits") == []


def test_nothing_starts_with_other_values_than_those_that_are_typed(driver, store):
    app = driver.visit("compare")
    key = f"compare {service.project(store, 'digits').id}"
    right = {
        f"{key} answers": ("text_input", "10, 20", "ten, 20", "Numbers of answers: must be whole"),
        f"{key} z": ("text_input", "4", "1", "Latent sizes: each must be 2 or more, got 1"),
        f"{key} train.learning_rate": ("number_input", 1e-3, 0.0, "trained, Learning rate: input"),
    }
    for field, (kind, good, bad, message) in right.items():
        getattr(app, kind)(key=field).set_value(bad).run()
        assert message in words(app), "beside the field"
        button(app, "Start the comparison").click().run()
        assert words(app).count(message) == 2
        assert "Nothing was started. " in words(app)
        assert service.comparisons(store, "digits") == []
        getattr(app, kind)(key=field).set_value(good).run()
        assert message not in words(app)
    button(app, "Start the comparison").click().run()
    [view] = service.comparisons(store, "digits")
    assert (view.config["answers"], view.config["latents"]) == ([10, 20], [4])


def test_settings_for_all_methods_that_have_them(driver, store):
    app = driver.visit("compare")
    key = f"compare {service.project(store, 'digits').id}"
    app.multiselect(key=f"{key} methods").set_value(["vae", "pl-ae"]).run()
    for text, message in (
        ("width", "Settings for all methods: must be written KEY=VALUE"),
        ("widht=4", "got widht"),
        ("width=0", "width of vae must be a whole number from 1 to"),
        ("width=wide", "got wide"),
        ("loss=any", "loss of pl-ae must be one of perceptual, pixels, got any"),
    ):
        app.text_input(key=f"{key} settings").set_value(text).run()
        assert message in words(app)
        button(app, "Start the comparison").click().run()
        assert service.comparisons(store, "digits") == []
    app.text_input(key=f"{key} settings").set_value("width=4, loss=pixels").run()
    button(app, "Start the comparison").click().run()
    assert not app.exception
    found = service.comparisons(store, "digits")[0].config["settings"]
    assert found == {"width": 4, "loss": "pixels"}


def test_files_of_positions_are_named_on_the_page(driver, store, tmp_path):
    images = np.zeros((20, 8, 8, 1), np.uint8)
    for name in RUNS:
        np.savez(tmp_path / f"{name}.npz", images=images, positions=np.ones((20, 2)))
    app = driver.visit("compare")
    field = f"compare {service.project(store, 'digits').id} positions"
    app.text_input(key=field).set_value(str(tmp_path / "images.npz")).run()
    assert "Positions of an object: must be two files" in words(app)
    button(app, "Start the comparison").click().run()
    assert service.comparisons(store, "digits") == []
    app.text_input(key=field).set_value(str(tmp_path)).run()
    button(app, "Start the comparison").click().run()
    [view] = service.comparisons(store, "digits")
    assert view.config["positions"] == [str(tmp_path / f"{name}.npz") for name in RUNS[1:]]


def test_pairs_of_keys_and_values():
    assert pairs("") == {}
    assert pairs("width=4,\n beta=0.5; augmented=nothing,") == {
        "width": 4, "beta": 0.5, "augmented": "nothing",
    }  # fmt: skip
    assert pairs("augmentations=crop,noise+cutout,width=8") == {
        "augmentations": "crop,noise+cutout", "width": 8,
    }  # fmt: skip
    for text in ("=4", "width=", "ten, width=4"):
        with pytest.raises(ValueError, match="KEY=VALUE"):
            pairs(text)


def test_pairs_of_augmentations_leave_the_other_methods_in(driver, store):
    app = driver.visit("compare")
    key = f"compare {service.project(store, 'digits').id}"
    app.multiselect(key=f"{key} methods").set_value(["vae", "pl-ae", "pl-ae:b-ae"]).run()
    app.text_input(key=f"{key} pairs").set_value("crop, cutout")
    button(app, "Start the comparison").click().run()
    assert not app.exception
    assert service.comparisons(store, "digits")[0].config["methods"] == [
        "vae",
        "pl-ae@augmentations=crop",
        "pl-ae@augmentations=crop+cutout",
        "pl-ae@augmentations=cutout",
        "pl-ae:b-ae",
    ]


def test_an_unknown_augmentation_is_refused_before_anything_is_queued(driver, store):
    app = driver.visit("compare")
    key = f"compare {service.project(store, 'digits').id}"
    app.multiselect(key=f"{key} methods").set_value(["pl-ae"]).run()
    app.text_input(key=f"{key} pairs").set_value("crop, blur").run()
    [shown] = [error.value.replace("\\", "") for error in app.error]
    assert shown.startswith("Pairs of augmentations: each must be one of rotation, affine")
    assert shown.endswith("got blur.")
    button(app, "Start the comparison").click().run()
    app.text_input(key=f"{key} pairs").set_value("").run()
    app.text_input(key=f"{key} settings").set_value("augmentations=crop+blur").run()
    assert "got blur" in app.error[0].value
    button(app, "Start the comparison").click().run()
    assert service.comparisons(store, "digits") == []


def test_options_and_numbers():
    catalogue = {"a": {"presets": {"plain": {}, "deep": {"network": "deep"}}}}
    assert method_options(catalogue) == ["a", "a:deep"]
    assert sizes(" 16, 64;") == (16, 64)
    assert sizes("") == ()


def test_a_method_without_any_setting_stands_beside_others(store):
    catalogue = {**service.methods(store), "bare": {"schema": {"type": "object"}}}
    assert shared_settings("width=8", ("bare", "ae"), catalogue) == {"width": 8}


def test_methods_on_features_are_offered_where_there_is_an_encoder(driver, store):
    project = service.project(store, "digits")
    key = f"compare {project.id} methods"

    def offered():
        app = driver.visit("compare")
        assert not app.exception
        return set(app.multiselect(key=key).options)

    reading = {"Autoencoder on features", "Features of the encoder"}
    assert not reading & offered()
    with store.write() as session:
        row = session.get(Project, project.id)
        row.config = with_encoder(project.config, EncodeConfig(encoder="lite0")).model_dump()
    assert reading <= offered()
    app = driver.visit("compare")
    app.multiselect(key=key).set_value(["feature-autoencoder:vae", "vae"])
    button(app, "Start the comparison").click().run()
    assert not app.exception
    [view] = service.comparisons(store, "digits")
    assert view.config["encode"]["encoder"] == "lite0"
