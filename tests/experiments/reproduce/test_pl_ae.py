"""`pl-ae` on digits: a probe an epoch; what the tables and findings say of records by hand."""

import pytest

from labeller.experiments.reproduce import Record, get, reproduce
from labeller.experiments.reproduce.pl_ae.report import NAMES, SETS, summarise
from labeller.methods.loss_networks import STEM


def test_smoke_run_end_to_end(tmp_path):
    result = reproduce("pl-ae", tmp_path, scale="smoke", device="cpu")
    assert [cell["name"] for cell in result["cells"]] == [
        *(f"digits-z16-{name}-seed0" for name in ("b-ae", "p-ae", "sda-ae", "pl-ae", "cnn")),
        *(f"digits-{name}-seed0" for name in ("cutout", "noise", "cutout-and-noise")),
    ]
    for cell in result["cells"]:
        numbers = cell["numbers"]
        assert 0 < numbers["last"] <= numbers["best"] <= 1
        assert 1 <= numbers["best_epoch"] <= cell["settings"]["epochs"]
        assert (numbers["m"] is None) == bool(cell["settings"]["pair"]), "a line needs two epochs"
        assert numbers["seconds_per_epoch"] > 0
    weights = [cell["numbers"]["loss_weights"] for cell in result["cells"][:5]]
    assert weights == [None, *[STEM] * 3, None]
    assert len(result["findings"]) == 7
    assert {"accuracy-digits.html", "augmentations-digits.html"} <= set(result["figures"])
    assert "## Table 3: line of best fit" in (tmp_path / "report.md").read_text()


def test_the_paper_scale_is_the_papers():
    cells = [cell.settings for cell in get("pl-ae").cells("paper", [0, 1])]
    methods = [one for one in cells if not one["pair"]]
    assert len(methods) == 2 * 3 * 3 * 5
    assert {one["epochs"] for one in methods} == {90}
    assert {one["method"]["latent"] for one in methods} == {250, 300, 350}
    assert all(one["method"]["augmentations"] == one["source"] for one in methods)
    pairs = [one for one in cells if one["pair"]]
    assert len(pairs) == 15 + 45 + 28, "Figs. 11, 12 and 13, of the first seed"
    assert {one["epochs"] for one in pairs} == {30}
    assert not any(one["pair"] for one in (c.settings for c in get("pl-ae").cells("small", [0])))


def test_augmentations_of_the_cells_are_known():
    from labeller.methods import registry

    for cell in get("pl-ae").cells("paper", [0]):
        registry.get(cell.settings["name"]).Config(**cell.settings["method"])


def record(variant, seed, best, *, source="mnist", latent=300, pair="", train=None, **numbers):
    """A finished cell by hand."""
    settings = {
        "source": source,
        "variant": variant,
        "pair": pair,
        "train": train,
        "epochs": 90,
        "optimiser": {"batch_size": 100, "learning_rate": 0.001},
        "method": {"latent": latent},
        "seed": seed,
    }
    found = {
        "best": best,
        "last": best - 0.01,
        "all": best,
        "m": 0.01,
        "k": 95.0,
        "fall": 0.001,
        "seconds_per_epoch": 2.0,
        "loss_weights": None if variant in ("b-ae", "cnn") else "stem-labelled",
        "drawing": {"accuracies": [best - 0.01, best]},
    }
    return Record(f"{variant}-{seed}-{pair}", settings, found | numbers, 1.0, "cpu", {})


def full(**changes):
    """All five methods with two seeds; PL-AE is the best, and the steadiest."""
    best = {"b-ae": 0.96, "p-ae": 0.98, "sda-ae": 0.98, "pl-ae": 0.990, "cnn": 0.994}
    falls = {"pl-ae": 0.0005, "p-ae": 0.002, "sda-ae": 0.002}
    slopes = {"pl-ae": 0.008, "p-ae": -0.011, "sda-ae": -0.023}
    return [
        record(
            name,
            seed,
            value + 0.002 * seed,
            fall=falls.get(name, 0.001) + 1e-5 * seed,
            m=slopes.get(name, 0.0),
            **changes,
        )
        for seed in (0, 1)
        for name, value in best.items()
    ]


def test_the_summary_of_records_by_hand():
    found = summarise(full())
    accuracy, fit = found.tables
    assert accuracy.title == "Table 2: accuracy of a linear probe, MNIST"
    assert list(accuracy.rows[3]) == [
        300, "PL-AE", "99.3", "99.1 ± 0.1", "98.1 ± 0.1", "99.1 ± 0.1", "2.0 ± 0.0",
    ]  # fmt: skip
    assert list(fit.rows[3]) == [
        "PL-AE", "0.008", "0.008 ± 0.000", "98.54", "95.0 ± 0.0", "0.05 ± 0.00",
    ]  # fmt: skip
    verdicts = {finding.claim: finding.verdict for finding in found.findings}
    assert verdicts == {
        "MNIST: P-AE is better than B-AE": "yes",
        "MNIST: PL-AE is better than P-AE": "yes",
        "MNIST: PL-AE is better than SDA-AE": "yes",
        "MNIST: PL-AE fluctuates less than P-AE (mean fall)": "yes",
        "MNIST: PL-AE has a steeper line of best fit than P-AE (m)": "yes",
        "MNIST: PL-AE fluctuates less than SDA-AE (mean fall)": "yes",
        "MNIST: PL-AE has a steeper line of best fit than SDA-AE (m)": "yes",
        "MNIST: PL-AE reaches 99.3 %": "no",
    }
    assert [drawing.name for drawing in found.drawings] == ["accuracy-mnist"]


@pytest.mark.parametrize(
    ("changes", "bar"),
    [({"train": 10_000}, "98 %: yes"), ({"source": "svhn", "latent": 350}, "76.48 %: yes")],
)
def test_the_bar_is_that_of_the_data_set(changes, bar):
    last = summarise(full(**changes)).findings[-1]
    assert f"{last.claim}: {last.verdict}".endswith(bar)


def test_a_sample_of_another_set_has_no_bar():
    claims = [one.claim for one in summarise(full(source="cifar10", train=100)).findings]
    assert len(claims) == 7
    assert not any("reaches" in claim for claim in claims)
    assert any("not unsupervised" in note for note in summarise(full(source="cifar10")).notes)


def test_sizes_are_averaged_for_the_findings():
    more = [record("p-ae", seed, 0.90, latent=250) for seed in (0, 1)]
    found = summarise([*full(), *more]).findings[0]
    assert found.evidence.startswith("P-AE 94.0")
    assert found.verdict == "no"


def test_the_heat_map_has_single_augmentations_on_its_diagonal():
    pairs = {"affine": 0.7, "cutout": 0.8, "affine+cutout": 0.9}
    cells = [record("pl-ae", 0, best, pair=pair) for pair, best in pairs.items()]
    heat = summarise([*full(), *cells]).drawings[1].figure.data[0]
    assert [list(row) for row in heat.z] == [[0.7, 0.9], [0.9, 0.8]]
    assert list(heat.x) == list(heat.y) == ["affine", "cutout"]


def test_the_papers_numbers_are_of_every_method():
    published = [paper for paper in SETS.values() if "accuracy" in paper]
    assert len(published) == 3
    for paper in published:
        rows = [*paper["accuracy"].values(), paper["m"], paper["k"]]
        assert all(len(row) == len(NAMES) for row in rows)
