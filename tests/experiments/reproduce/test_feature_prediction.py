"""`feature-prediction` on digits, and what the summary says of records by hand."""

import numpy as np
import pytest

from labeller.errors import DataError
from labeller.evaluation.positions import RUNS
from labeller.experiments.reproduce import Bench, Record, get, reproduce
from labeller.experiments.reproduce.feature_prediction import measure
from labeller.experiments.reproduce.feature_prediction.report import LANDER, PROCEDURES, summarise
from labeller.methods.loss_networks import STEM


def test_smoke_run_end_to_end(tmp_path):
    result = reproduce("feature-prediction", tmp_path, scale="smoke", device="cpu")
    cells = {cell["name"]: cell["numbers"] for cell in result["cells"]}
    assert list(cells) == [
        *(f"digits-z16-{procedure}-seed0" for procedure in PROCEDURES),
        "digits-speed-b10-seed0",
        "digits-speed-b20-seed0",
    ]
    speed = cells.pop("digits-speed-b10-seed0")
    assert speed["shares"] != cells.pop("digits-speed-b20-seed0")["shares"]
    assert speed["images"] == 40
    assert set(speed["shares"]) == set(PROCEDURES)
    assert speed["shares"]["i-i-ps"] == 1
    assert all(seconds > 0 for seconds in speed["seconds"].values())
    for numbers in cells.values():
        assert 0 <= numbers["score"] <= 1
        assert numbers["epoch"] in (1, 2)
        assert numbers["seconds_per_epoch"] > 0
    assert cells["digits-z16-i-i-pw-seed0"]["loss_weights"] is None
    assert cells["digits-z16-i-f-fp-seed0"]["loss_weights"] == STEM
    assert len(result["findings"]) == 2 * 2 + 4
    assert "performance-digits.html" in result["figures"]
    assert "| I-F-FP | 67 ± 1 | 86 ± 0 |" in (tmp_path / "report.md").read_text()


def test_the_paper_scale_is_the_papers():
    cells = [cell.settings for cell in get("feature-prediction").cells("paper", [0])]
    assert len(cells) == 3 * (3 * 6 + 3)
    trained = [one for one in cells if one["procedure"] != "speed"]
    assert {one["training"]["epochs"] for one in trained} == {50}
    assert {one["training"]["validation"] for one in trained} == {0.2}
    assert {one["method"]["hidden"] for one in cells} == {2048}
    assert {one["mlp_epochs"] for one in trained} == {500}
    flights = [one["flight"] for one in cells if one["source"] == LANDER]
    assert all(flight == {"rollouts": 700, "steps": 150} for flight in flights)


def test_small_measures_time_with_its_own_and_with_the_published_networks():
    cells = [cell.settings for cell in get("feature-prediction").cells("small", [0])]
    own, *speeds = [one for one in cells if one["procedure"] == "speed"]
    assert own["method"] == cells[0]["method"]
    assert own["speed"]["batch_size"] == cells[0]["training"]["batch_size"]
    assert [one["speed"]["batch_size"] for one in speeds] == [64, 128, 256]
    assert all(one["method"]["width"] == 32 for one in speeds)
    assert all(one["method"]["hidden"] == 2048 for one in speeds)


def test_the_lander_is_placed(tmp_path):
    settings = {
        "source": LANDER,
        "flight": {"rollouts": 1, "steps": 30},
        "procedure": "i-f-fp",
        "method": {"width": 2, "hidden": 8, "loss_layers": 1, "latent": 4},
        "training": {"epochs": 1, "batch_size": 10, "validation": 0.2},
        "mlp_epochs": 1,
        "seed": 0,
    }
    bench = Bench(tmp_path, "cpu", data_dir=tmp_path)
    with pytest.raises(DataError, match=r"examples/lunar_lander/render.py --rollouts 1 --steps 30"):
        measure(settings, bench)
    draws = np.random.default_rng(0)
    (tmp_path / LANDER).mkdir()
    for name in RUNS:
        images = draws.integers(0, 255, (30, 64, 64, 3), np.uint8)
        positions = draws.uniform(-5, 64, (30, 2)).astype(np.float32)
        np.savez(tmp_path / LANDER / f"{name}.npz", images=images, positions=positions)
    assert 0 < measure(settings, bench)["score"] < 64
    speed = {"images": 20, "turns": 2, "batch_size": 10}
    numbers = measure({**settings, "procedure": "speed", "speed": speed}, bench)
    assert numbers["images"] == 20
    with pytest.raises(DataError, match=r"must be of other flights, got 30 images"):
        measure({**settings, "flight": {"rollouts": 2, "steps": 30}}, bench)


SCORES = {
    "i-i-pw": 0.38,
    "i-i-ps": 0.59,
    "f-i-pw": 0.45,
    "f-i-ps": 0.58,
    "i-f-fp": 0.585,
    "f-f-fp": 0.4,
}
SHARES = {
    "i-i-pw": 0.8,
    "i-i-ps": 1.0,
    "f-i-pw": 0.85,
    "f-i-ps": 1.05,
    "i-f-fp": 0.7,
    "f-f-fp": 0.6,
}


def records(source="stl10", scores=SCORES, shares=SHARES, latents=(64,)):
    """All procedures and their speed, of two seeds."""

    def record(procedure, seed, latent, numbers):
        settings = {
            "source": source,
            "procedure": procedure,
            "train": None,
            "test": None,
            "training": {"epochs": 50, "batch_size": 128},
            "method": {"latent": latent, "width": 32, "hidden": 2048},
            "mlp_epochs": 500,
            "speed": {"batch_size": 128},
            "seed": seed,
        }
        name = f"{procedure}-{latent}-{seed}"
        return Record(name, settings, numbers, 1.0, "cpu", {})

    def numbers(name, seed):
        return {
            "score": scores[name] * (1 + 0.001 * seed),
            "seconds_per_epoch": 10 * shares[name],
            "loss_weights": None if name == "i-i-pw" else "stem-labelled",
        }

    found = []
    for seed in (0, 1):
        for latent in latents:
            found += [record(name, seed, latent, numbers(name, seed)) for name in PROCEDURES]
        times = {"images": 1000, "seconds": dict(shares), "shares": dict(shares)}
        found.append(record("speed", seed, 64, times))
    return found


def verdicts(found):
    return [finding.verdict for finding in found.findings]


def test_the_summary_of_records_by_hand():
    found = summarise(records(latents=(64, 128)))
    performance, times, turns = found.tables
    assert list(performance.columns) == ["", "paper", "z = 64", "z = 128"]
    assert list(performance.rows[4]) == ["I-F-FP", "67 ± 1", "58.5 ± 0.0", "58.5 ± 0.0"]
    assert list(times.rows[4]) == ["I-F-FP", "7.0 ± 0.0", "7.0 ± 0.0"]
    assert list(turns.columns) == ["", "paper", "width 32, 2048 units, batches of 128"]
    assert list(turns.rows[4]) == ["I-F-FP", "about 75", "70.0 ± 0.0"]
    assert verdicts(found) == ["yes"] * 6
    assert found.findings[0].evidence == (
        "the bar 75.0 ± 0.0 %, I-F-FP 70.0 ± 0.0 % (difference +5.0 ± 0.0, 2 seeds)."
    )
    (scatter,) = found.drawings
    assert len(scatter.figure.data) == 6
    assert list(scatter.figure.data[4].x) == [7, 7]


def test_slow_or_worse_is_said():
    slow = summarise(records(shares={**SHARES, "i-f-fp": 0.9}))
    assert verdicts(slow)[:2] == ["no", "no"]
    worse = summarise(records(scores={**SCORES, "i-f-fp": 0.37}))
    assert verdicts(worse)[2:] == ["no", "no", "yes", "no"]


def test_of_distances_the_smaller_is_better():
    pixels = {**dict.fromkeys(PROCEDURES, 2.0), "i-i-pw": 13.76, "i-f-fp": 1.92}
    found = summarise(records(source=LANDER, scores=pixels))
    assert verdicts(found) == ["yes"] * 5
    assert "I-I-PW 13.8 ± 0.0 pixels, I-F-FP 1.9 ± 0.0 pixels" in found.findings[3].evidence
    assert list(found.tables[0].rows[0])[:2] == ["I-I-PW", "13.76 ± 5.08"]
    assert any("version 3" in note for note in found.notes)


def test_labels_behind_the_loss_network_are_named():
    found = summarise(records(source="cifar10-images.zip"))
    assert any("learnt from labels of CIFAR-10" in note for note in found.notes)
    assert list(found.tables[0].columns)[1:3] == ["paper (STL-10)", "paper (SVHN)"]
    assert found.findings[0].claim.startswith("CIFAR-10, width 32, 2048 units, batches of 128: ")
