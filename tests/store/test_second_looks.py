"""When an answer that was asked again is settled."""

import pytest

from labeller.store.classes import MergedLabels
from labeller.store.schema import Answer
from labeller.store.second_looks import (
    answered_again,
    changed,
    corrections,
    looks,
    settled,
    standing_labels,
)

PLAIN = MergedLabels({})


def given(*labels):
    """Answers about one card; a label in a list settles a doubt."""
    return [
        Answer(
            number=number,
            node_key="1",
            kind="label",
            label=label[0] if isinstance(label, list) else label,
            checked=isinstance(label, list),
        )
        for number, label in enumerate(labels, 1)
    ]


@pytest.mark.parametrize(
    ("labels", "is_settled"),
    [
        ([3], False),
        ([3, [3]], True),
        ([3, [4]], False),
        ([3, [4], [4]], True),
        ([3, [4], [3]], True),
        ([3, [4], [5]], True),  # three looks are enough
        ([3, 4], False),  # a slip that was put right at once
        ([3, 4, [4]], True),
        ([3, [3], 4], False),  # said anew, and not looked at again since
        ([3, [3], 3], True),  # another confidence
        ([3, 3], False),
    ],
)
def test_two_looks_that_agree_or_three_looks_settle_an_answer(labels, is_settled):
    assert settled(given(*labels), PLAIN) == ({"1"} if is_settled else set())


def test_merged_classes_agree():
    assert settled(given(3, [4]), MergedLabels({3: 4})) == {"1"}


def test_each_check_is_a_look():
    assert looks(given(3, 4, [4])) == {"1": 2}


def asked_again(made, first, again):
    """An answer of round 1 that a card of round 2 asks again; `again` None: nobody answered it."""
    for number in (1, 2):
        made.round(number)
    made.node(1, "1")
    made.node(2, "r", corrects=1, before=0, absent=[])
    made.answer(1, "1", **first)
    if again is not None:
        made.answer(2, "r", **again)


@pytest.mark.parametrize(
    ("again", "now"),
    [
        ({"label": 2}, [(1, 0, 2)]),
        ({"label": 0}, []),  # confirmed
        ({"label": 0, "confidence": 0.3}, []),
        ({"kind": "split", "split": 2}, [(1, 0, None)]),
        ({"kind": "skip"}, []),
        ({"label": 2, "only": [3]}, []),  # of some images, not of the cluster
        (None, []),
    ],
)
def test_another_answer_corrects_the_one_that_was_asked_again(made, again, now):
    asked_again(made, {"label": 0}, again)
    found = made.read(corrections)
    assert [(one.answer, one.before, one.label) for one in found] == now
    assert len(made.read(answered_again)) == (again is not None)


def test_merged_classes_confirm_each_other_and_what_is_taken_back_corrects_nothing(made):
    asked_again(made, {"label": 0}, {"label": 1})
    assert made.read(lambda rows: corrections(rows, without={2})) == []
    assert len(made.read(corrections)) == 1
    made.merge(1, 0)
    assert made.read(corrections) == []


def test_a_correction_is_of_the_images_that_were_not_marked(made):
    asked_again(made, {"label": 0, "wrong": [3, 5]}, {"label": 2})
    (one,) = made.read(corrections)
    assert (one.wrong.tolist(), one.denies) == ([3, 5], True)


@pytest.mark.parametrize(
    ("again", "counts"),
    [({"label": 2}, (1, 1)), ({"label": 0}, (0, 1)), ({"kind": "skip"}, (0, 0)), (None, (0, 0))],
)
def test_a_card_that_was_asked_again_counts_when_it_was_answered(made, again, counts):
    asked_again(made, {"label": 0}, again)
    assert made.read(changed) == counts


def test_second_looks_in_their_own_round_count_and_slips_do_not(made):
    made.round(1)
    for key in "123":
        made.node(1, key)
        made.answer(1, key, label=0)
    made.answer(1, "1", label=0, checked=True)  # confirmed
    made.answer(1, "2", label=2, checked=True)  # corrected
    made.answer(1, "3", label=2)  # a slip, put right
    assert made.read(changed) == (1, 2)


def test_labels_that_stand_have_their_corrections(made):
    asked_again(made, {"label": 0}, {"label": 2})
    made.node(1, "2")
    made.answer(1, "2", label=1, only=[3])
    standing = made.read(lambda rows: list(standing_labels(rows, (1, 2))))
    assert [(one.node.key, one.label, one.settled) for one in standing] == [
        ("1", 2, False),
        ("2", 1, True),
        ("r", 2, True),
    ]
