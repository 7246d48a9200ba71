"""The benchmark of the interface measures what it says; how fast it is, is no test's business."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from labeller.errors import LabellerError
from labeller.experiments.speed.interface import app, interface_benchmark, measure
from labeller.experiments.speed.interface.measure import spread


@pytest.mark.slow
@pytest.mark.browser
def test_pages_keys_people_and_memory_are_measured(monkeypatch):
    if not app.chromium_program():
        pytest.skip("Chromium is missing; on Debian or Ubuntu: apt-get install chromium")
    monkeypatch.setattr(measure, "PAGES", ("label", "results"))
    events = []
    # In a thread of its own: the browser of other tests has this one's.
    with ThreadPoolExecutor(1) as thread:
        options = {"cards": [30], "keys": 6, "repeats": 1, "points": [500]}
        result = thread.submit(interface_benchmark, **options, report=events.append).result()
    assert list(result["pages"]) == ["label", "results"]
    assert 0 < result["pages"]["label"]["title"] <= result["pages"]["label"]["drawn"]
    assert result["keys"]["30"]["shown"]["count"] == 6
    assert result["keys"]["30"]["saved"]["count"] == 6
    assert result["people"]["stored"] == 6
    assert result["people"]["errors"] == []
    assert list(result["memory"]) == ["0", "1", "2", "5"]
    assert all(size > 10 for size in result["memory"].values())
    assert all(value > 0 for value in result["maps"]["500"].values())
    assert events[-1].done == events[-1].total == 5
    assert json.loads(json.dumps(result)) == result


def test_median_and_percentile():
    assert spread(range(1, 101)) == {"count": 100, "p50": 50.5, "p95": 95, "most": 100}
    assert spread([7]) == {"count": 1, "p50": 7, "p95": 7, "most": 7}
    assert spread([]) == {"count": 0}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cards": [1]}, "cards must be at least 2, got 1"),
        ({"cards": []}, "cards must be at least 2, got 0"),
        ({"keys": 1}, "keys must be at least 2, got 1"),
        ({"points": [99]}, "points must be at least 100, got 99"),
        ({"repeats": 0}, "repeats must be at least 1, got 0"),
    ],
)
def test_numbers_out_of_range(changes, message):
    with pytest.raises(ValueError, match=message):
        interface_benchmark(**changes)


def test_without_playwright_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(LabellerError, match="pip install playwright"):
        interface_benchmark(cards=[12])


def test_without_a_browser_it_says_how_to_get_one(monkeypatch):
    pytest.importorskip("playwright.sync_api")
    monkeypatch.setattr(app.shutil, "which", lambda _: None)
    with pytest.raises(LabellerError, match="apt-get install chromium"):
        interface_benchmark(cards=[12])
