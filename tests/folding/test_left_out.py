"""What a step that computes number by number leaves out, or carries for nothing."""

import numpy as np
import pytest

from tests.folding.test_choices import held_against_the_exact_gradient

START = """
import math, random
random.seed(3)
def sample():
    x = [float(random.random() < 0.4) for _ in range(4)]
    return x, int(x[0] + x[1] > x[2])
data = [sample() for _ in range(24)]
w1 = [[random.gauss(0, 1) for _ in range(4)] for _ in range(3)]
b1 = [0.1, -0.1, 0.2]
w2 = [random.gauss(0, 1) for _ in range(3)]
b2 = 0.0
"""
# Inputs that are 0 are passed over, forward and backward.
SPARSE = f"""{START}
def forward(x):
    h = []
    for j in range(3):
        total = 0.0
        for i in range(4):
            if x[i]:
                total += w1[j][i] * x[i]
        h.append(math.tanh(total + b1[j]))
    return h, 1 / (1 + math.exp(-(sum(a * b for a, b in zip(w2, h)) + b2)))
for epoch in range(12):
    for x, y in data:
        h, o = forward(x)
        d = o - y
        for j in range(3):
            e = d * w2[j] * (1 - h[j] * h[j])
            w2[j] -= 0.3 * d * h[j]
            b1[j] -= 0.3 * e
            row = w1[j]
            for i in range(4):
                if x[i]:
                    row[i] -= 0.3 * e * x[i]
        b2 -= 0.3 * d
"""
RUNS_ON = SPARSE.replace("        total = 0.0\n", "").replace(
    "    h = []", "    h, total = [], 0.0"
)
# The changes of the hidden biases are kept, and no bias is changed by them.
IDLE = f"""{START}
c1, c2, cb = [[0.0] * 4 for _ in range(3)], [0.0] * 3, [0.0] * 3
cz = 0.0
for epoch in range(12):
    for x, y in data:
        h = [math.tanh(sum(a * b for a, b in zip(w1[j], x)) + b1[j]) for j in range(3)]
        o = 1 / (1 + math.exp(-(sum(a * b for a, b in zip(w2, h)) + b2)))
        d = o - y
        for j in range(3):
            e = d * w2[j] * (1 - h[j] * h[j])
            c2[j] = 0.1 * d * h[j] + 0.5 * c2[j]
            w2[j] -= c2[j]
            for i in range(4):
                c1[j][i] = 0.1 * e * x[i] + 0.5 * c1[j][i]
                w1[j][i] -= c1[j][i]
            cb[j] = 0.1 * e + 0.5 * cb[j]
        cz = 0.1 * d + 0.5 * cz
        b2 -= cz
"""
# A 1 stands in the list of what the hidden units give; its weight is the bias.
BESIDE = f"""{START}
w2.append(0.3)
def forward(x):
    h = []
    for j in range(3):
        h.append(math.tanh(sum(w1[j][i] * x[i] for i in range(4)) + b1[j]))
    h.append(1)
    total = 0
    for j in range(4):
        total += w2[j] * h[j]
    return h, 1 / (1 + math.exp(-total))
for epoch in range(12):
    for x, y in data:
        h, o = forward(x)
        d = (y - o) * o * (1 - o)
        e = [d * w2[j] * (1 - h[j] * h[j]) for j in range(3)]
        for j in range(4):
            w2[j] += 0.3 * d * h[j]
        for j in range(3):
            b1[j] += 0.3 * e[j]
            for i in range(4):
                w1[j][i] += 0.3 * e[j] * x[i]
"""


IN_FORWARD = """            if x[i]:
                total +="""
BY_INPUTS = SPARSE.replace(IN_FORWARD, "            if x[i] != 0:\n                total +=")


@pytest.mark.parametrize("script", [SPARSE, BY_INPUTS])
def test_products_with_0_that_are_passed_over_are_products(read, script):
    seen = read(script)
    assert seen.parted is None
    network = seen.network
    assert network.init(0)[network.layers[0].weight].shape == (3, 4)
    held_against_the_exact_gradient(network)


def test_a_sum_that_goes_on_from_unit_to_unit_is_told_at_the_loop_over_the_units(read):
    seen = read(RUNS_ON)
    assert seen.network is None
    line = RUNS_ON[: RUNS_ON.index("    for j in range(3):")].count("\n") + 1
    (told,) = [one for one in seen.seen if one.kind == "running-sum"]
    assert told.line == line
    assert "of 3 units" in told.observed


def test_velocities_that_step_no_weight_are_left_out(read):
    seen = read(IDLE)
    assert seen.parted is None
    network = seen.network
    parameters = network.init(0)
    name = network.layers[0].bias
    x = network.lay_out(network.data().images[:1])
    found = network.backward(
        parameters, network.forward(parameters, x), x, network.data().labels[:1]
    )
    assert found[name] == pytest.approx(0.0)


def test_a_1_beside_what_units_give_has_a_bias_for_weight(read):
    seen = read(BESIDE)
    assert seen.parted is None
    network = seen.network
    parameters = network.init(0)
    assert [parameters[one.weight].shape for one in network.layers] == [(3, 4), (1, 3)]
    assert parameters[network.layers[1].bias] == pytest.approx([0.3])
    assert network.loss == "squared-error"


# The answers of one class count more; the lists hold a number for each label.
WEIGHTED = SPARSE.replace("d = o - y", "d = counts[y] * (o - y)").replace(
    "for epoch", "counts = {0: 0.7, 1: 2.5}\nfor epoch", 1
)
# One batch of eight has samples of class 1, and does not begin with one.
RARE = """
import numpy as np
np.random.seed(4)
X = np.random.randn(48, 3)
y = np.zeros(48, int)
y[43:] = 1
W, b = np.random.randn(4, 3), np.zeros(4)
v, c = np.random.randn(4), 0.0
for epoch in range(8):
    for s in range(0, 48, 6):
        gW, gb, gv, gc = np.zeros((4, 3)), np.zeros(4), np.zeros(4), 0.0
        for i in range(s, s + 6):
            h = np.tanh(W @ X[i] + b)
            d = 1 / (1 + np.exp(-(v @ h + c))) - y[i]
            e = d * v * (1 - h ** 2)
            gW += np.outer(e, X[i])
            gb += e
            gv += d * h
            gc += d
        W -= 0.1 * gW / 6
        b -= 0.1 * gb / 6
        v -= 0.1 * gv / 6
        c -= 0.1 * gc / 6
"""


def test_a_weight_that_the_label_tells_is_in_the_gradient(read):
    seen = read(WEIGHTED)
    assert seen.parted is None
    network, plain = seen.network, read(SPARSE).network
    parameters, data = network.init(0), network.data()
    for label, factor in ((0, 0.7), (1, 2.5)):
        at = int(np.flatnonzero(data.labels == label)[0])
        rows, labels = data.images[at : at + 1], data.labels[at : at + 1]
        found, its = [
            one.backward(parameters, one.forward(parameters, x), x, labels)
            for one in (network, plain)
            for x in [one.lay_out(rows)]
        ]
        for name, one in its.items():
            assert found[name] == pytest.approx(factor * one, abs=1e-12)


def test_labels_are_found_that_only_few_steps_have(read):
    seen = read(RARE)
    assert seen.parted is None
    assert seen.network.data().labels.tolist() == [0] * 43 + [1] * 5


# Samples of class 1 come first, and each has a 1 beside its numbers.
SORTED = (
    BESIDE.replace("range(24)", "range(60)")
    .replace("range(4)) + b1", "range(5)) + b1")
    .replace("for i in range(4):", "for i in range(5):")
    .replace(
        "w2.append(0.3)",
        "data = [(x + [1], y) for x, y in sorted(data, key=lambda one: -one[1])]\n"
        "w1 = [w + [0.1] for w in w1]\nw2.append(0.3)",
    )
)


def test_labels_that_are_as_an_input_that_stays_are_labels(read):
    seen = read(SORTED)
    assert seen.parted is None
    labels = seen.network.data().labels.tolist()
    assert labels == sorted(labels, reverse=True)
    assert set(labels) == {0, 1}


# Each unit is a row of its weights and its bias; what is stepped is a copy of it.
COPIED_ROWS = """
import math, random
random.seed(3)
data = []
for _ in range(24):
    x = [random.gauss(0, 1) for _ in range(2)]
    data.append((x, 1 if x[0] > x[1] else -1))
hidden = [[random.gauss(0, 1), random.gauss(0, 1), 0.0] for _ in range(3)]
outer = [random.gauss(0, 0.3) for _ in range(4)]
def forward(x):
    h = [math.tanh(row[0] * x[0] + row[1] * x[1] + row[2]) for row in hidden]
    return h, outer[3] + sum(w * one for w, one in zip(outer, h))
for epoch in range(12):
    for x, t in data:
        h, o = forward(x)
        error = o - t
        for j in range(3):
            d = error * outer[j] * (1 - h[j] * h[j])
            outer[j] -= 0.02 * error * h[j]
            row = hidden[j][:]
            row[0] -= 0.02 * d * x[0]
            row[1] -= 0.02 * d * x[1]
            row[2] -= 0.02 * d
        outer[3] -= 0.02 * error
"""


def test_numbers_that_are_stepped_in_a_copy_are_parameters_with_a_gradient(read):
    watched = read(COPIED_ROWS)
    network = watched.network
    assert [len(one) for one in (network.layers, network.init(0))] == [2, 4]
    before = network.init(0)
    gradients = {name: np.ones_like(one) for name, one in before.items()}
    after = network.update(before, gradients, 0.1)
    moved = [name for name in before if not np.array_equal(before[name], after[name])]
    assert moved == [network.layers[1].weight, network.layers[1].bias]
    held_against_the_exact_gradient(network)
