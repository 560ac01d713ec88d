"""Recognise an activation by its values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from diagnose.network.arrays import Array

CLOSE = 1e-6
READ = ("linear", "relu", "sigmoid", "tanh")
# What else people use, to be called by its name where it is met: the contract has none of them.
OTHERS: dict[str, Callable[[Array], Array]] = {
    "softplus": lambda z: np.logaddexp(0, z),
    "swish": lambda z: z / (1 + np.exp(-z)),
    "GELU": lambda z: z * (1 + np.vectorize(math.erf, otypes=[float])(z / math.sqrt(2))) / 2,
    "GELU, approximated": lambda z: (
        z * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))) / 2
    ),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "SELU": lambda z: 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * np.expm1(z)),
    "sine": np.sin,
    "cosine": np.cos,
    "arc tangent": np.arctan,
    "exponential": np.exp,
    "Gaussian": lambda z: np.exp(-(z**2)),
    "square": np.square,
    "cube": lambda z: z**3,
    "absolute value": np.abs,
    "relu of at most 6": lambda z: np.clip(z, 0, 6),
    "hard tanh": lambda z: np.clip(z, -1, 1),
    "hard sigmoid": lambda z: np.clip(0.2 * z + 0.5, 0, 1),
    "step": lambda z: (z > 0).astype(float),
    "sign": np.sign,
    "tanh of half": lambda z: np.tanh(z / 2),
    "tanh of two thirds": lambda z: np.tanh(2 * z / 3),
}


def recognised(pairs: list[tuple[Any, Any]], same: bool) -> tuple[str | None, float]:
    """The name of the activation that makes each second array of the first, and its slope.

    A softmax is one along whichever axis, or over all: that it runs along the wrong one is for a
    probe to say. same: whether both are one array of the program's. None where no activation fits.
    """
    arrays = _arrays(pairs)
    if not arrays or any(z.shape != a.shape for z, a in arrays):
        return None, 0.01
    if all((z >= 0).all() and _close(a, z) for z, a in arrays) and not same:
        return "relu", 0.01  # of units that were never off
    for name in ("linear", "relu", "sigmoid", "tanh", "softmax"):
        if all(any(_close(a, one) for one in _values(name, z)) for z, a in arrays):
            return name, 0.01
    slopes = [a[z < 0] / z[z < 0] for z, a in arrays if (z < 0).any()]
    rest = all(_close(a[z >= 0], z[z >= 0]) for z, a in arrays)
    if slopes and rest:
        every = np.concatenate(slopes)
        if np.ptp(every) < 1e-6 and 0 < every.mean() < 1:
            return "leaky-relu", float(f"{every.mean():.6g}")
    return None, 0.01


def refusal(pairs: list[tuple[Any, Any]]) -> str:
    """What is said of an activation that is not read: its name, as far as its values tell it."""
    name = next(_names(_arrays(pairs)), "")
    if not name:
        return "this layer's activation is not known"
    return f"this layer's activation is not read ({name})"


def _names(arrays: list[tuple[Array, Array]]) -> Iterator[str]:
    if not arrays or any(z.shape != a.shape for z, a in arrays):
        return
    z, a = (np.concatenate([np.ravel(one) for one in side]) for side in zip(*arrays, strict=True))
    below = z < 0
    with np.errstate(all="ignore"):
        every = {name: of(z) for name, of in OTHERS.items()}
        powers = np.expm1(z[below])
        usual = {name: _values(name, z)[0] for name in READ}
    yield from (name for name, one in every.items() if _close(a, one))
    alpha = _factor(a[below], powers)
    if alpha is not None and _close(a[~below], z[~below]):
        yield f"ELU with alpha {alpha:.4g}"
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
    with np.errstate(all="ignore"):
        match name:
            case "linear":
                return [z]
            case "relu":
                return [np.maximum(z, 0)]
            case "sigmoid":
                return [1 / (1 + np.exp(-z))]
            case "tanh":
                return [np.tanh(z)]
        return softmaxes(z) if z.size > 1 else []


def softmaxes(z: Array) -> list[Array]:
    """A softmax along each axis and over all, with the largest taken off along each of these.

    And a softmax of that: one too many, which a probe looks into.
    """
    axes: list[int | None] = [*range(z.ndim), None]
    with np.errstate(all="ignore"):
        powers = [np.exp(z - z.max(axis=axis, keepdims=True)) for axis in axes]
        once = [(axis, one / one.sum(axis=axis, keepdims=True)) for axis in axes for one in powers]
        again = [(axis, np.exp(one)) for axis, one in once]
        twice = [one / one.sum(axis=axis, keepdims=True) for axis, one in again]
    return [one for _, one in once] + twice
