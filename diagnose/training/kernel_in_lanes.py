"""The steps of runs that are trained side by side, compiled: see ``kernel``."""

# mypy: allow-untyped-defs
from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from diagnose.training.kernel_parts import (
    LANES,
    MADE_OF,
    SOFTMAX,
    activate,
    adaptive_move,
    adaptive_step,
    answered,
    error_of,
    fetch_sample,
    linear_move,
    linear_step,
)


@intrinsic
def add_product(typing, total, t, factor, f, term, s):
    """``total += factor * term``, each a row of an array in lanes: rows t, f and s.

    Left to itself the compiler checks before each row whether the arrays overlap, which takes
    longer than the row. Product and sum are rounded one after the other, as in plain code.
    """
    signature = types.void(total, t, factor, f, term, s)

    def generate(context, builder, signature, given):
        def row(at):
            array = context.make_array(signature.args[at])(context, builder, given[at])
            first = builder.mul(given[at + 1], ir.Constant(ir.IntType(64), LANES))
            kind = ir.VectorType(ir.DoubleType(), LANES)
            return builder.bitcast(builder.gep(array.data, [first]), kind.as_pointer())

        into, a, b = row(0), row(2), row(4)
        product = builder.fmul(builder.load(a, align=8), builder.load(b, align=8))
        builder.store(builder.fadd(builder.load(into, align=8), product), into, align=8)
        return context.get_dummy_value()

    return signature, generate


@njit(cache=True, nogil=True, error_model="numpy")
def steps_in_lanes(
    by_pixel, rest, lanes, going, live, sizes, codes, slopes, factors, order, rates, labels,
    targets, loss, starts, columns, values, stable, at, units, largest, unsafe, rules, carried,
    carried_rest, made, masks, left, whole, made_of=MADE_OF,
):  # fmt: skip
    """Make the steps of ``order``, ``(steps, B)``, in the runs ``going``.

    rates: ``(all runs, 1)``, or a rate for each step. Where there are rules, ``(all runs, arrays,
    6, 2)`` or ``(all runs, arrays, 10)``, a batch's gradients are summed in arrays of their own,
    and the rules step with them. made: how many steps were made, counted on here. Numba decides by
    the types whether there are rules and which, and compiles nothing else. masks: which hidden
    units stay, ``(steps, B, units)``; none where all do. left: what each layer's are multiplied by.
    whole: of which runs a batch that is not full is divided as a full one.
    """
    layers, blocks, runs = sizes.size - 1, rest.shape[0], going.size
    batch, count = order.shape[1], units[layers] * lanes
    # What lies below a dead layer is never filled and stays 0.
    out = np.zeros((batch, blocks, count))
    delta = np.zeros((batch, blocks, count))
    slope = np.zeros((blocks, count))  # derivative of each unit's activation
    scales = np.zeros((blocks, 2 * layers * lanes))
    scaled = np.zeros(units[layers] * lanes)
    sums = np.zeros(by_pixel.shape[1])
    divided_by, no_units = 0, np.zeros(0, np.uint8)
    if rules is None:
        into, into_rest = by_pixel, rest
    else:
        into, into_rest = np.zeros(by_pixel.shape), np.zeros(rest.shape)
        moves = np.zeros((blocks, 2 * layers, 9, lanes))
        wide = np.zeros((9, by_pixel.shape[1]))
    for s in range(order.shape[0]):
        taken = 0
        for b in range(batch):
            sample = order[s, b]
            fetch_sample(order, s + 1, b, starts, columns, values)
            if sample < 0:
                continue
            taken += 1
            stays = masks[s, b] if masks.size > 0 else no_units
            _first_sums(
                by_pixel, rest, lanes, live[0], sample, starts, columns, values, sums, out[b]
            )
            for block in range(blocks):
                mine = going[block * lanes : min(runs, (block + 1) * lanes)]
                _forward(
                    rest[block], lanes, sizes, codes, slopes, block, live, at, units, out[b, block],
                    slope[block], stays, left,
                )  # fmt: skip
                answer = out[b, block, units[layers - 1] * lanes :]
                answered(answer, lanes, codes[layers - 1], mine, stable, largest, unsafe)
                if codes[layers - 1] != SOFTMAX:
                    its = slope[block, units[layers - 1] * lanes :]
                    activate(answer, its, codes[layers - 1], slopes[layers - 1])
                _backward(
                    rest[block], lanes, sizes, codes, targets[labels[sample]], loss, block, live,
                    at, units, out[b, block], slope[block], delta[b, block],
                )  # fmt: skip
        if taken > 0 and (taken != divided_by or rates.shape[1] > 1):
            divided_by = taken
            pace = min(s, rates.shape[1] - 1)
            for r in range(runs):
                rate = rates[going[r], pace]
                step = -rate if rules is None else 1.0
                for k in range(2 * layers):
                    by = batch if whole[going[r]] else taken
                    scale = step / by * factors[going[r], k // 2, k % 2]
                    scales[r // lanes, k * lanes + r % lanes] = scale
        # Deltas of a batch all come from the parameters before it: only now may they change.
        for b in range(batch):
            sample = order[s, b]
            if sample < 0:
                continue
            for block in range(blocks):
                _descend(
                    into_rest[block], lanes, sizes, scales[block], block, live, at, units,
                    out[b, block], delta[b, block], scaled,
                )  # fmt: skip
            _first_step(
                into, lanes, live[0], scales, sample, starts, columns, values, sums, delta[b]
            )
        if rules is not None and taken > 0:
            made[0] += 1
            for r in range(runs):
                rate = rates[going[r], min(s, rates.shape[1] - 1)]
                for k in range(2 * layers):
                    move = moves[r // lanes, k, :, r % lanes]
                    if rules.ndim == 4:
                        linear_move(rules[going[r], k], rate, move)
                    else:
                        adaptive_move(rules[going[r], k], rate, made[0], move)
            for i in range(9):
                for j in range(by_pixel.shape[1]):
                    wide[i, j] = moves[j % runs // lanes, 0, i, j % runs % lanes]
            width = by_pixel.shape[1]
            for f in range(by_pixel.shape[0]):
                if rules.ndim == 4:
                    linear_step(by_pixel[f], carried[:, f], into[f], wide, 0, width, width)
                else:
                    adaptive_step(by_pixel[f], carried[:, f], into[f], wide, 0, width, width)
            for block in range(blocks):
                one, kept, summed = rest[block], carried_rest[:, block], into_rest[block]
                end = 0
                for k in range(1, 2 * layers):
                    start = end
                    inputs = 1 if k % 2 else sizes[k // 2]
                    end += inputs * sizes[k // 2 + 1] * lanes
                    if rules.ndim == 4:
                        linear_step(one, kept, summed, moves[block, k], start, end, lanes)
                    else:
                        adaptive_step(one, kept, summed, moves[block, k], start, end, lanes)


@njit(inline="always")
def _first_sums(by_pixel, rest, lanes, runs, sample, starts, columns, values, sums, out):
    """Pre-activations of the first layer, of the runs in which it lives."""
    if runs == 0:
        return
    width = sums.size // runs
    for start in range(0, runs, lanes):
        for j in range(width):
            for q in range(min(lanes, runs - start)):
                sums[j * runs + start + q] = rest[start // lanes, j * lanes + q]
    p, end = starts[sample], starts[sample + 1]
    # Four at a time, added in their order, if there is enough to do: fewer ways to memory and back.
    while p + 4 <= end and sums.size >= 4 * lanes:
        a, b, c, d = values[p], values[p + 1], values[p + 2], values[p + 3]
        row_a, row_b = by_pixel[columns[p]], by_pixel[columns[p + 1]]
        row_c, row_d = by_pixel[columns[p + 2]], by_pixel[columns[p + 3]]
        for i in range(sums.size):
            two = sums[i] + a * row_a[i] + b * row_b[i]
            sums[i] = two + c * row_c[i] + d * row_d[i]
        p += 4
    while p < end:
        x, row = values[p], by_pixel[columns[p]]
        for i in range(sums.size):
            sums[i] += x * row[i]
        p += 1
    for start in range(0, runs, lanes):
        for j in range(width):
            for q in range(min(lanes, runs - start)):
                out[start // lanes, j * lanes + q] = sums[j * runs + start + q]


@njit(inline="always")
def _first_step(by_pixel, lanes, runs, scales, sample, starts, columns, values, change, delta):
    """Change the first layer's weights, of the runs in which it lives."""
    if runs == 0:
        return
    still = True
    for start in range(0, runs, lanes):
        block = start // lanes
        for j in range(change.size // runs):
            for q in range(min(lanes, runs - start)):
                one = scales[block, q] * delta[block, j * lanes + q]
                change[j * runs + start + q] = one
                still = still and one == 0.0
    if still:
        return
    for p in range(starts[sample], starts[sample + 1]):
        x, row = values[p], by_pixel[columns[p]]
        for i in range(change.size):
            row[i] += x * change[i]


@njit(inline="always")
def _add_rows(total, t, t_step, factor, f, f_step, terms, s, s_step, count, lanes):
    """Add ``factor * term`` to a row of ``total``, ``count`` times: rows t, f and s, and so on."""
    if lanes == 1:
        for i in range(count):
            total[t + i * t_step] += factor[f + i * f_step] * terms[s + i * s_step]
    else:
        for i in range(count):
            add_product(total, t + i * t_step, factor, f + i * f_step, terms, s + i * s_step)


@njit(inline="always")
def _forward(
    rest, lanes, sizes, codes, slopes, block, live, at, units, out, slope, stays, left
):  # fmt: skip
    """From the first layer's sums to the logits, for one sample and one block."""
    layers = sizes.size - 1
    for k in range(layers):
        if block * lanes >= live[k]:
            continue
        n, width, start = sizes[k], sizes[k + 1], units[k]
        if k > 0:
            bias = at[k] - at[1] + sizes[1] + n * width
            for i in range(width * lanes):
                out[start * lanes + i] = rest[bias * lanes + i]
            # Down the columns: along a row of ten, getting the processor to take several weights
            # at once takes longer than to take each.
            for j in range(width):
                _add_rows(
                    out, start + j, 0, out, units[k - 1], 1, rest, bias - n * width + j, width, n,
                    lanes,
                )  # fmt: skip
        if k < layers - 1:
            z = out[start * lanes : (start + width) * lanes]
            its = slope[start * lanes : (start + width) * lanes]
            activate(z, its, codes[k], slopes[k])
            if stays.size > 0:
                for j in range(width):
                    times = left[k] if stays[start + j] else 0.0
                    for i in range(j * lanes, (j + 1) * lanes):
                        z[i] *= times
                        its[i] *= times
            for q in range(live[k] - block * lanes, lanes):
                for j in range(width):  # dead: not from what lies below, which is not filled
                    z[j * lanes + q] = its[j * lanes + q] = 0.0


@njit(inline="always")
def _backward(rest, lanes, sizes, codes, target, loss, block, live, at, units, out, slope, delta):
    """Fill ``delta``, the loss's derivative with respect to each pre-activation."""
    layers = sizes.size - 1
    last = units[layers - 1] * lanes
    error_of(sizes[layers], last, lanes, codes[layers - 1], target, loss, out, slope, delta)
    for k in range(layers - 2, -1, -1):
        if block * lanes >= live[k]:
            continue
        n, width = sizes[k + 1], sizes[k + 2]
        start = at[k + 1] - at[1] + sizes[1]
        for i in range(units[k] * lanes, units[k + 1] * lanes):
            delta[i] = 0.0
        for j in range(width):
            _add_rows(
                delta, units[k], 1, delta, units[k + 1] + j, 0, rest, start + j, width, n, lanes
            )
        for i in range(units[k] * lanes, units[k + 1] * lanes):
            delta[i] *= slope[i]


@njit(inline="always")
def _descend(rest, lanes, sizes, scales, block, live, at, units, out, delta, scaled):
    """Add ``scales`` times the true gradient to all parameters but the first layer's weights."""
    for k in range(sizes.size - 1):
        if block * lanes >= live[k]:
            continue
        n, width = sizes[k], sizes[k + 1]
        bias = at[k] - at[1] + sizes[1] + n * width if k > 0 else 0
        _add_rows(rest, bias, 1, scales, 2 * k + 1, 0, delta, units[k], 1, width, lanes)
        if k > 0:
            for i in range(0, n * lanes, lanes):
                for q in range(lanes):
                    entering = out[units[k - 1] * lanes + i + q]
                    scaled[i + q] = scales[2 * k * lanes + q] * entering
            for j in range(width):
                _add_rows(
                    rest, bias - n * width + j, width, scaled, 0, 1, delta, units[k] + j, 0, n,
                    lanes,
                )  # fmt: skip
