"""What a comparison will run, before it runs."""

import pytest
import torch

from labeller.comparison.cell import build_method
from labeller.comparison.plan import CompareConfig, cells, fingerprint, sized
from labeller.comparison.run import run_comparison
from labeller.config import TrainConfig
from labeller.errors import NeedsEncoderError
from labeller.methods import registry
from labeller.methods.names import parse_method
from tests.comparison.conftest import TINY


def test_a_plan_is_methods_by_sizes_by_seeds():
    config = CompareConfig(methods=("vae", "ae:deep"), latents=(4, 8), seeds=(0, 1))
    found = cells(config)
    assert [(c.method, c.preset, c.latent, c.seed) for c in found[:3]] == [
        ("vae", "", 4, 0),
        ("ae", "deep", 4, 0),
        ("vae", "", 8, 0),
    ]
    assert len({cell.key for cell in found}) == len(found) == 8
    assert cells(CompareConfig(methods=("vae",)))[0].latent is None


def test_a_method_without_a_size_to_choose_is_made_once():
    config = CompareConfig(methods=("vae", "uic", "symmetric-dae", "ae@latent=3"), latents=(4, 8))
    config = sized(config, {name: registry.size_field(name) for name in registry.everything()})
    assert [(cell.label, cell.latent) for cell in cells(config)] == [
        ("vae", 4),
        ("uic", 4),
        ("symmetric-dae", None),
        ("ae@latent=3", None),
        ("vae", 8),
        ("uic", 8),
    ]
    assert fingerprint(config) == fingerprint(config.model_copy(update={"one_size": ()}))


def test_a_size_is_the_size_of_the_latent_in_every_method_that_is_made_with_it(subject):
    names = [name for name in registry.names() if registry.get(name).reads == "images"]
    config = CompareConfig(methods=tuple(names), latents=(12,))
    config = sized(config, {name: registry.size_field(name) for name in names})
    images = torch.zeros(2, 1, 8, 8)
    for cell in cells(config):
        if cell.latent is not None:
            built = build_method(cell, TINY.model_copy(update={"settings": {"width": 4}}), subject)
            assert built.eval().encode(images).shape == (2, 12), cell.label


def test_a_method_that_reads_features_is_refused_without_an_encoder(subject):
    config = CompareConfig(methods=("vae", "feature-autoencoder"))
    with pytest.raises(NeedsEncoderError, match="feature-autoencoder needs an encoder"):
        run_comparison(config, subject, keep=lambda record, arrays: pytest.fail("trained"))


def test_what_a_plan_refuses():
    for text in ("", "vae:", ":deep", "vae@beta", "vae@=1"):
        with pytest.raises(ValueError, match="NAME:PRESET@KEY=VALUE"):
            parse_method(text)
    with pytest.raises(ValueError, match="at least one"):
        CompareConfig(methods=())
    with pytest.raises(ValueError, match="2 or more"):
        CompareConfig(methods=("vae",), answers=(1,))


def test_settings_of_one_method_travel_with_its_name(subject):
    assert parse_method("vae:deep@beta=0.5@network=paper") == (
        "vae",
        "deep",
        (("beta", 0.5), ("network", "paper")),
    )
    [cell] = cells(CompareConfig(methods=("vae:deep@beta=0.5",)))
    assert cell.label == "vae:deep@beta=0.5"
    built = build_method(cell, TINY, subject)
    assert (built.config.beta, built.config.network, built.config.width) == (0.5, "deep", 4)
    with pytest.raises(ValueError, match="nothing"):
        build_method(cells(CompareConfig(methods=("vae@nothing=1",)))[0], TINY, subject)


def test_other_methods_beside_a_cell_do_not_make_it_stale():
    more = TINY.model_copy(update={"methods": ("vae", "ae"), "seeds": (0, 1)})
    assert fingerprint(more) == fingerprint(TINY)
    longer = TINY.model_copy(update={"train": TrainConfig(epochs=3)})
    assert fingerprint(longer) != fingerprint(TINY)


def test_probes_of_layers_with_next_to_no_penalty_are_measured_anew():
    config = CompareConfig(methods=("vae",), layers=True)
    assert fingerprint(config) != "ba4dc5e56f78"
    without = config.model_copy(update={"layers": False})
    assert fingerprint(without) == "fc313d765b30", "what probes no layers stays"
