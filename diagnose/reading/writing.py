"""Write operations of the tape as lines of Python.

What a function of single numbers computes, that ``np.vectorize`` applies to an array, is on no
tape. Of the formulas that people write in this way, the one is taken that gives the same numbers;
that the network does with it what the script did, its certificate shows.
"""

from __future__ import annotations

import builtins
import keyword
import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diagnose.reading.loops import name_of
from diagnose.reading.not_read import NotReadError
from diagnose.reading.steps import same
from diagnose.recording.nodes import Const, Group, Node, Ref, Taken
from diagnose.recording.operations import SIGNS
from diagnose.recording.sites import Site

# Where functions of libraries are looked for, and what each module is called in what is written.
MODULES = {
    "numpy": "np",
    "math": "math",
    "builtins": "",
    "numpy.linalg": "np.linalg",
    "scipy.special": "scipy.special",
}
VECTORIZED = (
    "what np.vectorize computes of each number is not read; read is what does all numbers of an "
    "array at once, as `np.maximum(z, 0)` does"
)
# What the written functions and a builder hand over under a name of their own.
RESERVED = {
    "x",
    "X",
    "parameters",
    "params",
    "targets",
    "labels",
    "batch",
    "np",
    "math",
    "scipy",
    "rate",
    "rng",
    "seed",
    "random",
    "generator",
    "gradients",
    "trace",
}


@dataclass(frozen=True)
class Line:
    """A line of Python, and the author's line that it stands for."""

    number: int
    text: str


@dataclass
class Names:
    """Names that are given out once each."""

    used: set[str] = field(default_factory=lambda: set(RESERVED))
    spare: int = 0

    def take(self, wanted: str) -> str:
        """The name wanted, made one that nothing else has."""
        name = plain_name(wanted)
        if not name:
            self.spare += 1
            name = f"v{self.spare}"
        count, free = 1, name
        while free in self.used:
            count += 1
            free = f"{name}_{count}"
        self.used.add(free)
        return free


def plain_name(text: str) -> str:
    """``self.W1`` and ``params["W1"]`` are called W1; nothing where no name stands."""
    if text.isidentifier() and not keyword.iskeyword(text):
        return text
    found = re.fullmatch(r"[\w.]*\.([A-Za-z_]\w*)", text) or re.fullmatch(
        r"[\w.]+\[['\"]([A-Za-z_]\w*)['\"]\]", text
    )
    if found and found[1].isidentifier():
        return found[1]
    numbered = re.fullmatch(r"(?:\w+\.)*([A-Za-z_]\w*)\[(\d+)\]", text)
    return f"{numbered[1]}{numbered[2]}" if numbered else ""


def kept_as(value: Any, constants: dict[str, Any], names: Names) -> str:
    """The name under which an array is kept among the constants; equal ones share theirs."""
    for name, one in constants.items():
        if same(one, value):
            return name
    name = names.take(f"constant_{len(constants) + 1}")
    constants[name] = np.array(value)
    return name


def function_text(function: Any, site: Site) -> str:
    """``np.dot``; NotReadError for a function that stands in no module known to all."""
    for module, short in MODULES.items():
        there = builtins if module == "builtins" else sys.modules.get(module)
        name = getattr(function, "__name__", "")
        if there is not None and name and getattr(there, name, None) is function:
            return f"{short}.{name}" if short else name
    raise NotReadError(f"the function {getattr(function, '__name__', function)} is not known", site)


def literal(value: Any, site: Site, constant: Callable[[Any], str]) -> str:
    """A value as Python writes it."""
    if isinstance(value, np.ndarray):
        return constant(value)
    if isinstance(value, float) and type(value) is float and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, np.generic):
        if np.asarray(value).dtype.kind == "f" and not np.isfinite(value):
            return f'np.{type(value).__name__}("{value}")'
        return f"np.{type(value).__name__}({value.item()!r})"
    if value is None or value is Ellipsis or isinstance(value, bool | int | float | str | range):
        return "..." if value is Ellipsis else repr(value)
    if isinstance(value, np.dtype):
        return f"np.dtype({value.str!r})"
    if isinstance(value, list | tuple) and len(value) > 64:
        return f"{constant(np.array(value))}.tolist()"
    return function_text(value, site)


@dataclass
class Writer:
    """Writes operations; who uses it says how a value that the tape knows is called."""

    sites: list[Site]
    refer: Callable[[Ref, Node, tuple[Any, ...]], str]
    const: Callable[[Const, Node, tuple[Any, ...]], str]

    def taken(self, taken: Taken, node: Node, path: tuple[Any, ...]) -> str:
        """What an operation takes."""
        if isinstance(taken, Ref):
            return self.refer(taken, node, path)
        if isinstance(taken, Const):
            return self.const(taken, node, path)
        items = [self.taken(one, node, (*path, at)) for at, one in enumerate(taken.items)]
        return _group(taken, items)

    def index(self, taken: Taken, node: Node, path: tuple[Any, ...]) -> str:
        """What stands in square brackets."""
        if isinstance(taken, Group) and taken.of is slice:
            ends = [self.taken(one, node, (*path, at)) for at, one in enumerate(taken.items)]
            start, stop, step = ("" if one == "None" else one for one in ends)
            return f"{start}:{stop}" + (f":{step}" if step else "")
        if isinstance(taken, Group) and taken.of is tuple and taken.items:
            every = [self.index(one, node, (*path, at)) for at, one in enumerate(taken.items)]
            return ", ".join(every) + ("," if len(every) == 1 else "")
        return self.taken(taken, node, path)

    def result(self, node: Node) -> str:
        """An operation on numbers as an expression, also one that is done in place."""
        if node.kind != "in_place":
            return self.expression(node)
        left, right = self._operands(node)
        return f"{left} {SIGNS[node.done]} {right}"

    def _operands(self, node: Node) -> list[str]:
        return [self.taken(one, node, (0, at)) for at, one in enumerate(node.args)]

    def expression(self, node: Node) -> str:
        """An operation that makes a value."""
        args = node.args
        match node.kind:
            case "binary" | "compare":
                left, right = self._operands(node)
                return f"{left} {SIGNS[node.done]} {right}"
            case "choice":
                left, right, one, other = self._operands(node)
                return f"({one} if {left} {SIGNS[node.done]} {right} else {other})"
            case "unary":
                return f"{SIGNS[node.done]}{self.taken(args[0], node, (0, 0))}"
            case "attribute":
                return f"{self.taken(args[0], node, (0, 0))}.{node.done}"
            case "get":
                return f"{self.taken(args[0], node, (0, 0))}[{self.index(args[1], node, (0, 1))}]"
            case "item":
                return f"{self.taken(args[0], node, (0, 0))}[{node.done}]"
            case "method":
                owner = self.taken(args[0], node, (0, 0))
                return f"{owner}.{node.done}({self._given(node, 1)})"
            case "call" if isinstance(node.done, np.vectorize):
                raise NotReadError(VECTORIZED, self.sites[node.site])
            case "call":
                function = function_text(node.done, self.sites[node.site])
                return f"{function}({self._given(node, 0)})"
        raise NotReadError(f"{node.kind} {name_of(node)} cannot be written", self.sites[node.site])

    def _given(self, node: Node, start: int) -> str:
        given = [self.taken(one, node, (0, at)) for at, one in enumerate(node.args) if at >= start]
        named = [f"{name}={self.taken(one, node, (1, name))}" for name, one in node.kw.items()]
        return ", ".join([*given, *named])

    def statement(self, node: Node) -> str:
        """An operation that writes into its first argument."""
        owner = self.taken(node.args[0], node, (0, 0))
        match node.kind:
            case "in_place":
                return f"{owner} {SIGNS[node.done]}= {self.taken(node.args[1], node, (0, 1))}"
            case "store":
                index = self.index(node.args[1], node, (0, 1))
                return f"{owner}[{index}] = {self.taken(node.args[2], node, (0, 2))}"
            case "write_method":
                return f"{owner}.{node.done}({self._given(node, 1)})"
        if isinstance(node.done, str):
            of = simple(self.taken(node.args[1], node, (0, 1)))
            return f"{of}.{node.done}({self._given(node, 2)})"
        return f"{function_text(node.done, self.sites[node.site])}({self._given(node, 1)})"


WRITES = {"in_place", "store", "write_method", "write_call"}


def _group(taken: Group, items: list[str]) -> str:
    if taken.of is slice:
        return f"slice({', '.join(items)})"
    if taken.of is list:
        return f"[{', '.join(items)}]"
    if taken.of is dict:
        assert taken.keys is not None
        pairs = [f"{key!r}: {one}" for key, one in zip(taken.keys, items, strict=True)]
        return f"{{{', '.join(pairs)}}}"
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def simple(text: str) -> str:
    """An expression as an operand: in brackets unless it is one word."""
    return text if re.fullmatch(r"[\w.]+(\([\w.\[\], ]*\))?", text) else f"({text})"


def multiplied(text: str, times: float) -> str:
    """A multiple of an expression, in Python."""
    if times == 1:
        return text
    return f"-{simple(text)}" if times == -1 else f"{times!r} * {simple(text)}"
