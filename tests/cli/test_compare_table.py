"""What `labeller compare` prints: all that was measured, at any width, and no number cut short."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from labeller.cli import compare_table
from labeller.cli.compare_table import Measured, letters, measured, tables
from labeller.comparison.columns import SCORES as NAMES
from labeller.comparison.table import run_table

LONG = "pl-ae:p-ae@augmentations=rotation+cutout,noise@latent=30"
SCORES = {
    **dict.fromkeys(NAMES, 0.5),
    "conv1": 0.61,
    "conv2": 0.62,
    "answers_10": 0.7,
    "answers_20": 0.9,
    "loop_10": 0.95,
    "loop_20": 0.96,
}


def run(label: str, *, seed: int = 0, latent: int = 16, **scores: float) -> dict[str, Any]:
    """The record of a finished run."""
    return {
        "key": f"{label} {latent} {seed}",
        "state": "done",
        "label": label,
        "latent": latent,
        "seed": seed,
        "scores": scores,
        "fit": None,
        "curve": [{"accuracy": None}],
        "seconds": {"epoch": 1.234, "train": 12345.6},
        "parameters": 1_234_567,
    }


def table_of(*records: dict[str, Any], targets: tuple[float, ...] = ()) -> Measured:
    return measured(run_table(records), targets)


def cells(found: Measured, row: int = 0) -> dict[str, str]:
    return dict(zip(found.heads, found.rows[row], strict=True))


def text(table: Table) -> str:
    written = StringIO()
    Console(file=written, width=letters(table)).print(table)
    return written.getvalue()


def test_every_score_has_its_column() -> None:
    said = cells(table_of(run("vae", **SCORES)))
    assert len(said) == len(set(said)) == 3 + len(SCORES) + 3  # and seconds and parameters
    assert "" not in said.values()
    assert (said["conv1"], said["conv2"], said["silhouette"]) == ("61.0 %", "62.0 %", "0.5")
    assert (said["purity"], said["5-shot 95 %"], said["own NMI"]) == (
        "50.0 %",
        "± 50.0 %",
        "50.0 %",
    )
    assert (said["s training"], said["parameters"]) == ("12,346", "1,234,567")


def test_what_was_not_measured_has_none() -> None:
    found = table_of(run("vae", linear_probe=0.5), run("uic", nmi_own=0.5))
    assert found.heads[:5] == ["method", "z", "runs", "linear", "own NMI"]
    assert cells(found, 1)["linear"] == "-"


def test_several_seeds_have_a_spread() -> None:
    found = table_of(
        run("vae", linear_probe=0.80, few_shot_interval=0.01, answers_10=0.7),
        run("vae", linear_probe=0.82, few_shot_interval=0.03, answers_10=0.7, seed=1),
        run("ae", linear_probe=0.9),
    )
    assert [row[0] for row in found.rows] == ["ae", "vae"], "the best linear probe first"
    assert cells(found)["linear"] == "90.0 %"
    said = cells(found, 1)
    assert (said["runs"], said["linear"], said["10 ans."]) == ("2", "81.0 ± 1.4 %", "70.0 ± 0.0 %")
    assert said["5-shot 95 %"] == "± 1.6 %", "of the mean: root of the summed squares, by the runs"


def test_answers_that_reach_an_accuracy() -> None:
    found = table_of(
        run("vae", answers_10=0.7, answers_20=0.9, loop_10=0.95),
        run("ae", answers_10=0.85, answers_20=0.88),
        run("uic", linear_probe=0.5),
        targets=(0.8, 0.9),
    )
    names = ("answers for 80 %", "answers for 90 %", "loop for 90 %")
    said = {row[0]: cells(found, place) for place, row in enumerate(found.rows)}
    assert [said["vae"][name] for name in names] == ["20", "20", "10"]
    assert [said["ae"][name] for name in names] == ["10", "> 20", "-"]
    assert [said["uic"][name] for name in names] == ["-", "-", "-"]


@pytest.mark.parametrize("width", [60, 80, 120, 250, None])
def test_no_number_is_cut_at_any_width(width: int | None) -> None:
    records = [
        run(name, latent=latent, seed=seed, **{**SCORES, "linear_probe": 0.5 + seed / 100})
        for name in ("vae", "ae:deep", LONG)
        for latent in (16, 64)
        for seed in (0, 1)
    ]
    found = table_of(*records, targets=(0.9,))
    drawn = tables(found, width)
    assert (len(drawn) == 1) == (width is None or width == 250)
    assert all(letters(table) <= (width or 10_000) for table in drawn)
    written = "".join(text(table) for table in drawn)
    assert "…" not in written
    assert written.count("50.5 ± 0.7 %") == 6
    assert written.count("> 20") == 0
    assert written.count("1,234,567") == 6


def test_a_few_columns_stay_upright() -> None:
    [table] = tables(table_of(run("vae", linear_probe=0.5)), 100)
    assert table.row_count == 1


def test_a_file_gets_one_table_as_wide_as_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    compare_table.show(table_of(run("vae", **SCORES), run("ae@latent=[1]", **SCORES)))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert min(len(line) for line in lines) > 200
    assert "ae@latent=[1]" in "".join(lines)
