"""Units as objects with a vector of weights each, whose sums are put into one vector."""

import pytest

TEXT = """
import numpy as np
rng = np.random.RandomState(27)

class Neuron:
    def __init__(self, inputs, scale):
        self.w = rng.randn(inputs) * scale
        self.b = 0.0

    def sum(self, x):
        self.x = x
        return np.dot(self.w, x) + self.b

    def adjust(self, delta):
        self.b -= 0.1 * delta
        self.w -= 0.1 * delta * self.x

X = rng.randn(60, 2)
y = (X[:, 0] * X[:, 1] > 0).astype(float)
hidden = [Neuron(2, 1.0) for _ in range(5)]
out = Neuron(5, 0.5)
for epoch in range(10):
    for i in rng.permutation(60):
        a = np.tanh(np.array([one.sum(X[i]) for one in hidden]))
        d = 1 / (1 + np.exp(-out.sum(a))) - y[i]
        back = out.w * d * (1 - a ** 2)
        out.adjust(d)
        for one, delta in zip(hidden, back):
            one.adjust(delta)
"""
SOFTMAX = (
    TEXT.replace("out = Neuron(5, 0.5)", "out = [Neuron(5, 0.5) for _ in range(2)]")
    .replace(
        "d = 1 / (1 + np.exp(-out.sum(a))) - y[i]",
        "s = np.array([one.sum(a) for one in out])\n"
        "        e = np.exp(s - s.max())\n"
        "        d = e / e.sum() - np.eye(2)[int(y[i])]",
    )
    .replace(
        "back = out.w * d * (1 - a ** 2)",
        "back = sum(one.w * n for one, n in zip(out, d)) * (1 - a ** 2)",
    )
    .replace("        out.adjust(d)\n", "        for one, n in zip(out, d):\n"
             "            one.adjust(n)\n")
)  # fmt: skip


@pytest.mark.parametrize(("text", "last"), [(TEXT, "sigmoid"), (SOFTMAX, "softmax")])
def test_sums_that_are_put_into_one_vector_are_a_layer(read, text, last):
    seen = read(text)
    assert seen.parted is None
    assert [one.activation for one in seen.network.layers] == ["tanh", last]


@pytest.mark.parametrize(
    ("units", "is_read"), [("hidden[::-1]", True), ("[*hidden[:4], hidden[0]]", False)]
)
def test_units_come_in_the_order_in_which_they_stand_there_and_each_once(read, units, is_read):
    text = TEXT.replace("for one in hidden])", f"for one in {units}])")
    seen = read(text.replace("zip(hidden, back)", f"zip({units}, back)"))
    assert (seen.network is not None) == is_read
