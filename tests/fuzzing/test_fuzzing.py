"""Some cases of each target, the same in each run; `python -m tests.fuzzing` tries many more."""

import pytest

from tests.fuzzing.cases import SECONDS, HangError, Target, fuzz
from tests.fuzzing.targets import targets_of

CASES = 22  # of each of the 23 targets


def test_no_file_and_no_message_brings_anything_but_an_error_of_ours(trained_workspace):
    with targets_of(trained_workspace) as targets:
        outcomes = {target.name: fuzz(target, CASES, 1) for target in targets}
    assert len(outcomes) >= 23
    assert all(outcome.cases >= CASES for outcome in outcomes.values())
    # Neither all refused, which reads nothing, nor all taken, which breaks nothing.
    taken = sum(outcome.cases - outcome.refused for outcome in outcomes.values())
    assert 50 < taken < sum(outcome.cases for outcome in outcomes.values()) - 50


def test_a_case_that_hangs_or_breaks_is_found(monkeypatch):
    from hypothesis import strategies as st

    def breaks(number: int) -> bool:
        raise KeyError(number)

    def hangs(number: int) -> bool:
        while True:
            pass

    with pytest.raises(KeyError):
        fuzz(Target("breaks", st.integers(), breaks), 5, 1)
    assert SECONDS < 60
    monkeypatch.setattr("tests.fuzzing.cases.SECONDS", 0.05)
    with pytest.raises(HangError):
        fuzz(Target("hangs", st.just(1), hangs), 1, 1)
