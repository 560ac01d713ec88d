"""Whole batches as lists of lists are read: what meets the same weight are different samples."""

import numpy as np
import pytest

from diagnose.calculus.gradients import exact_gradients
from diagnose.folding.units import WHOLE_BATCH, UnitReader
from diagnose.reading.loops import Loop
from diagnose.reading.not_read import NotReadError
from diagnose.recording.recorder import Recorder
from diagnose.recording.rewriting import HOOK, Site, Sites, rewritten
from diagnose.watching.understanding import understand
from tests.folding.choice_scripts import LISTS

TWO = """
import math, random
random.seed(3)
def matmul(A, B):
    return [[sum(a * b for a, b in zip(row, col)) for col in zip(*B)] for row in A]
def turned(A):
    return [list(r) for r in zip(*A)]
X = [[random.uniform(-1, 1) for i in range(2)] for n in range(12)]
Y = [[1.0 if a * b > 0 else 0.0] for a, b in X]
W1 = [[random.gauss(0, 1) for j in range(3)] for i in range(2)]
W2 = [[random.gauss(0, 1)] for j in range(3)]
b1, b2 = [0.1] * 3, [0.2]
for epoch in range(60):
    for s in range(0, 12, 6):
        x, y = X[s:s + 6], Y[s:s + 6]
        z1 = [[v + b for v, b in zip(row, b1)] for row in matmul(x, W1)]
        a1 = [[math.tanh(v) for v in row] for row in z1]
        z2 = [[v + b for v, b in zip(row, b2)] for row in matmul(a1, W2)]
        a2 = [[1 / (1 + math.exp(-v)) for v in row] for row in z2]
        d2 = [[p - t for p, t in zip(r, s)] for r, s in zip(a2, y)]
        back = matmul(d2, turned(W2))
        d1 = [[g * (1 - h * h) for g, h in zip(r, s)] for r, s in zip(back, a1)]
        for W, g in ((W2, matmul(turned(a1), d2)), (W1, matmul(turned(x), d1))):
            for i in range(len(W)):
                for j in range(len(W[0])):
                    W[i][j] -= 0.5 / len(x) * g[i][j]
        for b, d in ((b2, d2), (b1, d1)):
            for j in range(len(b)):
                total = 0.0
                for row in d:
                    total += row[j]
                b[j] -= 0.5 / len(x) * total
"""


@pytest.mark.parametrize(("text", "size"), [(LISTS, 8), (TWO, 6)])
def test_a_whole_batch_of_lists_is_read_and_its_gradient_is_right(text, size, read):
    seen = read(text)
    assert seen.parted is None
    network = seen.network
    parameters, data = network.init(0), network.data()
    assert network.batch_size == size
    rows, labels = data.images[:size], data.labels[:size]
    x = network.lay_out(rows)
    found = network.backward(parameters, network.forward(parameters, x), x, labels)
    for name, one in exact_gradients(network, parameters, rows, labels).items():
        assert np.reshape(found[name], one.shape) == pytest.approx(one, abs=1e-12)


def test_a_wrong_slope_is_in_the_gradient_of_a_whole_batch(read):
    network = read(TWO.replace("g * (1 - h * h)", "g * h")).network
    parameters, data = network.init(0), network.data()
    rows, labels = data.images[:6], data.labels[:6]
    x = network.lay_out(rows)
    found = network.backward(parameters, network.forward(parameters, x), x, labels)
    exact = exact_gradients(network, parameters, rows, labels)
    weight = network.layers[0].weight
    assert np.any(np.abs(found[weight] - exact[weight]) > 1e-6)


@pytest.mark.parametrize(
    "mixed",
    [
        # the mean of a batch, taken from each of its samples
        "m = sum(r[0] for r in z1) / 6; z1 = [[v - m for v in r] for r in z1]\n        a1",
        # each sample with a part of the next one
        "z1 = [[u + 0.1 * v for u, v in zip(r, t)] for r, t in zip(z1, z1[1:] + z1[:1])]\n"
        "        a1",
    ],
)
def test_samples_that_are_computed_of_each_other_are_not_read_one_by_one(mixed, read):
    seen = read(TWO.replace("a1", mixed, 1))
    assert seen.network is None
    assert "weights are multiplied one by one" in seen.parted.reason


def test_a_gradient_of_a_part_of_the_batch_is_not_read_as_that_of_all(read):
    assert read(TWO.replace("for row in d:", "for row in d[:4]:")).network is None


DROPPED = """
import math, random
X = [[random.uniform(-1, 1) for i in range(2)] for n in range(20)]
W = [[random.gauss(0, 1) for i in range(2)] for j in range(4)]
u = [random.gauss(0, 1) for j in range(4)]
for x in X:
    h = [math.tanh(sum(a * b for a, b in zip(w, x))) for w in W]
    m = [2.0 if random.random() < 0.5 else 0.0 for _ in h]
    k = [a * b for a, b in zip(h, m)]
    d = sum(a * b for a, b in zip(u, k)) - x[0] * x[1]
    for j in range(4):
        e = d * u[j] * m[j] * (1 - h[j] * h[j])
        u[j] -= 0.1 * d * k[j]
        W[j] = [a - 0.1 * e * b for a, b in zip(W[j], x)]
"""


def test_units_that_are_left_out_at_random_are_not_said_to_be_several_samples(monkeypatch):
    # with other units left out in each step, some weights may meet what only looks like samples
    monkeypatch.setattr(UnitReader, "of_whole_batch", lambda _: NotReadError(WHOLE_BATCH))
    tape, sites = Recorder(lambda site: None, {"mine.py"}), Sites([Site(file="", line=0, text="")])
    tape.keeping.always = True
    exec(compile(rewritten(DROPPED, "mine.py", sites), "mine.py", "exec"), {HOOK: tape})
    site = max(tape.turns, key=lambda turn: sites.every[turn[1]].text == "X")[1]
    loop = Loop(tape, site, [at for at, one in tape.turns if one == site])
    with pytest.raises(NotReadError, match="random numbers are drawn in each step"):
        understand(loop, list(range(2, 16)), sites.every)
