"""A program run with its statements looked at: what each had before it and after it, in numbers.

    python benchmarks/seen.py PROGRAM OUT.json LIMIT

Every simple statement of the program is numbered, in the order in which it stands, and calls are
put before and behind it that note what it assigns, is given or returns. An array is noted as its
shape and its products with some fixed random vectors, so that two runs can be compared, and a
change told as a multiple of another. The first occurrences of each statement are noted, and then
those whose number is a square, so that something is seen of all of the run. The program ends when
LIMIT statements have run, so that what is seen does not hang on how busy the machine is.
"""

from __future__ import annotations

import ast
import functools
import json
import math
import os
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

FIRST, VECTORS, DEEP = 48, 3, 4
SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return)
PLAIN = (ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.BinOp, ast.Slice, ast.Tuple)


def statements(tree: ast.AST) -> list[ast.stmt]:
    """The statements of a program in the order in which they stand; a number is a place in it."""
    every = [one for one in ast.walk(tree) if isinstance(one, ast.stmt)]
    return sorted(every, key=lambda one: (one.lineno, one.col_offset))


def shown(node: ast.stmt) -> list[ast.expr]:
    """The expressions whose values tell what a statement does."""
    if isinstance(node, ast.Assign):
        targets: list[ast.expr] = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        of = [node.value.func.value] if isinstance(node.value.func, ast.Attribute) else []
        named = [one.value for one in node.value.keywords if one.arg == "out"]
        targets = [*of, *node.value.args, *named]
    else:
        targets = []
    return [leaf for one in targets for leaf in _leaves(one) if _is_plain(leaf)]


def _leaves(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Tuple | ast.List):
        for one in node.elts:
            yield from _leaves(one)
    elif isinstance(node, ast.Starred):
        yield from _leaves(node.value)
    else:
        yield node


def _is_plain(node: ast.expr) -> bool:
    """Whether an expression can be taken once more, and nothing is changed by that."""
    if not isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        return False
    inner = [one for one in ast.walk(node) if isinstance(one, ast.expr)]
    return all(isinstance(one, PLAIN) for one in inner)


class Looking(ast.NodeTransformer):
    """Puts the calls into a program."""

    def __init__(self, numbers: Mapping[ast.stmt, int]) -> None:
        self.numbers = numbers

    def visit(self, node: ast.AST) -> Any:
        """A simple statement with calls around it; of others, what they hold."""
        if not isinstance(node, SIMPLE):
            return self.generic_visit(node)
        number = self.numbers[node]
        if isinstance(node, ast.Return):
            value = node.value or ast.Constant(None)
            node.value = _call("__returned__", number, value)
            return ast.copy_location(node, node)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return node
        loaded = [ast.parse(ast.unparse(one), mode="eval").body for one in shown(node)]
        before = ast.Expr(_call("__before__", number, _each(loaded)))
        after = ast.Expr(_call("__after__", number, _each(loaded)))
        return [ast.copy_location(before, node), node, ast.copy_location(after, node)]


def _call(name: str, number: int, value: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), [ast.Constant(number), value], [])


def _each(values: list[ast.expr]) -> ast.expr:
    """Functions that give the values, which are not called each time."""
    nothing = ast.arguments([], [], None, [], [], None, [])
    return ast.Tuple([ast.Lambda(nothing, one) for one in values], ast.Load())


class Notes:
    """What is seen of a run."""

    def __init__(self, source: str, limit: int, out: Path) -> None:
        self.source, self.limit, self.out = source, limit, out
        self.tick = 0
        self.count: dict[int, int] = {}
        self.ticks: dict[int, list[int]] = {}
        self.records: dict[int, list[list[Any]]] = {}
        self.names: dict[int, dict[str, list[Any]]] = {}
        self.open: dict[int, list[Any]] = {}

    def begin(self, number: int, values: tuple[Callable[[], Any], ...]) -> None:
        """A statement is about to run."""
        self.tick += 1
        count = self.count.get(number, 0) + 1
        self.count[number] = count
        if count == 1:
            self.names[number] = _alive(sys._getframe(2))
            self.ticks[number] = [self.tick, self.tick, 0]
        self.ticks[number][1] = self.tick
        if count <= FIRST or math.isqrt(count) ** 2 == count:
            self.open[number] = [count, self.tick, [_of(one) for one in values]]
        else:
            self.open.pop(number, None)
        if self.tick >= self.limit:
            self.end("")

    def finish(self, number: int, values: tuple[Callable[[], Any], ...]) -> None:
        """A statement has run."""
        self.ticks[number][2] = self.ticks[number][2] or self.tick
        noted = self.open.pop(number, None)
        if noted is not None:
            self.records.setdefault(number, []).append([*noted, [_of(one) for one in values]])

    def returned(self, number: int, value: Any) -> Any:
        """A value is about to be returned."""
        self.begin_and_end(number, value)
        return value

    def begin_and_end(self, number: int, value: Any) -> None:
        """A statement that is noted once."""
        self.begin(number, ())
        self.finish(number, (lambda: value,))

    def end(self, error: str) -> None:
        """Write down what was seen, and end the program."""
        found = {"error": error, "ticks": self.ticks, "count": self.count, "names": self.names}
        text = json.dumps(found | {"records": self.records, "whole": self.tick < self.limit})
        self.out.write_text(text, encoding="utf-8")
        sys.stdout.flush()
        os._exit(0)


def _of(value: Callable[[], Any]) -> list[Any] | None:
    try:
        return number_of(value())
    except Exception:
        return None


@functools.cache
def vectors(size: int) -> np.ndarray:
    """Fixed random vectors, (VECTORS, size)."""
    return np.random.RandomState(size % 2**31).standard_normal((VECTORS, size))


def number_of(value: Any) -> list[Any] | None:
    """A value in a few numbers: its shape, the bytes of a number, products with fixed vectors."""
    array = _array(value)
    if array is None or array.dtype.kind not in "fiub":
        return None
    flat = array.astype(float).ravel()
    with np.errstate(all="ignore"):
        products = vectors(flat.size) @ flat
        size = float(np.sqrt(flat @ flat))
    bytes_each = array.dtype.itemsize if array.dtype.kind == "f" else 8
    return [list(array.shape), bytes_each, size, products.tolist()]


def _array(value: Any) -> np.ndarray | None:
    if isinstance(value, np.ndarray | np.generic | float | int):
        return np.asarray(value)
    leaves: list[np.ndarray] = []
    if not _flatten(value, leaves, DEEP) or not leaves:
        return None
    return np.concatenate(leaves)


def _flatten(value: Any, leaves: list[np.ndarray], deep: int) -> bool:
    if isinstance(value, np.ndarray | np.generic | float | int):
        leaves.append(np.asarray(value, dtype=float).ravel())
        return True
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple) and deep:
        return all(_flatten(one, leaves, deep - 1) for one in value)
    return False


def _alive(frame: FrameType | None) -> dict[str, list[Any]]:
    """The names that a statement may take, with the shapes of their values."""
    if frame is None:
        return {}
    places = {**{name: frame.f_globals.get(name) for name in frame.f_code.co_names}}
    places |= frame.f_locals
    own = getattr(frame.f_locals.get("self"), "__dict__", {})
    places |= {f"self.{name}": value for name, value in own.items()}
    shaped = {name: _shape(value) for name, value in places.items() if "__" not in name}
    return {name: shape for name, shape in shaped.items() if shape is not None}


def _shape(value: Any) -> list[Any] | None:
    if isinstance(value, np.ndarray | np.generic):
        return ["array", *value.shape]
    if isinstance(value, bool | str) or value is None or callable(value):
        return None
    if isinstance(value, int | float):
        return [type(value).__name__]
    if isinstance(value, list | tuple | dict):
        return [type(value).__name__, len(value)]
    return None


def seeded() -> None:
    """Make what is drawn the same each time, also where the program does not."""
    random.seed(0)
    np.random.seed(0)
    drawn = np.random.default_rng
    np.random.default_rng = lambda seed=None: drawn(0 if seed is None else seed)


def main() -> None:
    program, out, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    source = program.read_text(encoding="utf-8")
    tree = ast.parse(source)
    numbers = {one: at for at, one in enumerate(statements(tree))}
    notes = Notes(source, limit, out)
    code = compile(ast.fix_missing_locations(Looking(numbers).visit(tree)), str(program), "exec")
    calls = {"__before__": notes.begin, "__after__": notes.finish, "__returned__": notes.returned}
    seeded()
    sys.argv, sys.path[0] = [str(program)], str(program.resolve().parent)
    error = ""
    try:
        exec(code, {"__name__": "__main__", "__file__": str(program), **calls})
    except (Exception, SystemExit) as stopped:
        error = f"{type(stopped).__name__}: {stopped}"[:200]
    notes.end(error)


if __name__ == "__main__":
    main()
