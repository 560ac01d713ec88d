"""The innermost loop, compiled by numba. ``compiled`` says what its arguments mean.

Importing this module imports numba; only ``compiled`` does it, when the first run starts.

Several runs that see the same samples in the same order are trained side by side, in lanes: what
belongs to one parameter or one unit lies beside each other for eight runs, a block, and the
processor works through it in one or two instructions. A pixel is looked up once for all blocks. The
runs share nothing else, and the arithmetic of each is the same in any company.

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
from numba.extending import intrinsic

# Where the largest logit lies within this of 0, exp(z) / sum(exp(z)) and the same with the largest
# logit taken off first agree to rounding: exp loses digits below -708 and overflows at 709.8.
SAFE = 700.0
SOFTMAX = 5
# How often in an epoch it is looked which runs have ended and which layers have died, and after how
# many steps at the earliest: looking takes as long as some ten steps.
LOOKS = 8
APART = 500
# Runs in a block: one 512-bit register of doubles, or two of 256, or four of 128.
LANES = 8


@intrinsic
def add_product(typing, total, t, factor, f, term, s):
    """``total[t] += factor[f] * term[s]``, all rows of ``LANES`` doubles, contiguous.

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
    units, at = _places(sizes)
    low = sizes[0] * sizes[1]  # so many parameters are first-layer weights
    first = np.zeros(runs, np.int64)  # layers below this one are dead for good
    witness = np.zeros(runs, np.int64)  # a sample on which all lived when last looked
    stopped = np.zeros(runs, np.bool_)
    largest = np.zeros(runs)
    unsafe = np.zeros(runs, np.bool_)
    steps = order.shape[1]
    stretch = max(APART, steps // LOOKS)
    for epoch in range(order.shape[0]):
        for start in range(0, steps, stretch):
            # Now and then: which runs have ended, which layers have died?
            for r in range(runs):
                stopped[r] = stopped[r] or not np.isfinite(theta[r]).all()
                if not stopped[r]:
                    first[r], witness[r] = _dead_below(
                        theta[r], sizes, codes, slopes, starts, columns, values, first[r],
                        witness[r], at, units,
                    )  # fmt: skip
            going, live = _sorted_runs(first, stopped, sizes.size - 1)
            if going.size == 0:
                return largest, unsafe
            weights = _side_by_side(theta, going[: live[0]], low)
            rest = _into_lanes(theta, going, low)
            tops, unsafes = largest[going], unsafe[going]
            _steps(
                weights, rest, sizes, codes, slopes, factors[going],
                order[epoch, start : start + stretch], rates[going, epoch], labels, targets,
                squared, starts, columns, values, stable[going], live, at - low, units, tops,
                unsafes,
            )  # fmt: skip
            _set_apart(weights, theta, going[: live[0]])
            _out_of_lanes(rest, theta, going, low)
            largest[going], unsafe[going] = tops, unsafes
    return largest, unsafe


@njit(cache=True, nogil=True)
def dead_layers(theta, sizes, codes, slopes, starts, columns, values):
    """How many layers lie at or below the highest one that is dead on every training sample."""
    units, at = _places(sizes)
    dead, _ = _dead_below(theta, sizes, codes, slopes, starts, columns, values, 0, 0, at, units)
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
def _sorted_runs(first, stopped, layers):
    """The runs that go on, those with the fewest dead layers first, and ``live``."""
    going = np.zeros(first.size, np.int64)
    live = np.zeros(layers, np.int64)
    count = 0
    for k in range(layers):
        for r in range(first.size):
            if first[r] == k and not stopped[r]:
                going[count] = r
                count += 1
        live[k] = count
    return going[:count], live


@njit(cache=True, nogil=True)
def _side_by_side(theta, runs, count):
    """The first ``count`` parameters of some runs, ``(count, runs)``."""
    packed = np.empty((count, runs.size))
    for i in range(count):
        for r in range(runs.size):
            packed[i, r] = theta[runs[r], i]
    return packed


@njit(cache=True, nogil=True)
def _set_apart(packed, theta, runs):
    for i in range(packed.shape[0]):
        for r in range(runs.size):
            theta[runs[r], i] = packed[i, r]


@njit(cache=True, nogil=True)
def _into_lanes(theta, runs, start):
    """The parameters from ``start`` on, ``(blocks, parameters, LANES)``; unused lanes are 0."""
    packed = np.zeros((-(-runs.size // LANES), theta.shape[1] - start, LANES))
    for r in range(runs.size):
        for i in range(packed.shape[1]):
            packed[r // LANES, i, r % LANES] = theta[runs[r], start + i]
    return packed


@njit(cache=True, nogil=True)
def _out_of_lanes(packed, theta, runs, start):
    for r in range(runs.size):
        for i in range(packed.shape[1]):
            theta[runs[r], start + i] = packed[r // LANES, i, r % LANES]


@njit(cache=True, nogil=True, error_model="numpy")
def _dead_below(
    theta, sizes, codes, slopes, starts, columns, values, first, witness, at, units
):  # fmt: skip
    """The first layer above the highest one that is dead on every training sample.

    Samples are tried from ``witness`` on, round, until all hidden layers have lived on one; the
    last one tried is returned as well, to begin with the next time.
    """
    layers = sizes.size - 1
    samples = starts.size - 1
    out = np.zeros(units[layers])
    slope = np.zeros(sizes.max())
    alive = np.zeros(layers - 1, np.bool_)
    living = first
    sample = witness
    for tried in range(samples):
        if living == layers - 1:
            break
        sample = (witness + tried) % samples
        for k in range(first, layers - 1):
            n, width = sizes[k], sizes[k + 1]
            z = out[units[k] : units[k + 1]]
            z[:] = theta[at[k] + n * width : at[k] + (n + 1) * width]
            if k == 0:
                for p in range(starts[sample], starts[sample + 1]):
                    for j in range(width):
                        z[j] += values[p] * theta[columns[p] * width + j]
            else:
                for i in range(n):
                    for j in range(width):
                        z[j] += out[units[k - 1] + i] * theta[at[k] + i * width + j]
            _activate(z, slope[:width], codes[k], slopes[k])
            if not alive[k] and (z.any() or slope[:width].any()):
                alive[k] = True
                living += 1
    for k in range(layers - 2, first - 1, -1):
        if not alive[k]:
            return k + 1, sample
    return first, sample


@njit(cache=True, nogil=True, error_model="numpy")
def _activate(z, slope, code, leak):
    """Turn pre-activations into activations in place, and fill in their derivatives."""
    for i in range(z.size):
        if code == 0:
            slope[i] = 1.0 if z[i] > 0 else 0.0
            z[i] = 0.0 if z[i] <= 0 else z[i]  # not max(0, z): a nan must stay one
        elif code == 1:
            slope[i] = 1.0 if z[i] > 0 else leak
            z[i] *= slope[i]
        elif code == 2:
            z[i] = 1.0 / (1.0 + math.exp(-z[i]))
            slope[i] = z[i] * (1.0 - z[i])
        elif code == 3:
            z[i] = math.tanh(z[i])
            slope[i] = 1.0 - z[i] * z[i]
        else:
            slope[i] = 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def _steps(
    weights, rest, sizes, codes, slopes, factors, order, rates, labels, targets, squared, starts,
    columns, values, stable, live, at, units, largest, unsafe,
):  # fmt: skip
    """Make the steps of ``order``, ``(steps, B)``, in all lanes.

    weights: ``(features * units, runs)``, those of the first layer, of the runs in which it lives;
    rest: ``(blocks, parameters, LANES)``, all others; those of layer k begin at ``at[k]``.
    """
    layers, blocks, runs = sizes.size - 1, rest.shape[0], rates.size
    batch = order.shape[1]
    # What lies below a dead layer is never filled and stays 0.
    out = np.zeros((batch, blocks, units[layers], LANES))
    delta = np.zeros((batch, blocks, units[layers], LANES))
    slope = np.zeros((blocks, units[layers], LANES))  # derivative of each unit's activation
    scales = np.zeros((blocks, 2 * layers, LANES))
    scaled = np.zeros((1, LANES))
    by_pixel = weights.reshape(sizes[0], sizes[1] * live[0])
    sums = np.zeros((sizes[1], live[0]))
    divided_by = 0
    for s in range(order.shape[0]):
        taken = 0
        for b in range(batch):
            sample = order[s, b]
            if sample < 0:
                continue
            taken += 1
            _first_sums(by_pixel, rest, sample, starts, columns, values, sums, out[b])
            for block in range(blocks):
                begin = block * LANES
                end = min(runs, begin + LANES)
                _forward(
                    rest[block], sizes, codes, slopes, block, live, at, units, out[b, block],
                    slope[block],
                )  # fmt: skip
                _answer(
                    out[b, block, units[layers - 1] :], slope[block, units[layers - 1] :],
                    codes[layers - 1], slopes[layers - 1], stable[begin:end], largest[begin:end],
                    unsafe[begin:end],
                )  # fmt: skip
                _backward(
                    rest[block], sizes, codes, targets[labels[sample]], squared, block, live, at,
                    units, out[b, block], slope[block], delta[b, block],
                )  # fmt: skip
        if taken != divided_by:
            divided_by = taken
            for r in range(runs):
                for k in range(layers):
                    for part in range(2):
                        scale = -rates[r] / taken * factors[r, k, part]
                        scales[r // LANES, 2 * k + part, r % LANES] = scale
        # Deltas of a batch all come from the parameters before it: only now may they change.
        for b in range(batch):
            sample = order[s, b]
            if sample < 0:
                continue
            for block in range(blocks):
                _descend(
                    rest[block], sizes, scales[block], block, live, at, units, out[b, block],
                    delta[b, block], scaled,
                )  # fmt: skip
            _first_step(by_pixel, scales, sample, starts, columns, values, sums, delta[b])


@njit(cache=True, nogil=True)
def _first_sums(by_pixel, rest, sample, starts, columns, values, sums, out):
    """Pre-activations of the first layer, of the runs in which it lives."""
    width, runs = sums.shape
    for j in range(width):
        for r in range(runs):
            sums[j, r] = rest[r // LANES, j, r % LANES]
    total = sums.reshape(-1)
    p, end = starts[sample], starts[sample + 1]
    while p + 4 <= end:  # four at a time, added in their order: fewer ways to memory and back
        a, b, c, d = values[p], values[p + 1], values[p + 2], values[p + 3]
        row_a, row_b = by_pixel[columns[p]], by_pixel[columns[p + 1]]
        row_c, row_d = by_pixel[columns[p + 2]], by_pixel[columns[p + 3]]
        for i in range(total.size):
            two = total[i] + a * row_a[i] + b * row_b[i]
            total[i] = two + c * row_c[i] + d * row_d[i]
        p += 4
    while p < end:
        x, row = values[p], by_pixel[columns[p]]
        for i in range(total.size):
            total[i] += x * row[i]
        p += 1
    for j in range(width):
        for r in range(runs):
            out[r // LANES, j, r % LANES] = sums[j, r]


@njit(cache=True, nogil=True)
def _first_step(by_pixel, scales, sample, starts, columns, values, changes, delta):
    """Change the first layer's weights, of the runs in which it lives."""
    width, runs = changes.shape
    for j in range(width):
        for r in range(runs):
            block, q = r // LANES, r % LANES
            changes[j, r] = scales[block, 0, q] * delta[block, j, q]
    change = changes.reshape(-1)
    if not change.any():
        return
    for p in range(starts[sample], starts[sample + 1]):
        x = values[p]
        row = by_pixel[columns[p]]
        for i in range(change.size):
            row[i] += x * change[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _forward(rest, sizes, codes, slopes, block, live, at, units, out, slope):
    """From the first layer's sums to the logits, for one sample and one block."""
    layers = sizes.size - 1
    for k in range(layers):
        if block * LANES >= live[k]:
            continue
        n, width, start = sizes[k], sizes[k + 1], units[k]
        if k > 0:
            bias = at[k] + n * width
            for j in range(width):
                for q in range(LANES):
                    out[start + j, q] = rest[bias + j, q]
            for i in range(n):
                row = at[k] + i * width
                for j in range(width):
                    add_product(out, start + j, out, units[k - 1] + i, rest, row + j)
        if k < layers - 1:
            end = start + width
            z, its = out[start:end].reshape(-1), slope[start:end].reshape(-1)
            _activate(z, its, codes[k], slopes[k])
            for u in range(start, end):  # dead: not from what lies below, which is not filled
                for q in range(live[k] - block * LANES, LANES):
                    out[u, q] = slope[u, q] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _answer(z, slope, code, leak, stable, largest, unsafe):
    """Turn logits, ``(outputs, LANES)``, into outputs in place, and note what was met."""
    outputs = z.shape[0]
    for q in range(largest.size):
        top = 0.0
        for j in range(outputs):
            if not abs(z[j, q]) <= top:
                top = abs(z[j, q])
        if not top <= largest[q] and not math.isnan(largest[q]):
            largest[q] = top
        if code != SOFTMAX:
            continue
        shift, total = z[0, q], 0.0
        for j in range(outputs):
            if z[j, q] > shift:
                shift = z[j, q]
        if not stable[q] and not abs(shift) < SAFE:
            unsafe[q] = True
            shift = 0.0  # as written, with the inf / inf and 0 / 0 that come of it
        for j in range(outputs):
            z[j, q] = math.exp(z[j, q] - shift)
            total += z[j, q]
        for j in range(outputs):
            z[j, q] /= total
    if code != SOFTMAX:
        _activate(z.reshape(-1), slope.reshape(-1), code, leak)


@njit(cache=True, nogil=True)
def _backward(rest, sizes, codes, target, squared, block, live, at, units, out, slope, delta):
    """Fill ``delta``, the loss's derivative with respect to each pre-activation."""
    layers = sizes.size - 1
    last, end = units[layers - 1], units[layers]
    for u in range(last, end):
        for q in range(LANES):
            delta[u, q] = out[u, q] - target[u - last]
    if squared and codes[layers - 1] == SOFTMAX:
        for q in range(LANES):
            mixed = 0.0
            for u in range(last, end):
                mixed += delta[u, q] * out[u, q]
            for u in range(last, end):
                delta[u, q] = out[u, q] * (delta[u, q] - mixed)
    elif squared:
        for u in range(last, end):
            for q in range(LANES):
                delta[u, q] *= slope[u, q]
    for k in range(layers - 2, -1, -1):
        if block * LANES >= live[k]:
            continue
        width = sizes[k + 2]
        mine = delta[units[k] : units[k + 1]].reshape(-1)
        mine[:] = 0.0
        for j in range(width):
            for i in range(sizes[k + 1]):
                row = at[k + 1] + i * width
                add_product(delta, units[k] + i, rest, row + j, delta, units[k + 1] + j)
        its = slope[units[k] : units[k + 1]].reshape(-1)
        for i in range(mine.size):
            mine[i] *= its[i]


@njit(cache=True, nogil=True)
def _descend(rest, sizes, scales, block, live, at, units, out, delta, scaled):
    """Add ``scales`` times the true gradient to all parameters but the first layer's weights."""
    for k in range(sizes.size - 1):
        if block * LANES >= live[k]:
            continue
        n, width, start = sizes[k], sizes[k + 1], units[k]
        bias = at[k] + n * width
        for j in range(width):
            add_product(rest, bias + j, scales, 2 * k + 1, delta, start + j)
        if k > 0:
            for i in range(n):
                for q in range(LANES):
                    scaled[0, q] = scales[2 * k, q] * out[units[k - 1] + i, q]
                row = at[k] + i * width
                for j in range(width):
                    add_product(rest, row + j, scaled, 0, delta, start + j)
