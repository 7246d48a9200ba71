"""The whole loop without a person, and what its record promises."""

import pytest
from sklearn.datasets import load_digits

from labeller.config import PHOTOS, with_encoder
from labeller.errors import NeedsEncoderError
from labeller.events import Progress
from labeller.experiments.simulation.answers_per_round import finer, settings_for
from labeller.experiments.simulation.experts.voting import OracleExpert
from labeller.experiments.simulation.simulate import Simulation, simulate
from labeller.rounds.answer import Answer
from labeller.rounds.settings import changed

QUICK = {
    "train.epochs": 3,
    "retrain.epochs": 3,
    "embed.space": "pca",
    "embed.dimensions": 8,
    "cluster.algorithm": "kmeans",
    "student.epochs": 5,
    "student.epochs_again": 2,
}
STEPS = {"manifold": {"encode", "retrain"}, "recommended": {"student", "predict"}}


@pytest.mark.parametrize("preset", STEPS)
def test_the_record_has_what_it_promises(preset):
    seen: list[Progress] = []
    what = Simulation("digits", preset=preset, rounds=2, answers=12, overrides=QUICK)
    record = simulate(what, report=seen.append)
    assert {"source", "preset", "expert", "seed", "device", "versions"} <= set(record)
    assert [r["round"] for r in record["rounds"]] == [1, 2]
    for number, entry in enumerate(record["rounds"], 1):
        assert entry["answers"] <= 12
        assert entry["answers_total"] <= 12 * number
        assert 0 < entry["coverage"] <= 1
        assert STEPS[preset] | {"embed", "cluster"} <= set(entry["seconds"])
    assert "train" in record["rounds"][0]["seconds"]
    assert record["test_accuracy"] == record["rounds"][-1]["test_accuracy"] > 0.5
    assert {event.stage for event in seen} >= {"train", "encode", "embed", "cluster", "cards"}


@pytest.mark.parametrize("expert", ["picture", "card", "oracle"])
def test_every_expert_can_play(expert):
    record = simulate(Simulation("digits", rounds=1, answers=15, expert=expert, overrides=QUICK))
    assert record["rounds"][0]["answers"] <= 15


def test_the_same_seed_gives_the_same_record():
    def play():
        record = simulate(
            Simulation("digits", rounds=1, answers=10, expert="card", overrides=QUICK, seed=3)
        )
        return {k: v for k, v in record["rounds"][0].items() if k != "seconds"}

    assert play() == play()


def test_an_audit_tells_the_accuracy_within_its_interval():
    record = simulate(Simulation("digits", answers=12, expert="card", audit=200, overrides=QUICK))
    audit = record["audit"]
    assert (audit["images"], audit["labelled"]) == (200, 200)
    assert [one["what"] for one in audit["estimates"]] == ["labels", "classifier"]
    for one in audit["estimates"]:
        assert one["low"] < one["accuracy"] < one["high"]
        assert one["covers"] == (one["low"] <= one["true_accuracy"] <= one["high"])
        assert abs(one["accuracy"] - one["true_accuracy"]) < 0.1
    assert audit["estimates"][0]["true_accuracy"] == record["rounds"][0]["propagated_accuracy"]


def test_each_round_may_have_its_own_number_of_answers():
    record = simulate(Simulation("digits", answers=[10, 4], expert="oracle", overrides=QUICK))
    assert [entry["answers"] for entry in record["rounds"]] == [10, 4]


class Hesitant:
    """Skips the cards numbered in `skipped`, from 0, and answers others like the oracle."""

    name = "hesitant"

    def __init__(self, skipped, targets):
        self.skipped, self.oracle, self.seen = skipped, OracleExpert(targets), -1

    def answer(self, card, *, may_split=True):
        self.seen += 1
        return Answer("skip") if self.seen in self.skipped else self.oracle.answer(card)


def test_a_round_without_any_label_is_followed_by_finer_clusters():
    targets = load_digits().target
    expert = Hesitant(range(4), targets)
    record = simulate(Simulation("digits", answers=[4, 10], expert=expert, overrides=QUICK))
    first, second = record["rounds"]
    assert (first["answers"], first["coverage"], first["test_accuracy"]) == (4, 0.0, 0.0)
    assert second["answers_total"] == 14
    assert second["round"] == 2
    assert second["coverage"] > 0


def test_a_later_round_without_any_label_leaves_the_classifier_as_it_is():
    expert = Hesitant(range(10, 14), load_digits().target)
    record = simulate(Simulation("digits", answers=[10, 4, 10], expert=expert, overrides=QUICK))
    first, second, third = record["rounds"]
    assert second["test_accuracy"] == first["test_accuracy"] > 0
    assert second["answers_total"] == 14
    assert third["answers_total"] == 24
    assert third["coverage"] > 0


def test_first_clusters_of_few_images_are_half_as_many_again():
    config = settings_for("recommended", [10, 10], 0, {})
    assert config.cluster.clusters == 10
    assert finer(config, 60_000, {}).cluster.clusters == 10
    assert finer(config, 1_437, {}).cluster.clusters == 15
    assert finer(config, 12, {}).cluster.clusters == 12
    features = with_encoder(config, PHOTOS)
    assert finer(features, 1_437, {}).cluster.clusters == 10
    given = {"cluster.clusters": 10}
    assert finer(changed(config, given), 1_437, given).cluster.clusters == 10


@pytest.mark.slow
def test_the_recommended_preset_reaches_96_percent_with_20_answers():
    """With all defaults; 30 answers, three seeds and the other presets are commands in results/."""
    record = simulate(Simulation("digits", rounds=2, answers=10, expert="card"))
    assert record["preset"] == "recommended"
    assert record["config"]["cluster"]["clusters"] == 15
    assert record["rounds"][-1]["answers_total"] <= 20
    assert record["test_accuracy"] >= 0.96


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rounds": 0}, "rounds must be 1 or more, got 0"),
        ({"answers": 1}, "answers must be 2 or more"),
        ({"preset": "best"}, "preset must be one of recommended, paper, manifold, got best"),
        ({"expert": "nobody", "overrides": QUICK}, "nobody"),
        ({"overrides": {"train.speed": 1}}, "speed"),
        ({"overrides": {"nothing.at.all": 1}}, "there is no setting"),
    ],
)
def test_bad_settings_are_named(given, message):
    with pytest.raises(ValueError, match=message):
        simulate(Simulation("digits", **given))


def test_a_method_that_reads_features_needs_an_encoder():
    with pytest.raises(NeedsEncoderError, match="feature-autoencoder needs an encoder"):
        simulate(Simulation("digits", method="feature-autoencoder"))
