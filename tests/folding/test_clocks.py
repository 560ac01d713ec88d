"""Adam by single numbers: how many steps are done takes part in each of them."""

import numpy as np
import pytest

from diagnose.calculus.gradients import exact_gradients

TEXT = """
import math, random
random.seed(2)
train = []
for _ in range(40):
    x = [random.uniform(-1, 1), random.uniform(-1, 1)]
    train.append((x, 1.0 if x[0] * x[1] > 0 else 0.0))
KEPT = 0.9

class Unit:
    def __init__(self, n):
        self.w = [random.uniform(-1, 1) for _ in range(n + 1)]
        self.g, self.m, self.v = [0.0] * (n + 1), [0.0] * (n + 1), [0.0] * (n + 1)

    def fire(self, xs):
        self.xs, s = xs, self.w[-1]
        for w, x in zip(self.w, xs):
            s += w * x
        self.out = math.tanh(s)
        return self.out

    def learn(self, e):
        d = e * (1 - self.out ** 2)
        for i, x in enumerate(self.xs):
            self.g[i] += d * x
        self.g[-1] += d
        return [d * w for w in self.w[:-1]]

    def step(self, rate, t):
        for i in range(len(self.w)):
            self.m[i] = KEPT * self.m[i] + (1 - KEPT) * self.g[i]
            self.v[i] = 0.99 * self.v[i] + (1 - 0.99) * self.g[i] * self.g[i]
            first = self.m[i] / (1 - KEPT ** t)
            self.w[i] -= rate * first / (math.sqrt(self.v[i] / (1 - 0.99 ** t)) + 1e-8)
            self.g[i] = 0.0

hidden, last, t = [Unit(2) for _ in range(3)], Unit(3), 0
for epoch in range(9):
    for s in range(0, 40, 8):
        for x, y in train[s:s + 8]:
            e = last.fire([one.fire(x) for one in hidden]) - y
            for one, its in zip(hidden, last.learn(e)):
                one.learn(its)
        t += 1
        for one in hidden + [last]:
            one.step(0.05, t)
"""


def test_the_steps_that_are_done_are_counted(read):
    seen = read(TEXT)
    assert seen.parted is None
    network = seen.network
    data, parameters = network.data(), network.init(0)
    rows, labels = data.images[:8], data.labels[:8]
    x = network.lay_out(rows)
    found = network.backward(parameters, network.forward(parameters, x), x, labels)
    for name, one in exact_gradients(network, parameters, rows, labels).items():
        np.testing.assert_allclose(found[name] * one > 0, True)
    assert (network.epochs, network.batch_size) == (9, 8)


@pytest.mark.parametrize("taken", ["self.g[i] * random.random()", "self.g[i] * len(train[:t % 9])"])
def test_a_number_that_nothing_says_is_none(taken, read):
    seen = read(TEXT.replace("(1 - KEPT) * self.g[i]", f"(1 - KEPT) * {taken}"))
    assert seen.network is None
