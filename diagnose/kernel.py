"""The innermost loop, compiled by numba. ``compiled`` says what its arguments mean.

Importing this module imports numba; only ``compiled`` does it, when the first run starts.

Several runs that see the same samples in the same order are trained side by side, one step of each
after the other: a pixel is then looked up once for all of them, and the first layer's weights of
one pixel lie beside each other for all runs, which the processor adds up in few instructions. The
runs share nothing else, and the arithmetic of each is the same in any company.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import math

import numpy as np
from numba import njit

# Where the largest logit lies within this of 0, exp(z) / sum(exp(z)) and the same with the largest
# logit taken off first agree to rounding: exp loses digits below -708 and overflows at 709.8.
SAFE = 700.0
SOFTMAX = 5
# How often in an epoch it is looked which runs have ended and which layers have died.
LOOKS = 8


@njit(cache=True, nogil=True, error_model="numpy")
def train(
    theta, sizes, codes, slopes, factors, order, rates, labels, targets, squared, starts, columns,
    values, stable,
):  # fmt: skip
    """Train each row of ``theta``, ``(runs, parameters)``, in place.

    Returns for each run the largest absolute logit met (nan if one was), and whether a softmax that
    is not ``stable`` met logits at which it makes a difference: a run that never did is bit for bit
    the run of the stable softmax.
    """
    runs = theta.shape[0]
    layers = sizes.size - 1
    units, at = _places(sizes)
    total, width = units[layers], sizes[1]
    batch = order.shape[2]
    out = np.zeros((batch, runs, total))
    delta = np.zeros((batch, runs, total))
    slope = np.zeros(total)  # derivative of each unit's activation
    first = np.zeros(runs, np.int64)  # layers below this one are dead for good
    active = np.zeros(runs, np.int64)  # the runs whose first layer lives
    largest = np.zeros(runs)
    unsafe_met = np.zeros(runs, np.bool_)
    stopped = np.zeros(runs, np.bool_)
    alive = np.zeros(runs, np.int64)  # a sample on which all hidden layers lived when last looked
    shared = np.zeros((sizes[0], 0))  # first-layer weights, pixel by pixel, of the active runs
    sums = np.zeros(0)
    changes = np.zeros((batch, 0))
    count = 0
    steps = order.shape[1]
    for epoch in range(order.shape[0]):
        for s in range(steps):
            # Now and then: which runs have ended, which layers have died?
            if s % max(1, steps // LOOKS) == 0:
                _unpack(shared, theta, active, count, width)
                count = 0
                for r in range(runs):
                    if not stopped[r]:
                        stopped[r] = not _finite(theta[r])
                    if not stopped[r]:
                        first[r], alive[r] = _dead_below(
                            theta[r], sizes, codes, slopes, starts, columns, values, first[r],
                            alive[r], at, units, out[0, r], slope,
                        )  # fmt: skip
                        if first[r] > 0:
                            out[:, r, : units[first[r]]] = 0.0
                        else:
                            active[count] = r
                            count += 1
                shared = _pack(theta, active, count, sizes[0], width)
                sums = np.zeros(count * width)
                changes = np.zeros((batch, count * width))
            taken = 0
            for b in range(batch):
                sample = order[epoch, s, b]
                if sample < 0:
                    continue
                taken += 1
                _first_sums(theta, shared, active, count, at, sizes, sample, starts, columns,
                            values, sums)  # fmt: skip
                for a in range(count):
                    for j in range(width):
                        out[b, active[a], j] = sums[a * width + j]
                for r in range(runs):
                    if stopped[r]:
                        continue
                    top, unsafe = _forward(
                        theta[r], sizes, codes, slopes, first[r], at, units, out[b, r], slope,
                        stable[r],
                    )  # fmt: skip
                    if not top <= largest[r] and not math.isnan(largest[r]):
                        largest[r] = top
                    unsafe_met[r] = unsafe_met[r] or unsafe
                    _backward(
                        theta[r], sizes, codes, targets[labels[sample]], squared, first[r], at,
                        units, out[b, r], slope, delta[b, r],
                    )  # fmt: skip
            # Deltas of a batch all come from the parameters before it: only now may they change.
            for b in range(batch):
                sample = order[epoch, s, b]
                if sample < 0:
                    continue
                for r in range(runs):
                    if not stopped[r]:
                        _descend(
                            theta[r], sizes, factors[r], first[r], at, units, out[b, r],
                            delta[b, r], -rates[r, epoch] / taken,
                        )  # fmt: skip
                _first_step(
                    shared, active, count, width, factors, rates[:, epoch], taken, delta[b],
                    changes[b], sample, starts, columns, values,
                )  # fmt: skip
    _unpack(shared, theta, active, count, width)
    return largest, unsafe_met


@njit(cache=True, nogil=True)
def dead_layers(theta, sizes, codes, slopes, starts, columns, values):
    """How many layers lie at or below the highest one that is dead on every training sample."""
    units, at = _places(sizes)
    out = np.zeros(units[sizes.size - 1])
    dead, _ = _dead_below(
        theta, sizes, codes, slopes, starts, columns, values, 0, 0, at, units, out, out.copy()
    )
    return dead


@njit(cache=True, nogil=True)
def _places(sizes):
    """Where each layer's outputs start among all outputs, and its parameters in ``theta``."""
    layers = sizes.size - 1
    units = np.zeros(layers + 1, np.int64)
    at = np.zeros(layers, np.int64)
    for k in range(layers):
        units[k + 1] = units[k] + sizes[k + 1]
        if k + 1 < layers:
            at[k + 1] = at[k] + (sizes[k] + 1) * sizes[k + 1]
    return units, at


@njit(cache=True, nogil=True)
def _finite(theta):
    return np.isfinite(theta).all()


@njit(cache=True, nogil=True)
def _pack(theta, active, count, features, width):
    """First-layer weights as ``(features, active runs * units)``."""
    shared = np.empty((features, count * width))
    for a in range(count):
        for i in range(features):
            for j in range(width):
                shared[i, a * width + j] = theta[active[a], i * width + j]
    return shared


@njit(cache=True, nogil=True)
def _unpack(shared, theta, active, count, width):
    for a in range(count):
        for i in range(shared.shape[0]):
            for j in range(width):
                theta[active[a], i * width + j] = shared[i, a * width + j]


@njit(cache=True, nogil=True, error_model="numpy")
def _dead_below(
    theta, sizes, codes, slopes, starts, columns, values, first, witness, at, units, out, slope
):
    """The first layer above the highest one that is dead on every training sample.

    Samples are tried from ``witness`` on, round, until all hidden layers have lived on one; the
    last one tried is returned as well, to begin with the next time.
    """
    layers = sizes.size - 1
    width = sizes[1]
    samples = starts.size - 1
    alive = np.zeros(layers - 1, np.bool_)
    living = first
    sample = witness
    for tried in range(samples):
        if living == layers - 1:
            break
        sample = (witness + tried) % samples
        if first == 0:
            for j in range(width):
                out[j] = theta[sizes[0] * width + j]
            for p in range(starts[sample], starts[sample + 1]):
                for j in range(width):
                    out[j] += values[p] * theta[columns[p] * width + j]
        _forward(theta, sizes, codes, slopes, first, at, units, out, slope, True)
        living = first
        for k in range(first, layers - 1):
            for u in range(units[k], units[k + 1]):
                if out[u] != 0.0 or slope[u] != 0.0:
                    alive[k] = True
            if alive[k]:
                living += 1
    for k in range(layers - 2, first - 1, -1):
        if not alive[k]:
            return k + 1, sample
    return first, sample


@njit(cache=True, nogil=True)
def _first_sums(theta, shared, active, count, at, sizes, sample, starts, columns, values, sums):
    """Pre-activations of the first layer of all active runs."""
    width = sizes[1]
    for a in range(count):
        for j in range(width):
            sums[a * width + j] = theta[active[a], sizes[0] * width + j]
    for p in range(starts[sample], starts[sample + 1]):
        x = values[p]
        row = shared[columns[p]]
        for i in range(sums.size):
            sums[i] += x * row[i]


@njit(cache=True, nogil=True)
def _first_step(
    shared, active, count, width, factors, rate, taken, delta, change, sample, starts, columns,
    values,
):  # fmt: skip
    """Change the first layer's weights of all active runs."""
    still = True
    for a in range(count):
        r = active[a]
        for j in range(width):
            d = delta[r, j]
            if d != 0.0:
                still = False
            change[a * width + j] = -rate[r] / taken * factors[r, 0, 0] * d
    if still:
        return
    for p in range(starts[sample], starts[sample + 1]):
        x = values[p]
        row = shared[columns[p]]
        for i in range(change.size):
            row[i] += x * change[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _forward(theta, sizes, codes, slopes, first, at, units, out, slope, stable):
    """From the first layer's sums in ``out`` to the probabilities, for one sample of one run.

    Returns the largest absolute logit, and whether an unstable softmax made a difference.
    """
    layers = sizes.size - 1
    top = 0.0
    for k in range(first, layers):
        n, width, start = sizes[k], sizes[k + 1], units[k]
        if k > 0:
            bias = at[k] + n * width
            for j in range(width):
                out[start + j] = theta[bias + j]
            for i in range(n):
                x = out[units[k - 1] + i]
                if x != 0.0:
                    row = at[k] + i * width
                    for j in range(width):
                        out[start + j] += x * theta[row + j]
        if k == layers - 1:
            top = 0.0
            for u in range(start, start + width):
                if not abs(out[u]) <= top:
                    top = abs(out[u])
        if codes[k] != SOFTMAX:
            for u in range(start, start + width):
                z = out[u]
                if codes[k] == 0:
                    slope[u] = 1.0 if z > 0 else 0.0
                    if z <= 0:  # not max(0, z): a nan must stay one
                        out[u] = 0.0
                elif codes[k] == 1:
                    slope[u] = 1.0 if z > 0 else slopes[k]
                    out[u] = z * slope[u]
                elif codes[k] == 2:
                    out[u] = 1.0 / (1.0 + math.exp(-z))
                    slope[u] = out[u] * (1.0 - out[u])
                elif codes[k] == 3:
                    out[u] = math.tanh(z)
                    slope[u] = 1.0 - out[u] * out[u]
                else:
                    slope[u] = 1.0
    if codes[layers - 1] == SOFTMAX:
        return top, _softmax(out[units[layers - 1] : units[layers]], stable)
    return top, False


@njit(cache=True, nogil=True, error_model="numpy")
def _softmax(z, stable):
    """Turn logits into probabilities in place; whether an unstable softmax made a difference."""
    shift, total = z[0], 0.0
    for j in range(z.size):
        if z[j] > shift:
            shift = z[j]
    unsafe = not stable and not abs(shift) < SAFE
    if unsafe:
        shift = 0.0  # as written, with the inf / inf and 0 / 0 that come of it
    for j in range(z.size):
        z[j] = math.exp(z[j] - shift)
        total += z[j]
    for j in range(z.size):
        z[j] /= total
    return unsafe


@njit(cache=True, nogil=True)
def _backward(theta, sizes, codes, target, squared, first, at, units, out, slope, delta):
    """Fill ``delta``, the loss's derivative with respect to each pre-activation."""
    layers = sizes.size - 1
    last = units[layers - 1]
    mixed = 0.0
    for j in range(sizes[layers]):
        delta[last + j] = out[last + j] - target[j]
        mixed += delta[last + j] * out[last + j]
    if squared:
        for u in range(last, units[layers]):
            if codes[layers - 1] == SOFTMAX:
                delta[u] = out[u] * (delta[u] - mixed)
            else:
                delta[u] *= slope[u]
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
def _descend(theta, sizes, factors, first, at, units, out, delta, scale):
    """Add ``scale`` times the author's gradient to all parameters but the first layer's weights."""
    for k in range(first, sizes.size - 1):
        n, width, start = sizes[k], sizes[k + 1], units[k]
        bias = at[k] + n * width
        for j in range(width):
            theta[bias + j] += scale * factors[k, 1] * delta[start + j]
        if k > 0:
            step = scale * factors[k, 0]
            for i in range(n):
                x = step * out[units[k - 1] + i]
                if x != 0.0:
                    row = at[k] + i * width
                    for j in range(width):
                        theta[row + j] += x * delta[start + j]
