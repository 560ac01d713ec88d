"""The steps of a run that is trained alone, compiled, samples side by side: see ``kernel``."""

# mypy: allow-untyped-defs
from __future__ import annotations

import numpy as np
from numba import njit

from diagnose.training.kernel_parts import (
    LANES,
    MADE_OF,
    SOFTMAX,
    activate,
    adaptive_move,
    adaptive_step,
    add_terms,
    answered,
    error_of,
    fetch_sample,
    linear_move,
    linear_step,
)
from diagnose.training.lanes import filled_up, in_one, to_whole_vectors


def train_alone(
    theta, r, dead, sizes, codes, slopes, factors, order, rates, labels, targets, loss, starts,
    columns, values, stable, units, largest, unsafe, rules, made, masks, scales, whole,
):  # fmt: skip
    """Make the steps of ``order`` in one run, ``theta``, in place; the rest as of ``_steps``.

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
    _steps(
        weights, rest, r, dead, sizes, wide, begins, codes, slopes, factors, order, rates, labels,
        targets, loss, starts, columns, values, stable, units, largest, unsafe, rules, carried,
        carried_rest, made, masks, scales, whole, every,
    )  # fmt: skip
    theta[:count] = in_one(weights, rest, sizes, wide)
    if rules is not None:
        for at, given in enumerate(zip(carried, carried_rest, strict=True), 1):
            theta[at * count : (at + 1) * count] = in_one(*given, sizes, wide)


@njit(cache=True, nogil=True, error_model="numpy")
def _steps(
    weights, rest, r, dead, sizes, wide, begins, codes, slopes, factors, order, rates, labels,
    targets, loss, starts, columns, values, stable, units, largest, unsafe, rules, carried,
    carried_rest, made, masks, left, whole, every, made_of=MADE_OF,
):  # fmt: skip
    """What ``steps_in_lanes`` does, of run ``r`` alone: the samples of a batch lie side by side.

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
                    fetch_sample(order, s + 1, q, starts, columns, values)
                    p = starts[samples[q]]
                    add_terms(
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
                    add_terms(
                        out, (start + j) * room, rest, begins[k] + j, wide[k], out,
                        units[k - 1] * room, room, every, 0, n, room,
                    )  # fmt: skip
            z = out[start * room : (start + width) * room]
            its = slope[start * room : (start + width) * room]
            if k == layers - 1:
                answered(z, room, codes[k], mine[:taken], stable, largest, unsafe)
            if codes[k] != SOFTMAX:
                activate(z, its, codes[k], slopes[k])
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
            error_of(
                sizes[layers], 0, 1, codes[layers - 1], target, loss, answer, its_slope, its_delta
            )
            for j in range(sizes[layers]):
                delta[(last + j) * room + q] = its_delta[j]
        for k in range(layers - 2, dead - 1, -1):
            for i in range(sizes[k + 1]):
                first = (units[k] + i) * room
                for q in range(first, first + room):
                    delta[q] = 0.0
                add_terms(
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
            add_terms(
                into_rest, bias, scales, 2 * k + 1, 0, by_sample, 0, row, every, 0, taken, row
            )
            if k > 0:
                for i in range(n):
                    for q in range(taken):
                        scaled[q] = scales[2 * k] * out[(units[k - 1] + i) * room + q]
                    add_terms(
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
                    add_terms(
                        into, f * row, factor, begin[f], 1, by_sample, 0, row, those, begin[f],
                        begin[f + 1] - begin[f], row,
                    )  # fmt: skip
        if rules is not None:
            made[0] += 1
            for k in range(2 * layers):
                if rules.ndim == 4:
                    linear_move(rules[r, k], rates[r, pace], move[:, 0])
                else:
                    adaptive_move(rules[r, k], rates[r, pace], made[0], move[:, 0])
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
                    linear_step(one, kept, summed, move, start, end, 1)
                else:
                    adaptive_step(one, kept, summed, move, start, end, 1)
