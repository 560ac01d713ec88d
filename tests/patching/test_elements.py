"""Derivatives in passes that are written unit by unit, in loops and lists."""

import pytest

from diagnose.patching.arithmetic import of_gradient
from tests.patching.making import script, ways


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("e = d * P[3 * H + j]", "e = d * P[3 * H + j] * (h[j] * (1 - h[j]))"),
        ("e = sum(W[k][j] * d[k] for k in range(9))",
         "e = sum(W[k][j] * d[k] for k in range(9)) * (h[j] * (1 - h[j]))"),
        ("E = [sum(W[k][j] * d[k] for k in K) for j in range(9)]",
         "E = [sum(W[k][j] * d[k] for k in K) * (h[j] * (1 - h[j])) for j in range(9)]"),
    ],
)  # fmt: skip
def test_the_derivative_of_one_unit_is_taken_at_what_it_gave(line, wanted):
    text = f"for j in range(9):\n    g[j] += d * h[j]  #: backward\n    {line}  #: backward\n"
    made = script(text, activations=("sigmoid", "sigmoid"))
    assert [wanted] in ways(made, of_gradient)


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
