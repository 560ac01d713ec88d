"""Adjoints: the derivative of a number with respect to each value of a step, in reverse mode.

Griewank and Walther, Evaluating Derivatives (SIAM 2008), chapter 3. What is differentiated is what
the author's own forward pass computed; no rule here knows what a layer is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.program.graph import Graph, Operation, Slot, Values, filled, slots
from diagnose.program.rules import NoRuleError, pullback
from diagnose.recording.operations import COMPARE


@dataclass(frozen=True, kw_only=True)
class Adjoints:
    """The adjoint of each value that the seeds depend on.

    parts: what each use of a value contributes, the last use first. missing: names of operations
    through which nothing could be differentiated.
    """

    of: dict[int, Any] = field(default_factory=dict)
    parts: dict[int, list[Array]] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    @cached_property
    def largest(self) -> float:
        """The largest number that any use of a value contributes."""
        every = (part for several in self.parts.values() for part in several)
        return max((float(np.max(np.abs(one), initial=0.0)) for one in every), default=0.0)


def differentiate(
    graph: Graph, values: Values, seeds: Mapping[int, Array], within: Set[int]
) -> Adjoints:
    """Go back through the operations that make ``within``, from the adjoints of some values.

    seeds: adjoints by value, each of its value's shape. within: these, and the inputs of which the
    adjoints are wanted. An operation that has no rule passes nothing on, and is named.
    """
    made = Adjoints()
    for value, seed in seeds.items():
        _add(made, value, np.asarray(seed, float))
    with np.errstate(all="ignore"):
        for one in reversed(graph.operations):
            cotangent = made.of.get(one.value)
            if cotangent is None or one.value not in within:
                continue
            try:
                _pull(made, one, values, cotangent, within)
            except NoRuleError as error:
                made.missing.add(error.name)
            except Exception:
                made.missing.add(one.name)
    return made


# Partial derivatives of what programs do with single numbers, thousands of them in a step, by what
# is made and what is taken.
PARTIALS: dict[str, Callable[..., tuple[float, ...]]] = {
    "Add": lambda made, a, b: (1.0, 1.0),
    "Sub": lambda made, a, b: (1.0, -1.0),
    "Mult": lambda made, a, b: (b, a),
    "Div": lambda made, a, b: (1 / b, -made / b),
    "USub": lambda made, a: (-1.0,),
    "exp": lambda made, a: (made,),
    "tanh": lambda made, a: (1 - made * made,),
}


def _pull(made: Adjoints, one: Operation, values: Values, cotangent: Any, within: Set[int]) -> None:
    args, kw = filled(one.args, values), filled(one.kw, values)
    if one.name in PARTIALS and all(type(each) in (float, int) for each in args):
        partials = PARTIALS[one.name](values[one.value], *args)
        for template, partial in zip(one.args, partials, strict=True):
            if type(template) is Slot and template.value in within:
                _add(made, template.value, float(cotangent) * partial)
        return
    if one.name == "item":
        whole: list[Any] = [np.zeros(np.shape(each)) for each in args[0]]
        whole[args[1]] = np.asarray(cotangent, float)
        _spread(made, one.args[0], whole)
        return
    if one.name == "written":
        back = np.asarray(cotangent, float)
        while back.ndim > np.ndim(args[1]):
            back = back.sum(axis=0)
        wide = tuple(at for at, n in enumerate(np.shape(args[1])) if n != back.shape[at])
        _spread(made, one.args[1], back.sum(axis=wide, keepdims=True) if wide else back)
        return
    if one.name == "choice":
        _spread(made, one.args[3 if COMPARE[args[0]](args[1], args[2]) else 4], cotangent)
        return
    wanted = [not within.isdisjoint(slots(template)) for template in one.args]
    given, named = pullback(one.name, one.function, args, kw, values[one.value], cotangent, wanted)
    for template, its in zip(one.args, given, strict=True):
        _spread(made, template, its)
    for name, its in named.items():
        _spread(made, one.kw[name], its)


def _spread(made: Adjoints, template: Any, cotangent: Any) -> None:
    """Add a cotangent of an argument to the values in its slots."""
    if cotangent is None:
        return
    if isinstance(template, tuple | list) and not hasattr(template, "value"):
        for one, its in zip(template, cotangent, strict=False):
            _spread(made, one, its)
        return
    for value in slots(template):
        _add(made, value, cotangent)


def _add(made: Adjoints, value: int, cotangent: Any) -> None:
    if isinstance(cotangent, list):
        before = made.of.get(value)
        made.of[value] = (
            cotangent
            if before is None
            else [left + right for left, right in zip(before, cotangent, strict=True)]
        )
        return
    part: Any = cotangent if type(cotangent) is float else np.asarray(cotangent, float)
    made.parts.setdefault(value, []).append(part)
    before = made.of.get(value)
    made.of[value] = part if before is None else before + part
