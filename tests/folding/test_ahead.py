"""Single numbers that take their gradient ahead of where they are, as with Nesterov's momentum."""

from diagnose.folding.folded_writing import AHEAD

LISTS = """
import math
import random
random.seed(3)
data = [[random.gauss(0, 1) for _ in range(3)] for _ in range(60)]
data = [(x, 1.0 if x[0] > x[1] else 0.0) for x in data]
w1 = [[random.uniform(-0.5, 0.5) for _ in range(3)] + [0.0] for _ in range(4)]
v1 = [[0.0] * 4 for _ in range(4)]
w2 = [random.uniform(-0.5, 0.5) for _ in range(4)]
v2 = [0.0] * 4
mu, rate = 0.7, 0.05
for epoch in range(6):
    for x, t in data:
        u1 = [[w + mu * v for w, v in zip(wr, vr)] for wr, vr in zip(w1, v1)]
        u2 = [w + mu * v for w, v in zip(w2, v2)]
        h = [math.tanh(sum(a * b for a, b in zip(row, x)) + row[-1]) for row in u1]
        d = 1 / (1 + math.exp(-sum(a * b for a, b in zip(u2, h)))) - t
        below = [d * u2[j] * (1 - h[j] ** 2) for j in range(4)]
        for j in range(4):
            v2[j] = mu * v2[j] - rate * d * h[j]
            w2[j] += v2[j]
            for i, one in enumerate(x + [1.0]):
                v1[j][i] = mu * v1[j][i] - rate * below[j] * one
                w1[j][i] += v1[j][i]
"""


def test_numbers_that_look_ahead_are_not_read(read):
    seen = read(LISTS)
    assert seen.network is None
    assert seen.parted.reason.endswith(AHEAD)


def test_a_bias_and_a_weight_times_a_sample_do_not_look_ahead(read):
    plain = LISTS.replace("w + mu * v for", "w for")
    plain = plain.replace("sum(a * b for a, b in zip(row, x)) + row[-1]",
                          "row[-1] + row[0] * x[0] + row[1] * x[1] + row[2] * x[2]")  # fmt: skip
    seen = read(plain)
    assert seen.parted is None
    assert seen.network.ahead is None
