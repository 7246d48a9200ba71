"""Staying with a job: what is shown, and what Ctrl-C does."""

from pathlib import Path

import numpy as np
import pytest

from labeller import service
from labeller.cli import follow
from labeller.cli.frame import percent
from labeller.cli.pictures import as_text
from labeller.cli.settings import parse_pairs, step_settings
from labeller.config import RoundConfig
from labeller.errors import one_line
from labeller.events import Progress
from labeller.rounds.settings import checked, laid_over
from tests.cli.conftest import Command


def test_a_log_gets_a_line_a_stage_and_not_one_an_event(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with follow.Watch() as watch:
        for done in range(101):
            metrics = {"loss": 1.5, "images_per_second": 12345.6, "seconds_left": 8.0}
            watch.report(Progress("train", done, 100, metrics=metrics))
        watch.report(Progress("embed", 0, 0, "UMAP"))
        watch.report(Progress(""))
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "train 0/100, loss 1.5, 12,346 images/s, 8 s left",
        "train 100/100, loss 1.5, 12,346 images/s, 8 s left",
        "embed, UMAP",
    ]


def test_a_notice_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    with follow.Watch() as watch:
        for done in range(20):
            watch.report(Progress("train", done, 20, notice="taken: [a] in place of b"))
    assert capsys.readouterr().err.count("Note: taken: [a] in place of b.") == 1


def test_ctrl_c_cancels_the_job_and_says_how_to_go_on(
    labeller: Command, asking_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(store: object, number: int, report: object) -> None:
        assert service.job(store, number).active
        raise KeyboardInterrupt

    monkeypatch.setattr(service, "wait", interrupted)
    ended = labeller("train", "digits", "--epochs", "500")
    assert ended.code == 130
    store = service.open_store(asking_workspace)
    job = service.last_job(store, "digits", "train")
    assert job is not None
    assert job.state == "cancelled"
    assert f"labeller jobs --resume {job.id}" in " ".join(ended.err.split())
    store.close()


def test_settings_are_laid_over_those_of_the_project() -> None:
    base = RoundConfig(method_config={"latent": 8})
    new = laid_over(base, {"train.epochs": 3, "cluster.clusters": None, "method_config.beta": 2})
    assert new.train.epochs == 3
    assert new.cluster == checked(base).cluster
    assert new.method_config == {"latent": 8, "beta": 2}


def test_values_are_json_where_they_parse() -> None:
    parsed = parse_pairs(["a=1", "b=0.5", "c=deep", "d=true", "e = [1, 2]", "f=a=b"])
    assert parsed == {"a": 1, "b": 0.5, "c": "deep", "d": True, "e": [1, 2], "f": "a=b"}
    assert step_settings(["latent=4", "embed.dimensions=5"]) == {
        "method_config.latent": 4,
        "embed.dimensions": 5,
    }


def test_a_broken_record_is_one_line_with_every_field() -> None:
    with pytest.raises(ValueError, match="epochs") as caught:
        laid_over(RoundConfig(), {"train.epochs": 0, "cluster.clusters": 1})
    line = one_line(caught.value)
    assert "\n" not in line
    assert "train.epochs: Input should be greater than or equal to 1, got 0" in line
    assert "cluster.clusters" in line


def test_percent_of_nothing_is_a_dash() -> None:
    assert [percent(None), percent(float("nan")), percent(0.956)] == ["-", "-", "95.6 %"]


def test_pictures_in_the_terminal_have_two_pixels_a_character() -> None:
    grey = np.arange(64, dtype=np.uint8).reshape(8, 8, 1)
    colour = np.zeros((5, 7, 3), dtype=np.uint8)
    lines = as_text([grey, colour]).plain.splitlines()
    assert len(lines) == 8
    assert lines[0].count("▀") == 16 + 14
    large = np.zeros((128, 128, 3), dtype=np.uint8)
    assert max(len(line) for line in as_text([large]).plain.splitlines()) <= 42
