"""How the parameters of runs that are trained side by side lie in memory: see ``kernel``."""

# mypy: allow-untyped-defs
from __future__ import annotations

import numpy as np


def places(sizes):
    """Where each layer's outputs start among all outputs, and its parameters in ``theta``."""
    units = np.concatenate([[0], np.cumsum(sizes[1:])])
    at = np.concatenate([[0], np.cumsum((sizes[:-1] + 1) * sizes[1:])[:-1]])
    return units, at


def side_by_side(weights, width):
    """First layers, ``(runs, features * width)``, as ``(features, width * runs)``: by unit."""
    runs, features = len(weights), weights.shape[1] // width
    packed = _aligned(features, width * runs)
    by_unit = packed.reshape(features, width, runs)
    by_unit[:] = weights.reshape(runs, features, width).transpose(1, 2, 0)
    return packed


def set_apart(packed, width):
    """What ``side_by_side`` was given."""
    features, runs = len(packed), packed.shape[1] // width
    by_unit = packed.reshape(features, width, runs)
    return by_unit.transpose(2, 0, 1).reshape(runs, features * width)


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


def _aligned(rows, columns):
    """An array of zeros that begins where a line of the cache does, as its vectors want it."""
    line = 64 // 8
    room = np.zeros(rows * columns + line)
    skip = -room.ctypes.data // 8 % line
    return room[skip : skip + rows * columns].reshape(rows, columns)
