"""What docs/questions.md says of adding a policy fits the code that it names."""

import ast
import re
import textwrap
from typing import get_args

import numpy as np

from labeller.config import AskConfig
from labeller.jobs import round_inputs
from labeller.rounds.questions import candidates
from tests.docs.reference import DOCS

PAGE = (DOCS / "questions.md").read_text(encoding="utf-8")
DECIDES, CHOSEN = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_function_of_the_example_works_where_it_is_to_stand():
    space = dict(vars(candidates))
    exec(DECIDES, space)
    rows = space["drawn"](5000, AskConfig(share=0.4), seed=3)
    assert len(rows) == 2000
    assert (np.diff(rows) > 0).all()
    assert len(space["drawn"](30, AskConfig(share=0.4), seed=3)) == 30


def test_the_lines_of_the_example_use_names_that_there_are():
    used = {
        each.id
        for each in ast.walk(ast.parse(textwrap.dedent(f"def _():\n{CHOSEN}")))
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    }
    made = {"rows", "points", "clusters", "drawn", "len"}
    there = {"task", "model", "number", "config"}  # the arguments of `candidates`
    code = round_inputs.candidates.__code__
    assert set(code.co_varnames[: code.co_argcount]) == there
    assert not {name for name in used - made - there if not hasattr(round_inputs, name)}


def test_the_table_has_every_policy():
    for policy in get_args(AskConfig.model_fields["choice"].annotation):
        assert f"| `{policy}` |" in PAGE
    for setting in AskConfig.model_fields:
        assert f"| `ask.{setting}` |" in PAGE
