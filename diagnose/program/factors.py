"""Edits of a product: a factor less, another one, or one that goes back through weights."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Set
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from diagnose.program.graph import GIVEN, Graph, Operation, Slot
from diagnose.program.names import Names, alive, called, is_name
from diagnose.program.points import is_number
from diagnose.program.writing import (
    Splice,
    Text,
    instead,
    operands,
    replaced,
    times,
    with_factor,
)

# Slopes by what they are taken at: of the usual functions, by their value, or by what they take.
SLOPES: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("{0} * (1 - {0})", lambda a: a * (1 - a)),
    ("(1 - {0} ** 2)", lambda a: 1 - np.square(a)),
    ("({0} > 0)", lambda a: np.asarray(a > 0, float)),
)
# How an error goes back through weights, of samples in rows and in columns.
THROUGH: tuple[tuple[str, Callable[[Any, Any], Any]], ...] = (
    ("({0} @ {1}.T)", lambda error, weights: error @ weights.T),
    ("({1}.T @ {0})", lambda error, weights: weights.T @ error),
)
PRODUCTS = {"Mult", "multiply"}
# What multiplies where it should divide, and the other way round: what does that, and both signs.
OTHER_WAY: dict[str, tuple[str, Callable[..., Any], str, str]] = {
    "Mult": ("Div", np.divide, "*", "/"),
    "Div": ("Mult", np.multiply, "/", "*"),
}
# Makes candidates of a change of operations, a splice, a cost and a few words.
Made = Callable[..., Iterator[Any]]


def other_factors(
    graph: Graph, same: list[Operation], node: ast.BinOp, text: Text, made: Made, names: Names,
    forward: Set[int],
) -> Iterator[Any]:  # fmt: skip
    """Of a product one factor, times a slope in the place of all others; or handed through weights.

    forward: what the parameters make, at which alone slopes are taken. A factor that is handed
    through weights is a product with one of the matrices that are known.
    """
    start, end = text.ends(node)
    there = [
        (name, value) for name, value in alive(names, same[0]) if is_number(graph.recorded[value])
    ]
    known = [(name, graph.recorded[value]) for name, value in there]
    slopes = [
        (name, form, slope) for name, value in there
        if value in forward and np.ndim(recorded := graph.recorded[value])
        for form, slope in SLOPES if not np.all(slope(np.asarray(recorded)) == 1)
    ]  # fmt: skip
    depth, inner = 0, node
    while True:
        for side, kept in enumerate(operands(inner)):
            find = partial(_factor, graph=graph, depth=depth, side=side)
            if depth:
                yield from made(
                    partial(_alone, find=find), instead(text, node, kept), 2,
                    "a factor less",
                )  # fmt: skip
            for name, form, slope in slopes:
                yield from made(
                    partial(_product, find=find, names=names, name=name, slope=slope),
                    Splice(start, end, _times(text, inner, side, form.format(name))), 3,
                    "the slope in the place of another factor",
                )  # fmt: skip
            for name, recorded in known:
                if depth or np.ndim(recorded) != 2 or not is_name(text.text(kept)):
                    continue
                for form, through in THROUGH:
                    yield from made(
                        partial(
                            _handed, find=find, side=side, names=names, name=name, through=through
                        ),
                        replaced(text, kept, form.format(text.text(kept), name)), 3,
                        "handed back through the weights",
                    )  # fmt: skip
        if not isinstance(inner.left, ast.BinOp) or not isinstance(inner.left.op, ast.Mult):
            return
        depth, inner = depth + 1, inner.left


def more_factors(
    graph: Graph, same: list[Operation], node: ast.AST, text: Text, made: Made, names: Names,
    behind: Set[int],
) -> Iterator[Any]:  # fmt: skip
    """One operand of what goes back, times or over something that is known and fits it.

    behind: what goes back. As the weights of a sum, or the number of samples of a mean; a number
    that was chosen, such as a rate, is no factor of a gradient.
    """
    first = same[0]
    chosen = {
        one.value for one in graph.inputs
        if one.kind == GIVEN and isinstance(graph.recorded[one.value], float | np.floating)
    }  # fmt: skip
    for at, (side, argument) in enumerate(zip(operands(node), first.args, strict=False)):
        if type(argument) is not Slot or argument.value not in behind:
            continue
        shape = np.shape(graph.recorded[argument.value])
        for name, value in alive(names, first):
            factor = graph.recorded[value]
            if value in chosen or value == argument.value or not _scales(factor, shape):
                continue
            for sign, combine in (("*", np.multiply), ("/", np.divide)):
                if sign == "/" and np.ndim(factor):
                    continue
                yield from made(
                    partial(_scaled, at=at, names=names, name=name, combine=combine),
                    with_factor(text, node, side, f"{sign} {name}"), 3, "a factor more",
                )  # fmt: skip


def _scales(factor: Any, shape: tuple[int, ...]) -> bool:
    """Whether a factor is more than 1, and leaves the shape of what it is multiplied with."""
    if isinstance(factor, int | np.integer) and not isinstance(factor, bool):
        return factor not in (0, 1)
    if not is_number(factor):
        return False
    there = np.shape(factor)
    ends = zip(reversed(there), reversed(shape), strict=False)
    fits = len(there) <= len(shape) and all(mine in (1, its) for mine, its in ends)
    return fits if there else factor not in (0, 1)


def _scaled(
    one: Operation, at: int, names: Names, name: str, combine: Callable[..., Any]
) -> Operation | None:
    def scaled(does: Callable[..., Any], taken: tuple[Any, ...], factor: Any) -> Any:
        return does(*taken[:at], combine(taken[at], factor), *taken[at + 1 :])

    return with_named(one, names, name, "scaled", scaled)


def with_named(
    one: Operation, names: Names, name: str, label: str, change: Callable[..., Any]
) -> Operation | None:
    """An operation that also takes what a name stands for; None where it stands for nothing."""
    value = called(names, one, name)
    return None if value is None else with_operand(one, value, label, change)


def with_operand(
    one: Operation, value: int, label: str, change: Callable[..., Any]
) -> Operation:  # fmt: skip
    """An operation that also takes a value.

    change: of what the operation does, of what it takes and of the value, what is made instead.
    """
    inner, count = one.function, len(one.args)

    def function(*given: Any, **kw: Any) -> Any:
        return change(partial(inner, **kw), given[:count], given[count])

    return replace(one, name=label, function=function, args=(*one.args, Slot(value)))


def _times(text: Text, node: ast.BinOp, side: int, factor: str) -> str:
    """One side of a product, as it stands there, times another factor."""
    if side:
        return times(text, node.right, factor).text
    end, right = text.ends(node.left)[1], text.ends(node.right)[0]
    first = text.ends(node)[0]
    sign = text.code[end:right].index(b"*")
    return f"{text.code[first : end + sign].decode()}* {factor}"


def _alone(one: Operation, find: Callable[[Operation], Any]) -> Operation | None:
    factor = find(one)
    if factor is None:
        return None
    return replace(one, name="positive", function=np.asarray, args=(factor,), kw={})


def _factor(one: Operation, graph: Graph, depth: int, side: int) -> Any:
    """A factor of a product of several, so many products within; None where it is not known."""
    for _ in range(depth):
        before = graph.operation(one.args[0].value) if type(one.args[0]) is Slot else None
        if before is None or before.name not in PRODUCTS:
            return None
        one = before
    return one.args[side]


def _product(
    one: Operation, find: Callable[[Operation], Any], names: Names, name: str,
    slope: Callable[[Any], Any],
) -> Operation | None:  # fmt: skip
    value, factor = called(names, one, name), find(one)
    if value is None or factor is None:
        return None
    return replace(
        one, name="sloped", function=lambda kept, at: kept * slope(at), args=(factor, Slot(value)),
        kw={},
    )  # fmt: skip


def _handed(
    one: Operation, find: Callable[[Operation], Any], side: int, names: Names, name: str,
    through: Callable[[Any, Any], Any],
) -> Operation | None:  # fmt: skip
    value = called(names, one, name)
    if value is None:
        return None
    return replace(
        one, name="handed back", args=(one.args[1 - side], find(one), Slot(value)), kw={},
        function=lambda other, error, weights: other * through(error, weights),
    )  # fmt: skip
