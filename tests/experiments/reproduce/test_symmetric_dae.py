"""`symmetric-dae` on digits: every start, network, shortcut and corruption has its numbers."""

from labeller.experiments.reproduce import get, reproduce
from labeller.methods import registry


def test_smoke_run_end_to_end(tmp_path):
    result = reproduce("symmetric-dae", tmp_path, scale="smoke", device="cpu")
    cells = {cell["name"]: cell["numbers"] for cell in result["cells"]}
    assert list(cells) == [
        "gaussian-seed0",
        "he-seed0",
        "xavier-seed0",
        "pixel-full-seed0",
        "pixel-ends-seed0",
        "pixel-none-seed0",
        "small-blocks-full-seed0",
        "network-2-data-driven-seed0",
        "network-2-gaussian-seed0",
        "network-2-he-seed0",
        "network-2-xavier-seed0",
    ]
    for numbers in cells.values():
        assert set(numbers["accuracy"]) == {"60", "120"}
        assert all(0 <= value <= 1 for value in numbers["accuracy"].values())
    assert "psnr" not in cells["he-seed0"]
    # Two epochs are enough to repair something where the image itself is handed on.
    assert cells["pixel-full-seed0"]["psnr"] > cells["pixel-none-seed0"]["psnr"]
    assert 15 < cells["pixel-full-seed0"]["psnr_corrupted"] < 25
    claims = [finding["claim"] for finding in result["findings"]]
    assert len(claims) == 20
    assert [claim for claim in claims if "Network-2" in claim] == [
        f"Network-2: the data-driven start beats {other} at {count} labels"
        for count in (60, 120)
        for other in ("Gaussian", "He", "Xavier")
    ]
    text = (tmp_path / "report.md").read_text()
    assert "| Network-1 | data-driven | 94.93 (CIFAR-10) |" in text
    assert "| Network-2 | data-driven | 69.87 (VOC 2007) |" in text
    assert "| Network-2 | Xavier | 67.27 (VOC 2007) |" in text
    assert "| no shortcuts | 22.19 |" in text


def test_the_paper_scale_is_the_papers_networks():
    cells = get("symmetric-dae").cells("paper", [0])
    first, second = cells[:9], cells[9:]
    assert all(cell.settings["method"]["m1"] == 5 for cell in first)
    assert all(cell.settings["pretraining"]["schedule"] == "plateau" for cell in cells)
    starts = [cell.settings["start"] for cell in second]
    assert starts == ["data-driven", "gaussian", "he", "xavier"]
    for cell in second:
        assert cell.settings["hidden"] == 4096
        assert cell.settings["labelled"] == first[0].settings["labelled"]
        # Network-2 is the preset, with the crops of CIFAR-10.
        preset = registry.get("symmetric-dae").presets["vgg"]
        assert cell.settings["method"] == {**preset, "shortcuts": "full", "margin": 3}


def test_the_small_scale_is_network_1_as_finished_cells_know_it():
    cells = get("symmetric-dae").cells("small", [0])
    assert len(cells) == 9
    for cell in cells:
        assert not {"network", "hidden", "network-2"} & set(cell.settings)
