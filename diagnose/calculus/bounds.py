"""Gradients and errors that are held within a bound, which is no mistake.

Gradients to a norm, ``g * min(1, most / norm)``, of all of them together: they go where the true
ones go, and no farther (Pascanu, Mikolov and Bengio 2013, "On the difficulty of training recurrent
neural networks"). Errors of the output at a bound, as in Huber's loss (Huber 1964, "Robust
estimation of a location parameter"): up to it the error is as that of squared errors, beyond it
only its sign counts. The bound is looked for with which the last layer's gradient is an author's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diagnose.calculus.backward_pass import Case
from diagnose.network.arrays import Array, Arrays

# So many steps at the bound tell that there is one: of two that are alike, it may be chance.
TELLING = 3
# So many samples must lie beyond the bound, and as many within, to tell where it is.
FEWEST = 2


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


def error_bound(case: Case, authors: Arrays) -> float | None:
    """The bound of the errors of the first output, whose activation is none.

    The gradient is a sum over samples: of those within the bound with their errors, of those beyond
    with its multiple of their signs. Sorted by their errors, there are as many sums as samples.
    """
    network, layer = case.network, case.network.layers[-1]
    if network.loss != "squared-error" or layer.activation != "linear":
        return None
    if layer.weight not in authors:
        return None
    wanted = network.as_rows(np.asarray(authors[layer.weight], float))[:, 0]
    error, entering = case.error[:, 0], case.entering[case.last]
    order = np.argsort(np.abs(error))
    error, entering = error[order], entering[order]
    within = np.cumsum(error[:, None] * entering, axis=0)
    signs = np.sign(error)[:, None] * entering
    beyond = signs.sum(axis=0) - np.cumsum(signs, axis=0)
    if len(error) <= 2 * FEWEST:
        return None
    # of each number of samples within, the two multiples by the normal equations, all at once
    some = slice(FEWEST - 1, len(error) - FEWEST - 1)
    inner, outer = within[some], beyond[some]
    squares, products = (inner**2).sum(axis=1), (inner * outer).sum(axis=1)
    others = (outer**2).sum(axis=1)
    times = (inner @ wanted) * others - (outer @ wanted) * products
    multiples = (outer @ wanted) * squares - (inner @ wanted) * products
    bounds = multiples / times
    lowest, highest = np.abs(error[some]), np.abs(error[some.start + 1 : some.stop + 1])
    scale = (squares * others - products**2)[:, None]
    rest = wanted - (times[:, None] * inner + multiples[:, None] * outer) / scale
    left = np.linalg.norm(rest, axis=1)
    left[~((lowest <= bounds) & (bounds <= highest)) | np.isnan(left)] = np.inf
    best = int(left.argmin())
    if not left[best] < np.inf:
        return None
    found, *_ = np.linalg.lstsq(np.stack([inner[best], outer[best]], axis=1), wanted, rcond=None)
    return float(found[1] / found[0])
