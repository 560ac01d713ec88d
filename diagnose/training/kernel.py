"""The innermost loop, compiled by numba. ``compiled`` says what its arguments mean.

Importing this module imports numba; only ``compiled`` does it, when the first run starts. What is
compiled is one file, for numba finds what it compiled earlier by the file; how parameters lie in
memory beside it is plain NumPy (``lanes``). Three things keep compiling short: what happens a few
times in an epoch is plain NumPy; what is compiled does without NumPy's functions on arrays, each of
which takes as long as a page of loops; and its parts are written into it where they are called
(``inline``), for numba compiles a function that another calls once for itself and once more within
the other.

Several runs that see the same samples in the same order are trained side by side, in lanes: what
belongs to one parameter or one unit lies beside each other for eight runs, a block, and the
processor works through it in one or two instructions. A pixel is looked up once for all blocks. The
runs share nothing else, and the arithmetic of each is the same in any company. An array "in lanes"
is flat: its row t, one parameter or unit of all runs of a block, begins at ``t * lanes``. A run
that is alone has one lane.

A run that is alone, or in little company, takes batches otherwise: what belongs to one unit lies
beside each other for the samples of a batch, and each weight's terms of a batch are added while it
stays in a register. Which of the two is quicker, ``lanes.by_batches`` says. Each sum has the same
terms in the same order either way, so nothing that comes out differs, to the last bit.

Runs are sorted by how many of their lower layers are dead for good: layer k lives in the first
``live[k]`` of them, and is worked through in the blocks that hold these and in no other. For a run
of such a block in which it is dead, its outputs and slopes are set to 0, so nothing moves.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import math

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from diagnose.training.lanes import (
    by_batches,
    filled_up,
    in_one,
    into_lanes,
    out_of_lanes,
    places,
    set_apart,
    side_by_side,
    to_whole_vectors,
)

# Where the largest logit lies within this of 0, exp(z) / sum(exp(z)) and the same with the largest
# logit taken off first agree to rounding: exp loses digits below -708 and overflows at 709.8.
SAFE = 700.0
SOFTMAX = 5
SQUARED, HINGE = 1, 2
# The code of a layer is the number of its activation, and WAYS times that of the way in which its
# derivative is written: ``slopes.NAMES``.
WAYS = 16
AT_OUT, AT_PRE, LEFT_OUT, INVERTED, TWICE, OF_ITSELF, OUT, UNSQUARED = range(1, 9)
# How often in an epoch it is looked which runs have ended and which layers have died, and after how
# many steps at the earliest: looking takes as long as some ten steps.
LOOKS = 8
APART = 500
# Runs in a block, or samples beside each other: one 512-bit register of doubles, or two of 256, or
# four of 128.
LANES = 8
# What stands for the units that stay where all of them do.
EVERY = np.zeros((0, 0, 0), np.uint8)


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


def _adding(vectors):
    """What adds terms to so many vectors of ``LANES`` numbers, which stay in registers.

    Term n is ``factor[f + n * f_step]`` times the numbers of ``term`` that begin at
    ``s + index[i + n] * stride``. Product and sum are rounded one after the other, as above.
    """

    @intrinsic
    def add_terms(typing, total, t, factor, f, f_step, term, s, stride, index, i, count):
        signature = types.void(total, t, factor, f, f_step, term, s, stride, index, i, count)

        def generate(context, builder, signature, given):
            kind = ir.VectorType(ir.DoubleType(), LANES)
            total, factor, term, index = (
                context.make_array(signature.args[at])(context, builder, given[at]).data
                for at in (0, 2, 5, 8)
            )
            _, t, _, f, f_step, _, s, stride, _, i, count = given

            def row(array, first, at):
                place = builder.add(first, ir.Constant(ir.IntType(64), at * LANES))
                return builder.bitcast(builder.gep(array, [place]), kind.as_pointer())

            sums = [cgutils.alloca_once(builder, kind) for _ in range(vectors)]
            for at, one in enumerate(sums):
                builder.store(builder.load(row(total, t, at), align=8), one)
            with cgutils.for_range(builder, count) as loop:
                place = builder.add(f, builder.mul(loop.index, f_step))
                times = builder.load(builder.gep(factor, [place]))
                every = ir.Constant(kind, ir.Undefined)
                for lane in range(LANES):
                    number = ir.Constant(ir.IntType(32), lane)
                    every = builder.insert_element(every, times, number)
                which = builder.load(builder.gep(index, [builder.add(i, loop.index)]))
                which = builder.sext(which, ir.IntType(64))
                first = builder.add(s, builder.mul(which, stride))
                for at, one in enumerate(sums):
                    product = builder.fmul(every, builder.load(row(term, first, at), align=8))
                    builder.store(builder.fadd(builder.load(one), product), one)
            for at, one in enumerate(sums):
                builder.store(builder.load(one), row(total, t, at), align=8)
            return context.get_dummy_value()

        return signature, generate

    return add_terms


add_to_one, add_to_two, add_to_four = _adding(1), _adding(2), _adding(4)


def train(
    theta, sizes, codes, slopes, factors, order, rates, labels, targets, loss, starts, columns,
    values, stable, rules, whole, masks, scales,
):  # fmt: skip
    """Train each row of ``theta``, ``(runs, parameters)``, in place.

    whole: of which runs a batch that is not full is divided as a full one. masks: which hidden
    units stay in each step, ``(epochs, steps, B, units)``; none where all do.

    rules: ``(runs, 2 * layers, ...)``; where there are any, what each parameter carries on lies
    behind the parameters in ``theta``, and no layer is ever dead for good: by its rule it moves.

    Returns for each run the largest absolute logit met (nan if one was), and whether a softmax that
    is not ``stable`` met logits at which it makes a difference: a run that never did is bit for bit
    the run of the stable softmax.
    """
    runs, hidden = theta.shape[0], sizes.size - 2
    units, at = places(sizes)
    first = np.zeros(runs, np.int64)  # layers below this one are dead for good
    witness = np.zeros((runs, hidden), np.int64)  # on which each hidden layer last lived
    stopped = np.zeros(runs, np.bool_)
    largest = np.zeros(runs)
    unsafe = np.zeros(runs, np.bool_)
    steps = order.shape[1]
    stretch = max(APART, steps // LOOKS)
    rates = rates.reshape(runs, order.shape[0], -1)
    count = at[-1] + (sizes[-2] + 1) * sizes[-1]
    ruled = rules.shape[1] > 0
    if rules.ndim > 3:
        rules = rules.reshape(runs, rules.shape[1], 6, 2)
    made = np.zeros(1, np.int64)
    weights = sizes[0] * sizes[1]
    laid_out, carried, carried_rest = (None, None), None, None
    entering = values.size / max(starts.size - 1, 1)
    for epoch in range(order.shape[0]):
        for start in range(0, steps, stretch):
            # Laid out as ever: for another layout, numba would compile the loop once more.
            part = slice(start, start + stretch) if rates.shape[2] > 1 else slice(None)
            pace = np.ascontiguousarray(rates[:, epoch, part])
            its = labels if labels.ndim == 1 else labels[epoch]
            # Now and then: which runs have ended, which layers have died?
            stopped |= ~np.isfinite(theta).all(axis=1)
            # By a rule a dead layer moves; where units are left out, one that is dead may live.
            for r in np.flatnonzero(~stopped) if not ruled and not masks.size else ():
                first[r] = _dead_below(
                    theta[r], sizes, codes, slopes, starts, columns, values, first[r], witness[r],
                    at, units,
                )  # fmt: skip
            going = np.argsort(np.where(stopped, hidden + 1, first), kind="stable")
            going = going[: runs - stopped.sum()]
            if going.size == 0:
                return largest, unsafe
            if by_batches(sizes, entering, order.shape[2], going.size):
                before, laid_out = made[0], (None, None)
                for r in going:
                    made[0] = before
                    _train_alone(
                        theta[r], r, first[r], sizes, codes, slopes, factors,
                        order[epoch, start : start + stretch], pace, its, targets, loss, starts,
                        columns, values, stable, units, largest, unsafe, rules if ruled else None,
                        made, masks[epoch, start : start + stretch] if masks.size else EVERY,
                        scales, whole,
                    )  # fmt: skip
                continue
            live = np.searchsorted(first[going], np.arange(hidden + 1), side="right")
            # Else the lanes hold what they have held.
            if not (np.array_equal(going, laid_out[0]) and np.array_equal(live, laid_out[1])):
                laid_out = going, live
                lanes = LANES if going.size > 1 else 1
                living = going[: live[0]]
                by_pixel = side_by_side(theta[living, :weights], sizes[1])
                rest = into_lanes(theta[going, weights:count], lanes)
                if ruled:
                    kept = np.split(theta[going, count:], theta.shape[1] // count - 1, axis=1)
                    carried = np.array([side_by_side(one[:, :weights], sizes[1]) for one in kept])
                    carried_rest = np.array([into_lanes(one[:, weights:], lanes) for one in kept])
            _steps(
                by_pixel, rest, lanes, going, live, sizes, codes, slopes, factors,
                order[epoch, start : start + stretch], pace, its, targets, loss, starts,
                columns, values, stable, at, units, largest, unsafe, rules if ruled else None,
                carried, carried_rest, made,
                masks[epoch, start : start + stretch] if masks.size else EVERY, scales, whole,
            )  # fmt: skip
            theta[living, :weights] = set_apart(by_pixel, sizes[1])
            theta[going, weights:count] = out_of_lanes(rest, lanes)[: going.size]
            if ruled:
                kept = [
                    part
                    for first, others in zip(carried, carried_rest, strict=True)
                    for part in (
                        set_apart(first, sizes[1]),
                        out_of_lanes(others, lanes)[: going.size],
                    )
                ]
                theta[going, count:] = np.concatenate(kept, axis=1)
    return largest, unsafe


def _train_alone(
    theta, r, dead, sizes, codes, slopes, factors, order, rates, labels, targets, loss, starts,
    columns, values, stable, units, largest, unsafe, rules, made, masks, scales, whole,
):  # fmt: skip
    """Make the steps of ``order`` in one run, ``theta``, in place; the rest as of ``_batch_steps``.

    Laid out anew each time, which takes as long as some ten steps.
    """
    wide = to_whole_vectors(sizes[1:], LANES)
    count = int(((sizes[:-1] + 1) * sizes[1:]).sum())
    packed = [filled_up(one, sizes, wide) for one in theta.reshape(-1, count)]
    weights, rest = packed[0]
    carried = carried_rest = None
    if rules is not None:
        carried, carried_rest = (np.array(one) for one in zip(*packed[1:], strict=True))
    begins = np.cumsum(np.append(0, (np.append(0, sizes[1:-1]) + 1) * wide))
    every = np.arange(max(order.shape[1], *sizes[1:]), dtype=np.int32)
    _batch_steps(
        weights, rest, r, dead, sizes, wide, begins, codes, slopes, factors, order, rates, labels,
        targets, loss, starts, columns, values, stable, units, largest, unsafe, rules, carried,
        carried_rest, made, masks, scales, whole, every,
    )  # fmt: skip
    theta[:count] = in_one(weights, rest, sizes, wide)
    if rules is not None:
        for at, given in enumerate(zip(carried, carried_rest, strict=True), 1):
            theta[at * count : (at + 1) * count] = in_one(*given, sizes, wide)


def dead_layers(theta, sizes, codes, slopes, starts, columns, values):
    """How many layers lie at or below the highest one that is dead on every training sample."""
    units, at = places(sizes)
    witness = np.zeros(sizes.size - 2, np.int64)
    return _dead_below(theta, sizes, codes, slopes, starts, columns, values, 0, witness, at, units)


@njit(cache=True, nogil=True, error_model="numpy")
def _dead_below(
    theta, sizes, codes, slopes, starts, columns, values, first, witness, at, units
):  # fmt: skip
    """The first layer above the highest one that is dead on every training sample.

    Samples are tried until all hidden layers have lived on one: first those of ``witness``, on
    which each layer lived the last time, then all. Fills ``witness``.
    """
    layers = sizes.size - 1
    samples = starts.size - 1
    out = np.zeros(units[layers])
    slope = np.zeros(units[layers])
    alive = np.zeros(layers - 1, np.bool_)
    living = first
    for tried in range(layers - 1 + samples):
        if living == layers - 1:
            break
        sample = witness[tried] if tried < layers - 1 else tried - (layers - 1)
        for k in range(first, layers - 1):
            n, width, start = sizes[k], sizes[k + 1], units[k]
            z, its = out[start : start + width], slope[start : start + width]
            for j in range(width):
                z[j] = theta[at[k] + n * width + j]
            if k == 0:
                for p in range(starts[sample], starts[sample + 1]):
                    x, row = values[p], theta[columns[p] * width : (columns[p] + 1) * width]
                    for j in range(width):
                        z[j] += x * row[j]
            else:
                for i in range(n):
                    x, row = out[units[k - 1] + i], theta[at[k] + i * width : at[k + 1]]
                    for j in range(width):
                        z[j] += x * row[j]
            _activate(z, its, codes[k], slopes[k])
            for j in range(width):
                if not alive[k] and (z[j] != 0.0 or its[j] != 0.0):
                    alive[k] = True
                    living += 1
                    witness[k] = sample
    for k in range(layers - 2, first - 1, -1):
        if not alive[k]:
            return k + 1
    return first


@njit(inline="always")
def _activate(z, slope, code, leak):
    """Turn pre-activations into activations in place, and fill in their derivatives.

    leak: the number that an activation has itself; of a sigmoid or tanh, how steep it is.
    """
    way, code = code // WAYS, code % WAYS
    if way == AT_PRE:
        for i in range(z.size):
            x = z[i]
            z[i] = 1.0 / (1.0 + math.exp(-x)) if code == 2 else math.tanh(x)
            slope[i] = x * (1.0 - x) if code == 2 else 1.0 - x * x
    elif way == INVERTED:
        other = leak if code == 1 else 0.0
        for i in range(z.size):
            slope[i] = 1.0 if z[i] < 0 else other
            if z[i] <= 0:
                z[i] = leak * z[i] if code == 1 else 0.0
    elif code == 0:
        for i in range(z.size):
            slope[i] = 1.0 if z[i] > 0 else 0.0
            z[i] = 0.0 if z[i] <= 0 else z[i]  # not max(0, z): a nan must stay one
    elif code == 1:
        for i in range(z.size):
            slope[i] = 1.0 if z[i] > 0 else leak
            z[i] *= slope[i]
    elif code == 2:
        for i in range(z.size):
            z[i] = 1.0 / (1.0 + math.exp(-leak * z[i]))
            slope[i] = leak * z[i] * (1.0 - z[i])
    elif code == 3:
        for i in range(z.size):
            z[i] = math.tanh(leak * z[i])
            slope[i] = leak * (1.0 - z[i] * z[i])
    elif code == 6:
        for i in range(z.size):
            if z[i] > 0:
                slope[i] = 1.0
            else:
                z[i] = leak * math.expm1(z[i])
                slope[i] = z[i] + leak
    elif code == 7:
        for i in range(z.size):
            slope[i] = 1.0 / (1.0 + math.exp(-z[i]))
            z[i] = max(z[i], 0.0) + math.log1p(math.exp(-abs(z[i])))
    elif code == 8:
        for i in range(z.size):
            gate = 1.0 / (1.0 + math.exp(-z[i]))
            slope[i] = gate * (1.0 + z[i] * (1.0 - gate))
            z[i] *= gate
    else:
        for i in range(z.size):
            slope[i] = 1.0
    if way == AT_OUT:
        for i in range(z.size):
            again = 1.0 / (1.0 + math.exp(-z[i])) if code == 2 else math.tanh(z[i])
            slope[i] = again * (1.0 - again) if code == 2 else 1.0 - again * again
    elif way == LEFT_OUT:
        for i in range(z.size):
            slope[i] = 1.0
    elif way == TWICE:
        for i in range(z.size):
            slope[i] *= slope[i]
    elif way == OF_ITSELF:
        for i in range(z.size):
            slope[i] = slope[i] * (1.0 - slope[i]) if code == 2 else 1.0 - slope[i] * slope[i]
    elif way == OUT:
        for i in range(z.size):
            slope[i] = z[i]
    elif way == UNSQUARED:
        for i in range(z.size):
            slope[i] = 1.0 - z[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _steps(
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
                _answer(answer, lanes, codes[layers - 1], mine, stable, largest, unsafe)
                if codes[layers - 1] != SOFTMAX:
                    its = slope[block, units[layers - 1] * lanes :]
                    _activate(answer, its, codes[layers - 1], slopes[layers - 1])
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
                        _linear_move(rules[going[r], k], rate, move)
                    else:
                        _adaptive_move(rules[going[r], k], rate, made[0], move)
            for i in range(9):
                for j in range(by_pixel.shape[1]):
                    wide[i, j] = moves[j % runs // lanes, 0, i, j % runs % lanes]
            width = by_pixel.shape[1]
            for f in range(by_pixel.shape[0]):
                if rules.ndim == 4:
                    _linear(by_pixel[f], carried[:, f], into[f], wide, 0, width, width)
                else:
                    _adaptive(by_pixel[f], carried[:, f], into[f], wide, 0, width, width)
            for block in range(blocks):
                one, kept, summed = rest[block], carried_rest[:, block], into_rest[block]
                end = 0
                for k in range(1, 2 * layers):
                    start = end
                    inputs = 1 if k % 2 else sizes[k // 2]
                    end += inputs * sizes[k // 2 + 1] * lanes
                    if rules.ndim == 4:
                        _linear(one, kept, summed, moves[block, k], start, end, lanes)
                    else:
                        _adaptive(one, kept, summed, moves[block, k], start, end, lanes)


@njit(inline="always")
def _add_terms(total, t, factor, f, f_step, term, s, stride, index, i, count, width):
    """Add terms, one after the other, to whole vectors, of ``width`` numbers: see ``_adding``."""
    at = 0
    while at + 4 * LANES <= width:
        add_to_four(total, t + at, factor, f, f_step, term, s + at, stride, index, i, count)
        at += 4 * LANES
    if at + 2 * LANES <= width:
        add_to_two(total, t + at, factor, f, f_step, term, s + at, stride, index, i, count)
        at += 2 * LANES
    if at < width:
        add_to_one(total, t + at, factor, f, f_step, term, s + at, stride, index, i, count)


@njit(cache=True, nogil=True, error_model="numpy")
def _batch_steps(
    weights, rest, r, dead, sizes, wide, begins, codes, slopes, factors, order, rates, labels,
    targets, loss, starts, columns, values, stable, units, largest, unsafe, rules, carried,
    carried_rest, made, masks, left, whole, every,
):  # fmt: skip
    """What ``_steps`` does, of run ``r`` alone: the samples of a batch lie side by side.

    Each sum has the same terms in the same order, so each number is the same to the last bit.

    weights, rest: rows of whole vectors, ``wide`` numbers for a layer's units (see
    ``lanes.filled_up``); those of layer k begin at ``begins[k]`` of rest. dead: how many of the
    lowest layers are. every: the numbers from 0. What fills rows up is never read.
    """
    layers, batch = sizes.size - 1, order.shape[1]
    room = -(-batch // LANES) * LANES  # a row for each unit: a number for each sample
    last = units[layers - 1]
    out = np.zeros(units[layers] * room)
    slope = np.zeros(units[layers] * room)
    delta = np.zeros(units[layers] * room)
    widest = 0
    for k in range(layers):
        widest = max(widest, wide[k])
    by_sample = np.zeros(batch * widest)  # a row for each sample
    answer, its_slope = np.zeros(sizes[layers]), np.zeros(sizes[layers])  # of one sample
    its_delta = np.zeros(sizes[layers])
    scaled, scales = np.zeros(room), np.zeros(2 * layers)
    samples, places = np.zeros(batch, np.int64), np.zeros(batch, np.int64)
    mine = np.full(batch, r)
    most = 0
    for sample in range(starts.size - 1):
        most = max(most, starts[sample + 1] - starts[sample])
    begin = np.zeros(sizes[0] + 2, np.int64)  # of each feature's samples among all of a batch
    those, factor = np.zeros(batch * most, np.int32), np.zeros(batch * most)
    divided_by = 0
    if rules is None:
        into, into_rest = weights, rest
    else:
        into, into_rest = np.zeros(weights.size), np.zeros(rest.size)
        move = np.zeros((9, 1))
    for s in range(order.shape[0]):
        taken = 0
        for b in range(batch):
            if order[s, b] >= 0:
                samples[taken], places[taken] = order[s, b], b
                taken += 1
        if taken == 0:
            continue
        for k in range(dead, layers):
            n, width, start = sizes[k], sizes[k + 1], units[k]
            if k == 0:
                for q in range(taken):
                    for j in range(width):
                        by_sample[q * wide[0] + j] = rest[j]
                for q in range(taken):
                    p = starts[samples[q]]
                    _add_terms(
                        by_sample, q * wide[0], values, p, 1, weights, 0, wide[0], columns, p,
                        starts[samples[q] + 1] - p, wide[0],
                    )  # fmt: skip
                    for j in range(width):
                        out[(start + j) * room + q] = by_sample[q * wide[0] + j]
            else:
                bias = begins[k] + n * wide[k]
                for j in range(width):
                    for q in range(room):
                        out[(start + j) * room + q] = rest[bias + j]
                    _add_terms(
                        out, (start + j) * room, rest, begins[k] + j, wide[k], out,
                        units[k - 1] * room, room, every, 0, n, room,
                    )  # fmt: skip
            z = out[start * room : (start + width) * room]
            its = slope[start * room : (start + width) * room]
            if k == layers - 1:
                _answer(z, room, codes[k], mine[:taken], stable, largest, unsafe)
            if codes[k] != SOFTMAX:
                _activate(z, its, codes[k], slopes[k])
            if k < layers - 1 and masks.size > 0:
                for j in range(width):
                    for q in range(taken):
                        times = left[k] if masks[s, places[q], start + j] else 0.0
                        z[j * room + q] *= times
                        its[j * room + q] *= times
        for q in range(taken):
            for j in range(sizes[layers]):
                answer[j] = out[(last + j) * room + q]
                its_slope[j] = slope[(last + j) * room + q]
            target = targets[labels[samples[q]]]
            _error(
                sizes[layers], 0, 1, codes[layers - 1], target, loss, answer, its_slope, its_delta
            )
            for j in range(sizes[layers]):
                delta[(last + j) * room + q] = its_delta[j]
        for k in range(layers - 2, dead - 1, -1):
            for i in range(sizes[k + 1]):
                first = (units[k] + i) * room
                for q in range(first, first + room):
                    delta[q] = 0.0
                _add_terms(
                    delta, first, rest, begins[k + 1] + i * wide[k + 1], 1, delta,
                    units[k + 1] * room, room, every, 0, sizes[k + 2], room,
                )  # fmt: skip
            for i in range(units[k] * room, units[k + 1] * room):
                delta[i] *= slope[i]
        pace = min(s, rates.shape[1] - 1)
        if taken != divided_by or rates.shape[1] > 1:
            divided_by = taken
            step = -rates[r, pace] if rules is None else 1.0
            for k in range(2 * layers):
                by = batch if whole[r] else taken
                scales[k] = step / by * factors[r, k // 2, k % 2]
        for k in range(layers - 1, dead - 1, -1):
            n, row = sizes[k], wide[k]
            for q in range(taken):
                for j in range(sizes[k + 1]):
                    by_sample[q * row + j] = delta[(units[k] + j) * room + q]
            bias = begins[k] + (n * row if k > 0 else 0)
            _add_terms(
                into_rest, bias, scales, 2 * k + 1, 0, by_sample, 0, row, every, 0, taken, row
            )
            if k > 0:
                for i in range(n):
                    for q in range(taken):
                        scaled[q] = scales[2 * k] * out[(units[k - 1] + i) * room + q]
                    _add_terms(
                        into_rest, begins[k] + i * row, scaled, 0, 1, by_sample, 0, row, every, 0,
                        taken, row,
                    )  # fmt: skip
        if dead == 0:
            row = wide[0]
            for f in range(begin.size):
                begin[f] = 0
            for q in range(taken):
                still = True
                for j in range(sizes[1]):
                    one = scales[0] * by_sample[q * row + j]
                    by_sample[q * row + j] = one
                    still = still and one == 0.0
                if still:
                    places[q] = -1
                    continue
                places[q] = 0
                for p in range(starts[samples[q]], starts[samples[q] + 1]):
                    begin[columns[p] + 2] += 1
            for f in range(2, begin.size):
                begin[f] += begin[f - 1]
            # Each feature's samples one after the other: afterwards they begin where they did.
            for q in range(taken):
                if places[q] == 0:
                    for p in range(starts[samples[q]], starts[samples[q] + 1]):
                        at = begin[columns[p] + 1]
                        begin[columns[p] + 1] = at + 1
                        those[at], factor[at] = q, values[p]
            for f in range(sizes[0]):
                if begin[f + 1] > begin[f]:
                    _add_terms(
                        into, f * row, factor, begin[f], 1, by_sample, 0, row, those, begin[f],
                        begin[f + 1] - begin[f], row,
                    )  # fmt: skip
        if rules is not None:
            made[0] += 1
            for k in range(2 * layers):
                if rules.ndim == 4:
                    _linear_move(rules[r, k], rates[r, pace], move[:, 0])
                else:
                    _adaptive_move(rules[r, k], rates[r, pace], made[0], move[:, 0])
                one, kept, summed = rest, carried_rest, into_rest
                if k == 0:
                    one, kept, summed = weights, carried, into
                n = sizes[k // 2] if k > 1 else 0
                start = begins[k // 2] if k > 0 else 0
                middle = start + n * wide[k // 2]
                end = weights.size if k == 0 else middle
                if k % 2:
                    start, end = middle, middle + wide[k // 2]
                if rules.ndim == 4:
                    _linear(one, kept, summed, move, start, end, 1)
                else:
                    _adaptive(one, kept, summed, move, start, end, 1)


@njit(inline="always")
def _linear_move(rule, rate, move):
    """The six numbers of a linear rule at a rate."""
    for i in range(6):
        move[i] = rule[i, 0] + rate * rule[i, 1]


@njit(inline="always")
def _adaptive_move(rule, rate, t, move):
    """The numbers of a rule by means in step t: of its rate and its corrections, what they are."""
    for i in range(6):
        move[i] = rule[i]
    move[6] = rate * rule[6] / (1.0 - rule[7] ** t)
    move[7] = 1.0 / (1.0 - rule[8] ** t)
    move[8] = rule[9]


@njit(inline="always")
def _linear(parameters, carried, gradients, move, start, end, lanes):
    """Step parameters by a linear rule, and set their gradients back to 0."""
    for i in range(start, end, lanes):
        for q in range(lanes):
            p, c, g = parameters[i + q], carried[0, i + q], gradients[i + q]
            parameters[i + q] = move[0, q] * p + move[1, q] * c + move[2, q] * g
            carried[0, i + q] = move[3, q] * p + move[4, q] * c + move[5, q] * g
            gradients[i + q] = 0.0


@njit(inline="always")
def _adaptive(parameters, carried, gradients, move, start, end, lanes):
    """The same by means of the gradient and of its square."""
    for i in range(start, end, lanes):
        for q in range(lanes):
            p = parameters[i + q]
            g = gradients[i + q] + move[8, q] * p
            m = move[0, q] * carried[0, i + q] + move[1, q] * g
            v = move[2, q] * carried[1, i + q] + move[3, q] * g * g
            root = math.sqrt(move[7, q] * v + move[4, q]) + move[5, q]
            parameters[i + q] = p - move[6, q] * m / root
            carried[0, i + q], carried[1, i + q], gradients[i + q] = m, v, 0.0


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
            _activate(z, its, codes[k], slopes[k])
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
def _answer(z, lanes, code, runs, stable, largest, unsafe):
    """Note how large the logits are, and turn them into probabilities in place if need be."""
    for q in range(runs.size):
        r = runs[q]
        top = 0.0
        for i in range(q, z.size, lanes):
            if not abs(z[i]) <= top:
                top = abs(z[i])
        if not top <= largest[r] and not math.isnan(largest[r]):
            largest[r] = top
        if code != SOFTMAX:
            continue
        shift, total = z[q], 0.0
        for i in range(q, z.size, lanes):
            if z[i] > shift:
                shift = z[i]
        if not stable[r] and not abs(shift) < SAFE:
            unsafe[r] = True
            shift = 0.0  # as written, with the inf / inf and 0 / 0 that come of it
        for i in range(q, z.size, lanes):
            z[i] = math.exp(z[i] - shift)
            total += z[i]
        for i in range(q, z.size, lanes):
            z[i] /= total


@njit(inline="always")
def _margins(width, lanes, target, last, out, delta):
    """The derivative of a hinge: of signed targets for each output, of one-hot ones for all."""
    signed = width == 1
    for j in range(width):
        signed = signed or target[j] < 0
    for q in range(lanes):
        right, short = 0.0, 0.0
        for j in range(width):
            right += target[j] * out[last + j * lanes + q]
        for j in range(width):
            i = last + j * lanes + q
            if signed:
                delta[i] = -target[j] if 1 - target[j] * out[i] > 0 else 0.0
            else:
                delta[i] = 1.0 if target[j] <= 0 and out[i] - right + 1 > 0 else 0.0
                short += delta[i]
        if not signed:
            for j in range(width):
                delta[last + j * lanes + q] -= target[j] * short


@njit(inline="always")
def _error(width, last, lanes, code, target, loss, out, slope, delta):
    """The loss's derivative with respect to each pre-activation of the last layer."""
    end = last + width * lanes
    for j in range(width):
        for i in range(last + j * lanes, last + (j + 1) * lanes):
            delta[i] = out[i] - target[j]
    if loss == HINGE:
        _margins(width, lanes, target, last, out, delta)
    elif loss and code == SOFTMAX:
        for q in range(lanes):
            mixed = 0.0
            for i in range(last + q, end, lanes):
                mixed += delta[i] * out[i]
            for i in range(last + q, end, lanes):
                delta[i] = out[i] * (delta[i] - mixed)
    elif loss == SQUARED:
        for i in range(last, end):
            delta[i] *= slope[i]


@njit(inline="always")
def _backward(rest, lanes, sizes, codes, target, loss, block, live, at, units, out, slope, delta):
    """Fill ``delta``, the loss's derivative with respect to each pre-activation."""
    layers = sizes.size - 1
    last = units[layers - 1] * lanes
    _error(sizes[layers], last, lanes, codes[layers - 1], target, loss, out, slope, delta)
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
