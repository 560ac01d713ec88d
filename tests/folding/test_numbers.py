"""Scripts that compute one number, one unit or one sample after the other are read as layers."""

import numpy as np
import pytest

from diagnose.calculus.gradients import exact_gradients
from diagnose.folding.elements import Element, held, packed
from diagnose.watching.each_sample import EachSample
from tests.folding.number_scripts import (
    BOOK,
    CARRIED,
    DICTS,
    NUMBERS,
    RELU,
    ROWS,
    SHARED,
    SINGLE,
    SUMS,
    VECTORS,
)

SIZES = {
    "dicts": [(4, 2), (2, 4)],
    "sums": [(3, 2), (1, 3)],
    "units": [(4, 3), (1, 4)],
    "rows": [(4, 3), (1, 4)],
    "whole": [(4, 3), (1, 4)],
    "unit by unit": [(1, 4), (4, 1)],
    "one input": [(6, 1), (1, 6)],
    "book": [(5, 4), (3, 5)],
    "vectors": [(6, 4), (3, 6)],
    "single": [(1, 1)],
    "relu": [(5, 2), (1, 5)],
}


@pytest.mark.parametrize("style", NUMBERS)
def test_it_is_read_and_certified_and_its_gradient_is_right(style, read):
    seen = read(NUMBERS[style])
    assert seen.parted is None
    network = seen.network
    parameters = network.init(0)
    assert [parameters[one.weight].shape for one in network.layers] == SIZES[style]
    assert all(one.bias in parameters for one in network.layers)
    data = network.data()
    rows, labels = data.images[: network.batch_size], data.labels[: network.batch_size]
    x = network.lay_out(rows)
    found = network.backward(parameters, network.forward(parameters, x), x, labels)
    exact = exact_gradients(network, parameters, rows, labels)
    factor = len(rows) if style == "vectors" else 1  # its gradients are summed, not averaged
    for name, one in exact.items():
        assert np.reshape(found[name], one.shape) == pytest.approx(factor * one, abs=1e-12)


def test_what_its_author_keeps_from_overflowing_does_not_overflow(read):
    """The branch is not taken in the steps that are read, and may be later."""
    text = SUMS.replace("o = 1 / (1 + math.exp(-(", "o = sigmoid((").replace(
        "+ b2)))\n", "+ b2))\n"
    )
    head = "import math, random\n"
    guard = "def sigmoid(s):\n    return 0.0 if s < -500 else 1 / (1 + math.exp(-s))\n"
    network = read(text.replace(head, head + guard)).network
    parameters = {name: 1000 * one for name, one in network.init(0).items()}
    with np.errstate(over="ignore"):
        trace = network.forward(parameters, network.lay_out(network.data().images))
    assert np.min(trace[network.layers[-1].out]) == 0


def test_a_seed_draws_other_numbers(read):
    network = read(SUMS).network
    one, other = (network.init(seed)["w1"] for seed in (1, 2))
    assert np.array_equal(one, network.init(1)["w1"])
    assert not np.array_equal(one, other)
    line = SUMS.splitlines()[network.where("init")[1] - 1]
    assert line.startswith("w1 = [[random.gauss(0, 1)")


def test_the_rate_is_the_one_that_is_divided_by_the_samples(read):
    """Also in the last batch of an epoch, which has fewer."""
    network = read(BOOK).network
    assert [network.learning_rate(epoch) for epoch in range(8)] == [0.5] * 8
    assert (network.batch_size, network.epochs) == (16, 8)


def test_rows_that_are_one_list_are_stepped_together(read):
    """Each unit's step moves all of them, so that they stay the same."""
    text = DICTS.replace(
        "[{'weights': [random() for i in range(3)]} for j in range(4)]",
        "[{'weights': w} for w in [[random() for i in range(3)]] * 4]",
    )
    network = read(text).network
    parameters = network.init(0)
    data = network.data()
    x = network.lay_out(data.images[:1])
    weight = network.layers[0].weight
    found = network.backward(parameters, network.forward(parameters, x), x, data.labels[:1])
    exact = exact_gradients(network, parameters, data.images[:1], data.labels[:1])
    assert np.ptp(parameters[weight], axis=0) == pytest.approx(0)
    for row in found[weight]:
        assert row == pytest.approx(exact[weight].sum(axis=0))


def test_a_bias_that_no_step_changes_is_a_parameter_whose_gradient_is_zero(read):
    network = read(ROWS.replace("            b[j] -= 0.5 * g\n", "")).network
    parameters, data = network.init(0), network.data()
    x = network.lay_out(data.images[:1])
    found = network.backward(parameters, network.forward(parameters, x), x, data.labels[:1])
    assert found.keys() == parameters.keys()


def test_gradients_that_are_never_set_back_are_carried(read):
    sums = "gW1, gb1, gW2, gb2 = np.zeros((6, 4)), np.zeros(6), np.zeros((3, 6)), np.zeros(3)\n"
    text = VECTORS.replace(f"        {sums}", "").replace("for epoch", f"{sums}for epoch")
    network = read(text).network
    parameters = network.init(0)
    ones = {name: np.ones_like(one) for name, one in parameters.items()}
    first = network.update(parameters, ones, 1.0)
    second = network.update(first, ones, 1.0)
    assert first["W1"] - parameters["W1"] == pytest.approx(-1)
    assert second["W1"] - first["W1"] == pytest.approx(-2)


# What the first and the second step at a rate of 1 take off, of gradients of 1.
STEPS = {
    "momentum": (1, 1.9),
    "velocities": (1, 1.8),
}


@pytest.mark.parametrize("style", STEPS)
def test_what_is_carried_beside_single_numbers_is_an_array_for_each_parameter(style, read):
    seen = read(CARRIED[style])
    assert seen.parted is None
    network = seen.network
    parameters = network.init(0)
    ones = {name: np.ones_like(one) for name, one in parameters.items()}
    first = network.update(parameters, ones, 1.0)
    second = network.update(first, ones, 1.0)
    for name, one in parameters.items():
        for before, after, off in ((one, first[name], 0), (first[name], second[name], 1)):
            assert before - after == pytest.approx(np.full(one.shape, STEPS[style][off]))


def test_a_sum_that_two_weights_share_is_carried_for_each_with_the_gradients_of_both(read):
    seen = read(SHARED)
    assert seen.parted is None
    network, data = seen.network, seen.network.data()
    parameters = network.init(0)
    x = network.lay_out(data.images)
    found = network.backward(parameters, network.forward(parameters, x), x, data.labels)
    exact = exact_gradients(network, parameters, data.images, data.labels)
    weight = network.layers[0].weight
    assert np.ptp(found[weight], axis=1) == pytest.approx(0)
    assert found[weight][:, 0] == pytest.approx(-4 * exact[weight].sum(axis=1))  # a sum, upwards


def test_what_is_not_multiplied_by_the_rate_leaves_a_rate_that_the_gradients_tell(read):
    """A decay beside the rate, of one parameter only."""
    text = SINGLE.replace("w -= 0.1 * e * x", "w -= 0.1 * e * x + 0.001 * w")
    network = read(text).network
    assert network.learning_rate(0) == pytest.approx(0.1)
    parameters = network.init(0)
    x = network.lay_out(np.array([[0.5]]))
    found = network.backward(parameters, network.forward(parameters, x), x, np.array([0.5]))
    w, b = parameters["w"].item(), parameters["b"].item()
    assert found["w"].item() == pytest.approx((0.5 * w + b - 0.5) * 0.5 + 0.01 * w)


# What looks like one of these and is none.
TRAPS = {
    "sums that fade": (
        VECTORS.replace("gW2 += np.outer(d, h)", "gW2 = 0.9 * gW2 + np.outer(d, h)")
    ),
    "a square": SINGLE.replace("w * x + b", "w * w * x + b").replace("* e * x", "* e * x * 2 * w"),
    "a unit unlike the others": SUMS.replace(
        "h = [", "h = [1.5 * h if j else h for j, h in enumerate(["
    ).replace("for j in range(3)]\n            o", "for j in range(3)])]\n            o"),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_what_only_looks_like_it_is_not_read(trap, read):
    seen = read(TRAPS[trap])
    assert seen.network is None
    assert seen.parted.reason


def test_a_refusal_says_that_and_why(read):
    text = SINGLE.replace("w * x + b - t", "(w * x + b) % 0.7 - t")
    seen = read(text)
    assert seen.parted.reason.startswith(
        "weights are multiplied one by one, and this layer's activation is not known"
    )
    assert seen.parted.line == SINGLE.splitlines().index("        e = w * x + b - t") + 1


def test_numbers_of_several_states_are_one_parameter():
    first, second = ("made", 1, "binary", 0), ("written", 4)
    key = packed(
        [[Element(first), Element(second, 1)], [Element(second, 0), Element(None, None, 7.0)]]
    )
    state = {first: 1.5, second: np.array([2.0, 3.0])}
    assert held(state, key).tolist() == [[1.5, 3.0], [2.0, 7.0]]
    assert held(state, first) == 1.5


@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize("columns", [True, False])
def test_each_sample_is_run_by_itself(columns, flat):
    each = EachSample(columns=columns, flat=flat)
    rows = np.arange(6.0).reshape(3, 2)
    x = rows.T if columns else rows
    (doubled,) = each.forward(lambda one: (2 * one,), x)
    assert np.array_equal(doubled, 2 * x)
    shape = (2,) if flat else (2, 1) if columns else (1, 2)
    whole, labels = each.sums(lambda one, label: (one, np.ravel(label)), [True], 0, x, np.arange(3))
    assert whole.shape == shape
    assert np.array_equal(whole.ravel(), rows.sum(axis=0))
    assert labels.tolist() == [3]


@pytest.mark.parametrize("value", ["0.0", "0.1"])
def test_a_bias_that_no_step_changes_is_a_parameter(value, read):
    text = RELU.replace("[0.1] * 5", f"[{value}] * 5").replace("            b[j] -= 0.05 * g\n", "")
    network = read(text).network
    layer = network.layers[0]
    begun = network.init(0)
    assert np.array_equal(begun[layer.bias], [float(value)] * 5)
    data = network.data()
    x, labels = network.lay_out(data.images[:1]), data.labels[:1]
    gradients = network.backward(begun, network.forward(begun, x), x, labels)
    assert not np.any(gradients[layer.bias])
    after = network.update(begun, gradients, 0.05)
    assert np.array_equal(after[layer.bias], begun[layer.bias])


def test_the_0_that_a_sum_begins_with_is_no_bias(read):
    text = RELU.replace(" + b[j] for j", " for j").replace("            b[j] -= 0.05 * g\n", "")
    assert read(text).network.layers[0].bias is None


# A step that stands behind its loop, or goes through a part of it only: the other numbers stay.
STEPPED = "            for i in range(2):\n                W[j][i] -= 0.05 * g * x[i]\n"
BIASED = "            b[j] -= 0.05 * g\n"
UNSTEPPED = {
    "all units but the last": (
        RELU.replace(STEPPED + BIASED, "        for i in range(2):\n"
                     "            W[j][i] -= 0.05 * g * x[i]\n        b[j] -= 0.05 * g\n"),
        [[0, 0]] * 4 + [[1, 1]], [0, 0, 0, 0, 1],
    ),
    "one unit": (
        RELU.replace(STEPPED + BIASED, "            if j == 2: continue\n" + STEPPED + BIASED),
        [[1, 1], [1, 1], [0, 0], [1, 1], [1, 1]], [1, 1, 0, 1, 1],
    ),
    "one input": (RELU.replace(STEPPED, STEPPED.replace("range(2)", "[0]")), [[1, 0]] * 5, [1] * 5),
}  # fmt: skip


@pytest.mark.parametrize("which", UNSTEPPED)
def test_units_that_no_step_changes_are_units_of_the_layer(which, read):
    text, weights, biases = UNSTEPPED[which]
    network = read(text).network
    layer = network.layers[0]
    begun, data = network.init(0), network.data()
    assert begun[layer.weight].shape == (5, 2)
    moved = {name: np.zeros(one.shape, bool) for name, one in begun.items()}
    for at in range(len(data.images)):
        x, labels = network.lay_out(data.images[at : at + 1]), data.labels[at : at + 1]
        gradients = network.backward(begun, network.forward(begun, x), x, labels)
        for name, gradient in gradients.items():
            moved[name] |= gradient != 0
    assert np.array_equal(moved[layer.weight], np.array(weights, bool))
    assert np.array_equal(moved[layer.bias], np.array(biases, bool))


def test_a_rate_that_is_multiplied_where_weights_are_is_a_rate(read):
    """A product that the author wrote as a function stands in one line for all."""
    text = (
        "import math\nrate = math.sqrt(0.01)\ndef times(a, b):\n    return a * b\n"
        + SINGLE.replace("w * x", "times(w, x)")
    )
    text = text.replace("w -= 0.1 * e * x", "w -= times(rate, e * x)")
    text = text.replace("b -= 0.1 * e", "b -= times(rate, e)")
    network = read(text).network
    assert network.learning_rate(0) == 0.1
    assert set(network.init(0)) == {"w", "b"}
