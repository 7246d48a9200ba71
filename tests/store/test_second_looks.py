"""When an answer that was asked again is settled."""

import pytest

from labeller.store.classes import MergedLabels
from labeller.store.schema import Answer
from labeller.store.second_looks import looks, settled

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
