"""The expert who makes mistakes: how many, which, and how sure."""

import numpy as np
import pytest

from labeller.experiments.simulation.experts import NoisyExpert, make_expert
from labeller.experiments.simulation.experts.voting import CardExpert
from labeller.rounds.answer import Answer, Card

TARGETS = np.arange(4000) % 10
CARDS = [np.arange(start, 4000, 10)[10 * n : 10 * n + 10] for n in range(40) for start in range(10)]


def card(shown, **more):
    parts = np.array_split(shown[1:], 3)
    values = {
        "centre": None,
        "medoid": int(shown[0]),
        "near": parts[0],
        "random": parts[1],
        "far": parts[2],
        "members": shown,
        "size": len(shown),
        "impurity": 0.0,
    }
    return Card(**{**values, **more})


def noisy(**given):
    return NoisyExpert(CardExpert(TARGETS), 10, **given)


def wrong(who, look=0):
    said = [who.answer(card(shown, look=look)).label for shown in CARDS]
    return np.array([label != TARGETS[shown[0]] for label, shown in zip(said, CARDS, strict=True)])


def test_errs_at_the_rate_that_was_asked_for():
    assert 0.14 < wrong(noisy(error_rate=0.2)).mean() < 0.26
    assert not wrong(noisy(error_rate=0.0, overconfidence=0.5)).any()
    assert wrong(noisy(error_rate=1.0)).all()


def test_wrong_labels_are_all_the_other_classes():
    who = noisy(error_rate=1.0)
    said = {who.answer(card(shown)).label for shown in CARDS if TARGETS[shown[0]] == 3}
    assert said == set(range(10)) - {3}


def test_the_same_card_gets_the_same_answer_and_a_second_look_a_new_draw():
    who = noisy(error_rate=0.2, seed=1)
    np.testing.assert_array_equal(wrong(who), wrong(noisy(error_rate=0.2, seed=1)))
    assert (wrong(who) != wrong(noisy(error_rate=0.2, seed=2))).any()
    first, second = wrong(who), wrong(who, look=1)
    assert second[first].mean() < 0.5, "a second look repairs most mistakes"


def test_overconfidence_moves_every_label_towards_one():
    mixed = card(np.array([0, 10, 20, 30, 40, 50, 60, 1, 11, 21]))
    assert CardExpert(TARGETS).answer(mixed).confidence == 0.7
    for rate in (0.0, 1.0):
        said = noisy(error_rate=rate, overconfidence=0.5).answer(mixed)
        assert said.confidence == pytest.approx(0.85)


def test_a_wrong_class_keeps_its_marks():
    mixed = card(np.array([0, 10, 20, 30, 40, 50, 60, 1, 11, 21]))
    said = noisy(error_rate=1.0).answer(mixed)
    assert said.label != 0
    assert said.wrong == (1, 11, 21)


def test_splits_and_skips_stay():
    half = card(np.array([0, 1, 10, 11, 20, 21]), size=100)
    hesitant = CardExpert(TARGETS, marks=False)
    who = NoisyExpert(hesitant, 10, error_rate=1.0, overconfidence=1.0)
    assert who.answer(half) == hesitant.answer(half)
    assert who.answer(half, may_split=False) == Answer("skip")


def test_made_by_name_only_when_it_errs():
    given = {"images": np.zeros((4000, 2, 2, 1), np.uint8), "targets": TARGETS, "classes": 10}
    given["train_index"] = np.arange(4000)
    assert isinstance(make_expert("oracle", error_rate=0.1, **given), NoisyExpert)
    assert make_expert("oracle", error_rate=0.1, **given).name == "oracle"
    assert not isinstance(make_expert("oracle", **given), NoisyExpert)


@pytest.mark.parametrize("rates", [{"error_rate": 1.5}, {"overconfidence": -0.1}])
def test_rates_out_of_range(rates):
    with pytest.raises(ValueError, match=f"{next(iter(rates))} must be between 0 and 1"):
        noisy(**rates)


def test_nobody_errs_with_a_single_class():
    with pytest.raises(ValueError, match="classes must be 2 or more"):
        NoisyExpert(CardExpert(TARGETS), 1, error_rate=0.1)
