"""A rate that each step makes anew, beside weights that are plain numbers as it is one."""

import numpy as np
import pytest

TEXT = """
import math, random
random.seed(1)
train = []
for _ in range(30):
    x = [random.uniform(-1, 1), random.uniform(-1, 1)]
    train.append((x, 1.0 if x[0] * x[1] > 0 else 0.0))
w = [[random.gauss(0, 1) for _ in range(2)] for _ in range(3)]
b = [0.0] * 3
v = [random.gauss(0, 1) for _ in range(3)]
c = 0.0
rate = 0.5
for epoch in range(12):
    for x, t in train:
        z = [b[j] + sum(w[j][i] * x[i] for i in range(2)) for j in range(3)]
        h = [s if s > 0 else 0.05 * s for s in z]
        o = 1 / (1 + math.exp(-(c + sum(v[j] * h[j] for j in range(3)))))
        d = o - t
        for j in range(3):
            below = d * v[j] * (1.0 if z[j] > 0 else 0.05)
            v[j] -= rate * d * h[j]
            for i in range(2):
                w[j][i] -= rate * below * x[i]
            b[j] -= rate * below
        c -= rate * d
        rate *= 0.99
"""
WAYS = {
    "rate *= 0.99": lambda rate: rate * 0.99,
    "rate = max(0.1, rate - 0.01)": lambda rate: max(0.1, rate - 0.01),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_rate_is_no_weight_where_all_are_numbers(way, read):
    seen = read(TEXT.replace("rate *= 0.99", way))
    assert seen.parted is None
    assert [one.activation for one in seen.network.layers] == ["leaky-relu", "sigmoid"]
    rates, wanted = [one for epoch in seen.network.learning_rate.steps for one in epoch], [0.5]
    for _ in range(359):
        wanted.append(WAYS[way](wanted[-1]))
    np.testing.assert_allclose(rates, wanted)


def test_a_slope_that_meets_several_units_is_no_weight_that_meets_several_samples(read):
    seen = read(TEXT.replace("        d = o - t\n", "        d = o - t + random.random()\n"))
    assert seen.network is None
    assert "several samples meet" not in seen.parted.reason
