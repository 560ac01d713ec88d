"""How closely two computations of the same number can agree, by number type."""

from __future__ import annotations

import numpy as np

from diagnose.network.arrays import Array

# How far two computations of one gradient may lie apart, relative to its norm, by the coarsest
# number type in which the network computes. float64: 1e-7 is the band that the CS231n notes
# ("Gradient checks", relative error) call good; rounding alone gives about 1e-15, and a formula
# that is wrong gives far more. float32: rounding of 1.2e-7, summed over 784 inputs and divided by
# a small 1 - p, reaches some 1e-5; 2e-4 is above that and still below a derivative wrong by
# 0.05 %. float16: rounding of 1e-3, with the same room.
TOLERANCES = {"float64": 1e-7, "float32": 2e-4, "float16": 5e-2}


_NAMES = {np.dtype(name): name for name in TOLERANCES}


def number_type(*arrays: Array) -> str:
    """Name the coarsest floating-point type among arrays, as a key of ``TOLERANCES``."""
    kinds = [_NAMES[array.dtype] for array in arrays if array.dtype in _NAMES]
    return max(kinds, key=TOLERANCES.__getitem__, default="float64")
