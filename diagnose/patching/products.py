"""Products of arrays as they are written, and what they are of: matrix products, and others."""

from __future__ import annotations

from collections.abc import Collection

import libcst as cst

from diagnose.patching.nodes import is_operation
from diagnose.patching.places import key, name_called
from diagnose.patching.source import Source

LIBRARY = ("np", "numpy")
# Functions that give a matrix product.
PRODUCTS = ("dot", "matmul")


def is_of_library(call: cst.Call) -> bool:
    """Whether a function of NumPy is called by its name, and not a method of an array."""
    return isinstance(call.func, cst.Attribute) and key(call.func.value) in LIBRARY


def is_product(node: cst.CSTNode, names: Collection[str] = PRODUCTS) -> bool:
    """Whether it is a matrix product: by its operator, or a call of a function of these names."""
    if isinstance(node, cst.BinaryOperation):
        return isinstance(node.operator, cst.MatrixMultiply)
    return isinstance(node, cst.Call) and name_called(node) in names


def sides_of(node: cst.CSTNode) -> list[cst.BaseExpression]:
    """What a matrix product is of, from left to right; nothing for what is none."""
    if not is_product(node):
        return []
    if isinstance(node, cst.BinaryOperation):
        return [node.left, node.right]
    assert isinstance(node, cst.Call)
    method = isinstance(node.func, cst.Attribute) and not is_of_library(node)
    owner = [node.func.value] if method and isinstance(node.func, cst.Attribute) else []
    return [*owner, *(one.value for one in node.args)]


def factors_of(node: cst.BaseExpression, *, opened: bool = False) -> list[cst.BaseExpression]:
    """The factors of a product, number by number, from left to right; the whole of what is none.

    opened: also those in parentheses, and of what is divided: of ``a * (b * c) / n`` a, b and c.
    """
    if not isinstance(node, cst.BinaryOperation):
        return [node]
    if opened and isinstance(node.operator, cst.Divide):
        return factors_of(node.left, opened=True)
    if not isinstance(node.operator, cst.Multiply):
        return [node]
    left = factors_of(node.left, opened=opened) if opened or not node.left.lpar else [node.left]
    right = factors_of(node.right, opened=True) if opened else [node.right]
    return [*left, *right]


def is_factor(source: Source, node: cst.CSTNode) -> bool:
    """Whether a product is only the first half of one."""
    parent = source.parent(node)
    return (
        is_operation(parent, cst.Multiply) and parent.left is node and not getattr(node, "lpar", ())
    )
