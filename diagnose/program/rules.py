"""Reverse mode: from the cotangent of what an operation made to those of what it took.

``RULES`` has a rule for each operation by its name: that of an operator in Python's ``ast`` (Add,
MatMult), of a function or a method as it is called (sum, linalg.norm, add.reduce), ``index`` of
array[index], ``scatter`` and ``scatter_add`` of arrays that are written into, ``attribute:T``. What
is in no table is differentiated by differences where it works number by number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from diagnose.program import (
    rules_by_number,
    rules_of_layout,
    rules_of_products,
    rules_of_sums,
)
from diagnose.program.cotangents import Call, NoRuleError, Rule, nothing, numbers, owned, shaped
from diagnose.program.rules_by_number import by_differences

__all__ = ["RULES", "NoRuleError", "pullback", "rule_of"]

# Of these nothing flows: they ask, compare, count, round, find places, or make arrays.
NOTHING = """Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn Invert Not And Or BitAnd BitOr BitXor LShift
    RShift equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor
    logical_not invert bitwise_and bitwise_or bitwise_xor isnan isfinite isinf isclose isin in1d
    allclose array_equal any all sign signbit floor ceil rint trunc fix round round_ around int bool
    str int64 int32 int16 int8 uint8 intp bool_ len shape size ndim isscalar argmax argmin nanargmax
    nanargmin argsort lexsort argpartition argwhere nonzero flatnonzero count_nonzero searchsorted
    digitize unique ones_like zeros_like zeros ones empty empty_like eye identity arange
    indices range print iscomplexobj result_type attribute:shape attribute:size attribute:ndim
    attribute:dtype attribute:nbytes attribute:itemsize attribute:imag attribute:flags"""

RULES: dict[str, Rule] = {
    **dict.fromkeys(NOTHING.split(), nothing),
    **rules_by_number.RULES,
    **rules_of_layout.RULES,
    **rules_of_sums.RULES,
    **rules_of_products.RULES,
}
# The methods of a function that works number by number, which say more than their last word does.
METHODS = ("reduce", "accumulate", "reduceat", "outer", "at")


def rule_of(name: str) -> Rule | None:
    """By the whole name, or by its last word where modules stand before it."""
    first, _, last = name.rpartition(".")
    of_ufunc = last in METHODS and isinstance(getattr(np, first.split(".")[-1], None), np.ufunc)
    return RULES.get(name) or (None if of_ufunc else RULES.get(last))


def pullback(
    name: str,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kw: dict[str, Any],
    value: Any,
    cotangent: Any,
    wanted: Sequence[bool] | None = None,
) -> tuple[list[Any], dict[str, Any]]:
    """Cotangents of what an operation took, from that of what it made.

    function(*args, **kw) made value, and the cotangent has its shape; name is the operation's in
    ``RULES``. The cotangents come in a list as long as args and a dict like kw, each float64, new,
    and of the shape of its argument; for a list or a tuple it is a list. None is where nothing
    flows. wanted: of which arguments they are asked for; of all if not given. NoRuleError says that
    the operation has no rule.
    """
    listed = isinstance(value, list | tuple)
    given = cotangent if listed else np.broadcast_to(numbers(cotangent), np.shape(value))
    call = Call(name, function, tuple(args), dict(kw), value, given, wanted)
    if any(np.iscomplexobj(one) for one in (value, *call.args) if isinstance(one, np.ndarray)):
        raise NoRuleError(name)
    try:
        with np.errstate(all="ignore"):
            found = _rule(call)(call)
            flows = {at: owned(shaped(call[at], found.get(at)), cotangent) for at in call.places()}
    except (TypeError, ValueError, IndexError, KeyError, np.linalg.LinAlgError) as error:
        raise NoRuleError(name) from error
    return [flows[at] for at in range(len(args))], {word: flows[word] for word in kw}


def _rule(call: Call) -> Rule:
    if call.name in ("Add", "Mult"):
        if isinstance(call.value, list | tuple):
            return _lists_joined
        if call.name == "Mult" and any(isinstance(one, np.matrix) for one in call.args):
            return RULES["MatMult"]
    return rule_of(call.name) or by_differences


def _lists_joined(call: Call) -> dict[Any, Any]:
    """Of lists, the sum, and a list times a number: items one after another."""
    lists = [at for at in (0, 1) if isinstance(call.args[at], list | tuple)]
    return rules_of_layout.moved(call, [*lists])
