"""What reports say besides their numbers."""

from labeller.experiments.reproduce import Finding, get, names
from labeller.experiments.reproduce.remarks import AT_PAPER, LEFT_OUT, TRIED, remarks

YES, NO = Finding("a", "yes", ""), Finding("b", "no", "")


def test_remarks_are_of_experiments_and_sources_that_exist():
    for experiment, source in TRIED:
        small = get(experiment).cells("small", [0])
        assert {cell.settings["source"] for cell in small} == {source}
    assert set(LEFT_OUT) | set(AT_PAPER) <= set(names())


def test_open_findings_are_counted_beside_what_was_tried(monkeypatch):
    monkeypatch.setitem(TRIED, ("uic", "here"), "longer training.")
    first = remarks("uic", ["here", "here"], [YES, NO, NO], "small")[0]
    assert first == ("Of 3 findings 2 do not hold for certain. What was tried: longer training.")
    assert remarks("uic", ["here"], [YES], "small")[0] == "What was tried: longer training."


def test_without_anything_to_say_there_are_no_remarks():
    assert remarks("another", ["digits"], [NO], "small") == []
    assert len(remarks("uic", ["digits"], [NO], "smoke")) == 1


def test_a_small_report_says_what_the_papers_scale_has_besides():
    small, paper = (remarks("uic", ["digits"], [NO], scale) for scale in ("small", "paper"))
    assert small[0].startswith("At the scale paper only: another number of classes (Table 1)")
    assert small[1:] == paper
