"""What is asked of the nodes of a source, wherever they stand: the questions that all edits share.

Each tells a type checker, too, what a node is once the answer is yes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import UnionType
from typing import Any, TypeGuard, TypeVar

import libcst as cst

Node = TypeVar("Node", bound=cst.CSTNode)
T = TypeVar("T")
# As ``isinstance`` takes them.
Kinds = type[Any] | UnionType | tuple[type[Any], ...]
Number = cst.Integer | cst.Float
Loop = cst.For | cst.While
# What a variable is written as: by its name, of an object, or as a place in an array.
Variable = cst.Name | cst.Attribute | cst.Subscript


def key(node: cst.CSTNode) -> str:
    """A variable by its name: ``x`` or ``self.x``; nothing for what is none."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
        return f"{node.value.value}.{node.attr.value}"
    return ""


def name_called(call: cst.Call) -> str:
    """The name of a function, or of a method whosever it is, that is called."""
    return key(call.func.attr if isinstance(call.func, cst.Attribute) else call.func)


def is_call(node: cst.CSTNode | None, *names: str) -> TypeGuard[cst.Call]:
    """Whether a function or a method of one of these names is called; any, where none is given."""
    return isinstance(node, cst.Call) and (not names or name_called(node) in names)


def place_of(node: cst.CSTNode | None) -> cst.BaseSlice | None:
    """What is taken out of something: one element, or one part; None where that is not so."""
    alone = isinstance(node, cst.Subscript) and len(node.slice) == 1
    return node.slice[0].slice if alone and isinstance(node, cst.Subscript) else None


def assigned(node: cst.CSTNode | None) -> str:
    """The variable to which a statement gives its value; nothing for any other statement."""
    return key(node.targets[0].target) if isinstance(node, cst.Assign) else ""


def within(node: cst.CSTNode) -> list[cst.CSTNode]:
    """A node and everything in it."""
    return [node, *(each for one in node.children for each in within(one))]


def all_in(node: cst.CSTNode, kind: type[Node]) -> list[Node]:
    """The nodes of a kind in a node, itself too."""
    return [one for one in within(node) if isinstance(one, kind)]


def has(node: cst.CSTNode, kinds: Kinds) -> bool:
    """Whether there is anything of some kinds in a node, itself too."""
    return any(isinstance(one, kinds) for one in within(node))


def is_operation(node: cst.CSTNode | None, operator: Kinds) -> TypeGuard[cst.BinaryOperation]:
    """Whether two sides stand around one of some operators there."""
    return isinstance(node, cst.BinaryOperation) and isinstance(node.operator, operator)


def both_ways(
    node: cst.BinaryOperation,
) -> tuple[tuple[cst.BaseExpression, cst.BaseExpression], ...]:
    """The left side with the right one, and the right one with the left."""
    return (node.left, node.right), (node.right, node.left)


def plain_args(call: cst.Call) -> list[cst.BaseExpression]:
    """What a call hands over by no name."""
    return [one.value for one in call.args if one.keyword is None]


def named_arg(call: cst.Call, name: str) -> cst.BaseExpression | None:
    """What a call hands over by this name, ``axis=0``; None where it does not."""
    named = (one.value for one in call.args if one.keyword and one.keyword.value == name)
    return next(named, None)


def only_arg(node: cst.CSTNode | None, *names: str) -> cst.BaseExpression | None:
    """The one thing that a call is handed, of a function of these names if some are given."""
    return node.args[0].value if is_call(node, *names) and len(node.args) == 1 else None


def is_minus(node: cst.CSTNode | None) -> TypeGuard[cst.UnaryOperation]:
    """Whether it has a minus before it."""
    return isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus)


def is_number(node: cst.CSTNode | None, value: float) -> TypeGuard[Number]:
    """Whether this number is written there, be it whole or with a point."""
    return isinstance(node, cst.Integer | cst.Float) and float(node.evaluated_value) == value


def at_once_and_each(several: Iterable[T]) -> Iterator[tuple[T, ...]]:
    """All together, where there are any, and then each alone, where there are more than one."""
    whole = tuple(several)
    yield from dict.fromkeys([whole, *((one,) for one in whole)] if whole else ())


def kept_in(node: cst.CSTNode) -> str:
    """The variable that something is kept in, or in a place of, however deep: ``w[j][i]``."""
    while isinstance(node, cst.Subscript):
        node = node.value
    return key(node)


def first_in(line: cst.CSTNode | None) -> cst.BaseSmallStatement | None:
    """The first of the small statements on a line; None for a loop, a condition and the like."""
    return line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
