"""`uic` on digits: every row has its scores; and what the report makes of finished cells."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeller.experiments.reproduce import Record, get, reproduce
from labeller.experiments.reproduce.data import Pictures
from labeller.experiments.reproduce.uic import _surest
from labeller.experiments.reproduce.uic import report as uic_report

VARIANTS = ["random", "deepcluster", "uic", "uic-fixed", "uic-pass", "uic-clean"]
LAYERS = ["conv2", "conv3", "conv4", "conv4+MP"]


def test_smoke_run_end_to_end(tmp_path):
    result = reproduce("uic", tmp_path, scale="smoke", device="cpu")
    assert [cell["name"] for cell in result["cells"]] == [f"{name}-seed0" for name in VARIANTS]
    for cell in result["cells"]:
        numbers = cell["numbers"]
        assert list(numbers["probes"]) == ["conv1", "conv2", "conv3", "conv4"]
        assert 0.1 < numbers["best"] <= 1
        assert 0.1 < numbers["latent"] <= 1
        assert 0 <= numbers["nmi"] <= 1
        assert {shots: list(own) for shots, own in numbers["few_shot"].items()} == {
            "5": LAYERS,
            "1": LAYERS,
        }
        assert all(
            0.2 < score <= 1 and 0 < width < 0.1
            for score, width in numbers["few_shot"]["5"].values()
        )
    assert len(result["findings"]) == 5
    assert "10 points; the paper's" in result["findings"][0]["evidence"]
    text = (tmp_path / "report.md").read_text()
    assert "| DeepCluster | 13.4 / 32.3 / 41.0 / 39.6 / 38.2 |" in text
    assert "| DeepCluster | 51.33 / 54.42 / 60.32 / 65.04 | 53.46 / 54.87 / 49.81 / 50.18 |" in text
    assert "## Table 8" not in text
    assert {"fig3.html", "fig4.html"} <= set(result["figures"])
    assert "drawing" not in json.dumps(result["cells"])


def test_the_paper_scale_has_every_row_of_the_tables():
    cells = get("uic").cells("paper", [0])
    methods = {cell.settings["variant"]: cell.settings["method"] for cell in cells}
    assert len(methods) == 10
    assert methods["uic-fixed"]["fixed_epochs"] == 30
    assert methods["uic-more"]["clusters"] == 1000
    networks = {variant: method["network"] for variant, method in methods.items()}
    assert networks.pop("uic-resnet18") == "resnet18"
    assert networks.pop("uic-resnet50") == "resnet50"
    assert set(networks.values()) == {"alexnet"}
    assert methods["uic-resnet50"]["views"] == methods["uic-strong"]["views"] == "strong"


@pytest.mark.parametrize(
    ("scale", "random", "how"),
    [
        ("smoke", "uic-pass", "a pass over all images makes both"),
        ("small", "uic", "the former are the outputs of the epoch before"),
        ("paper", "uic-pass", "a pass over all images makes both"),
    ],
)
def test_table_3_compares_settings_that_differ_in_the_labels_alone(scale, random, how):
    found = {cell.settings["variant"]: cell for cell in get("uic").cells(scale, [0])}
    records = [_record(cell, 0) for cell in found.values()]
    claims = [one.claim for one in uic_report.summarise(records).findings]
    assert any("Table 3" in claim and how in claim for claim in claims)
    sides = [found[variant].settings for variant in (random, "uic-clean")]
    assert [side.pop("variant") for side in sides] == [random, "uic-clean"]
    methods = [dict(side.pop("method")) for side in sides]
    labels = [method.pop("labels", "previous") for method in methods]
    assert labels == ["pass" if random == "uic-pass" else "previous", "clean"]
    assert sides[0] == sides[1]
    assert methods[0] == methods[1]


def test_fig_4_shows_the_surest_images_of_the_surest_classes():
    """Three classes of 9, 9 and 4 images: the third is too small, the second is surer."""
    top = np.r_[np.linspace(0.5, 0.58, 9), np.linspace(0.9, 0.98, 9), np.full(4, 0.99)]
    probabilities = np.repeat((1 - top)[:, None] / 2, 3, axis=1)
    probabilities[np.arange(22), np.repeat([0, 1, 2], [9, 9, 4])] = top
    pixels = np.arange(24, dtype=np.uint8).repeat(12).reshape(24, 2, 2, 3)
    labels = np.r_[0, 0, np.zeros(9, int), np.ones(9, int), np.zeros(4, int)]
    test = np.arange(2, 24)
    found = _surest(
        probabilities, Pictures(Path(), pixels, labels, np.arange(2), test, ["cat", "dog"])
    )
    assert [(row["majority"], row["count"]) for row in found["rows"]] == [("dog", 8), ("cat", 8)]
    assert found["rows"][0]["entropy"] < found["rows"][1]["entropy"]
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(found["png"]))))
    assert sheet.shape == (8, 32, 3)
    # Each image is 2x2 in a white frame of 1; the surest, of the highest chance, stands first.
    assert sheet[1::4, 1::4, 0].tolist() == [list(range(19, 11, -1)), list(range(10, 2, -1))]
    assert (
        _surest(probabilities[18:], Pictures(Path(), pixels, labels, test[:2], test[18:], [])) == {}
    )


def test_the_report_of_the_paper_scale():
    records = [_record(cell, seed) for seed in (0, 1) for cell in get("uic").cells("paper", [seed])]
    summary = uic_report.summarise(records)
    titles = [table.title for table in summary.tables]
    assert titles[0].startswith("Tables 1, 2, 3, 4 and 7: ")
    assert [title[:7] for title in titles[1:]] == ["Table 6", "Table 8"]
    few, networks = summary.tables[1:]
    row = next(row for row in few.rows if row[0] == "UIC")
    assert row[3] == "30.0 ± 0.7 / 30.0 ± 0.7"  # of two intervals of 1.0
    row = next(row for row in networks.rows if row[0].endswith("ResNet-50 + MLP head"))
    assert row[1] == "64.4"
    assert row[2].startswith("45.0")
    assert len(summary.findings) == 8
    first = summary.findings[0]
    assert first.verdict == "no"
    assert "the bar 50.5 ±" in first.evidence


def _record(cell, seed):
    layers = {"conv4": (0.30, 0.01), "conv4+MP": (0.30, 0.01)}
    numbers = {
        "probes": {"conv1": 0.30, "conv2": 0.40 + 0.01 * seed},
        "best": 0.40 + 0.01 * seed,
        "latent": 0.45,
        "few_shot": {"5": layers},
        "nmi": 0.3,
        "seconds_per_epoch": 1.0,
        "drawing": {"sizes": [3, 2], "surest": {}},
    }
    return Record(cell.name, cell.settings, numbers, 1.0, "cpu", {})
