"""How the parameters of runs that are trained side by side lie in memory: see ``kernel``."""

# mypy: allow-untyped-defs
from __future__ import annotations

import numpy as np

# Below this, a batch does not fill a register: 784-10-10 units one run takes 1.1 times as long by
# batches of four, 2-64-64-2 a third.
LEAST_BATCH = 4
# How many numbers of its widest layer a batch must have for each run of a company; with fewer,
# lanes are quicker. Measured with 2 to 8 runs, batches of 4 to 32, 10 to 128 units. Where the first
# layer takes most, runs in lanes share each pixel that is looked up: with 784-32-10 units, two runs
# take .67 of the time of lanes by batches of 32 (512 numbers each), four 1.15 by batches of 8 (64).
# Elsewhere lanes without a run cost as much as others, and the weights of eight runs do not fit
# into a cache: two to eight runs of 2-64-64-2 units take .05 to .29.
FIRST_MOST, REST_MOST = 128, 32
# With one sample in each step, three runs take no longer one by one than in lanes; four do.
# Microseconds for each run and step, one by one and in lanes: of 784-10-10-10 units three 1.02 and
# 1.07, four 1.08 and 0.92, of 784-30-10-10 three 2.1 and 3.1; where two of 784 pixels are not 0, of
# 784-8-8-2 three 0.21 and 0.40, four 0.23 and 0.22.
MOST_ALONE = 3


def by_batches(sizes, entering, batch, runs):
    """Whether so many runs are trained one by one, with the samples of a batch side by side.

    entering: how many inputs of a sample are not 0. To be quicker is all that it is for.
    """
    if batch < LEAST_BATCH or runs == 1:
        return batch >= LEAST_BATCH
    rest = (sizes[1:-1] * sizes[2:]).sum()
    each = FIRST_MOST if entering * sizes[1] > rest else REST_MOST
    return bool(sizes[1:].max() * batch > each * runs)


def one_by_one(batch, runs, ruled):
    """Whether so many runs are trained one by one, a row of whole vectors for each sample.

    ruled: whether they carry something on from step to step. To be quicker is all that it is for.
    """
    return batch == 1 and runs <= MOST_ALONE and not ruled


def places(sizes):
    """Where each layer's outputs start among all outputs, and its parameters in ``theta``."""
    units = np.concatenate([[0], np.cumsum(sizes[1:])])
    at = np.concatenate([[0], np.cumsum((sizes[:-1] + 1) * sizes[1:])[:-1]])
    return units, at


def side_by_side(weights, width, lanes):
    """First layers, ``(runs, features * width)``, as ``(features, width * runs)``: by unit.

    Rows are filled up to whole vectors of ``lanes`` numbers, with 0.
    """
    runs, features = len(weights), weights.shape[1] // width
    packed = _aligned(features, int(to_whole_vectors(width * runs, lanes)))
    by_unit = weights.reshape(runs, features, width).transpose(1, 2, 0)
    packed[:, : width * runs] = by_unit.reshape(features, width * runs)
    return packed


def set_apart(packed, width, runs):
    """What ``side_by_side`` was given."""
    by_unit = packed[:, : width * runs].reshape(len(packed), width, runs)
    return by_unit.transpose(2, 0, 1).reshape(runs, len(packed) * width)


def into_lanes(parameters, lanes):
    """Parameters, ``(runs, count)``, a row of lanes each, by blocks; unused lanes are 0."""
    runs, count = parameters.shape
    blocks = -(-runs // lanes)
    padded = np.zeros((blocks * lanes, count))
    padded[:runs] = parameters
    packed = _aligned(blocks, count * lanes)
    by_block = packed.reshape(blocks, count, lanes)
    by_block[:] = padded.reshape(blocks, lanes, count).transpose(0, 2, 1)
    return packed


def out_of_lanes(packed, lanes):
    """What ``into_lanes`` was given, and rows for the unused lanes."""
    blocks, count = len(packed), packed.shape[1] // lanes
    by_block = packed.reshape(blocks, count, lanes)
    return by_block.transpose(0, 2, 1).reshape(blocks * lanes, count)


def to_whole_vectors(widths, lanes):
    """Widths of rows that vectors of ``lanes`` numbers fill."""
    return -(-widths // lanes) * lanes


def filled_up(parameters, sizes, wide):
    """One run's first layer, and its bias and what is above: rows filled up with 0 to ``wide``.

    parameters: for each layer the weight as ``(inputs, units)`` and then the bias, one vector.
    """
    packed, at = [], 0
    for n, width, row in zip(sizes[:-1], sizes[1:], wide, strict=True):
        rows = _aligned(int(n) + 1, int(row))
        rows[:, :width] = parameters[at : at + (n + 1) * width].reshape(n + 1, width)
        packed.append(rows)
        at += (n + 1) * width
    flat = np.concatenate([packed[0][-1], *(one.ravel() for one in packed[1:])])
    rest = _aligned(1, flat.size)[0]
    rest[:] = flat
    return packed[0][:-1].reshape(-1), rest


def in_one(weights, rest, sizes, wide):
    """What ``filled_up`` was given."""
    rows = np.concatenate([weights, rest])
    parts, at = [], 0
    for n, width, row in zip(sizes[:-1], sizes[1:], wide, strict=True):
        parts.append(rows[at : at + (n + 1) * row].reshape(n + 1, row)[:, :width].ravel())
        at += (n + 1) * row
    return np.concatenate(parts)


def _aligned(rows, columns):
    """An array of zeros that begins where a line of the cache does, as its vectors want it."""
    line = 64 // 8
    room = np.zeros(rows * columns + line)
    skip = -room.ctypes.data // 8 % line
    return room[skip : skip + rows * columns].reshape(rows, columns)
