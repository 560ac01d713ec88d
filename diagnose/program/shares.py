"""Shares of a gradient: what one use of a value contributes to it, where that is taken for all.

A value that is used several times gets its adjoint from all of these uses. Where what is missing
has a name in a function within which the share is made, it is missing there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnose.network.arrays import Array
from diagnose.program.judging import Fit, Judgement, closeness
from diagnose.program.names import Names
from diagnose.program.points import is_number


@dataclass(frozen=True, kw_only=True)
class Lacking:
    """What a share lacks: the name of the rest, and the place within which it has that name."""

    name: str
    site: int


def lacking(made: Judgement, fit: Fit, names: Names) -> Lacking | None:
    """What a share lacks to be all of an adjoint; None where nothing known is that."""
    share = made.graph.operation(fit.value)
    rest = _rest(made, fit)
    if share is None or rest is None:
        return None
    chain = (*made.graph.frames(share.frame), ())
    places = (share.site, *reversed(share.calls))
    for frame, site in zip(chain, places, strict=False):
        for met in names.met.get(frame, ()):
            if met.value != fit.value and _is(made, met.value, rest):
                return Lacking(name=met.name, site=site)
    return None


def _rest(made: Judgement, fit: Fit) -> list[Array] | None:
    """The adjoint less the share, at each point."""
    found = []
    for point, truth in zip(made.points, made.truths, strict=True):
        share = np.asarray(point.values[fit.value], float)
        whole = fit.factor * np.asarray(truth.of[fit.of], float)
        if whole.shape != share.shape:
            return None
        found.append(whole - share)
    return found if any(np.any(one) for one in found) else None


def _is(made: Judgement, value: int, rest: list[Array]) -> bool:
    close = closeness(made.points, value, made.joint)
    for point, wanted in zip(made.points, rest, strict=True):
        its = point.values[value]
        if not is_number(its) or np.shape(its) != wanted.shape:
            return False
        if np.linalg.norm(np.asarray(its, float) - wanted) > close * np.linalg.norm(wanted):
            return False
    return True
