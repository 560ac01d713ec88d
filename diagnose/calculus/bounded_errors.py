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
    author = np.asarray(authors[layer.weight], float)
    wanted = (author.T if network.layout == "columns" else author)[:, 0]
    error, entering = case.error[:, 0], case.entering[case.last]
    order = np.argsort(np.abs(error))
    error, entering = error[order], entering[order]
    within = np.cumsum(error[:, None] * entering, axis=0)
    signs = np.sign(error)[:, None] * entering
    beyond = signs.sum(axis=0) - np.cumsum(signs, axis=0)
    best: tuple[float, float] | None = None
    for count in range(FEWEST, len(error) - FEWEST):
        pair = np.stack([within[count - 1], beyond[count - 1]], axis=1)
        (times, multiple), *_ = np.linalg.lstsq(pair, wanted)
        bound = multiple / times if times else np.inf
        if abs(error[count - 1]) <= bound <= abs(error[count]):
            left = float(np.linalg.norm(wanted - pair @ (times, multiple)))
            best = min(best or (left, bound), (left, bound))
    return best[1] if best else None
