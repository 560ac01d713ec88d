"""Recognise an activation by its values.

And how steep it is, and by how much it is multiplied, where no usual number fits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from diagnose.network.activations import ACTIVATIONS, SLOPED, stretched
from diagnose.network.arrays import Array

# Of the largest, what is left of rounding.
CLOSE = 1e-6
# The most usual ones first: where values lie close to 0, others are nearly these.
CURVED = ("sigmoid", "tanh", "softmax")
USUAL = ("linear", "relu", *CURVED)
UNUSUAL = tuple(name for name in ACTIVATIONS if name not in (*USUAL, *SLOPED))
# What else people use, to be called by its name where it is met: these have no slope to go down.
OTHERS: dict[str, Callable[[Array], Array]] = {
    "step": lambda z: (z > 0).astype(float),
    "sign": np.sign,
}
# What makes pre-activations of activations, where it has edges: that tells how steep it is.
INVERSES: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda a: np.log(a / (1 - a)),
    "tanh": np.arctanh,
}
# ``sigmoid(z) - 0.5`` is half of ``tanh(z / 2)``.
STEEP = (1.0, -1.0, 0.5, -0.5)
# Of fewer different activations, one stretched curve goes through all.
TELLING = 4
# So far from the edges an activation still tells its pre-activation.
INSIDE = 1e-3
NO_SLOPE = 0.01
# The square of a larger number overflows.
LARGEST = 1e150


def recognised(
    pairs: list[tuple[Any, Any]], same: bool, *, curved: bool = False
) -> tuple[str | None, float]:
    """The name of the activation that makes each second array of the first, and its slope.

    A softmax is one along whichever axis, or over all: that it runs along the wrong one is for a
    probe to say. same: whether both are one array of the program's. curved: whether an exponential
    stands between the two: what it makes may be 0 everywhere. None where no activation fits.
    """
    arrays = _arrays(pairs)
    if not arrays or any(z.shape != a.shape for z, a in arrays):
        return None, NO_SLOPE
    if curved and (name := _fitting(CURVED, arrays)):
        return name, NO_SLOPE
    if all((z >= 0).all() and _close(a, z) for z, a in arrays) and not same:
        return "relu", NO_SLOPE  # of units that were never off
    if name := _fitting(USUAL, arrays):
        return name, NO_SLOPE
    rest = all(_close(a[z >= 0], z[z >= 0]) for z, a in arrays)
    below = np.concatenate([z[z < 0] for z, _ in arrays])
    made = np.concatenate([a[z < 0] for z, a in arrays])
    if rest and below.size:
        slope = _factor(made, below)
        if slope is not None:
            return "leaky-relu", float(f"{slope:.6g}")
        alpha = _factor(made, np.expm1(below))
        if alpha is not None and alpha > 0:
            return "elu", float(f"{alpha:.6g}")
    if name := _fitting(UNUSUAL, arrays) or next(_stretched(arrays), None):
        return name, NO_SLOPE
    return _sloped(arrays) or (None, NO_SLOPE)


def _sloped(arrays: list[tuple[Array, Array]]) -> tuple[str, float] | None:
    """A leaky ReLU, or an ELU, that is multiplied: as a SELU is whose numbers are rounded."""
    z, a = _joined(arrays)
    above, below = z >= 0, z < 0
    if np.unique(a[above]).size < TELLING or np.unique(a[below]).size < TELLING:
        return None
    times = _factor(a[above], z[above])
    if times is None:
        return None
    for name, of in (("leaky-relu", z[below]), ("elu", np.expm1(z[below]))):
        slope = _factor(a[below] / times, of)
        if slope is not None and (slope > 0 or name != "elu"):
            return stretched(name, _whole(times), 1.0), float(f"{slope:.6g}")
    return None


def _fitting(names: tuple[str, ...], arrays: list[tuple[Array, Array]]) -> str | None:
    """The first activation that makes all second arrays of the first ones."""
    for name in names:
        if all(any(_close(a, one) for one in _values(name, z)) for z, a in arrays):
            return name
    return None


def _stretched(arrays: list[tuple[Array, Array]]) -> Iterator[str]:
    """Activations that make all second arrays of the first ones, stretched along one axis or both.

    As where a sigmoid lacks its minus, and falls: ``1 / (1 + np.exp(z))``.
    """
    z, a = _joined(arrays)
    if np.unique(a).size < TELLING:
        return
    for name in (*USUAL[:4], *UNUSUAL):
        for steep in (*STEEP, *_steepness(name, z, a)):
            times = _factor(a, _values(name, steep * z)[0])
            if times is not None and (name in USUAL or bends(name, steep * z)):
                yield stretched(name, *(_whole(one) for one in (times, steep)))


def _steepness(name: str, z: Array, a: Array) -> list[float]:
    """How steep a sigmoid or tanh is, as its own inverse tells it."""
    inside = (a > INSIDE if name == "sigmoid" else a > INSIDE - 1) & (a < 1 - INSIDE)
    if name not in INVERSES or not inside.any():
        return []
    found = _factor(INVERSES[name](a[inside]), z[inside])
    return [] if found is None else [found]


def _whole(number: float) -> float:
    return float(round(number)) if abs(number - round(number)) < CLOSE else number


def refusal(pairs: list[tuple[Any, Any]]) -> str:
    """What is said of an activation that is not read: its name, as far as its values tell it."""
    arrays = _arrays(pairs)
    if is_logarithm(pairs):
        return "this layer's activation is not read (log-softmax)"
    if pairs and not any(np.size(z) for z, _ in pairs):
        return "no step that was seen takes a sample here"
    if pairs and not arrays:
        return "what this layer computes is not finite in any step that was seen"
    if arrays and all(z.shape == a.shape for z, a in arrays):
        z, a = _joined(arrays)
        for name, of in OTHERS.items():
            if _factor(a, of(z)) is not None:
                return f"this layer's activation is not read ({name})"
    return "this layer's activation is not known"


def is_logarithm(pairs: list[tuple[Any, Any]]) -> bool:
    """Whether activations are the logarithms of a softmax of the pre-activations."""
    arrays = _arrays(pairs)
    if not arrays or any(z.shape != a.shape or z.size < 2 for z, a in arrays):
        return False
    with np.errstate(all="ignore"):
        return all(any(_close(a, np.log(one)) for one in softmaxes(z)) for z, a in arrays)


def _joined(arrays: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    """All pre-activations and all activations, each as one vector."""
    z, a = (np.concatenate([np.ravel(one) for one in side]) for side in zip(*arrays, strict=True))
    return z, a


def _factor(a: Array, of: Array) -> float | None:
    """The number that one array is a multiple of another by; None where it is none."""
    size = float(of @ of)
    if not 0 < size < math.inf:
        return None
    factor = float(a @ of) / size
    return factor if factor and _close(a, factor * of) else None


def _arrays(pairs: list[tuple[Any, Any]]) -> list[tuple[Array, Array]]:
    """Pre-activations and activations in one shape, where there are any, and all are finite."""
    arrays = [(np.asarray(z, float), np.asarray(a, float)) for z, a in pairs]
    arrays = [(z, a.reshape(z.shape) if a.size == z.size else a) for z, a in arrays]
    finite = [(z, a) for z, a in arrays if z.size and np.isfinite(z).all() and np.isfinite(a).all()]
    return [pair for pair in finite if np.abs(pair[0]).max() < LARGEST] or finite


def _close(one: Array, other: Array) -> bool:
    return one.shape == other.shape and np.allclose(one, other, rtol=CLOSE, atol=1e-9)


def _values(name: str, z: Array) -> list[Array]:
    if name == "softmax":
        return softmaxes(z) if z.size > 1 else []
    with np.errstate(all="ignore"):
        return [ACTIVATIONS[name].value(z, NO_SLOPE)]


def softmaxes(z: Array) -> list[Array]:
    """A softmax along each axis and over all, with the largest taken off along each of these.

    And a softmax of that: one too many, which a probe looks into. And one of another activation,
    as where a loop over the layers applies the hidden layers' to the last one too, or of absolute
    values: the logits are what the layer computes, and the forward pass is not what is declared.
    """
    axes: list[int | None] = [*range(z.ndim), None]

    def powers(of: Array, axis: int | None) -> Array:
        return np.asarray(np.exp(of - of.max(axis=axis, keepdims=True)))

    def shares(of: Array, axis: int | None) -> Array:
        return np.asarray(of / of.sum(axis=axis, keepdims=True))

    with np.errstate(all="ignore"):
        each = [powers(z, axis) for axis in axes]
        once = [(axis, shares(one, axis)) for axis in axes for one in each]
        twice = [shares(np.exp(one), axis) for axis, one in once]
        squashed = [ACTIVATIONS[name].value(z, NO_SLOPE) for name in USUAL[1:4]] + [np.abs(z)]
        over = [shares(powers(a, axis), axis) for a in squashed for axis in axes]
    return [one for _, one in once] + twice + over


def bends(name: str, entering: Array) -> bool:
    """Whether what enters goes past each kink of an activation: short of them it is a line."""
    low, high = entering.min(), entering.max()
    return all(low < kink < high for kink in ACTIVATIONS[name].kinks)
