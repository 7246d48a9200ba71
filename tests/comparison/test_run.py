"""A comparison from the plan to the table: what is run, kept, resumed and averaged."""

from dataclasses import replace
from statistics import stdev

import numpy as np
import pytest

from labeller.comparison.answers_needed import space_of
from labeller.comparison.columns import meaning
from labeller.comparison.measure import soft_assignment
from labeller.comparison.plan import unfinished
from labeller.comparison.run import run_comparison
from labeller.comparison.subject import Subject, thinned
from labeller.comparison.table import answer_columns, mean_table, run_table
from labeller.config import ClusterConfig, TrainConfig
from labeller.errors import JobCancelledError
from labeller.evaluation.scores import nmi
from labeller.methods import registry
from labeller.rounds.clusterers import cluster
from tests.comparison.conftest import TINY, run


def test_every_cell_is_trained_and_measured(finished):
    records = [record for record, _ in finished]
    assert [record["label"] for record in records] == ["vae", "ae:plain"]
    for record, arrays in finished:
        assert record["state"] == "done"
        assert record["latent"] == 6
        scores = record["scores"]
        assert {"linear_probe", "knn", "few_shot", "nmi", "silhouette", "psnr"} <= set(scores)
        assert all(np.isfinite(value) for value in scores.values())
        assert [each["epoch"] for each in record["curve"]] == [1, 2]
        m = 100 * (record["curve"][1]["accuracy"] - record["curve"][0]["accuracy"])
        assert record["fit"]["m"] == pytest.approx(m)
        assert arrays["map_pca"].shape == (200, 2)
        assert arrays["class_sizes"].sum() == 200
        assert arrays["rebuilt"].shape == (12, 8, 8, 1)
    assert (finished[0][1]["map_images"] == finished[1][1]["map_images"]).all()


def test_own_clusters_and_those_of_the_manifold_are_scored(subject):
    settings = {"width": 4, "hidden": 16, "clusters": 10}
    update = {"methods": ("dec",), "preset": "manifold", "maps": (), "settings": settings}
    config = TINY.model_copy(update=update)
    [(record, _)] = run(config, subject)
    scores = record["scores"]
    for name in ("accuracy", "nmi", "ari"):
        assert 0 < scores[f"{name}_own"] < 1
        assert 0 < scores[f"manifold_{name}"] < 1
    assert scores["manifold_accuracy"] > 0.4
    assert scores["clustering_accuracy"] != scores["accuracy_own"]
    columns = list(run_table([record]).columns)
    places = [columns.index(name) for name in ("ari", "manifold_ari", "accuracy_own", "psnr")]
    assert places == sorted(places)


def test_n2d_is_a_mixture_in_the_umap_of_the_latents(subject, monkeypatch):
    """The space of the answers is computed once, and the mixture in it is scored by hand."""
    spaces = []

    def space(latents, config, **given):
        spaces.append((space_of(latents, config, **given), given["seed"]))
        return spaces[-1][0]

    monkeypatch.setattr("labeller.comparison.measure.space_of", space)
    monkeypatch.setattr("labeller.comparison.answers_needed.space_of", None)
    config = TINY.model_copy(update={"methods": ("ae",), "preset": "manifold", "maps": ()})
    [(record, _)] = run(config, subject)
    [(points, seed)] = spaces
    rows = thinned(np.arange(300), 200, "train")
    found = cluster(points, ClusterConfig(algorithm="gmm", clusters=10), seed=seed).assignment
    expected = nmi(found, subject.targets[subject.train][rows])
    assert record["scores"]["manifold_nmi"] == pytest.approx(expected)
    assert len(record["answers"]) == 2


def test_finished_cells_are_not_run_again(subject, finished):
    records = [record for record, _ in finished]
    assert run(TINY, subject, records) == []
    more = TINY.model_copy(update={"seeds": (0, 1)})
    assert [record["seed"] for record, _ in run(more, subject, records)] == [1, 1]


def test_the_same_seed_gives_the_same_scores(subject, finished):
    one = TINY.model_copy(update={"methods": ("vae",)})
    [(again, _)] = run(one, subject)
    assert again["scores"] == finished[0][0]["scores"]


def test_a_cell_that_breaks_does_not_stop_the_others_and_is_tried_again(subject):
    # 1 / sigma^2 overflows; the VAE's Bernoulli likelihood does not use it.
    settings = {"sigma": 1e-25, "width": 4, "hidden": 16}
    update = {"methods": ("ae:deep", "vae"), "answers": (), "maps": (), "settings": settings}
    config = TINY.model_copy(update=update)
    kept = [record for record, _ in run(config, subject)]
    assert [record["state"] for record in kept] == ["failed", "done"]
    assert "loss became" in kept[0]["error"]
    assert [cell.label for cell in unfinished(config, kept)] == ["ae:deep"]


def test_whatever_breaks_in_a_cell_the_others_are_measured(subject, monkeypatch):
    def broken(self, batch):
        return {}["loss"]

    monkeypatch.setattr(registry.get("ae"), "loss", broken)
    config = TINY.model_copy(update={"methods": ("ae", "vae"), "answers": (), "maps": ()})
    kept = [record for record, _ in run(config, subject)]
    assert [record["state"] for record in kept] == ["failed", "done"]
    assert kept[0]["error"] == "KeyError: 'loss'"


def test_a_method_with_its_own_labels_has_no_images_held_out(subject):
    held = TINY.train.model_copy(update={"validation": 0.2})
    config = TINY.model_copy(update={"methods": ("deepcluster", "ae"), "train": held, "maps": ()})
    records = {record["method"]: record for record, _ in run(config, subject)}
    assert {record["state"] for record in records.values()} == {"done"}
    assert "validation_loss" in records["ae"]["curve"][0]
    assert "validation_loss" not in records["deepcluster"]["curve"][0]


def test_every_reference_can_be_compared(subject):
    marks = registry.references()
    methods = tuple(name for name, facts in marks.items() if facts["reads"] == "images")
    assert "student" in methods
    alone = {"methods": methods, "latents": (), "settings": {"width": 4}}
    config = TINY.model_copy(update={**alone, "answers": (), "maps": ()})
    kept = [record for record, _ in run(config, subject)]
    assert [(record["label"], record.get("error")) for record in kept] == [
        (name, None) for name in methods
    ]
    assert all(record["scores"]["linear_probe"] > 0.3 for record in kept)


def test_wrong_names_are_refused_before_anything_is_trained(subject):
    for methods, message in ((("vae", "nothing"), "must be one of"), (("vae:x",), "preset of vae")):
        with pytest.raises(ValueError, match=message):
            run(TINY.model_copy(update={"methods": methods}), subject)


def test_a_setting_that_no_chosen_method_has_is_refused(subject):
    for settings in ({"widht": 4}, {"train.epochs": 3}, {"margin": 2}):
        config = TINY.model_copy(update={"settings": settings})
        with pytest.raises(ValueError, match=r"(?s)one that a chosen method has .*width.*, got "):
            run(config, subject)


def test_a_cancelled_comparison_keeps_what_was_done(subject):
    kept = []

    def report(event):
        if len(kept) == 1 and event.stage == "train":
            raise JobCancelledError("stop")

    with pytest.raises(JobCancelledError):
        run_comparison(TINY, subject, lambda *pair: kept.append(pair), device="cpu", report=report)
    assert [record["label"] for record, _ in kept] == ["vae"]


def test_a_resumed_run_knows_the_accuracies_of_before(subject, tmp_path):
    train = TrainConfig(epochs=4, batch_size=64, precision="32-true")
    update = {"methods": ("ae",), "train": train, "answers": (), "maps": ()}
    config = TINY.model_copy(update=update)

    def stop(event):
        if event.stage == "train" and event.done == 2:
            raise JobCancelledError("stop")

    def folder(cell):
        return tmp_path / cell.key

    [(whole, _)] = run(config, subject)
    with pytest.raises(JobCancelledError):
        run(config, subject, checkpoints=folder, report=stop)
    [(resumed, _)] = run(config, subject, checkpoints=folder)
    seen = [each["accuracy"] for each in resumed["curve"]]
    assert seen == [each["accuracy"] for each in whole["curve"]]
    assert None not in seen
    assert resumed["fit"] == whole["fit"]


def test_images_without_classes_are_compared_by_what_needs_none(subject):
    blind = Subject(subject.images, None, 1, subject.train, subject.test)
    [(record, _)] = run(TINY.model_copy(update={"methods": ("ae",)}), blind)
    assert set(record["scores"]) == {"silhouette", "psnr"}
    assert record["fit"] is None


class Store:
    """As much of an image store as `Subject.of` reads."""

    def __init__(self, images, train, test):
        self.images, self.train, self.test, self.classes = images, train, test, ("a", "b")


def test_one_known_class_is_none_to_score_by(subject):
    config = TINY.model_copy(update={"methods": ("ae", "cnn"), "answers": (), "maps": ()})
    store = Store(subject.images, np.arange(60), np.arange(60, 90))
    for number, target in ((70, 1), (5, 0), (70, -1)):
        targets = np.zeros(len(subject.images), np.int64)
        targets[number] = target
        assert Subject.of(store, targets).targets is None
    taught = np.zeros(len(subject.images), np.int64)
    taught[5] = 1
    assert Subject.of(store, taught).targets is not None
    blind, refused = (record for record, _ in run(config, Subject.of(store, taught * 0)))
    assert set(blind["scores"]) == {"silhouette", "psnr"}
    assert "two classes" in refused["error"]


def test_classes_too_rare_for_the_sample_leave_out_what_is_measured_on_it(subject):
    """Of 300 training images the 20 of the sample are all of one class."""
    rare = np.zeros(len(subject.images), np.int64)
    out = np.setdiff1d(subject.train, thinned(subject.train, 20, "probe/train"))
    rows = np.setdiff1d(out, subject.train[thinned(np.arange(300), 20, "train")])
    rare[rows[:3]] = 1
    update = {"methods": ("ae",), "sample": 20, "layers": True, "answers": (2,), "maps": ()}
    [(record, _)] = run(TINY.model_copy(update=update), replace(subject, targets=rare, classes=2))
    assert record.get("error") is None
    assert {"linear_probe", "knn", "answers_2"} <= set(record["scores"])
    assert "conv1" not in record["scores"]
    assert all(each["accuracy"] is None for each in record["curve"])


def test_only_a_supervised_reference_learns_from_true_classes(subject, monkeypatch):
    config = TINY.model_copy(update={"methods": ("ae",), "answers": (), "maps": ()})
    shuffled = Subject(
        subject.images, np.random.default_rng(0).permutation(subject.targets), 10,
        subject.train, subject.test,
    )  # fmt: skip
    plain = [run(config, which)[0][0]["curve"][-1]["loss"] for which in (subject, shuffled)]
    assert plain[0] == plain[1]
    monkeypatch.setattr(registry.get("ae"), "needs_labels", True)
    taught = [run(config, which)[0][0]["curve"][-1] for which in (subject, shuffled)]
    assert taught[0]["classification"] != taught[1]["classification"]
    [(record, _)] = run(config, Subject(subject.images, None, 1, subject.train, subject.test))
    assert "learns from labels" in record["error"]


def test_tables_by_hand():
    def record(method, seed, score, state="done"):
        return {
            "key": f"{method}{seed}",
            "state": state,
            "label": method,
            "latent": 8,
            "seed": seed,
            "scores": {
                "linear_probe": score,
                "answers_20": 0.8,
                "answers_10": 0.7,
                "conv1": 0.5,
                "few_shot_interval": 0.03 if seed else 0.04,
            },
            "curve": [{"epoch": 1, "accuracy": 0.4}, {"epoch": 2, "accuracy": None}],
            "fit": {"m": 1.0, "k": 40.0},
            "seconds": {"epoch": 2.0, "train": 4.0},
            "parameters": 10,
        }

    failed = record("b", 0, 0.1, "failed")
    runs = run_table([record("a", 0, 0.8), record("a", 1, 0.9), failed, record("c", 0, 0.7)])
    assert list(runs["key"]) == ["a0", "a1", "c0"]
    assert answer_columns(runs) == ["answers_10", "answers_20"]
    assert list(runs["best_epoch_accuracy"]) == [0.4, 0.4, 0.4]
    means = mean_table(runs)
    assert list(means["runs"]) == [2, 1]
    assert means["linear_probe"][0] == pytest.approx(0.85)
    # of a sample, as in the reports: sqrt(2 * 0.05^2 / (2 - 1))
    assert means["linear_probe_std"][0] == pytest.approx(stdev([0.8, 0.9]))
    assert np.isnan(means["linear_probe_std"][1]), "one run has no spread"
    # sqrt(0.04^2 + 0.03^2) / 2
    assert list(means["few_shot_interval"]) == pytest.approx([0.025, 0.04])
    assert not len(mean_table(run_table([])))


def test_every_score_says_on_which_images_it_is_measured(finished):
    runs = run_table([record for record, _ in finished])
    plain = {"key", "method", "latent", "seed", "epochs", "parameters"}
    texts = {name: meaning(name, sample=1234) for name in runs.columns if name not in plain}
    assert None not in texts.values()
    for name in ("knn", "nmi", "silhouette", "best_epoch_accuracy"):
        assert "1,234" in texts[name], name
    for name in ("linear_probe", "few_shot", "psnr", "best_epoch_accuracy"):
        assert "test images" in texts[name], name
    assert "64 numbers" in meaning("conv3", layer_size=64)
    assert "labelled rightly" in meaning("answers_20")
    assert meaning("parameters") is None


def test_soft_assignment_is_sure_near_a_centre_and_not_between_two():
    centres = np.array([[0.0, 0.0], [10.0, 0.0]])
    points = np.array([[0.0, 1.0], [10.0, -1.0], [5.0, 0.0]])
    probabilities = soft_assignment(points, centres)
    np.testing.assert_allclose(probabilities.sum(1), 1)
    assert probabilities[0, 0] > 0.99
    assert probabilities[2] == pytest.approx([0.5, 0.5])
