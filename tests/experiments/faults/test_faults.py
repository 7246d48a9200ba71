"""A tenth of the fault suite: nothing lost, nothing stuck, nothing silently wrong, no traceback."""

import pytest

from labeller.errors import LabellerError
from labeller.experiments.faults.case import Case
from labeller.experiments.faults.run import chosen, run_case

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("case", chosen(share=0.1), ids=lambda case: f"{case.kind}: {case.name}")
def test_nothing_is_lost(case: Case) -> None:
    outcome = run_case(case)
    assert outcome.clean, outcome


def test_an_unknown_kind_names_those_that_exist() -> None:
    with pytest.raises(LabellerError, match="a kind of fault is one of"):
        chosen(["earthquakes"])
