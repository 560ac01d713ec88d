"""Recognise an activation by its values."""

from __future__ import annotations

from typing import Any

import numpy as np

from diagnose.network.arrays import Array

CLOSE = 1e-6


def recognised(pairs: list[tuple[Any, Any]], same: bool) -> tuple[str | None, float]:
    """The name of the activation that makes each second array of the first, and its slope.

    A softmax is one along whichever axis, or over all: that it runs along the wrong one is for a
    probe to say. same: whether both are one array of the program's. None where no activation fits.
    """
    arrays = [(np.asarray(z, float), np.asarray(a, float)) for z, a in pairs]
    arrays = [(z, a.reshape(z.shape) if a.size == z.size else a) for z, a in arrays]
    arrays = [(z, a) for z, a in arrays if np.isfinite(z).all() and np.isfinite(a).all()]
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
