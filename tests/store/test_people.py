"""Which answer counts where several people answered one card."""

import pytest

from labeller.store.classes import MergedLabels
from labeller.store.people import SPLIT, Crowd, crowd_of, decide, votes_of
from labeller.store.schema import Answer


def said(number, expert, label=None, kind="label", **values):
    plain = {"confidence": 1.0, "wrong": [], "only": []}
    plain |= {"checked": False, "replaces": False}
    return Answer(number=number, expert=expert, kind=kind, label=label, **{**plain, **values})


TEN = Crowd(classes=10)


def test_one_person_is_taken_at_their_word():
    decision = decide([said(1, "ada", 3), said(2, "ada", 5, confidence=0.4)], TEN)
    assert (decision.answer.number, decision.confidence, decision.disputed) == (2, None, False)
    assert decide([said(1, "ada", 3), said(2, "ada", kind="skip")], TEN).answer.number == 2


def test_two_who_agree_are_surer_and_the_answer_stays():
    one, two = said(1, "ada", 3, confidence=0.8), said(2, "ben", 3, confidence=0.8)
    decision = decide([one, two], TEN)
    assert decision.answer is one
    assert decision.voices == (one, two)
    assert 0.9 < decision.confidence < 1
    assert not decision.disputed
    assert decide([said(1, "ada", 3), two], TEN).confidence == 1.0  # nobody is made less sure


def test_marks_of_either_are_kept():
    marked = said(2, "ben", 3, wrong=[7])
    assert decide([said(1, "ada", 3), marked], TEN).answer is marked


def test_two_who_differ_leave_half_and_the_first_stands():
    decision = decide([said(1, "ada", 3), said(2, "ben", 5)], TEN)
    assert (decision.answer.number, decision.disputed) == (1, True)
    assert decision.confidence == pytest.approx(0.5, abs=0.03)


def test_the_more_reliable_and_the_surer_win():
    known = Crowd({"ada": 0.6, "ben": 0.95}, classes=10)
    assert decide([said(1, "ada", 3), said(2, "ben", 5)], known).answer.label == 5
    assert decide([said(1, "ada", 3, confidence=0.3), said(2, "ben", 5)], TEN).answer.label == 5


def test_a_majority_wins_and_a_split_is_a_voice():
    three = [said(1, "ada", 3), said(2, "ben", 5), said(3, "cy", 5)]
    decision = decide(three, TEN)
    assert (decision.answer.number, decision.disputed) == (2, True)
    split = [said(1, "ada", 3), said(2, "ben", kind="split"), said(3, "cy", kind="split")]
    assert decide(split, TEN).answer.number == 2


def test_who_skips_leaves_it_to_the_others():
    decision = decide([said(1, "ada", 3), said(2, "ben", kind="skip")], TEN)
    assert (decision.answer.number, decision.disputed) == (1, False)
    both = [said(1, "ada", kind="skip"), said(2, "ben", kind="skip")]
    assert decide(both, TEN).answer.kind == "skip"


def test_a_second_look_settles_it_unless_it_says_the_same_again():
    differ = [said(1, "ada", 3), said(2, "ben", 5)]
    again = decide([*differ, said(3, "ben", 5, checked=True)], TEN)
    assert (again.answer.label, again.disputed) == (3, True)
    third = decide([*differ, said(3, "cy", 5, checked=True)], TEN)
    assert (third.answer.label, third.disputed, third.answer.number) == (5, False, 3)
    changed = decide([*differ, said(3, "ada", 7, checked=True)], TEN)
    assert (changed.answer.label, changed.disputed) == (7, False)
    # Who answers after it has a voice again.
    later = decide([*differ, said(3, "cy", 5, checked=True), said(4, "dan", 3)], TEN)
    assert later.disputed


def test_who_settled_it_may_say_it_again_or_put_a_slip_right():
    settled = [said(1, "ada", 3), said(2, "ben", 5), said(3, "cy", 5, checked=True)]
    for again in (
        said(4, "cy", 5, confidence=0.7),
        said(4, "cy", 5, checked=True),
        said(4, "cy", 7),
    ):
        decision = decide([*settled, again], TEN)
        assert (decision.answer, decision.disputed) == (again, False)
    assert decide([*settled, said(4, "cy", kind="skip")], TEN).disputed
    changed = [said(1, "ada", 3), said(2, "ben", 5), said(3, "ada", 7, checked=True)]
    assert decide([*changed, said(4, "ada", 3)], TEN).disputed


def test_a_skip_settles_nothing_and_is_no_split():
    differ = [said(1, "ada", 3), said(2, "ben", 5)]
    skipped = decide([*differ, said(3, "cy", kind="skip", checked=True)], TEN)
    assert (skipped.answer.number, skipped.disputed) == (1, True)
    split = said(4, "cy", kind="split", checked=True)
    decision = decide([*differ, said(3, "cy", kind="skip"), split], TEN)
    assert (decision.answer, decision.disputed) == (split, False)


def test_of_an_older_version_the_newest_counts_whoever_gave_it():
    first = said(1, "ada", 3)
    for later in (
        [said(2, "ben", 5), said(3, "ada", 3)],
        [said(2, "ben", 5), said(3, "ben", 3), said(4, "ben", 5)],
        [said(2, "ben", 5, confidence=0.9), said(3, "ada", 5, confidence=0.4)],
        [said(2, "ben", kind="skip")],
        [said(2, "ben", kind="split"), said(3, "ada", kind="skip")],
    ):
        for row in later:
            row.replaces = True
        decision = decide([first, *later], TEN)
        assert (decision.answer, decision.confidence, decision.disputed) == (later[-1], None, False)
        assert decide([first, *later, said(9, "cy", 8)], TEN).disputed == (later[-1].kind != "skip")


def test_merged_classes_are_one():
    crowd = Crowd(merged=MergedLabels({5: 3}), classes=10)
    assert not decide([said(1, "ada", 3), said(2, "ben", 5)], crowd).disputed


def test_the_votes_are_what_was_said_last_without_skips():
    card = [said(1, "ada", 3), said(2, "ben", kind="split"), said(3, "ada", 4)]
    other = [said(4, "ada", kind="skip")]
    assert votes_of([card, other], TEN) == [{"ada": 4, "ben": SPLIT}, {}]


def test_one_person_alone_is_not_measured():
    assert crowd_of([[said(1, "ada", 3)]], MergedLabels(), 10).reliability == {}
    shared = [[said(1, "ada", 3), said(2, "ben", 3)]]
    assert set(crowd_of(shared, MergedLabels(), 10).reliability) == {"ada", "ben"}
