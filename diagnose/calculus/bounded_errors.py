"""Errors of the output that are cut at a bound: Huber's loss, whatever its bound.

Huber 1964, "Robust estimation of a location parameter" (Annals of Mathematical Statistics 35). Up
to the bound the error is as that of squared errors, beyond it only its sign counts. The bound is
looked for with which the last layer's gradient is an author's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from diagnose.calculus.backward_pass import Case, Steps, error_back
from diagnose.calculus.mistaken_errors import HUBER
from diagnose.calculus.mistakes import Mistake
from diagnose.network.arrays import Array, Arrays

# So many samples must lie beyond the bound, and as many within, to tell where it is.
FEWEST = 2


@dataclass(frozen=True)
class Bounded:
    """The output's error, cut at a bound."""

    bound: float

    def __call__(self, case: Case, slope: Callable[[Case, int], Array]) -> Array:
        """The error, ``(B, outputs)``."""
        return error_back(case, np.clip(case.error, -self.bound, self.bound), slope)


def bounded(calls: Sequence[tuple[Case, Arrays, Arrays]]) -> list[Mistake]:
    """The loss with that bound which is nearest to an author's gradients of one call, if any.

    calls: as of ``naming.named``. Whether it is the author's is not asked here.
    """
    found = (_bound(case, authors) for case, _, authors in calls)
    bound = next((one for one in found if one is not None), None)
    if bound is None:
        return []
    said = f"the error of the output has a bound of {bound:.4g}, as of Huber's loss"
    return [Mistake(HUBER, said, "", Steps(output=Bounded(bound)))]


def _bound(case: Case, authors: Arrays) -> float | None:
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
