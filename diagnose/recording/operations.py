"""The operations that are watched: what stands for each on the tape, and how each is written."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

RANDOM = ("numpy.random", "random")
Two = Callable[[Any, Any], Any]
# By the name that Python's own trees have for each: how it is written, what does it, and what does
# it in place.
ARITHMETIC: dict[str, tuple[str, Two, Two]] = {
    "Add": ("+", operator.add, operator.iadd),
    "Sub": ("-", operator.sub, operator.isub),
    "Mult": ("*", operator.mul, operator.imul),
    "Div": ("/", operator.truediv, operator.itruediv),
    "FloorDiv": ("//", operator.floordiv, operator.ifloordiv),
    "Mod": ("%", operator.mod, operator.imod),
    "Pow": ("**", operator.pow, operator.ipow),
    "MatMult": ("@", operator.matmul, operator.imatmul),
    "LShift": ("<<", operator.lshift, operator.ilshift),
    "RShift": (">>", operator.rshift, operator.irshift),
    "BitOr": ("|", operator.or_, operator.ior),
    "BitXor": ("^", operator.xor, operator.ixor),
    "BitAnd": ("&", operator.and_, operator.iand),
}
BINARY = {name: does for name, (_, does, _) in ARITHMETIC.items()}
IN_PLACE = {name: does for name, (_, _, does) in ARITHMETIC.items()}
UNARY: dict[str, Callable[[Any], Any]] = {
    "USub": operator.neg,
    "UAdd": operator.pos,
    "Invert": operator.invert,
}
COMPARE: dict[str, Two] = {
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
}
# How each is written in Python.
SIGNS = {name: sign for name, (sign, _, _) in ARITHMETIC.items()} | {
    "USub": "-", "UAdd": "+", "Invert": "~",
    "Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=",
}  # fmt: skip
# Functions that do the same where they write into what they take.
BY_FUNCTION: dict[Any, str] = {
    np.add: "Add",
    np.subtract: "Sub",
    np.multiply: "Mult",
    np.divide: "Div",
}
# Methods and functions that write into their first argument and return nothing.
WRITERS = {
    "fill", "sort", "shuffle", "copyto", "put", "place", "putmask", "fill_diagonal", "partition",
}  # fmt: skip
AxisConcatenator = type(np.c_).__mro__[1]
# A tuple: to ask it of a union takes twice as long, and it is asked of nearly every value.
ARRAYS = (np.ndarray, np.generic)
JOINABLE = (np.ndarray, np.generic, int, float)
# What returns the numbers that it is given, each in its place, or laid out anew.
SAME_PLACES = {"copy", "astype", "array", "asarray", "asanyarray", "ascontiguousarray", "deepcopy"}
TURNED = {"T", "transpose"}
RESHAPED = {"reshape", "ravel", "flatten", "squeeze", "expand_dims", "atleast_2d"}
LAID_OUT = TURNED | RESHAPED | {"swapaxes"}
VIEWS = SAME_PLACES | LAID_OUT | {"atleast_1d", "float", "float64", "float32"}
# What takes an array for its shape alone.
SHAPED = {"zeros_like", "ones_like", "empty_like"}
# What puts several arrays together.
JOINED = {"hstack", "vstack", "concatenate", "append", "column_stack", "insert", "pad"}
# What returns several parts of what it is given.
SPLITS = {"split", "array_split", "hsplit", "vsplit"}
# Products of matrices as layers are written, and all that may be one.
MATMULS = {"MatMult", "dot", "matmul"}
MATRIX_PRODUCTS = MATMULS | {"inner", "einsum", "vdot"}
SCALED = {"Mult", "Div", "multiply", "divide", "true_divide", "USub", "negative"}
SUMS = {"sum", "mean"}
# Two things number by number: one taken from the other, added or taken, multiplied, divided.
LESS = {"Sub", "subtract"}
PLUS = {"Add", "add"}
ADDS = PLUS | LESS
STEPS = {"Add", "Sub"}  # by an operator, which may do it in place
TIMES = {"Mult", "multiply"}
OVER = {"Div", "divide", "true_divide"}
RECKONED = ADDS | TIMES | OVER
# What a factor of an operand is a factor of.
LINEAR = SCALED | SUMS | VIEWS | MATRIX_PRODUCTS | {"outer"}
# Products of two things, by operator, function or method.
PRODUCTS = {
    "MatMult", "Mult", "dot", "matmul", "multiply", "inner", "outer", "einsum", "vdot", "convolve",
    "correlate", "convolve2d", "correlate2d", "fftconvolve",
}  # fmt: skip


def name_of_function(function: Any) -> str:
    """What a function is called; of an object that is called, its type."""
    return getattr(function, "__name__", "") or type(function).__name__


def as_joining(owner: Any, index: Any) -> Any:
    """The function that does what ``np.c_[...]`` or ``np.r_[...]`` does; None for anything else."""
    if not isinstance(owner, AxisConcatenator) or not isinstance(index, tuple):
        return None
    ranks = {np.ndim(one) if isinstance(one, JOINABLE) else -1 for one in index}
    if owner is np.c_ and ranks <= {1, 2}:
        return np.column_stack
    if owner is np.r_ and ranks <= {0, 1}:
        return np.hstack
    return np.vstack if owner is np.r_ and ranks == {2} else None


def with_out_named(
    function: Any, args: tuple[Any, ...], kw: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What a function is given, with ``out`` by its name: ``np.maximum(z, 0, z)`` writes into z."""
    takes = function.nin if isinstance(function, np.ufunc) else 2 if function is np.dot else None
    if takes is None or len(args) != takes + 1 or "out" in kw:
        return args, kw
    return args[:takes], {**kw, "out": args[takes]}


def in_place_of(
    function: Any, args: tuple[Any, ...], kw: dict[str, Any]
) -> tuple[str, Any, Any] | None:
    """``w -= d`` of ``np.subtract(w, d, out=w)``, as operation, target and value; else None."""
    operation = BY_FUNCTION.get(function) if isinstance(function, np.ufunc) else None
    if operation is None or len(args) != 2 or {*kw} != {"out"}:
        return None
    if kw["out"] is args[0]:
        return operation, *args
    if kw["out"] is args[1] and operation in ("Add", "Mult"):
        return operation, *args[::-1]
    return None


def is_added_at(done: Any) -> bool:
    """Whether something is added to an array, or taken off, where a place may come twice."""
    owner = getattr(done, "__self__", None)
    return owner in (np.add, np.subtract) and getattr(done, "__name__", "") == "at"


def writes_first(function: Any) -> bool:
    """Whether a function writes into the first that it is given, and returns nothing."""
    return name_of_function(function) in WRITERS or is_added_at(function)


def is_random(function: Any) -> bool:
    """Whether a function draws from a random stream."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.random.Generator | np.random.RandomState):
        return True
    module = getattr(type(owner), "__module__", "") if owner is not None else ""
    return module in RANDOM or (getattr(function, "__module__", "") or "") in RANDOM


def memory(array: np.ndarray) -> np.ndarray:
    """The array whose memory an array looks at."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
