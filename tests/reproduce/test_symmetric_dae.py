"""`symmetric-dae` on digits: every start, shortcut and corruption has its numbers."""

from labeller.reproduce import get, reproduce


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
    ]
    for numbers in cells.values():
        assert set(numbers["accuracy"]) == {"60", "120"}
        assert all(0 <= value <= 1 for value in numbers["accuracy"].values())
    assert "psnr" not in cells["he-seed0"]
    # Two epochs are enough to repair something where the image itself is handed on.
    assert cells["pixel-full-seed0"]["psnr"] > cells["pixel-none-seed0"]["psnr"]
    assert 15 < cells["pixel-full-seed0"]["psnr_corrupted"] < 25
    assert len(result["findings"]) == 9
    text = (tmp_path / "report.md").read_text()
    assert "| data-driven | 94.93 |" in text
    assert "| no shortcuts | 22.19 |" in text


def test_the_paper_scale_is_the_papers_network():
    cells = get("symmetric-dae").cells("paper", [0])
    assert len(cells) == 9
    assert all(cell.settings["method"]["m1"] == 5 for cell in cells)
    assert all(cell.settings["pretraining"]["schedule"] == "plateau" for cell in cells)
