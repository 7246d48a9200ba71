"""Methods are found by name, from this package and from a user's file."""

import os
import subprocess
import sys

import pytest

from labeller import registry as plugins
from labeller.config import Settings, TrainConfig
from labeller.errors import NotFoundError
from labeller.methods import registry
from labeller.methods.base import ImageShape, Method
from labeller.rounds.encode import decode, encode
from labeller.training import load_method, save_method, train

MINE = '''
"""A linear autoencoder that cannot decode."""
import torch
from pydantic import Field
from torch import nn
from labeller.config import Settings
from labeller.methods.base import Method
from labeller.methods.registry import register

@register
class Linear(Method):
    """One matrix there, one back."""
    name = "{name}"
    title = "Linear"
    can_decode = False
    presets = {{"small": {{"latent": 2}}}}

    class Config(Settings):
        latent: int = Field(3, ge=1, le=64, description="Dimensions.")

    def __init__(self, config, shape, classes):
        super().__init__(config, shape, classes)
        pixels = shape.channels * shape.height * shape.width
        self.there, self.back = nn.Linear(pixels, config.latent), nn.Linear(config.latent, pixels)
        self.head = nn.Linear(config.latent, classes)

    def encode(self, images):
        return self.there(images.flatten(1))

    def loss(self, batch):
        z = self.encode(batch.images)
        error = (self.back(z) - batch.images.flatten(1)).square().sum() / len(z)
        return self.with_classification({{"loss": error}}, z, batch)
'''


@pytest.fixture
def mine(tmp_path, forget):
    path = tmp_path / "linear.py"
    path.write_text(MINE.format(name="linear"))
    return path


def test_names_are_found_without_a_list():
    assert {"vae", "ae"} <= set(registry.names())
    assert registry.names() == sorted(registry.names())


def test_an_unknown_name_lists_the_names():
    with pytest.raises(ValueError, match=r"method must be one of ae, .*vae.*, got vea"):
        registry.get("vea")


def test_a_name_twice_is_refused(forget):
    with pytest.raises(ValueError, match="name must be new, got vae twice"):
        registry.register(type("Other", (Method,), {"name": "vae", "title": "Other"}))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"title": "Other"}, "must have a name"),
        ({"name": "other"}, "must have a title"),
        ({"name": "other", "title": "Other", "Config": dict}, "subclass of Settings"),
        ({"name": "other", "title": "Other", "presets": {"a": {"b": 1}}}, "preset a of other"),
    ],
)
def test_an_incomplete_method_is_refused(fields, message, forget):
    with pytest.raises(ValueError, match=message):
        registry.register(type("Other", (Method,), fields))
    with pytest.raises(ValueError, match="subclass of labeller"):
        registry.register(Settings)


def test_a_users_file_works_like_a_built_in_method(mine, digits, tmp_path):
    assert plugins.load_file(mine) == {"methods": ["linear"]}
    assert plugins.load_file(str(mine)) == {"methods": ["linear"]}  # twice is once
    assert plugins.loaded_files() == [mine]
    assert registry.catalogue()["linear"]["defaults"] == {"latent": 3}
    method = registry.build("linear", {"latent": 5}, ImageShape(1, 8, 8), 10)
    history = train(method, digits[0][:128], TrainConfig(epochs=2, device="cpu"))
    assert history[1]["loss"] < history[0]["loss"]
    save_method(method, tmp_path / "model")
    latents = encode(load_method(tmp_path / "model"), digits[0][:10], device="cpu")
    assert latents.shape == (10, 5)
    assert decode(method, latents) is None


def test_a_users_file_from_the_environment(mine, forget, monkeypatch):
    monkeypatch.setenv(plugins.VARIABLE, f"{mine}:{mine.parent / 'missing.py'}")
    assert "linear" in registry.names()


FRESH = """
from labeller import registry as plugins
from labeller.methods import registry
from labeller.registry import load_file, loaded_files
file = {file!r}
assert "linear" in registry.names()
assert load_file(file) == {{"methods": ["linear"]}} == load_file(file)
assert [str(one) for one in loaded_files()] == [file]
"""


def test_a_process_that_is_told_of_a_file_loads_it_once_and_says_nothing(mine):
    told = {**os.environ, plugins.VARIABLE: str(mine)}
    command = [sys.executable, "-c", FRESH.format(file=str(mine))]
    done = subprocess.run(command, env=told, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_file_that_is_broken_is_one_line(mine, tmp_path):
    (tmp_path / "typo.py").write_text("def f(:\n")
    files = os.pathsep.join((str(tmp_path / "typo.py"), str(mine)))
    command = [sys.executable, "-c", FRESH.format(file=str(mine))]
    done = subprocess.run(
        command, env={**os.environ, plugins.VARIABLE: files}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0
    [line] = done.stderr.splitlines()
    assert "typo.py of $LABELLER_PLUGINS cannot be loaded (SyntaxError: " in line


def test_bad_files(tmp_path, forget):
    with pytest.raises(NotFoundError, match=r"no plug-in file .*missing\.py"):
        plugins.load_file(tmp_path / "missing.py")
    (tmp_path / "empty.py").write_text("x = 1\n")
    with pytest.raises(ValueError, match="must @register something"):
        plugins.load_file(tmp_path / "empty.py")
    (tmp_path / "clash.py").write_text(MINE.format(name="vae"))
    with pytest.raises(ValueError, match="got vae twice"):
        plugins.load_file(tmp_path / "clash.py")
    (tmp_path / "broken.py").write_text(MINE.format(name="half") + "\n1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        plugins.load_file(tmp_path / "broken.py")
    assert "half" not in registry.names()
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ValueError, match=r"Python source \(\.py\)"):
        plugins.load_file(tmp_path / "notes.txt")


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((0, 8, 8), "channels must be at least 1, got 0"),
        ((1, 7, 8), "image height must be between 8 and 128 pixels, got 7"),
        ((1, 8, 129), "image width must be between 8 and 128 pixels, got 129"),
    ],
)
def test_shapes_that_no_network_takes(shape, message):
    with pytest.raises(ValueError, match=message):
        ImageShape(*shape)


def test_building_leaves_the_callers_random_numbers_alone():
    import torch

    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    registry.build("vae", {}, ImageShape(1, 8, 8), 2)
    assert torch.equal(torch.rand(3), expected)
