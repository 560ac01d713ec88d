"""A bias that is trained, and that nothing takes, put into the sum of its layer."""

from types import SimpleNamespace

import pytest

from diagnose.patching.biases import UNUSED, of_unused_biases
from tests.patching.making import script, ways


def told(text, line):
    made = script(text, found={UNUSED: {}})
    made.report.findings["s"][0].where = SimpleNamespace(file="s.py", line=line)
    return made


@pytest.mark.parametrize(
    ("first", "line", "wanted"),
    [
        ("b2 = np.zeros(3)", "z = np.tanh(h @ W2)", "z = np.tanh(h @ W2 + b2)"),
        ("p['b3'] = np.zeros(3)", "return h, h @ p['W3']", "return h, h @ p['W3'] + p['b3']"),
        ("s.bias = np.zeros(3)", "z = x.dot(s.weights)", "z = x.dot(s.weights) + s.bias"),
        ("q = {'b1': 0, 'W1': 1}", "h = s(X * p['W1'])", "h = s(X * p['W1'] + p['b1'])"),
        (
            "b1 = [0.0] * m", "z = [sum(w1[j][i] * x[i] for i in r) for j in q]",
            "z = [sum(w1[j][i] * x[i] for i in r) + b1[j] for j in q]",
        ),
    ],
)  # fmt: skip
def test_a_bias_is_added_where_its_layer_is_computed(first, line, wanted):
    assert [wanted] in ways(told(f"{first}\n{line}\n", 2), of_unused_biases)
    assert ways(told(f"{first}\n{line}\n", 1), of_unused_biases) == []
    nothing = first.replace("b", "c")
    assert ways(told(f"{nothing}\n{line}\n", 2), of_unused_biases) == []
