"""Programs that nobody thought of do the same where they are watched."""

import ast

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.recording.alike import differences
from tests.recording.drawn import Writer


@pytest.mark.filterwarnings("ignore")
@settings(
    max_examples=150, derandomize=True, deadline=None, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(st.randoms(use_true_random=False))
def test_drawn_programs_do_the_same(dice):
    program = Writer(dice).program()
    assume(is_valid(program))
    assert differences(program) == []


def is_valid(program: str) -> bool:
    """Whether Python takes it: not every walrus may stand in a comprehension."""
    try:
        compile(ast.parse(program), "drawn.py", "exec")
    except SyntaxError:
        return False
    return True
