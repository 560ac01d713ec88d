"""Recognise an activation by its values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from diagnose.network.activations import ACTIVATIONS, SLOPED
from diagnose.network.arrays import Array

CLOSE = 1e-6
# The most usual ones first: where values lie close to 0, others are nearly these.
USUAL = ("linear", "relu", "sigmoid", "tanh", "softmax")
UNUSUAL = tuple(name for name in ACTIVATIONS if name not in (*USUAL, *SLOPED))
# What else people use, to be called by its name where it is met: the contract has none of them.
OTHERS: dict[str, Callable[[Array], Array]] = {
    "cosine": np.cos,
    "exponential": np.exp,
    "cube": lambda z: z**3,
    "absolute value": np.abs,
    "relu of at most 6": lambda z: np.clip(z, 0, 6),
    "hard tanh": lambda z: np.clip(z, -1, 1),
    "hard sigmoid": lambda z: np.clip(0.2 * z + 0.5, 0, 1),
    "step": lambda z: (z > 0).astype(float),
    "sign": np.sign,
    "tanh of two thirds": lambda z: np.tanh(2 * z / 3),
}
NO_SLOPE = 0.01


def recognised(pairs: list[tuple[Any, Any]], same: bool) -> tuple[str | None, float]:
    """The name of the activation that makes each second array of the first, and its slope.

    A softmax is one along whichever axis, or over all: that it runs along the wrong one is for a
    probe to say. same: whether both are one array of the program's. None where no activation fits.
    """
    arrays = _arrays(pairs)
    if not arrays or any(z.shape != a.shape for z, a in arrays):
        return None, NO_SLOPE
    if all((z >= 0).all() and _close(a, z) for z, a in arrays) and not same:
        return "relu", NO_SLOPE  # of units that were never off
    if name := _fitting(USUAL, arrays):
        return name, NO_SLOPE
    rest = all(_close(a[z >= 0], z[z >= 0]) for z, a in arrays)
    below = np.concatenate([z[z < 0] for z, _ in arrays])
    made = np.concatenate([a[z < 0] for z, a in arrays])
    if rest and below.size:
        slope = _factor(made, below)
        if slope is not None and 0 < slope < 1:
            return "leaky-relu", float(f"{slope:.6g}")
        alpha = _factor(made, np.expm1(below))
        if alpha is not None and alpha > 0:
            return "elu", float(f"{alpha:.6g}")
    return _fitting(UNUSUAL, arrays), NO_SLOPE


def _fitting(names: tuple[str, ...], arrays: list[tuple[Array, Array]]) -> str | None:
    """The first activation that makes all second arrays of the first ones."""
    for name in names:
        if all(any(_close(a, one) for one in _values(name, z)) for z, a in arrays):
            return name
    return None


def refusal(pairs: list[tuple[Any, Any]]) -> str:
    """What is said of an activation that is not read: its name, as far as its values tell it."""
    arrays = _arrays(pairs)
    if pairs and not arrays:
        return "what this layer computes is not finite in any step that was seen"
    name = next(_names(arrays), "")
    if not name:
        return "this layer's activation is not known"
    return f"this layer's activation is not read ({name})"


def _names(arrays: list[tuple[Array, Array]]) -> Iterator[str]:
    if not arrays or any(z.shape != a.shape for z, a in arrays):
        return
    z, a = (np.concatenate([np.ravel(one) for one in side]) for side in zip(*arrays, strict=True))
    with np.errstate(all="ignore"):
        every = {name: of(z) for name, of in OTHERS.items()}
    usual = {name: _values(name, z)[0] for name in (*USUAL[:4], *UNUSUAL)}
    yield from (name for name, one in every.items() if _close(a, one))
    for name, one in {**usual, **every}.items():
        factor = _factor(a, one)
        if factor is not None:
            yield f"{factor:.4g} times {name}"


def _factor(a: Array, of: Array) -> float | None:
    """The number that one array is a multiple of another by; None where it is none."""
    size = float(of @ of)
    if not 0 < size < math.inf:
        return None
    factor = float(a @ of) / size
    return factor if factor and _close(a, factor * of) else None


def _arrays(pairs: list[tuple[Any, Any]]) -> list[tuple[Array, Array]]:
    """Pre-activations and activations in one shape, where all of them are numbers."""
    arrays = [(np.asarray(z, float), np.asarray(a, float)) for z, a in pairs]
    arrays = [(z, a.reshape(z.shape) if a.size == z.size else a) for z, a in arrays]
    return [(z, a) for z, a in arrays if np.isfinite(z).all() and np.isfinite(a).all()]


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
    as where a loop over the layers applies the hidden layers' to the last one too: the logits are
    what the layer computes, and the forward pass is not what is declared.
    """
    axes: list[int | None] = [*range(z.ndim), None]
    with np.errstate(all="ignore"):
        powers = [np.exp(z - z.max(axis=axis, keepdims=True)) for axis in axes]
        once = [(axis, one / one.sum(axis=axis, keepdims=True)) for axis in axes for one in powers]
        again = [(axis, np.exp(one)) for axis, one in once]
        twice = [one / one.sum(axis=axis, keepdims=True) for axis, one in again]
        squashed = [ACTIVATIONS[name].value(z, NO_SLOPE) for name in USUAL[1:4]]
        risen = [
            (axis, np.exp(a - a.max(axis=axis, keepdims=True))) for a in squashed for axis in axes
        ]
        over = [one / one.sum(axis=axis, keepdims=True) for axis, one in risen]
    return [one for _, one in once] + twice + over
