"""`labeller methods`: every method, preset and setting can be read in the terminal."""

import json

import pytest

from labeller.cli.methods import kind
from labeller.methods import registry
from labeller.methods.names import bounds_text
from tests.cli.conftest import Command


def test_the_list_names_everything(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = command("methods")
    assert ended.code == 0, ended.err
    rows = {line.split()[1]: line for line in ended.out.splitlines() if line.startswith("│")}
    assert set(registry.everything()) <= set(rows)
    assert "b-ae, p-ae, sda-ae, pl-ae" in rows["pl-ae"]
    assert rows["cnn"].split()[-4:-1] == ["yes", "│", "yes"]  # trained, needs labels
    assert rows["pca"].split()[-4:-1] == ["-", "│", "-"]
    assert "some" in rows["feature-prediction"].split()
    monkeypatch.setenv("COLUMNS", "80")
    narrow = command("methods").out
    assert "feature-prediction" in narrow
    assert "…" not in narrow


@pytest.mark.parametrize("name", registry.everything())
def test_a_method_says_all_its_settings(
    command: Command, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ended = command("methods", name)
    assert ended.code == 0, ended.err
    cls = registry.get(name)
    words = ended.out.split()
    assert set(cls.Config.model_fields) <= set(words)
    assert {f"{name}:{preset}" for preset in cls.presets} <= set(words)
    assert "…" not in ended.out


def test_json_and_unknown_names(command: Command) -> None:
    found = {each["name"]: each for each in json.loads(command("methods", "--json").out)}
    assert list(found) == [*registry.names(), "cnn", "linear-student", "student"]
    one = json.loads(command("methods", "pl-ae:p-ae", "--json").out)
    assert one == found["pl-ae"]
    assert one["presets"]["p-ae"] == {"augmented": "nothing"}
    features = found["feature-prediction"]
    assert (features["can_decode"], features["decoding"]) == (
        False,
        ["i-i-pw", "i-i-ps", "f-i-pw", "f-i-ps"],
    )
    ended = command("methods", "nothing")
    assert (ended.code, "method must be one of" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("field", "said", "type_"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 9}, "1 to 9", "integer"),
        ({"type": "number", "exclusiveMinimum": 0}, "above 0", "number"),
        ({"type": "string", "enum": ["a", "b"]}, "a, b", "choice"),
        ({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}, "at least 1",
         "integer or null"),
        ({"type": "boolean"}, "", "boolean"),
    ],
)  # fmt: skip
def test_bounds_in_words(field: dict, said: str, type_: str) -> None:
    assert (bounds_text(field), kind(field)) == (said, type_)


def test_a_method_without_training_says_that_epochs_have_no_effect(command: Command) -> None:
    assert "epochs have no effect" in command("methods", "random-projection").out
    assert "epochs have no effect" not in command("methods", "ae").out
