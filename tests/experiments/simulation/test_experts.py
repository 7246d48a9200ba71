"""The contract of every simulated expert, and what each of them sees."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from labeller.experiments.simulation.experts import EXPERTS, make_expert
from labeller.experiments.simulation.experts.voting import DEEPEST_SPLIT, SMALLEST_SPLIT, CardExpert
from labeller.rounds.answer import Answer, Card

DATA, TARGETS = load_digits(return_X_y=True)
IMAGES = (DATA.reshape(-1, 8, 8, 1) * 255 / 16).astype(np.uint8)
TRAIN = np.arange(1400)
TEST = np.arange(1400, len(IMAGES))


@pytest.fixture(scope="module")
def experts():
    return {name: expert(name) for name in EXPERTS}


def expert(name, targets=TARGETS, seed=0, **more):
    given = {"images": IMAGES, "classes": 10, "train_index": TRAIN, "device": "cpu", **more}
    return make_expert(name, targets=targets, seed=seed, **given)


def card(shown, centre=None, **more):
    shown = np.asarray(shown, np.int64)
    parts = np.array_split(shown[1:], 3)
    values = {
        "centre": centre,
        "medoid": int(shown[0]),
        "near": parts[0],
        "random": parts[1],
        "far": parts[2],
        "members": shown,
        "size": len(shown),
        "impurity": 0.1,
    }
    return Card(**{**values, **more})


def of_class(label, count=24, rows=TEST):
    return rows[TARGETS[rows] == label][:count]


@pytest.mark.parametrize("name", EXPERTS)
def test_contract(experts, name):
    who = experts[name]
    assert who.name == name
    shown = card(of_class(3), centre=IMAGES[of_class(3)].mean(axis=0).astype(np.uint8))
    said = who.answer(shown)
    assert isinstance(said, Answer)
    assert (said.kind, said.label) == ("label", 3)
    assert 0.5 < said.confidence <= 1
    assert who.answer(shown) == said
    draws = np.random.default_rng(0)
    for _ in range(10):
        mixed = card(draws.choice(TEST, 25, replace=False))
        assert who.answer(mixed, may_split=False).kind != "split"


@pytest.mark.parametrize("name", EXPERTS)
def test_the_method_cannot_decode(experts, name):
    assert experts[name].answer(card(of_class(0), centre=None)).label == 0


def test_unknown_name():
    with pytest.raises(ValueError, match="expert must be one of picture, card, oracle, got you"):
        expert("you")


def test_targets_of_another_length():
    with pytest.raises(ValueError, match="targets must be one for each of the 1797 images, got 3"):
        expert("card", targets=TARGETS[:3])


def test_card_expert_sees_the_card_and_nothing_else(experts):
    shown = card([*of_class(1, 7), *of_class(2, 3)], members=of_class(2), size=24)
    said = experts["card"].answer(shown)
    marks = tuple(int(row) for row in of_class(2, 3))
    assert said == Answer("label", label=1, confidence=0.7, wrong=marks)


def test_card_expert_names_the_few_that_agree_where_most_do_not(experts):
    rows = np.concatenate([of_class(1, 7), of_class(2, 6), of_class(3, 6)])  # 7 of 19: below 0.4
    shown, ones = card(rows), tuple(rows[:7].tolist())
    assert experts["card"].answer(shown) == Answer("label", label=1, only=ones)
    bold = CardExpert(TARGETS, 0.3).answer(shown)
    assert bold == Answer("label", label=1, confidence=7 / 19, wrong=tuple(rows[7:].tolist()))


def test_card_expert_without_marks_splits_what_is_mixed_and_skips_what_cannot_be_split():
    half = np.concatenate([of_class(1, 10), of_class(2, 10)])
    who = expert("card", marks=False)
    most = card([*of_class(1, 7), *of_class(2, 3)])
    assert who.answer(most) == Answer("label", label=1, confidence=0.7)
    assert who.answer(card(half)).kind == "split"
    assert who.answer(card(half), may_split=False).kind == "skip"
    assert who.answer(card(half, size=SMALLEST_SPLIT - 1)).kind == "skip"
    assert who.answer(card(half, depth=DEEPEST_SPLIT)).kind == "skip"


def test_oracle_sees_all_members(experts):
    shown = card(of_class(1, 10), members=np.concatenate([of_class(2, 3), of_class(1, 1)]))
    assert experts["oracle"].answer(shown) == Answer("label", label=2, confidence=0.75)


@pytest.mark.parametrize("name", ["card", "oracle"])
def test_unknown_targets_do_not_vote(name):
    targets = TARGETS.copy()
    members = np.concatenate([of_class(4, 3), of_class(5, 9)])
    targets[of_class(5)] = -1
    assert expert(name, targets).answer(card(members)) == Answer("label", label=4, confidence=1)
    targets[members] = -1
    assert expert(name, targets).answer(card(members)).kind == "skip"


def test_picture_expert_looks_at_the_centre_only(experts):
    centre = IMAGES[of_class(6)].mean(axis=0).astype(np.uint8)
    one, other = (experts["picture"].answer(card(of_class(k), centre=centre)) for k in (1, 9))
    assert one == other
    assert one.label == 6


def test_picture_expert_reads_unseen_images(experts):
    read = experts["picture"].read(IMAGES[TEST]).argmax(axis=1)
    assert (read == TARGETS[TEST]).mean() > 0.9


def test_picture_expert_is_less_sure_of_blends(experts):
    """Half of one class and half of another: honest is about one half, and often no class."""
    draws = np.random.default_rng(0)
    pure, blends = [], []
    for _ in range(60):
        first, second = draws.choice(10, 2, replace=False)
        a, b = (IMAGES[draws.choice(of_class(k), 6)].mean(axis=0) for k in (first, second))
        pure.append(a)
        blends.append((a + b) / 2)
    sure, unsure = (
        experts["picture"].read(np.array(pictures).astype(np.uint8)).max(axis=1)
        for pictures in (pure, blends)
    )
    assert sure.mean() > 0.85
    assert 0.4 < unsure.mean() < 0.7


def test_picture_expert_declines_an_unreadable_picture(experts):
    blank = np.zeros((8, 8, 1), np.uint8)
    assert experts["picture"].answer(card(of_class(1), centre=blank)).kind == "split"
    said = experts["picture"].answer(card(of_class(1), centre=blank), may_split=False)
    assert said.kind == "skip"


def test_picture_expert_repeats_with_its_seed_and_leaves_the_callers_stream():
    import torch

    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    few = {"train_index": TRAIN[:200]}
    first, again, other = (expert("picture", seed=s, **few).read(IMAGES[:5]) for s in (1, 1, 2))
    assert torch.rand(1) == expected
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_picture_expert_of_colour_pictures_larger_than_it_looks_at():
    draws = np.random.default_rng(0)
    targets = np.arange(40) % 2
    images = draws.integers(0, 60, (40, 48, 48, 3), dtype=np.uint8)
    images[targets == 1, :, :, 0] += 150
    events = []
    who = make_expert(
        "picture",
        images=images,
        targets=targets,
        classes=3,  # the third was never seen
        train_index=np.arange(40),
        device="cpu",
        report=events.append,
    )
    assert who.read(images).argmax(axis=1).tolist() == targets.tolist()
    assert events[-1].done == events[-1].total
    with pytest.raises(ValueError, match=r"a picture must be uint8 \(48, 48, 3\)"):
        who.read(np.zeros((1, 8, 8, 1), np.uint8))


def test_picture_expert_needs_targets():
    with pytest.raises(ValueError, match="must have training images with true classes, got none"):
        expert("picture", targets=np.full(len(IMAGES), -1))
    with pytest.raises(ValueError, match=r"targets must be below 4 .*, got 9"):
        expert("picture", classes=4)
