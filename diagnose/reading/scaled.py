"""A number that stands between the product of a layer and its bias, or on its weight.

``x @ W / np.sqrt(n) + b`` is a layer whose weight is ``W / np.sqrt(n)``, as in the parametrization
of the neural tangent kernel (Jacot et al. 2018, NeurIPS).
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from typing import NamedTuple

import numpy as np

from diagnose.reading.loops import name_of
from diagnose.reading.not_read import NotReadError
from diagnose.reading.parts import part_of
from diagnose.reading.steps import Step, same
from diagnose.recording.nodes import Const, Node, Ref
from diagnose.recording.operations import OVER, TIMES
from diagnose.recording.rewriting import Site

DIGITS = re.compile(r"[(]*\d+\.?\d*[)]*")
COUNTED = (
    "the sums of this layer are multiplied by a number that may be made of the number of samples "
    "in a step; what is read is one that is the same for any number of them"
)


class Scaled(NamedTuple):
    """What an operation multiplies by a number that no step changes, and that number."""

    inner: Ref
    times: float


def scaled(steps: list[Step], step: Step, node: Node) -> Scaled | None:
    """What an operation multiplies by such a number; None for any other operation."""
    over = name_of(node) in OVER
    if not (over or name_of(node) in TIMES) or len(node.args) != 2:
        return None
    at = bisect_left(step.need, node.number)
    if step.need[at : at + 1] != [node.number]:
        return None
    for side in (1,) if over else (0, 1):
        by, inner = node.args[side], node.args[1 - side]
        if not isinstance(inner, Ref) or not isinstance(by, Ref | Const):
            continue
        number = step.value(by)
        if np.size(number) != 1 or np.ndim(number) or not step.is_outside(by) or step.is_drawn(by):
            continue
        place = at, (0, side)
        every = [one.value(one.places()[place]) for one in steps]
        if not isinstance(number, int | float | np.generic) or isinstance(number, bool):
            continue
        times = 1 / float(number) if over and number else float(number)
        if times and math.isfinite(times) and all(same(number, one) for one in every):
            return Scaled(inner, times)
    return None


def refuse_counted(times: float, samples: int, texts: list[str], site: Site) -> None:
    """NotReadError for a number that may be of the samples: it would be another for others.

    texts: both sides, as their author writes them. Digits are no count.
    """
    size = max(abs(times), 1 / abs(times))
    is_count = any(math.isclose(size, one) for one in (samples, math.sqrt(samples)))
    if samples > 1 and is_count and not any(DIGITS.fullmatch(one) for one in texts):
        raise NotReadError(COUNTED, site)


class Weight(NamedTuple):
    """A weight as a product takes it: where it is taken as it is kept, and what multiplies it."""

    taken: Ref | Const
    times: float


def weight_of(steps: list[Step], step: Step, taken: Ref | Const) -> Weight:
    """A value, or the parameter that it is a multiple of."""
    if isinstance(taken, Ref) and taken.node >= step.loop.starts[step.turn]:
        found = scaled(steps, step, step.nodes[taken.node])
        if found is not None and isinstance(part_of(step, found.inner), tuple):
            return Weight(found.inner, found.times)
    return Weight(taken, 1.0)
