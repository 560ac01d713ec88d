"""Gradients that are held to a norm: ``g * min(1, most / norm)``, of all of them together.

They go where the true ones go, and no farther than a bound (Pascanu, Mikolov and Bengio 2013, "On
the difficulty of training recurrent neural networks"). So they are no mistake, though their factor
is another in each step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diagnose.network.arrays import Array, Arrays

# So many steps at the bound tell that there is one: of two that are alike, it may be chance.
TELLING = 3


@dataclass(frozen=True)
class Bound:
    """The norm to which gradients are held; multiples: what makes those of each step free of it."""

    norm: float
    multiples: tuple[float, ...]


def norm_bound(steps: Sequence[tuple[Arrays, Arrays]], room: float) -> Bound | None:
    """The bound of an author's gradients, of several steps, each with the true ones; None if none.

    room: by which share of their length gradients that are one may differ.
    """
    pairs = [(_together(own, true), _together(true, true)) for own, true in steps]
    lengths = np.array([float(np.linalg.norm(own)) for own, _ in pairs])
    squares = np.array([float(true @ true) for _, true in pairs])
    if len(pairs) <= TELLING or not (np.isfinite(lengths).all() and (squares > 0).all()):
        return None
    factors = np.array([float(own @ true) for own, true in pairs]) / squares
    along = all(
        float(np.linalg.norm(own - factor * true)) <= room * length
        for (own, true), factor, length in zip(pairs, factors, lengths, strict=True)
    )
    top, most = float(factors.max()), float(lengths.max())
    at_bound = lengths >= most * (1 - room)
    if not along or at_bound.sum() < TELLING or not (factors > 0).all() or np.ptp(factors) == 0:
        return None
    # where none is free, nothing tells their unit: then it is that of the mean loss
    free = 1.0 if at_bound.all() else float(np.median(factors[~at_bound]))
    if (np.abs(factors[~at_bound] - free) > room * free).any() or top > free * (1 + room):
        return None
    return Bound(most, tuple(free / factors))


def _together(arrays: Arrays, names: Arrays) -> Array:
    return np.concatenate([np.ravel(np.asarray(arrays[name], float)) for name in sorted(names)])
