"""The steps of a run that is trained alone on one sample after the other, compiled: see ``kernel``.

What belongs to one sample lies in rows of halves of vectors: the sums of a layer stay in registers
while the rows of its weights go by, and so do its errors while these rows are changed. So that
errors are such sums on their way back, too, the weights above the first layer are kept twice, the
other time by columns: with 784-10-10-10 units a step takes .85 of the time. Steps that carry
something on are not made here.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import numpy as np

from diagnose.training.kernel_parts import (
    HALF,
    MADE_OF,
    SOFTMAX,
    activate,
    add_halves,
    answered,
    error_of,
    fetch_sample,
    makes_no_array,
    spread_halves,
)
from diagnose.training.lanes import filled_up, in_one, to_whole_vectors


def train_one_by_one(
    theta, r, dead, sizes, codes, slopes, factors, order, rates, labels, targets, loss, starts,
    columns, values, stable, units, largest, unsafe, masks, scales,
):  # fmt: skip
    """Make the steps of ``order``, ``(steps, 1)``, in one run, ``theta``, in place."""
    wide = to_whole_vectors(sizes[1:], HALF)
    weights, rest = filled_up(theta, sizes, wide)
    begins = np.cumsum(np.append(0, (np.append(0, sizes[1:-1]) + 1) * wide))
    turned, turns = _turned(rest, sizes, wide, begins)
    every = np.arange(sizes[1:].max() + 1, dtype=np.int32)
    at = np.append(0, np.cumsum(wide))
    of_units = np.zeros((4, at[-1]))
    _steps(
        weights, rest, turned, r, dead, sizes, wide, begins, turns, codes, slopes, factors, order,
        rates, labels, targets, loss, starts, columns, values, stable, units, largest, unsafe,
        masks, scales, every, at, *of_units, np.zeros(2 * wide.size), np.full(1, r),
    )  # fmt: skip
    theta[:] = in_one(weights, rest, sizes, wide)


def _turned(rest, sizes, wide, begins):
    """A row for each output of the weights above the first layer's, and where these begin."""
    turns = np.cumsum(np.append(0, sizes[2:] * wide[:-1]))
    turned = np.zeros(turns[-1])
    for k in range(1, wide.size):
        n, width, row = sizes[k], sizes[k + 1], wide[k]
        rows = rest[begins[k] : begins[k] + n * row].reshape(n, row)
        turned[turns[k - 1] : turns[k]].reshape(width, -1)[:, :n] = rows[:, :width].T
    return turned, turns


@makes_no_array(cache=True)
def _steps(
    weights, rest, turned, r, dead, sizes, wide, begins, turns, codes, slopes, factors, order,
    rates, labels, targets, loss, starts, columns, values, stable, units, largest, unsafe, masks,
    left, every, at, out, slope, delta, scaled, scales, mine, made_of=MADE_OF,
):  # fmt: skip
    """What ``steps_in_lanes`` does, of run ``r`` alone, for one sample in each step.

    Each sum has the same terms in the same order, so each number is the same to the last bit.

    weights, rest, begins, dead, every: as by batches. turned: the weights in rest by columns, those
    of layer k + 1 from turns[k] on. What fills rows up is never read. at: where the outputs of
    each layer begin in out and what is laid out alike; these and scales are filled in. Nothing is
    made here: numba would count who holds each array, in every step.
    """
    layers = sizes.size - 1
    last, scaled_from = at[layers - 1], -1
    for s in range(order.shape[0]):
        sample = order[s, 0]
        fetch_sample(order, s + 1, 0, starts, columns, values)
        if sample < 0:
            continue
        p, lit = starts[sample], starts[sample + 1] - starts[sample]
        for k in range(dead, layers):
            width, row, start = sizes[k + 1], wide[k], at[k]
            bias = begins[k] + (sizes[k] * row if k > 0 else 0)
            for j in range(row):
                out[start + j] = rest[bias + j]
            # Called twice, it would be compiled twice.
            given, first = (values, p) if k == 0 else (out, at[k - 1])
            rows, begin = (weights, 0) if k == 0 else (rest, begins[k])
            which, i, n = (columns, p, lit) if k == 0 else (every, 0, sizes[k])
            add_halves(out, start, given, first, 1, rows, begin, row, which, i, n, row)
            z, its = out[start : start + width], slope[start : start + width]
            if k == layers - 1:
                answered(z, 1, codes[k], mine, stable, largest, unsafe)
            if codes[k] != SOFTMAX:
                activate(z, its, codes[k], slopes[k])
            if k < layers - 1 and masks.size > 0:
                for j in range(width):
                    times = left[k] if masks[s, 0, units[k] + j] else 0.0
                    z[j] *= times
                    its[j] *= times
        target = targets[labels[sample]]
        error_of(sizes[layers], last, 1, codes[layers - 1], target, loss, out, slope, delta)
        for k in range(layers - 2, dead - 1, -1):
            n, row, start, above = sizes[k + 2], wide[k], at[k], at[k + 1]
            for i in range(row):
                delta[start + i] = 0.0
            add_halves(delta, start, delta, above, 1, turned, turns[k], row, every, 0, n, row)
            for i in range(row):
                delta[start + i] *= slope[start + i]
        pace = min(s, rates.shape[1] - 1)
        if pace != scaled_from:
            scaled_from = pace
            for k in range(2 * layers):
                scales[k] = -rates[r, pace] * factors[r, k // 2, k % 2]
        for k in range(layers - 1, dead - 1, -1):
            n, width, row, start = sizes[k] if k > 0 else 0, sizes[k + 1], wide[k], at[k]
            for i in range(n):
                scaled[i] = scales[2 * k] * out[at[k - 1] + i]
            scaled[n] = scales[2 * k + 1]  # the bias is the row behind these
            spread_halves(rest, begins[k], row, scaled, 0, delta, start, every, 0, n + 1, row)
            still = k == 0
            for j in range(width if still else 0):
                delta[j] *= scales[0]
                still = still and delta[j] == 0.0
            if still:
                continue
            # Called twice, it would be compiled twice.
            into, turn, row = (weights, 0, row) if k == 0 else (turned, turns[k - 1], wide[k - 1])
            given, first, term = (values, p, delta) if k == 0 else (delta, start, scaled)
            which, i, n = (columns, p, lit) if k == 0 else (every, 0, width)
            spread_halves(into, turn, row, given, first, term, 0, which, i, n, row)
