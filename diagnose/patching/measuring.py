"""Runs a script and measures how far what its step gives is from what it should be.

A program by itself: what it is handed is JSON (``Asked``), the path of the script, and what that
one is handed. The operation in which outputs meet their targets hands both over as it is done; all
else is done as it stands there. The last line that is printed holds what was measured, in JSON.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    # Beside a script, this folder would hide modules of its own from it.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

import ast
import builtins
import json
import os
import random
import time
import types
from importlib.machinery import SourceFileLoader
from typing import Any, NamedTuple

import numpy as np

from diagnose.network.protected import protect

HOOK = "__met__"
# What is measured is kept as so many means at most, each of as many meetings as the others.
BLOCKS = 1000


class Asked(NamedTuple):
    """What is asked for.

    span: of the operation, as line, column, line, column. module: in which it stands, by its path
    from the script's folder; nothing for the script itself. other: how much is added to each seed.
    seconds: after how many the script is left where it is.
    """

    span: tuple[int, int, int, int]
    module: str
    other: int
    seconds: float


class Meetings:
    """Of outputs and targets: sums of squared differences, of targets, and of their squares."""

    def __init__(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds
        self.rows: list[list[float]] = []
        self.size, self.count = 1, 0
        self.left: Any = None

    def takes(self, left: Any) -> Any:
        """The left side is done."""
        self.left = np.array(left, float)
        return left

    def meets(self, right: Any) -> Any:
        """The right side is done, and the two meet."""
        self._add(self.left, np.asarray(right, float))
        return right

    def after(self, left: Any, right: Any) -> Any:
        """Both are done, of what is taken off something."""
        self.takes(left)
        return self.meets(right)

    def chosen(self, index: Any) -> Any:
        """A place is done, which says where the output should be 1."""
        target = np.zeros_like(self.left)
        target[index] = 1.0
        self._add(self.left, target)
        return index

    def _add(self, left: Any, right: Any) -> None:
        if np.size(left) != np.size(right):
            left, right = np.broadcast_arrays(left, right)
        several = [np.sum(np.square(np.ravel(left) - np.ravel(right))), np.size(right)]
        # whichever side holds the targets: what varies is the same once the two are
        both = [*several, *(f(one) for one in (left, right) for f in (np.sum, _squares))]
        if self.count % self.size == 0:
            self.rows.append([0.0] * len(both))
        self.rows[-1] = [one + float(more) for one, more in zip(self.rows[-1], both, strict=True)]
        self.count += 1
        if len(self.rows) >= 2 * BLOCKS and self.count % self.size == 0:
            pairs = zip(self.rows[::2], self.rows[1::2], strict=True)
            self.rows = [[a + b for a, b in zip(*pair, strict=True)] for pair in pairs]
            self.size *= 2
        if self.count % 64 == 0 and time.monotonic() > self.ends:
            self.told()
            sys.stdout.flush()
            os._exit(0)

    def told(self) -> None:
        """Print what was measured, behind all that the script has printed."""
        print()
        print(json.dumps({"size": self.size, "count": self.count, "rows": self.rows}))


def _squares(one: Any) -> Any:
    return np.sum(np.square(one))


class Measuring(ast.NodeTransformer):
    """Has the operation at a span hand over what it takes."""

    def __init__(self, span: tuple[int, ...]) -> None:
        self.span, self.found = span, False

    def visit(self, node: ast.AST) -> Any:
        """Look for the operation, the innermost that stands there."""
        node = self.generic_visit(node)
        ends = ("lineno", "col_offset", "end_lineno", "end_col_offset")
        if tuple(getattr(node, one, None) for one in ends) != self.span or self.found:
            return node
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Subscript):
            self._of_place(node.target)
        elif isinstance(node, ast.AugAssign):
            taken = ast.parse(ast.unparse(node.target), mode="eval").body
            node.value = self._call("after", taken, node.value)
        elif isinstance(node, ast.BinOp):
            node.left = self._call("takes", node.left)
            node.right = self._call("meets", node.right)
        elif isinstance(node, ast.Subscript):
            self._of_place(node)
        elif isinstance(node, ast.Call) and len(node.args) == 2:
            first, second = node.args
            node.args = [self._call("takes", first), self._call("meets", second)]
        return node

    def compiled(self, code: Any, path: Any) -> types.CodeType:
        """A program in which the operation does."""
        tree = ast.fix_missing_locations(self.visit(ast.parse(code, path)))
        return compile(tree, path, "exec", dont_inherit=True)

    def _of_place(self, node: ast.Subscript) -> None:
        node.value = self._call("takes", node.value)
        node.slice = self._call("chosen", node.slice)

    def _call(self, name: str, *given: ast.expr) -> ast.expr:
        self.found = True
        function = ast.Attribute(ast.Name(HOOK, ast.Load()), name, ast.Load())
        return ast.Call(function, [*given], [])


def draw_otherwise(other: int) -> None:
    """Let generators draw from seeds that are so much larger; those without one from that."""
    made, seed, legacy = np.random.default_rng, random.seed, np.random.seed

    def shifted(given: Any) -> Any:
        return other if given is None else given + other if isinstance(given, int) else given

    class State(np.random.RandomState):
        def __init__(self, seed: Any = None) -> None:
            super().__init__(shifted(seed))

    class Random(random.Random):
        def __init__(self, x: Any = None) -> None:
            super().__init__(shifted(x))

    seed(other)
    legacy(other)
    random.seed = lambda a=None, version=2: seed(shifted(a), version)
    np.random.seed = lambda seed=None: legacy(shifted(seed))
    np.random.default_rng = lambda seed=None: made(shifted(seed))
    setattr(np.random, "RandomState", State)  # noqa: B010
    setattr(random, "Random", Random)  # noqa: B010


def main(asked: Asked, path: str) -> None:
    """Run the script of this path, and print what was measured behind what it prints."""
    folder = Path(path).parent
    sys.path[0] = str(folder)
    sys.dont_write_bytecode = True  # what measures is no part of a module
    protect()
    draw_otherwise(asked.other)
    meetings = Meetings(asked.seconds)
    setattr(builtins, HOOK, meetings)  # where a module finds it as well
    measuring = Measuring(asked.span)
    whole = Path(path).read_bytes()
    if asked.module:
        measured_in(folder / asked.module, measuring)
        program = compile(whole, path, "exec", dont_inherit=True)
    else:
        program = measuring.compiled(whole, path)
        _refuse_unmet(measuring)
    module = sys.modules["__main__"] = types.ModuleType("__main__")  # with no name of ours
    module.__dict__["__file__"] = path
    try:
        exec(program, module.__dict__)
    except SystemExit as end:  # as by ``sys.exit(main())``
        if end.code not in (None, 0):
            raise
    _refuse_unmet(measuring)
    meetings.told()


def _refuse_unmet(measuring: Measuring) -> None:
    if not measuring.found:
        sys.exit("nothing meets there")


def measured_in(file: Path, measuring: Measuring) -> None:
    """Measure in a module, once it is imported."""
    plain = SourceFileLoader.source_to_code

    def compiled(self: SourceFileLoader, data: Any, path: Any, **more: Any) -> types.CodeType:
        its_own = file.samefile(path)
        return measuring.compiled(data, path) if its_own else plain(self, data, path, **more)

    setattr(SourceFileLoader, "source_to_code", compiled)  # noqa: B010


if __name__ == "__main__":
    span, *more = json.loads(sys.argv[1])
    del sys.argv[:2]
    main(Asked(tuple(span), *more), sys.argv[0])
