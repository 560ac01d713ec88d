"""A bias as the weight of a 1.0 that stands in a list beside what came out of the units."""

import pytest

from diagnose.calculus.gradients import exact_gradients

BESIDE = """
import math
import random
random.seed(3)
data = [([random.gauss(0, 1) for _ in range(3)] + [1.0], k % 2) for k in range(40)]
data = [(x, 1.0 if x[0] > x[1] else 0.0) for x, _ in data]
hidden = [[random.uniform(-0.5, 0.5) for _ in range(4)] for _ in range(3)]
last = [random.uniform(-0.5, 0.5) for _ in range(4)]
for epoch in range(4):
    for x, t in data:
        h = [math.tanh(sum(w * v for w, v in zip(row, x))) for row in hidden] + [1.0]
        d = 1 / (1 + math.exp(-sum(w * v for w, v in zip(last, h)))) - t
        below = [d * last[j] * (1 - h[j] ** 2) for j in range(3)]
        for j in range(4):
            last[j] -= 0.1 * d * h[j]
        for j in range(3):
            for i in range(4):
                hidden[j][i] -= 0.1 * below[j] * x[i]
"""


def test_a_weight_of_a_written_fraction_of_one_is_a_bias(read):
    seen = read(BESIDE)
    assert seen.parted is None
    network = seen.network
    assert network.layers[1].bias is not None
    parameters, data = network.init(0), network.data()
    x, labels = network.lay_out(data.images[:1]), data.labels[:1]
    found = network.backward(parameters, network.forward(parameters, x), x, labels)
    for name, one in exact_gradients(network, parameters, data.images[:1], labels).items():
        assert found[name] == pytest.approx(one, abs=1e-12)


def test_a_number_beside_the_units_that_is_no_one_is_no_bias(read):
    assert read(BESIDE.replace("for row in hidden] + [1.0]", "for row in hidden] + [0.5]")
                ).network is None  # fmt: skip
