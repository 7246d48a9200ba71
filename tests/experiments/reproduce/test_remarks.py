"""What reports say besides their numbers."""

from dataclasses import replace
from pathlib import Path

from labeller.experiments.reproduce import Finding, get, names
from labeller.experiments.reproduce.report import TRIALS, remarks

YES, NO = Finding("a", "yes", ""), Finding("b", "no", "")


def test_what_was_tried_is_of_experiments_and_sources_that_exist():
    page = (Path(__file__).parents[3] / TRIALS).read_text(encoding="utf-8")
    tried = {name: get(name).tried_on for name in names() if get(name).tried_on}
    assert len(tried) == 4
    for name, source in tried.items():
        small = get(name).cells("small", [0])
        assert {cell.settings["source"] for cell in small} == {source}
        assert f"## {name}\n" in page


def test_open_findings_are_counted_beside_what_was_tried():
    uic = replace(get("uic"), tried_on="here")
    tried = "What was tried: docs/reproduction-trials.md#uic"
    first = remarks(uic, {"here"}, [YES, NO, NO], "small")[0]
    assert first == f"Of 3 findings 2 do not hold for certain. {tried}"
    assert remarks(uic, {"here"}, [YES], "small")[0] == tried


def test_without_anything_to_say_there_are_no_remarks():
    silent = replace(get("uic"), tried_on="", at_paper="", left_out="")
    assert remarks(silent, {"digits"}, [NO], "small") == []
    assert len(remarks(get("uic"), {"digits"}, [NO], "smoke")) == 1


def test_a_small_report_says_what_the_papers_scale_has_besides():
    small, paper = (remarks(get("uic"), {"digits"}, [NO], scale) for scale in ("small", "paper"))
    assert small[0].startswith("At the scale paper only: another number of classes (Table 1)")
    assert small[1:] == paper
