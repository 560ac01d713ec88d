"""Derivatives in passes that are written unit by unit, in loops and lists."""

import pytest

from diagnose.patching.arithmetic import of_gradient
from tests.patching.making import script, ways


@pytest.mark.parametrize(
    "line",
    [
        "e = d * P[j] * (1 - h[j] ** 2)", "e = d * P[j] * (h[j] > 0)", "e = d * P[0]",
        "e = P[j] + d",
    ],
)  # fmt: skip
def test_no_derivative_is_put_to_one_nor_to_what_flows_to_no_unit(line):
    made = script(f"for j in range(9):\n    {line}  #: backward\n", activations=("tanh", "tanh"))
    assert not any(
        each.startswith(f"{line} * (") for one in ways(made, of_gradient) for each in one
    )
