"""Products of a layer: those in which no matrix stands, and how matrices lie in all others.

And a number that stands between a product and its bias, or on its weight.
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
from diagnose.recording.nodes import Const, Node, Ref, leaves, references
from diagnose.recording.operations import OVER, TIMES
from diagnose.recording.sites import Site

DIGITS = re.compile(r"[(]*\d+\.?\d*[)]*")
COUNTED = (
    "the sums of this layer are multiplied by a number that may be made of the number of samples "
    "in a step; what is read is one that is the same for any number of them"
)


def has_one_input(step: Step, node: Node) -> bool:
    """Whether a product takes a weight for each unit times one number of each sample."""
    if name_of(node) not in TIMES or len(node.args) < 2:
        return False
    both = [one for one in node.args[:2] if isinstance(one, Ref | Const)]
    states = [one for one in both if isinstance(part_of(step, one), tuple)]
    others = [one for one in both if one not in states]
    if len(states) != 1 or len(others) != 1:
        return False
    weight, other = np.asarray(step.value(states[0])), np.asarray(step.value(others[0]))
    if weight.ndim != 1 or weight.size < 2 or other.dtype.kind not in "iuf":
        return False
    return other.size == 1 or (other.ndim == 2 and other.shape[1] == 1)


def is_dot(step: Step, node: Node) -> bool:
    """A vector of weights times what enters, number by number, and summed."""
    if name_of(node) != "sum" or not node.args or not isinstance(node.args[0], Ref):
        return False
    inner = step.nodes[node.args[0].node]
    if name_of(inner) not in TIMES or np.ndim(inner.value) != 1 or node.kw:
        return False
    return sum(isinstance(part_of(step, one), tuple) for _, one in leaves(inner.args)) == 1


def how_it_lies(step: Step, node: Node, weight: Ref) -> tuple[bool, bool]:
    """Whether a product has its weight to the left of its samples, and takes it turned.

    ``np.inner`` sums over the last axis of both, ``np.einsum`` over the index that its result
    lacks; all others take matrices as they are written.
    """
    taken = references(node.args)
    left = taken[0] is weight
    sizes = [np.ndim(step.value(one)) for one in taken]
    terms, _, result = _indices(node, sizes).partition("->")
    if not terms or not all(1 <= size <= 2 for size in sizes):
        return left, False
    of_first, of_second = terms.split(",")
    of_weight, of_samples = (of_first, of_second) if left else (of_second, of_first)
    along = {*of_weight} & {*of_samples} - {*result}
    if len(of_weight) != 2 or len(along) != 1:
        return left, False
    at = of_weight.index(*along)
    if len(of_samples) == len(result) == 2:
        left = result[0] == of_weight[1 - at]
    return left, at != (1 if left else 0)


def _indices(node: Node, sizes: list[int]) -> str:
    """The axes of a product of two arrays as ``np.einsum`` names them; empty for what is as usual.

    sizes: how many axes each of the two has.
    """
    name = name_of(node)
    if name == "inner" and len(sizes) == 2:
        left, right = ("ik"[2 - sizes[0] :], "jk"[2 - sizes[1] :]) if max(sizes) < 3 else ("", "")
        return f"{left},{right}->{left[:-1]}{right[:-1]}" if left else ""
    written = node.args[0] if node.args else None
    if name != "einsum" or not isinstance(written, Const) or not isinstance(written.value, str):
        return ""
    terms = written.value.replace(" ", "")
    return terms if terms.count(",") == 1 and "->" in terms and "." not in terms else ""


class Scaled(NamedTuple):
    """A value as a product takes it, and the number that no step changes by which it is scaled."""

    taken: Ref | Const
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


def weight_of(steps: list[Step], step: Step, taken: Ref | Const) -> Scaled:
    """A value, or the parameter that it is a multiple of."""
    if isinstance(taken, Ref) and taken.node >= step.start:
        found = scaled(steps, step, step.nodes[taken.node])
        if found is not None and isinstance(part_of(step, found.taken), tuple):
            return found
    return Scaled(taken, 1.0)
