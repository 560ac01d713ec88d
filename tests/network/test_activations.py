"""Each activation that a layer may have, against its formula and against central differences."""

import math

import numpy as np
import pytest

from diagnose.network.activations import ACTIVATIONS, SLOPED
from diagnose.network.layers import activate, derivative
from diagnose.network.record import Layer

Z = np.array([-30.0, -4.2, -1.0, -0.3, -1e-3, 2e-3, 0.4, 1.1, 3.7, 25.0])
ALPHA = 0.7
FORMULAS = {
    "relu": lambda z: max(z, 0.0),
    "leaky-relu": lambda z: z if z > 0 else ALPHA * z,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": lambda z: (math.exp(2 * z) - 1) / (math.exp(2 * z) + 1),
    "linear": lambda z: z,
    "elu": lambda z: z if z > 0 else ALPHA * (math.exp(z) - 1),
    "selu": lambda z: 1.0507009873554805 * (z if z > 0 else 1.6732632423543772 * math.expm1(z)),
    "softplus": lambda z: math.log1p(math.exp(z)),
    "swish": lambda z: z / (1 + math.exp(-z)),
    "gelu": lambda z: z * math.erfc(-z / math.sqrt(2)) / 2,
    "gelu-by-tanh": lambda z: (
        z / 2 * (1 + math.tanh(0.7978845608028654 * (z + 0.044715 * z * z * z)))
    ),
    "softsign": lambda z: z / (1 + abs(z)),
    "bipolar-sigmoid": lambda z: 2 / (1 + math.exp(-z)) - 1,
    "lecun-tanh": lambda z: 1.7159 * math.tanh(2 * z / 3),
    "arctan": math.atan,
    "sine": math.sin,
    "gaussian": lambda z: math.exp(-z * z),
    "square": lambda z: z * z,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_value_and_derivative(name):
    layer = Layer(weight="W", bias=None, pre="z", out="a", activation=name, slope=ALPHA)
    out = activate(layer, Z)
    np.testing.assert_allclose(out, [FORMULAS[name](z) for z in Z], rtol=1e-11, atol=1e-13)
    step = 1e-5
    rise = [(FORMULAS[name](z + step) - FORMULAS[name](z - step)) / (2 * step) for z in Z]
    np.testing.assert_allclose(derivative(layer, Z, out), rise, rtol=1e-6, atol=1e-8)


def test_those_that_have_a_number_of_their_own_are_the_ones_that_it_changes():
    changed = {
        name
        for name, one in ACTIVATIONS.items()
        if not np.array_equal(one.value(Z, 0.2), one.value(Z, 0.3))
    }
    assert changed == set(SLOPED)
