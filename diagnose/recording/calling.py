"""By which calls an operation is reached, and where in what it shares with another it stands."""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from functools import partial
from itertools import starmap, takewhile
from linecache import getlines
from types import CodeType, FrameType
from typing import Any

import numpy as np

# What has a name of its own that can be asked for without running anybody's code.
NAMED = (
    types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodDescriptorType,
    types.WrapperDescriptorType, types.MethodWrapperType, types.ClassMethodDescriptorType, type,
    np.ufunc, type(np.sum), partial,
)  # fmt: skip
BOUND = (types.BuiltinMethodType, types.MethodType)
# A way of calls, innermost first: file, function, line.
Way = tuple[tuple[str, str, int], ...]


def doing(
    function: Any,
    args: Sequence[Any],
    kw: dict[str, Any],
    then: Callable[[Any], Any] | None = None,
) -> Iterator[Any]:
    """A call, made by whoever asks for the value: that one's frame is what the function sees.

    then: what is done with the value before it is given.
    """
    made = starmap(partial(function, **kw) if kw else function, (args,))
    return made if then is None else map(then, made)


def noting(items: Iterable[Any], seen: list[Any]) -> Iterator[Any]:
    """Items as they are asked for, each also put into a list."""
    for one in items:
        seen.append(one)
        yield one


def is_known(function: Any) -> bool:
    """Whether what is called has a name that may be asked for; objects of a program have none."""
    return issubclass(type(function), (*NAMED, np.vectorize))


def is_any_of(function: Any, several: Iterable[Any]) -> bool:
    """Whether what is called is one of these, whatever it says that it equals."""
    return any(function is one for one in several)


def code_of(function: Any) -> CodeType | None:
    """The code of what is called, as a layer may be, too; None of what is not written in Python."""
    kind = type(function)
    if kind is types.MethodType:
        function = function.__func__
        kind = type(function)
    if kind is types.FunctionType:
        return function.__code__
    if issubclass(kind, NAMED):
        return None
    called = next((vars(one)["__call__"] for one in kind.__mro__ if "__call__" in vars(one)), None)
    return called.__code__ if type(called) is types.FunctionType else None


def frames(inner: FrameType | None) -> Iterator[FrameType]:
    """A frame and those that it was called from, the innermost first."""
    while inner is not None:
        yield inner
        inner = inner.f_back


def way(own: Set[str]) -> Way:
    """The way that leads here, as far as it goes through the program's own files."""
    every = ((one.f_code, one.f_lineno) for one in frames(sys._getframe().f_back))
    return tuple((code.co_filename, code.co_name, line) for code, line in every
                 if code.co_filename in own)  # fmt: skip


def begins_at(one: Way, other: Way) -> tuple[str, int] | None:
    """The file and line of the statement in which the one happens, in the block that both share.

    The block is that of the innermost function from which both are reached. None where there is no
    such function.
    """
    mine, its = one[::-1], other[::-1]
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(mine, its, strict=False)))
    here = min(same, len(mine) - 1, len(its) - 1)
    if here < 0 or mine[here][:2] != its[here][:2]:
        return None
    file, _, line = mine[here]
    found = _statement(ast.parse("".join(getlines(file))).body, line, its[here][2])
    return (file, found) if found else None


def _statement(body: list[ast.stmt], line: int, other: int) -> int:
    for one in body:
        end = one.end_lineno or one.lineno
        if not one.lineno <= line <= end:
            continue
        if one.lineno <= other <= end:
            for name in ("body", "orelse", "finalbody"):
                inner = getattr(one, name, None) or []
                if isinstance(inner, list) and (found := _statement(inner, line, other)):
                    return found
        return one.lineno
    return 0
