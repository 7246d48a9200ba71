"""What reports say besides their numbers."""

from labeller.reproduce import Finding, get, names
from labeller.reproduce.remarks import LEFT_OUT, TRIED, remarks

YES, NO = Finding("a", "yes", ""), Finding("b", "no", "")


def test_remarks_are_of_experiments_and_sources_that_exist():
    for experiment, source in TRIED:
        small = get(experiment).cells("small", [0])
        assert {cell.settings["source"] for cell in small} == {source}
    assert set(LEFT_OUT) <= set(names())


def test_open_findings_are_counted_beside_what_was_tried(monkeypatch):
    monkeypatch.setitem(TRIED, ("uic", "here"), "longer training.")
    first = remarks("uic", ["here", "here"], [YES, NO, NO])[0]
    assert first == ("Of 3 findings 2 do not hold for certain. What was tried: longer training.")
    assert remarks("uic", ["here"], [YES])[0] == "What was tried: longer training."


def test_without_anything_to_say_there_are_no_remarks():
    assert remarks("another", ["digits"], [NO]) == []
    assert len(remarks("uic", ["digits"], [NO])) == 1
