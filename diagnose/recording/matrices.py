"""What is done to a ``np.matrix``, as what does the same to an array of two axes.

Of such matrices ``*`` is the product of matrices, and whatever is taken out of one, or is summed
along an axis, keeps two axes. What is read of a program is written for arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from diagnose.recording.indexes import is_number

# An operation as the tape takes it: its kind, what it is, and what it is given.
Done = tuple[str, Any, tuple[Any, ...], dict[str, Any]]
ALONG = {"sum", "mean", "max", "min", "amax", "amin", "prod", "std", "var", "argmax", "argmin"}
MADE = (np.matrix, np.asmatrix)


def product(operation: str, left: Any, right: Any) -> str:
    """The operation of ``left * right``."""
    if operation != "Mult":
        return operation
    is_one = issubclass(type(left), np.matrix) or issubclass(type(right), np.matrix)
    if is_one and np.ndim(left) == np.ndim(right) == 2:
        return "MatMult"
    return operation


def index_of(owner: Any, index: Any) -> Any:
    """The index that leaves an array the axes that it leaves a matrix."""
    if not issubclass(type(owner), np.matrix):
        return index
    several = index if isinstance(index, tuple) else (index,)
    if len(several) == owner.ndim and all(map(is_number, several)):
        return index
    found = tuple(_range_of(one) if is_number(one) else one for one in several)
    return found if isinstance(index, tuple) else found[0]


def as_arrays(kind: str, done: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Done:
    """An operation that makes a value; one that takes no matrix stays as it is."""
    first = args[0] if args else None
    if kind == "get" and type(first) is np.ndarray:
        return kind, done, args, kw
    if kind == "call" and any(done is one for one in MADE):
        two = {"ndmin": 2} | kw
        return (kind, np.array, args, two) if done is np.matrix else (kind, np.atleast_2d, args, kw)
    if kind == "binary" and len(args) == 2:
        return kind, product(done, *args), args, kw
    if done is np.tensordot and (spelled := _summed(*args, **kw)):
        return kind, np.einsum, (spelled, *args[:2]), {}
    if not issubclass(type(first), np.matrix):
        return kind, done, args, kw
    if kind == "get":
        return kind, done, (first, index_of(first, args[1]), *args[2:]), kw
    if kind == "attribute" and done in ("A", "A1"):
        return "call", np.asarray if done == "A" else np.ravel, args, kw
    name = done if isinstance(done, str) else getattr(done, "__name__", "")
    along = kw.get("axis", args[1] if len(args) > 1 else None)
    if kind in ("method", "call") and name in ALONG and along is not None:
        return kind, done, args, kw | {"keepdims": True}
    return kind, done, args, kw


def _summed(left: Any, right: Any, axes: Any = 2) -> str:
    """``np.tensordot`` over one axis of each, as ``np.einsum`` writes it; nothing for any other."""
    sizes = np.ndim(left), np.ndim(right)
    if not all(1 <= one <= 2 for one in sizes) or np.ndim(axes) > 2:
        return ""
    pair = np.reshape(axes, -1).tolist() if np.ndim(axes) else [sizes[0] - axes, axes - 1]
    if len(pair) != 2 or (np.ndim(axes) == 0 and axes != 1):
        return ""
    names = [list("ij"[:size]) for size in sizes]
    names[1] = [one.upper() for one in names[1]]
    for one, at in zip(names, pair, strict=True):
        one[at] = "k"
    rest = "".join(one for several in names for one in several if one != "k")
    return f"{''.join(names[0])},{''.join(names[1])}->{rest}"


def _range_of(number: int) -> slice:
    return slice(number, number + 1 if number != -1 else None)
