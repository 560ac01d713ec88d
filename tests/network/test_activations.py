"""Each activation that a layer may have, against its formula and against central differences."""

import math

import numpy as np
import pytest

from diagnose.network.activations import (
    ACTIVATIONS,
    SLOPED,
    activation_of,
    is_activation,
    stretched,
    taken_apart,
)
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
    "cube": lambda z: z * z * z,
    "cosine": math.cos,
    "exponential": math.exp,
    "relu6": lambda z: min(max(z, 0.0), 6.0),
    "hard-tanh": lambda z: min(max(z, -1.0), 1.0),
    "hard-sigmoid": lambda z: min(max(0.2 * z + 0.5, 0.0), 1.0),
    "mish": lambda z: z * math.tanh(math.log1p(math.exp(z))),
    "hard-swish": lambda z: z * min(max(z + 3, 0.0), 6.0) / 6,
    "squared-relu": lambda z: max(z, 0.0) ** 2,
    "inverse-root": lambda z: z / math.sqrt(1 + z * z),
    "arcsinh": math.asinh,
    "signed-log": lambda z: math.copysign(math.log1p(abs(z)), z),
    "error-function": math.erf,
    "normal-cdf": lambda z: math.erfc(-z / math.sqrt(2)) / 2,
    "bent-identity": lambda z: (math.sqrt(z * z + 1) - 1) / 2 + z,
    "tanh-shrink": lambda z: z - math.tanh(z),
    "snake": lambda z: z + math.sin(z) ** 2,
}
STRETCHED = {
    "sigmoid(-z)": lambda z: 1 / (1 + math.exp(z)),
    "0.5*tanh(z)": lambda z: math.tanh(z) / 2,
    "-relu(-2*z)": lambda z: min(2 * z, 0.0),
    "3*hard-tanh(0.5*z)": lambda z: 3 * min(max(z / 2, -1.0), 1.0),
}


@pytest.mark.parametrize("name", [*ACTIVATIONS, *STRETCHED])
def test_value_and_derivative(name):
    layer = Layer(weight="W", bias=None, pre="z", out="a", activation=name, slope=ALPHA)
    out = activate(layer, Z)
    formula = {**FORMULAS, **STRETCHED}[name]
    np.testing.assert_allclose(out, [formula(z) for z in Z], rtol=1e-11, atol=1e-13)
    step, smooth = 1e-5, ~np.isin(Z, activation_of(name).kinks)
    rise = np.array([(formula(z + step) - formula(z - step)) / (2 * step) for z in Z])
    found = derivative(layer, Z, out)
    np.testing.assert_allclose(found[smooth], rise[smooth], rtol=1e-6, atol=1e-8)


def test_a_derivative_jumps_where_it_is_said_to():
    for name in [*ACTIVATIONS, *STRETCHED]:
        one, fine = activation_of(name), np.linspace(-8, 8, 16001) + 1e-4
        slope = one.derivative(fine, one.value(fine, ALPHA), ALPHA)
        jumps = fine[1:][np.abs(np.diff(slope)) > 0.15]
        if name not in ("exponential", "cube"):  # these are steep
            np.testing.assert_allclose(jumps, sorted(one.kinks), atol=2e-3)


@pytest.mark.parametrize("name", ["sigmoid()", "0*tanh(z)", "softmax(-z)", "2*", "other(z)", None])
def test_what_is_no_activation(name):
    assert not is_activation(name)
    assert is_activation("softmax")


@pytest.mark.parametrize("name", STRETCHED)
def test_a_stretched_one_is_called_as_it_is_taken_apart(name):
    assert stretched(*taken_apart(name)) == name


def test_those_that_have_a_number_of_their_own_are_the_ones_that_it_changes():
    changed = {
        name
        for name, one in ACTIVATIONS.items()
        if not np.array_equal(one.value(Z, 0.2), one.value(Z, 0.3))
    }
    assert changed == set(SLOPED)
