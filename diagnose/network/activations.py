"""The activations that a layer may have, one function with its derivative for each name.

``relu``, ``leaky-relu``, ``sigmoid``, ``tanh``, ``linear`` and ``softmax`` are what nearly
everybody writes; the others are those of PyTorch's and Keras' lists that people write by hand, and
of textbooks. A softmax stands beside this table: its derivative is a matrix for each sample.

Each may be stretched along both axes, and is then written out: ``0.5*tanh(z)``, ``sigmoid(-z)``,
``-relu(2*z)``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from diagnose.network.arrays import Array

# Klambauer et al. 2017, "Self-normalizing neural networks", section 2.
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
# LeCun et al. 1998, "Efficient backprop", section 4.4.
LECUN_SIZE, LECUN_SLOPE = 1.7159, 2 / 3
# Hendrycks and Gimpel 2016, "Gaussian error linear units": the approximation by a tanh.
GELU_CUBE = 0.044715


@dataclass(frozen=True)
class Activation:
    """An activation of a unit by itself.

    value: ``(pre, slope) -> out``; derivative: ``(pre, out, slope) -> d out / d pre``, at a kink
    the one from the left. Arrays keep their shape. slope: the number that ``Layer.slope`` holds,
    where the activation has one. rectifies: whether it leaves out about one half of what it is
    given, so that He's initialization is the one made for it. kinks: where its derivative jumps.
    """

    value: Callable[[Array, float], Array]
    derivative: Callable[[Array, Array, float], Array]
    rectifies: bool = False
    kinks: tuple[float, ...] = ()


def _logistic(z: Array) -> Array:
    # tanh cannot overflow, 1 / (1 + exp(-z)) can; the two are the same function
    return 0.5 * (1 + np.tanh(0.5 * z))


def _elu(z: Array, slope: float) -> Array:
    return np.where(z > 0, z, slope * np.expm1(np.minimum(z, 0)))


def _gaussian_below(z: Array) -> Array:
    """The share of a normal distribution that lies below each number."""
    return 0.5 * (1 + np.vectorize(math.erf, otypes=[float])(z / math.sqrt(2)))


def _gelu_by_tanh(z: Array) -> Array:
    return np.tanh(math.sqrt(2 / math.pi) * (z + GELU_CUBE * z**3))


def _gelu_by_tanh_slope(z: Array) -> Array:
    inner = _gelu_by_tanh(z)
    steep = math.sqrt(2 / math.pi) * (1 + 3 * GELU_CUBE * z**2)
    return 0.5 * (1 + inner) + 0.5 * z * (1 - inner**2) * steep


def _softplus(z: Array) -> Array:
    return np.logaddexp(0, z)


def _mish_slope(z: Array) -> Array:
    inner = np.tanh(_softplus(z))
    return inner + z * (1 - inner**2) * _logistic(z)


def _density(z: Array) -> Array:
    """The normal distribution's density."""
    return np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def _between(z: Array, low: float, high: float) -> Array:
    return ((z > low) & (z <= high)).astype(z.dtype)


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(
        lambda z, _: np.maximum(z, 0), lambda z, a, _: (z > 0).astype(z.dtype), True, (0.0,)
    ),
    "leaky-relu": Activation(
        lambda z, slope: np.where(z > 0, z, slope * z),
        lambda z, a, slope: np.where(z > 0, 1, slope).astype(z.dtype),
        True,
        (0.0,),
    ),
    "sigmoid": Activation(lambda z, _: _logistic(z), lambda z, a, _: a * (1 - a)),
    "tanh": Activation(lambda z, _: np.tanh(z), lambda z, a, _: 1 - a**2),
    "linear": Activation(lambda z, _: z, lambda z, a, _: np.ones_like(z)),
    "elu": Activation(
        _elu, lambda z, a, slope: np.where(z > 0, 1, a + slope).astype(z.dtype), True, (0.0,)
    ),
    "selu": Activation(
        lambda z, _: SELU_SCALE * _elu(z, SELU_ALPHA),
        lambda z, a, _: np.where(z > 0, SELU_SCALE, a + SELU_SCALE * SELU_ALPHA).astype(z.dtype),
        False,
        (0.0,),
    ),
    "softplus": Activation(lambda z, _: _softplus(z), lambda z, a, _: _logistic(z), rectifies=True),
    "swish": Activation(
        lambda z, _: z * _logistic(z),
        lambda z, a, _: _logistic(z) * (1 + z * (1 - _logistic(z))),
        rectifies=True,
    ),
    "gelu": Activation(
        lambda z, _: z * _gaussian_below(z),
        lambda z, a, _: _gaussian_below(z) + z * _density(z),
        rectifies=True,
    ),
    "gelu-by-tanh": Activation(
        lambda z, _: 0.5 * z * (1 + _gelu_by_tanh(z)),
        lambda z, a, _: _gelu_by_tanh_slope(z),
        rectifies=True,
    ),
    "softsign": Activation(
        lambda z, _: z / (1 + np.abs(z)), lambda z, a, _: 1 / (1 + np.abs(z)) ** 2
    ),
    "bipolar-sigmoid": Activation(lambda z, _: np.tanh(0.5 * z), lambda z, a, _: 0.5 * (1 - a**2)),
    "lecun-tanh": Activation(
        lambda z, _: LECUN_SIZE * np.tanh(LECUN_SLOPE * z),
        lambda z, a, _: LECUN_SLOPE * (LECUN_SIZE - a**2 / LECUN_SIZE),
    ),
    "arctan": Activation(lambda z, _: np.arctan(z), lambda z, a, _: 1 / (1 + z**2)),
    "sine": Activation(lambda z, _: np.sin(z), lambda z, a, _: np.cos(z)),
    "gaussian": Activation(lambda z, _: np.exp(-(z**2)), lambda z, a, _: -2 * z * a),
    "square": Activation(lambda z, _: z**2, lambda z, a, _: 2 * z),
    "cube": Activation(lambda z, _: z**3, lambda z, a, _: 3 * z**2),
    "cosine": Activation(lambda z, _: np.cos(z), lambda z, a, _: -np.sin(z)),
    "exponential": Activation(lambda z, _: np.exp(z), lambda z, a, _: a),
    "relu6": Activation(
        lambda z, _: np.clip(z, 0, 6), lambda z, a, _: _between(z, 0, 6), True, (0.0, 6.0)
    ),
    "hard-tanh": Activation(
        lambda z, _: np.clip(z, -1, 1), lambda z, a, _: _between(z, -1, 1), kinks=(-1.0, 1.0)
    ),
    "hard-sigmoid": Activation(
        lambda z, _: np.clip(0.2 * z + 0.5, 0, 1),
        lambda z, a, _: 0.2 * _between(z, -2.5, 2.5),
        kinks=(-2.5, 2.5),
    ),
    # Misra 2019, "Mish"; Howard et al. 2019, "Searching for MobileNetV3"; So et al. 2021, "Primer"
    "mish": Activation(
        lambda z, _: z * np.tanh(_softplus(z)), lambda z, a, _: _mish_slope(z), rectifies=True
    ),
    "hard-swish": Activation(
        lambda z, _: z * np.clip(z + 3, 0, 6) / 6,
        lambda z, a, _: np.where(z > 3, 1, _between(z, -3, 3) * (2 * z + 3) / 6).astype(z.dtype),
        True,
        (-3.0, 3.0),
    ),
    "squared-relu": Activation(
        lambda z, _: np.maximum(z, 0) ** 2, lambda z, a, _: 2 * np.maximum(z, 0), rectifies=True
    ),
    # Carlile et al. 2017, "Improving deep learning by inverse square root linear units"
    "inverse-root": Activation(
        lambda z, _: z / np.sqrt(1 + z**2), lambda z, a, _: (1 + z**2) ** -1.5
    ),
    "arcsinh": Activation(lambda z, _: np.arcsinh(z), lambda z, a, _: 1 / np.sqrt(1 + z**2)),
    "signed-log": Activation(
        lambda z, _: np.sign(z) * np.log1p(np.abs(z)), lambda z, a, _: 1 / (1 + np.abs(z))
    ),
    "error-function": Activation(
        lambda z, _: 2 * _gaussian_below(math.sqrt(2) * z) - 1,
        lambda z, a, _: 2 * math.sqrt(2) * _density(math.sqrt(2) * z),
    ),
    "normal-cdf": Activation(lambda z, _: _gaussian_below(z), lambda z, a, _: _density(z)),
    "bent-identity": Activation(
        lambda z, _: (np.sqrt(z**2 + 1) - 1) / 2 + z,
        lambda z, a, _: z / (2 * np.sqrt(z**2 + 1)) + 1,
    ),
    "tanh-shrink": Activation(lambda z, _: z - np.tanh(z), lambda z, a, _: np.tanh(z) ** 2),
    # Ziyin et al. 2020, "Neural networks fail to learn periodic functions"
    "snake": Activation(lambda z, _: z + np.sin(z) ** 2, lambda z, a, _: 1 + np.sin(2 * z)),
}
# Those that have a number of their own.
SLOPED = ("leaky-relu", "elu")
# An activation that is stretched: by how much along both axes, and which it is.
NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"
STRETCHED = re.compile(
    rf"(?P<minus>-?)(?:(?P<times>{NUMBER})\*)?(?P<name>[a-z][a-z0-9-]*)"
    rf"\((?P<turned>-?)(?:(?P<steep>{NUMBER})\*)?z\)"
)


def stretched(name: str, times: float, steep: float) -> str:
    """What ``times * activation(steep * z)`` is called; its own name where nothing is stretched."""
    if times == steep == 1:
        return name
    return f"{_factor(times)}{name}({_factor(steep)}z)"


def _factor(number: float) -> str:
    return "" if number == 1 else "-" if number == -1 else f"{number:.12g}*"


def taken_apart(name: str) -> tuple[str, float, float]:
    """Of a stretched activation its own name, and by how much it is stretched, as ``stretched``."""
    found = STRETCHED.fullmatch(name)
    if found is None:
        return name, 1.0, 1.0
    times, steep = float(found["times"] or 1), float(found["steep"] or 1)
    return (
        found["name"],
        -times if found["minus"] else times,
        -steep if found["turned"] else steep,
    )


def is_sloped(name: str) -> bool:
    """Whether an activation, stretched or not, has a number of its own."""
    return taken_apart(name)[0] in SLOPED


@cache
def activation_of(name: str) -> Activation | None:
    """The activation of that name, stretched or not; None for any other, and for softmax."""
    plain, times, steep = taken_apart(name)
    own = ACTIVATIONS.get(plain)
    if own is None or times == steep == 1:
        return own
    if not (times and steep and math.isfinite(times * steep)):
        return None
    return replace(
        own,
        value=lambda z, slope: times * own.value(steep * z, slope),
        derivative=lambda z, a, slope: (
            times * steep * own.derivative(steep * z, own.value(steep * z, slope), slope)
        ),
        kinks=tuple(kink / steep for kink in own.kinks),
    )


def is_activation(name: object) -> bool:
    """Whether a layer may have it."""
    return isinstance(name, str) and (name == "softmax" or activation_of(name) is not None)


def every_activation() -> str:
    """The names of all, in a sentence."""
    return ", ".join([*ACTIVATIONS, "softmax"])
