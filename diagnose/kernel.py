"""The innermost loop, compiled by numba. ``compiled`` says what its arguments mean.

Importing this module imports numba; only ``compiled`` does it, when the first run starts.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import math

import numpy as np
from numba import njit

# In float64 exp overflows above ln(1.797e308) and is 0 below ln(4.94e-324 / 2).
OVERFLOW = 709.782712893384
UNDERFLOW = -745.1332191019412


@njit(cache=True, nogil=True, error_model="numpy")
def train(
    theta, sizes, codes, slopes, factors, order, rates, labels, starts, columns, values, stable
):
    """Train ``theta`` in place.

    Returns the largest absolute logit met (nan if one was) and whether exp overflowed or
    underflowed as a whole, which only a softmax that is not ``stable`` lets happen: a run that
    never broke is bit for bit the run of the stable softmax.
    """
    layers = sizes.size - 1
    units = np.zeros(layers + 1, np.int64)  # where a layer's outputs start in `out` and `delta`
    at = np.zeros(layers, np.int64)  # where a layer's parameters start in `theta`
    for k in range(layers):
        units[k + 1] = units[k] + sizes[k + 1]
        if k + 1 < layers:
            at[k + 1] = at[k] + (sizes[k] + 1) * sizes[k + 1]
    out = np.zeros(units[layers])
    slope = np.zeros(units[layers])  # derivative of each unit's activation
    delta = np.zeros(units[layers])
    batch = order.shape[2]
    gradient = np.zeros(theta.size if batch > 1 else 0)
    alive = np.zeros(layers, np.bool_)
    covered = np.zeros(labels.size, np.bool_)
    first = 0  # layers below this one are dead for good
    largest = 0.0
    broke = False
    for epoch in range(order.shape[0]):
        rate = rates[epoch]
        alive[:] = False
        for s in range(order.shape[1]):
            count = 0
            for b in range(batch):
                sample = order[epoch, s, b]
                if sample < 0:
                    continue
                count += 1
                top, cracked = _forward(
                    theta, sizes, codes, slopes, starts, columns, values, sample, first, at,
                    units, out, slope, alive, stable,
                )  # fmt: skip
                if not top <= largest and not math.isnan(largest):
                    largest = top
                broke = broke or cracked
                _backward(theta, sizes, labels[sample], first, at, units, out, slope, delta)
                if batch == 1:
                    _descend(
                        theta, sizes, factors, starts, columns, values, sample, first, at, units,
                        out, delta, -rate,
                    )  # fmt: skip
                else:
                    _descend(
                        gradient, sizes, factors, starts, columns, values, sample, first, at,
                        units, out, delta, 1.0,
                    )  # fmt: skip
            if batch > 1 and count > 0:
                for i in range(theta.size):
                    theta[i] -= rate * (gradient[i] / count)
                    gradient[i] = 0.0
        for i in range(at[first], theta.size):
            if not math.isfinite(theta[i]):
                return largest, broke
        # Dead for good only if every later sample was among this epoch's.
        candidate = first
        for k in range(first, layers - 1):
            if not alive[k]:
                candidate = k + 1
        if candidate > first and _covers(order, epoch, covered):
            first = candidate
            for i in range(units[first]):
                out[i] = 0.0
    return largest, broke


@njit(cache=True, nogil=True)
def _covers(order, epoch, covered):
    """Whether an epoch's samples include all samples of the later ones."""
    covered[:] = False
    for s in range(order.shape[1]):
        for b in range(order.shape[2]):
            if order[epoch, s, b] >= 0:
                covered[order[epoch, s, b]] = True
    for later in range(epoch + 1, order.shape[0]):
        for s in range(order.shape[1]):
            for b in range(order.shape[2]):
                if order[later, s, b] >= 0 and not covered[order[later, s, b]]:
                    return False
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _forward(
    theta,
    sizes,
    codes,
    slopes,
    starts,
    columns,
    values,
    sample,
    first,
    at,
    units,
    out,
    slope,
    alive,
    stable,
):
    """Fill ``out`` and ``slope`` for a sample; the largest absolute logit, whether exp broke."""
    layers = sizes.size - 1
    for k in range(first, layers):
        n, width = sizes[k], sizes[k + 1]
        z = out[units[k] : units[k] + width]
        bias = at[k] + n * width
        for j in range(width):
            z[j] = theta[bias + j]
        if k == 0:
            for p in range(starts[sample], starts[sample + 1]):
                x = values[p]
                row = at[0] + columns[p] * width
                for j in range(width):
                    z[j] += x * theta[row + j]
        else:
            for i in range(n):
                x = out[units[k - 1] + i]
                if x != 0.0:
                    row = at[k] + i * width
                    for j in range(width):
                        z[j] += x * theta[row + j]
        if k < layers - 1:
            for j in range(width):
                u = units[k] + j
                if codes[k] == 0:
                    slope[u] = 1.0 if z[j] > 0 else 0.0
                    # not max(0, z): a nan must stay one
                    if z[j] <= 0:
                        z[j] = 0.0
                elif codes[k] == 1:
                    slope[u] = 1.0 if z[j] > 0 else slopes[k]
                    z[j] *= slope[u]
                elif codes[k] == 2:
                    z[j] = 1.0 / (1.0 + math.exp(-z[j]))
                    slope[u] = z[j] * (1.0 - z[j])
                elif codes[k] == 3:
                    z[j] = math.tanh(z[j])
                    slope[u] = 1.0 - z[j] * z[j]
                else:
                    slope[u] = 1.0
                if z[j] != 0.0 or slope[u] != 0.0:
                    alive[k] = True
    width = sizes[layers]
    z = out[units[layers - 1] : units[layers - 1] + width]
    top, shift, total = 0.0, z[0], 0.0
    for j in range(width):
        if not abs(z[j]) <= top:
            top = abs(z[j])
        if z[j] > shift:
            shift = z[j]
    for j in range(width):
        total += math.exp(z[j] - shift)
    # exp(z) / sum(exp(z)) as written, without the shift: inf / inf and 0 / 0 are nan
    over = not stable and shift + math.log(total) > OVERFLOW
    under = not stable and shift < UNDERFLOW
    for j in range(width):
        if under or (over and z[j] > OVERFLOW):
            z[j] = math.nan
        elif over:
            z[j] = 0.0
        else:
            z[j] = math.exp(z[j] - shift) / total
    return top, over or under


@njit(cache=True, nogil=True)
def _backward(theta, sizes, label, first, at, units, out, slope, delta):
    """Fill ``delta``, the loss's derivative with respect to each pre-activation."""
    layers = sizes.size - 1
    last = units[layers - 1]
    for j in range(sizes[layers]):
        delta[last + j] = out[last + j]
    delta[last + label] -= 1.0
    for k in range(layers - 2, first - 1, -1):
        width = sizes[k + 2]
        for i in range(sizes[k + 1]):
            u = units[k] + i
            total = 0.0
            if slope[u] != 0.0:
                row = at[k + 1] + i * width
                for j in range(width):
                    total += theta[row + j] * delta[units[k + 1] + j]
                total *= slope[u]
            delta[u] = total


@njit(cache=True, nogil=True)
def _descend(
    target, sizes, factors, starts, columns, values, sample, first, at, units, out, delta, scale
):
    """Add ``scale`` times the author's gradient of one sample to ``target``."""
    layers = sizes.size - 1
    step = np.empty(sizes.max())
    for k in range(first, layers):
        n, width = sizes[k], sizes[k + 1]
        still = True
        for j in range(width):
            d = delta[units[k] + j]
            if d != 0.0:
                still = False
            target[at[k] + n * width + j] += scale * factors[k, 1] * d
            step[j] = scale * factors[k, 0] * d
        if still:
            continue
        if k == 0:
            for p in range(starts[sample], starts[sample + 1]):
                x = values[p]
                row = at[0] + columns[p] * width
                for j in range(width):
                    target[row + j] += x * step[j]
        else:
            for i in range(n):
                x = out[units[k - 1] + i]
                if x != 0.0:
                    row = at[k] + i * width
                    for j in range(width):
                        target[row + j] += x * step[j]
