"""Parameters that are held within bounds after a step: the bound is no part of the gradient."""

import numpy as np
import pytest

from diagnose.calculus.gradients import exact_gradients, own_gradients
from tests.watching.scripts import FLAT

STEP = "W1 -= lr * x.T @ d1\n"
BOUNDS = {
    "bound anew": "W1 = np.clip(W1, -0.3, 0.3)",
    "in place": "np.clip(W1, -0.3, 0.3, out=W1)",
    "a norm": "W1 *= np.minimum(1, 0.6 / np.sqrt((W1 ** 2).sum(axis=0, keepdims=True)))",
}


@pytest.mark.parametrize("kind", BOUNDS)
def test_the_step_is_read_and_what_bounds_it_belongs_to_the_update(kind, read):
    seen = read(FLAT.replace(STEP, f"{STEP}        {BOUNDS[kind]}\n"))
    assert seen.parted is None
    network, data = seen.network, seen.network.data()
    assert network.learning_rate(0) == 0.3
    parameters, rows, labels = network.init(0), data.images[:9], data.labels[:9]
    own = own_gradients(network, parameters, rows, labels)
    exact = exact_gradients(network, parameters, rows, labels)
    for name, one in exact.items():
        np.testing.assert_allclose(own[name], one, atol=1e-12)
    before = {name: one.copy() for name, one in parameters.items()}
    after = network.update(parameters, {name: 0 * one for name, one in own.items()}, 0.3)
    for name, one in before.items():
        np.testing.assert_array_equal(parameters[name], one)
        assert np.array_equal(after[name], one) == (name != "W1")
    size = np.sqrt((after["W1"] ** 2).sum(axis=0)) if kind == "a norm" else np.abs(after["W1"])
    assert size.max() <= (0.6 if kind == "a norm" else 0.3) + 1e-12


def test_a_bound_that_the_samples_set_is_no_bound_of_the_update(read):
    text = FLAT.replace(STEP, f"{STEP}        W1 = np.clip(W1, -np.abs(d1).max(), 0.3)\n")
    seen = read(text)
    assert seen.network is None or "dW1 = (W1_before - W1_2)" in str(seen.read.said["backward"])
