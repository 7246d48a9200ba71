"""`uic` on digits: every row has its probes, and a seed is a cell."""

import json

from labeller.reproduce import get, reproduce


def test_smoke_run_end_to_end(tmp_path):
    result = reproduce("uic", tmp_path, scale="smoke", device="cpu")
    assert [cell["name"] for cell in result["cells"]] == [
        "random-seed0",
        "deepcluster-seed0",
        "uic-seed0",
        "uic-fixed-seed0",
        "uic-clean-seed0",
    ]
    for cell in result["cells"]:
        assert list(cell["numbers"]["probes"]) == ["conv1", "conv2", "conv3", "conv4"]
        assert 0.1 < cell["numbers"]["best"] <= 1
        assert 0 <= cell["numbers"]["nmi"] <= 1
    assert len(result["findings"]) == 4
    text = (tmp_path / "report.md").read_text()
    assert "| DeepCluster | 13.4 / 32.3 / 41.0 / 39.6 / 38.2 |" in text
    assert "drawing" not in json.dumps(result["cells"])


def test_the_paper_scale_has_every_row_of_the_tables():
    cells = get("uic").cells("paper", [0])
    methods = {cell.settings["variant"]: cell.settings["method"] for cell in cells}
    assert len(methods) == 7
    assert methods["uic-fixed"]["fixed_epochs"] == 30
    assert methods["uic-more"]["clusters"] == 1000
    assert all(method["network"] == "alexnet" for method in methods.values())
