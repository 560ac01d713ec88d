"""The steps of runs that are trained side by side, compiled: see ``kernel``."""

# mypy: allow-untyped-defs
from __future__ import annotations

import math

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from diagnose.training.kernel_parts import (
    LANES,
    MADE_OF,
    MANY,
    SAFE,
    SOFTMAX,
    activate,
    adaptive_move,
    adaptive_step,
    add_terms,
    add_to_many,
    answered,
    error_of,
    fetch_sample,
    linear_move,
    linear_step,
    makes_no_array,
    spread_many,
    spread_terms,
)


def _on_rows(write):
    """What works on rows of arrays in lanes, each of which is one vector.

    Left to itself the compiler checks before each row whether the arrays overlap, which takes
    longer than the row. Product and sum are rounded one after the other, as in plain code.

    write: the instructions, of the addresses of arrays and of the numbers that are handed over.
    """

    @intrinsic
    def on_rows(typing, given):
        signature = types.void(given)

        def generate(context, builder, signature, packed):
            taken = []
            for at, one in enumerate(signature.args[0]):
                value = builder.extract_value(packed[0], at)
                if isinstance(one, types.Array):
                    value = context.make_array(one)(context, builder, value).data
                taken.append(value)
            write(builder, *taken)
            return context.get_dummy_value()

        return signature, generate

    return on_rows


ROW = ir.VectorType(ir.DoubleType(), LANES)


def _row(builder, array, at):
    """Where a row of an array lies."""
    first = builder.mul(at, ir.Constant(at.type, LANES))
    return builder.bitcast(builder.gep(array, [first]), ROW.as_pointer())


def _load(builder, array, at):
    return builder.load(_row(builder, array, at), align=8)


def _sum(builder, total, t, first, at, factor, f, f_step, term, s, s_step, count):
    held = cgutils.alloca_once(builder, ROW)
    builder.store(_load(builder, first, at), held)
    with cgutils.for_range(builder, count) as loop:
        a = _load(builder, factor, builder.add(f, builder.mul(loop.index, f_step)))
        b = _load(builder, term, builder.add(s, builder.mul(loop.index, s_step)))
        builder.store(builder.fadd(builder.load(held), builder.fmul(a, b)), held)
    builder.store(builder.load(held), _row(builder, total, t), align=8)


def _spread(builder, total, t, one, o, other, r, term, s, count):
    factor = builder.fmul(_load(builder, one, o), _load(builder, other, r))
    with cgutils.for_range(builder, count) as loop:
        product = builder.fmul(factor, _load(builder, term, builder.add(s, loop.index)))
        place = _row(builder, total, builder.add(t, loop.index))
        builder.store(builder.fadd(builder.load(place, align=8), product), place, align=8)


def _copy(builder, into, t, t_step, given, f, f_step, count):
    with cgutils.for_range(builder, count) as loop:
        one = builder.load(_place(builder, given, f, f_step, loop.index), align=8)
        builder.store(one, _place(builder, into, t, t_step, loop.index), align=8)


def _times(builder, into, t, t_step, one, o, other, r, count):
    factor = _load(builder, one, o)
    with cgutils.for_range(builder, count) as loop:
        product = builder.fmul(factor, _load(builder, other, builder.add(r, loop.index)))
        builder.store(product, _place(builder, into, t, t_step, loop.index), align=8)


def _place(builder, array, first, step, at):
    """Where a row lies that begins so many numbers behind the first."""
    begin = builder.add(first, builder.mul(at, step))
    return builder.bitcast(builder.gep(array, [begin]), ROW.as_pointer())


def _largest(builder, top, shift, z, count):
    zero = ir.Constant(count.type, 0)
    held, most = (cgutils.alloca_once(builder, ROW) for _ in range(2))
    builder.store(ir.Constant(ROW, [0.0] * LANES), held)
    builder.store(_load(builder, z, zero), most)
    kind = ir.FunctionType(ROW, [ROW])
    absolute = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fabs.v{LANES}f64")
    with cgutils.for_range(builder, count) as loop:
        one, so_far, before = _load(builder, z, loop.index), builder.load(held), builder.load(most)
        size = builder.call(absolute, [one])
        within = builder.fcmp_ordered("<=", size, so_far)
        builder.store(builder.select(within, so_far, size), held)
        builder.store(builder.select(builder.fcmp_ordered(">", one, before), one, before), most)
    builder.store(builder.load(held), _row(builder, top, zero), align=8)
    builder.store(builder.load(most), _row(builder, shift, zero), align=8)


def _to_shares(builder, z, count):
    total = cgutils.alloca_once(builder, ROW)
    builder.store(ir.Constant(ROW, [0.0] * LANES), total)
    with cgutils.for_range(builder, count) as loop:
        builder.store(builder.fadd(builder.load(total), _load(builder, z, loop.index)), total)
    with cgutils.for_range(builder, count) as loop:
        share = builder.fdiv(_load(builder, z, loop.index), builder.load(total))
        builder.store(share, _row(builder, z, loop.index), align=8)


# ``total[t] = first[at]``, and to it is added ``factor[f + i * f_step] * term[s + i * s_step]``,
# for each i below ``count``, one after the other; each of these is a row.
sum_row = _on_rows(_sum)
# ``total[t + i] += one[o] * other[r] * term[s + i]``, for each i below ``count``.
spread_row = _on_rows(_spread)
# Rows of one array into another, each so many numbers behind the one before.
copy_rows = _on_rows(_copy)
# Such rows, of ``one[o]`` times ``other[r + i]``.
times_rows = _on_rows(_times)
# Of each run the largest absolute number of the rows of ``z``, and the largest.
largest_of = _on_rows(_largest)
# Each number of the rows of ``z`` divided by the sum of those of its run.
to_shares = _on_rows(_to_shares)


def steps_in_lanes(
    by_pixel, rest, lanes, going, live, sizes, codes, slopes, factors, order, rates, labels,
    targets, loss, starts, columns, values, stable, at, units, largest, unsafe, rules, carried,
    carried_rest, made, masks, left, whole,
):  # fmt: skip
    """Make the steps of ``order``, ``(steps, B)``, in the runs ``going``.

    rates: ``(all runs, 1)``, or a rate for each step. Where there are rules, ``(all runs, arrays,
    6, 2)`` or ``(all runs, arrays, 10)``, a batch's gradients are summed in arrays of their own,
    and the rules step with them. made: how many steps were made, counted on here. Numba decides by
    the types whether there are rules and which, and compiles nothing else. masks: which hidden
    units stay, ``(steps, B, units)``; none where all do. left: what each layer's are multiplied by.
    whole: of which runs a batch that is not full is divided as a full one.
    """
    layers, blocks, batch = sizes.size - 1, rest.shape[0], order.shape[1]
    # What lies below a dead layer is never filled and stays 0.
    out, delta = np.zeros((2, batch, blocks, units[layers] * lanes))
    into = (by_pixel, rest) if rules is None else (np.zeros(by_pixel.shape), np.zeros(rest.shape))
    _steps(
        by_pixel, rest, lanes, going, live, sizes, codes, slopes, factors, order, rates, labels,
        targets, loss, starts, columns, values, stable, at, units, largest, unsafe, rules, carried,
        carried_rest, made, masks, left, whole, out, delta, np.zeros(out.shape[1:]),
        np.zeros((blocks, 2 * layers * lanes)), np.zeros(lanes), np.ones(lanes),
        *np.zeros((2, lanes)), np.zeros(by_pixel.shape[1]), np.zeros(0, np.uint8), *into,
        np.zeros((blocks, 2 * layers, 9, lanes)), np.zeros((9, by_pixel.shape[1])),
    )  # fmt: skip


@makes_no_array(cache=True)
def _steps(
    by_pixel, rest, lanes, going, live, sizes, codes, slopes, factors, order, rates, labels,
    targets, loss, starts, columns, values, stable, at, units, largest, unsafe, rules, carried,
    carried_rest, made, masks, left, whole, out, delta, slope, scales, none, ones, top, shift, sums,
    no_units, into, into_rest, moves, wide, made_of=MADE_OF,
):  # fmt: skip
    """What ``steps_in_lanes`` does, in arrays that it has made: see ``kernel_one_by_one``.

    slope: the derivative of each unit's activation.
    """
    layers, blocks, runs = sizes.size - 1, rest.shape[0], going.size
    batch, divided_by = order.shape[1], 0
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
                by_pixel, rest, lanes, live[0], sizes[1], sample, starts, columns, values, sums,
                out[b],
            )  # fmt: skip
            for block in range(blocks):
                mine = going[block * lanes : min(runs, (block + 1) * lanes)]
                _forward(
                    rest[block], lanes, sizes, codes, slopes, block, live, at, units, out[b, block],
                    slope[block], stays, left,
                )  # fmt: skip
                answer = out[b, block, units[layers - 1] * lanes :]
                if lanes == 1:
                    answered(answer, 1, codes[layers - 1], mine, stable, largest, unsafe)
                else:
                    _answered(answer, codes[layers - 1], mine, stable, largest, unsafe, top, shift)
                if codes[layers - 1] != SOFTMAX:
                    its = slope[block, units[layers - 1] * lanes :]
                    activate(answer, its, codes[layers - 1], slopes[layers - 1])
                _backward(
                    rest[block], lanes, sizes, codes, targets[labels[sample]], loss, block, live,
                    at, units, out[b, block], slope[block], delta[b, block], none,
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
                    out[b, block], delta[b, block], ones,
                )  # fmt: skip
            _first_step(
                into, lanes, live[0], sizes[1], scales, sample, starts, columns, values, sums,
                delta[b],
            )  # fmt: skip
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
def _first_sums(
    by_pixel, rest, lanes, runs, width, sample, starts, columns, values, sums, out
):  # fmt: skip
    """Pre-activations of the first layer, of the runs in which it lives."""
    for start in range(0, runs, lanes):
        if lanes > 1 and runs - start >= lanes:
            copy_rows((sums, start, runs, rest[start // lanes], 0, lanes, width))
            continue
        for j in range(width):
            for q in range(min(lanes, runs - start)):
                sums[j * runs + start + q] = rest[start // lanes, j * lanes + q]
    p, row, at = starts[sample], by_pixel.shape[1], 0
    lit = starts[sample + 1] - p
    while at + MANY * LANES <= row:
        add_to_many(sums, at, values, p, 1, by_pixel, at, row, columns, p, lit)
        at += MANY * LANES
    add_terms(sums, at, values, p, 1, by_pixel, at, row, columns, p, lit, row - at)
    for start in range(0, runs, lanes):
        if lanes > 1 and runs - start >= lanes:
            copy_rows((out[start // lanes], 0, lanes, sums, start, runs, width))
            continue
        for j in range(width):
            for q in range(min(lanes, runs - start)):
                out[start // lanes, j * lanes + q] = sums[j * runs + start + q]


@njit(inline="always")
def _first_step(
    by_pixel, lanes, runs, width, scales, sample, starts, columns, values, change, delta
):  # fmt: skip
    """Change the first layer's weights, of the runs in which it lives."""
    for start in range(0, runs, lanes):
        block = start // lanes
        if lanes > 1 and runs - start >= lanes:
            times_rows((change, start, runs, scales[block], 0, delta[block], 0, width))
            continue
        for j in range(width):
            for q in range(min(lanes, runs - start)):
                change[j * runs + start + q] = scales[block, q] * delta[block, j * lanes + q]
    still = True
    for i in range(width * runs):
        if change[i] != 0.0:
            still = False
            break
    if still:
        return
    p, row, at = starts[sample], by_pixel.shape[1], 0
    lit = starts[sample + 1] - p
    while at + MANY * LANES <= row:
        spread_many(by_pixel, at, row, values, p, change, at, columns, p, lit)
        at += MANY * LANES
    spread_terms(by_pixel, at, row, values, p, change, at, columns, p, lit, row - at)


@makes_no_array()
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
            # Down the columns: along a row of ten, getting the processor to take several weights
            # at once takes longer than to take each.
            for j in range(width):
                entering, first = units[k - 1], bias - n * width + j
                if lanes == 1:
                    total = rest[bias + j]
                    for i in range(n):
                        total += out[entering + i] * rest[first + i * width]
                    out[start + j] = total
                else:
                    sum_row(
                        (out, start + j, rest, bias + j, out, entering, 1, rest, first, width, n)
                    )
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
def _answered(z, code, runs, stable, largest, unsafe, top, shift):
    """What ``answered`` does, of all runs of a block side by side."""
    largest_of((top, shift, z, z.size // LANES))
    for q in range(runs.size):
        r = runs[q]
        if not top[q] <= largest[r] and not math.isnan(largest[r]):
            largest[r] = top[q]
        if code == SOFTMAX and not stable[r] and not abs(shift[q]) < SAFE:
            unsafe[r] = True
            shift[q] = 0.0  # as written, with the inf / inf and 0 / 0 that come of it
    if code == SOFTMAX:
        for i in range(0, z.size, LANES):
            for q in range(runs.size):
                z[i + q] = math.exp(z[i + q] - shift[q])
            for q in range(runs.size, LANES):
                z[i + q] = 1.0  # of no run
        to_shares((z, z.size // LANES))


@makes_no_array()
def _backward(
    rest, lanes, sizes, codes, target, loss, block, live, at, units, out, slope, delta, none
):  # fmt: skip
    """Fill ``delta``, the loss's derivative with respect to each pre-activation."""
    layers = sizes.size - 1
    last = units[layers - 1] * lanes
    error_of(sizes[layers], last, lanes, codes[layers - 1], target, loss, out, slope, delta)
    for k in range(layers - 2, -1, -1):
        if block * lanes >= live[k]:
            continue
        n, width = sizes[k + 1], sizes[k + 2]
        start = at[k + 1] - at[1] + sizes[1]
        for i in range(n):
            above, first = units[k + 1], start + i * width
            if lanes == 1:
                total = 0.0
                for j in range(width):
                    total += delta[above + j] * rest[first + j]
                delta[units[k] + i] = total
            else:
                sum_row((delta, units[k] + i, none, 0, delta, above, 1, rest, first, 1, width))
        for i in range(units[k] * lanes, units[k + 1] * lanes):
            delta[i] *= slope[i]


@njit(inline="always")
def _descend(rest, lanes, sizes, scales, block, live, at, units, out, delta, ones):
    """Add ``scales`` times the true gradient to all parameters but the first layer's weights."""
    for k in range(sizes.size - 1):
        if block * lanes >= live[k]:
            continue
        n, width = sizes[k], sizes[k + 1]
        bias = at[k] - at[1] + sizes[1] + n * width if k > 0 else 0
        above, below = units[k], units[k - 1] if k > 0 else 0
        if lanes == 1:
            for j in range(width):
                rest[bias + j] += scales[2 * k + 1] * delta[above + j]
            for i in range(n if k > 0 else 0):
                first, factor = bias - (n - i) * width, scales[2 * k] * out[below + i]
                for j in range(width):
                    rest[first + j] += factor * delta[above + j]
        else:
            spread_row((rest, bias, ones, 0, scales, 2 * k + 1, delta, above, width))
            for i in range(n if k > 0 else 0):
                first = bias - (n - i) * width
                spread_row((rest, first, scales, 2 * k, out, below + i, delta, above, width))
