"""What the compiled steps have in common, in lanes and by batches: units, losses and rules.

Numba compiles these functions into those that call them, and finds by the file of such a function
what it compiled earlier. ``MADE_OF`` has it compile anew when this file has changed.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

# What stands in this file, as a number: that of an argument which all that is compiled here has by
# default, and numba takes what was compiled earlier for the same arguments alone.
MADE_OF = zlib.crc32(Path(__file__).read_bytes())
# Where the largest logit lies within this of 0, exp(z) / sum(exp(z)) and the same with the largest
# logit taken off first agree to rounding: exp loses digits below -708 and overflows at 709.8.
SAFE = 700.0
SOFTMAX = 5
SQUARED, HINGE = 1, 2
# The code of a layer is the number of its activation, and WAYS times that of the way in which its
# derivative is written: ``slopes.NAMES``.
WAYS = 16
AT_OUT, AT_PRE, LEFT_OUT, INVERTED, TWICE, OF_ITSELF, OUT, UNSQUARED = range(1, 9)
# Runs in a block, or samples beside each other: one 512-bit register of doubles, or two of 256, or
# four of 128.
LANES = 8
# To so many numbers the rows of a run that is alone are filled up: ten units take three of these,
# and four where two vectors hold them (.89 of the time of a step of 784-10-10-10 units).
HALF = LANES // 2
# So many vectors of a row are taken at a time where rows are long and far from the processor, if it
# has registers for them: a row is then read from end to end, as memory gives it.
MANY = 16 if get_host_cpu_features().get("avx512f") else 4

# How is compiled what makes no array: without counting references, which a quarter of compiling
# goes into. numba's own pages do not have this argument, so it stands here alone.
makes_no_array: Callable[..., Any] = partial(njit, nogil=True, error_model="numpy", _nrt=False)


@makes_no_array()
def activate(z, slope, code, leak):
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


@njit(inline="always")
def answered(z, lanes, code, runs, stable, largest, unsafe):
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
def error_of(width, last, lanes, code, target, loss, out, slope, delta):
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
def linear_move(rule, rate, move):
    """The six numbers of a linear rule at a rate."""
    for i in range(6):
        move[i] = rule[i, 0] + rate * rule[i, 1]


@njit(inline="always")
def adaptive_move(rule, rate, t, move):
    """The numbers of a rule by means in step t: of its rate and its corrections, what they are."""
    for i in range(6):
        move[i] = rule[i]
    move[6] = rate * rule[6] / (1.0 - rule[7] ** t)
    move[7] = 1.0 / (1.0 - rule[8] ** t)
    move[8] = rule[9]


@njit(inline="always")
def linear_step(parameters, carried, gradients, move, start, end, lanes):
    """Step parameters by a linear rule, and set their gradients back to 0."""
    for i in range(start, end, lanes):
        for q in range(lanes):
            p, c, g = parameters[i + q], carried[0, i + q], gradients[i + q]
            parameters[i + q] = move[0, q] * p + move[1, q] * c + move[2, q] * g
            carried[0, i + q] = move[3, q] * p + move[4, q] * c + move[5, q] * g
            gradients[i + q] = 0.0


@njit(inline="always")
def adaptive_step(parameters, carried, gradients, move, start, end, lanes):
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


@intrinsic
def _fetch(typing, array, i):
    """Have the line of the cache that holds ``array[i]`` brought near."""
    signature = types.void(array, i)

    def generate(context, builder, signature, given):
        data = context.make_array(signature.args[0])(context, builder, given[0]).data
        place, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [place, number, number, number])
        call = builder.module.declare_intrinsic("llvm.prefetch", [place], kind)
        at = builder.bitcast(builder.gep(data, [given[1]]), place)
        # to be read, to the nearest cache, data
        builder.call(call, [at, *(ir.Constant(number, one) for one in (0, 3, 1))])
        return context.get_dummy_value()

    return signature, generate


@njit(inline="always")
def fetch_sample(order, s, b, starts, columns, values):
    """Have a sample brought near that is met soon: far from the processor, it would be waited for.

    None where there is no step s, or no sample b in it.
    """
    if s < order.shape[0] and order[s, b] >= 0:
        first, end = starts[order[s, b]], starts[order[s, b] + 1]
        for p in range(first, end, 64 // 8):
            _fetch(values, p)
        for p in range(first, end, 64 // 4):
            _fetch(columns, p)


def _adding(vectors, lanes=LANES):
    """What adds terms to so many vectors of ``lanes`` numbers, which stay in registers.

    Term n is ``factor[f + n * f_step]`` times the numbers of ``term`` that begin at
    ``s + index[i + n] * stride``. Product and sum are rounded one after the other, as in plain
    code.
    """

    @intrinsic
    def adding(typing, total, t, factor, f, f_step, term, s, stride, index, i, count):
        signature = types.void(total, t, factor, f, f_step, term, s, stride, index, i, count)

        def generate(context, builder, signature, given):
            kind = ir.VectorType(ir.DoubleType(), lanes)
            total, factor, term, index = (
                context.make_array(signature.args[at])(context, builder, given[at]).data
                for at in (0, 2, 5, 8)
            )
            _, t, _, f, f_step, _, s, stride, _, i, count = given

            def row(array, first, at):
                place = builder.add(first, ir.Constant(ir.IntType(64), at * lanes))
                return builder.bitcast(builder.gep(array, [place]), kind.as_pointer())

            sums = [cgutils.alloca_once(builder, kind) for _ in range(vectors)]
            for at, one in enumerate(sums):
                builder.store(builder.load(row(total, t, at), align=8), one)
            with cgutils.for_range(builder, count) as loop:
                place = builder.add(f, builder.mul(loop.index, f_step))
                times = builder.load(builder.gep(factor, [place]))
                every = ir.Constant(kind, ir.Undefined)
                for lane in range(lanes):
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

    return adding


_add_to_one, _add_to_two, _add_to_four = _adding(1), _adding(2), _adding(4)
_add_to_half, _add_to_halves = _adding(1, HALF), _adding(3, HALF)
add_to_many = _adding(MANY)


@njit(inline="always")
def add_terms(total, t, factor, f, f_step, term, s, stride, index, i, count, width):
    """Add terms, one after the other, to whole vectors, of ``width`` numbers: see ``_adding``."""
    at = 0
    while at + 4 * LANES <= width:
        _add_to_four(total, t + at, factor, f, f_step, term, s + at, stride, index, i, count)
        at += 4 * LANES
    if at + 2 * LANES <= width:
        _add_to_two(total, t + at, factor, f, f_step, term, s + at, stride, index, i, count)
        at += 2 * LANES
    if at < width:
        _add_to_one(total, t + at, factor, f, f_step, term, s + at, stride, index, i, count)


@njit(inline="always")
def add_halves(total, t, factor, f, f_step, term, s, stride, index, i, count, width):
    """The same to rows that halves of vectors fill; to call it, too, takes longer to compile."""
    at = 0
    while at + 4 * LANES <= width:
        _add_to_four(total, t + at, factor, f, f_step, term, s + at, stride, index, i, count)
        at += 4 * LANES
    if at + 2 * LANES <= width:
        _add_to_two(total, t + at, factor, f, f_step, term, s + at, stride, index, i, count)
        at += 2 * LANES
    if at + 3 * HALF == width:
        _add_to_halves(total, t + at, factor, f, f_step, term, s + at, stride, index, i, count)
    elif at + LANES == width:
        _add_to_one(total, t + at, factor, f, f_step, term, s + at, stride, index, i, count)
    elif at < width:
        _add_to_half(total, t + at, factor, f, f_step, term, s + at, stride, index, i, count)


def _spreading(vectors, lanes=LANES):
    """What adds so many vectors of ``lanes`` numbers, which stay in registers, to many rows.

    ``factor[f + n]`` times the numbers of ``term`` that begin at ``s`` are added to those of
    ``total`` that begin at ``t + index[i + n] * stride``.
    """

    @intrinsic
    def spreading(typing, total, t, stride, factor, f, term, s, index, i, count):
        signature = types.void(total, t, stride, factor, f, term, s, index, i, count)

        def generate(context, builder, signature, given):
            kind = ir.VectorType(ir.DoubleType(), lanes)
            total, factor, term, index = (
                context.make_array(signature.args[at])(context, builder, given[at]).data
                for at in (0, 3, 5, 7)
            )
            _, t, stride, _, f, _, s, _, i, count = given

            def row(array, first, at):
                place = builder.add(first, ir.Constant(ir.IntType(64), at * lanes))
                return builder.bitcast(builder.gep(array, [place]), kind.as_pointer())

            terms = [builder.load(row(term, s, at), align=8) for at in range(vectors)]
            with cgutils.for_range(builder, count) as loop:
                times = builder.load(builder.gep(factor, [builder.add(f, loop.index)]))
                every = ir.Constant(kind, ir.Undefined)
                for lane in range(lanes):
                    every = builder.insert_element(every, times, ir.Constant(ir.IntType(32), lane))
                which = builder.load(builder.gep(index, [builder.add(i, loop.index)]))
                which = builder.sext(which, ir.IntType(64))
                first = builder.add(t, builder.mul(which, stride))
                for at, one in enumerate(terms):
                    place = row(total, first, at)
                    product = builder.fmul(every, one)
                    added = builder.fadd(builder.load(place, align=8), product)
                    builder.store(added, place, align=8)
            return context.get_dummy_value()

        return signature, generate

    return spreading


_spread_one, _spread_two, _spread_four = _spreading(1), _spreading(2), _spreading(4)
_spread_half, _spread_halves = _spreading(1, HALF), _spreading(3, HALF)
spread_many = _spreading(MANY)


@njit(inline="always")
def spread_terms(total, t, stride, factor, f, term, s, index, i, count, width):
    """Add multiples of whole vectors, of ``width`` numbers, to many rows: see ``_spreading``."""
    at = 0
    while at + 4 * LANES <= width:
        _spread_four(total, t + at, stride, factor, f, term, s + at, index, i, count)
        at += 4 * LANES
    if at + 2 * LANES <= width:
        _spread_two(total, t + at, stride, factor, f, term, s + at, index, i, count)
        at += 2 * LANES
    if at < width:
        _spread_one(total, t + at, stride, factor, f, term, s + at, index, i, count)


@njit(inline="always")
def spread_halves(total, t, stride, factor, f, term, s, index, i, count, width):
    """The same of rows that halves of vectors fill."""
    at = 0
    while at + 4 * LANES <= width:
        _spread_four(total, t + at, stride, factor, f, term, s + at, index, i, count)
        at += 4 * LANES
    if at + 2 * LANES <= width:
        _spread_two(total, t + at, stride, factor, f, term, s + at, index, i, count)
        at += 2 * LANES
    if at + 3 * HALF == width:
        _spread_halves(total, t + at, stride, factor, f, term, s + at, index, i, count)
    elif at + LANES == width:
        _spread_one(total, t + at, stride, factor, f, term, s + at, index, i, count)
    elif at < width:
        _spread_half(total, t + at, stride, factor, f, term, s + at, index, i, count)
