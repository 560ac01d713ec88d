"""Where in a script something comes from: which lines compute a role, and what flows into a name.

The lines of a role are those of the functions that were read, each of which stands at the author's
own line. From there names are followed back through assignments, loops, parameters and returned
values. That finds places where an edit may be tried, and proves nothing: the trial does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType

import libcst as cst
import numpy as np

from diagnose.network.record import Network
from diagnose.patching.nodes import (
    Number,
    all_in,
    is_call,
    is_operation,
    key,
    name_called,
    named_arg,
    plain_args,
    within,
)
from diagnose.patching.source import Scope, Source

# Which names of an expression are read.
Reads = Callable[[cst.CSTNode], Iterator[str]]
# What takes sizes, and no numbers that it hands on.
SIZES = ("reshape", "permutation", "arange", "randn", "rand", "zeros", "ones")
# The variable of a layer, and its number.
NUMBERED = re.compile(r"(.*?[A-Za-z_])(\d+)")
# Bindings that are followed back; a script has some dozens.
MOST = 200
LIBRARY = ("np", "numpy")
# Functions that give a matrix product.
PRODUCTS = ("dot", "matmul")


@dataclass(frozen=True, eq=False)
class Binding:
    """A statement that gives a name its value. value: None where a loop or a call gives it.

    What a call hands over is its own statement, and has the name that it is handed over by.
    """

    name: str
    statement: cst.CSTNode
    value: cst.BaseExpression | None
    scope: Scope


def lines_of_role(network: Network, role: str, file: str) -> frozenset[int]:
    """The author's lines, in a file of this name, that do what a function of the network does.

    role: ``init``, ``forward``, ``backward`` or ``update``.
    """
    codes = [one for one in _codes(getattr(network, role, None), set()) if one.co_name == role]
    here = [one for one in codes if Path(one.co_filename).name == file]
    return frozenset(line for code in here for *_, line in code.co_lines() if line)


def _codes(one: object, met: set[int]) -> list[CodeType]:
    """The code of a function, and of those that it or its object holds."""
    if id(one) in met or isinstance(one, type | np.ndarray):
        return []
    met.add(id(one))
    code = getattr(one, "__code__", None)
    found = [code] if isinstance(code, CodeType) else []
    inner = [*getattr(one, "__dict__", {}).values()]
    if (owner := getattr(one, "__self__", None)) is not None:
        inner += getattr(owner, "__dict__", {}).values()
    return [*found, *(each for held in inner for each in _codes(held, met))]


@lru_cache(maxsize=2)
def bindings(source: Source) -> list[Binding]:
    """Every assignment and loop of a source, name by name."""
    found: list[Binding] = []
    for node in source.nodes:
        if isinstance(node, cst.Assign):
            for target in node.targets:
                found += _bound(source, target.target, node.value, node)
        elif isinstance(node, cst.AnnAssign) and node.value is not None:
            found += _bound(source, node.target, node.value, node)
        elif isinstance(node, cst.For):
            found += _bound(source, node.target, node.iter, node)
        elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
            # what is put into a list
            name = key(node.func.value) if name_called(node) == "append" else ""
            if name and len(node.args) == 1:
                found.append(Binding(name, node, node.args[0].value, source.scope(node)))
    return [*found, *_options(source, found)]


def bound(source: Source, name: str, scope: cst.CSTNode | None = None) -> list[Binding]:
    """What gives a name its values; in a scope, if one is given."""
    every = [one for one in bindings(source) if one.name == name]
    return [one for one in every if scope is None or one.scope is scope]


def _options(source: Source, found: Sequence[Binding]) -> Iterator[Binding]:
    """What the command line gives a script, ``args.lr``: by the default of ``--lr``."""
    for one in found:
        for call in source.calls_of("add_argument") if is_call(one.value, "parse_args") else ():
            default = named_arg(call, "default")
            if option(call) and default is not None:
                yield Binding(f"{one.name}.{option(call)}", call, default, source.scope(call))


def option(call: cst.Call) -> str:
    """What an option of the command line is called by: ``lr`` of ``add_argument('--lr')``."""
    texts = [one.raw_value for one in plain_args(call) if isinstance(one, cst.SimpleString)]
    return max(texts, key=len, default="").lstrip("-").replace("-", "_")


def _bound(
    source: Source, target: cst.CSTNode, value: cst.BaseExpression, statement: cst.CSTNode
) -> list[Binding]:
    if isinstance(target, cst.Tuple | cst.List):
        values = _elements(value, len(target.elements))
        return [each for one, given in zip(target.elements, values, strict=True)
                for each in _bound(source, one.value, given, statement)]  # fmt: skip
    name = key(target)
    return [Binding(name, statement, value, source.scope(statement))] if name else []


def _elements(value: cst.BaseExpression, count: int) -> list[cst.BaseExpression]:
    """What each of several names gets, where that is written one by one; else the whole."""
    if isinstance(value, cst.Tuple | cst.List) and len(value.elements) == count:
        return [one.value for one in value.elements]
    if isinstance(value, cst.Call) and key(value.func) == "zip" and len(value.args) == count:
        return [one.value for one in value.args]
    return [value] * count


def followed(
    source: Source, starts: Sequence[cst.CSTNode], reads: Reads | None = None
) -> list[Binding]:
    """The bindings from which expressions get their values, the nearest first.

    reads: which names of an expression are followed; all of them, if it is not given.
    """
    reads = reads or names_in
    every = bindings(source)
    found: list[Binding] = []
    todo: list[tuple[cst.CSTNode, Scope]] = [(one, source.scope(one)) for one in starts]
    met: set[tuple[str, int]] = set()
    entered: list[tuple[cst.CSTNode, Scope]] = []
    while todo and len(found) < MOST:
        node, scope = todo.pop(0)
        todo += [one for one in _returned(source, node) if one not in entered]
        entered += _returned(source, node)
        for name in reads(node):
            if (name, id(scope)) in met:
                continue
            met.add((name, id(scope)))
            for one in every:
                if one.name == name and (one.scope is scope or "." in name):
                    found.append(one)
                    if one.value is not None:
                        todo.append((one.value, one.scope))
            if isinstance(scope, cst.FunctionDef) and name in parameters(scope):
                given = _arguments(source, scope, name)
                todo += given
                found += [Binding(key(one), one, one, there) for one, there in given
                          if isinstance(one, cst.BaseExpression)]  # fmt: skip
            elif scope is not source.module and "." not in name:
                todo.append((cst.Name(name), source.module))
    return found


def names_in(node: cst.CSTNode) -> Iterator[str]:
    """The variables that an expression reads; of an attribute the whole, of a call no function."""
    if name := key(node):
        yield name
        if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
            yield node.value.value
        return
    if isinstance(node, cst.Call):
        if isinstance(node.func, cst.Attribute):
            yield from names_in(node.func.value)
        for arg in node.args:
            yield from names_in(arg.value)
        return
    for one in node.children:
        yield from names_in(one)


def carried(node: cst.CSTNode) -> Iterator[str]:
    """The variables whose numbers an expression hands on: no indices, lengths and sizes."""
    if isinstance(node, cst.Subscript):
        yield from carried(node.value)
    elif isinstance(node, cst.Call):
        if key(node.func) in ("len", "range", "int", "float"):
            return
        sizes = isinstance(node.func, cst.Attribute) and node.func.attr.value in SIZES
        if isinstance(node.func, cst.Attribute):
            yield from carried(node.func.value)
        for arg in () if sizes else node.args:
            yield from carried(arg.value)
    elif name := key(node):
        yield name
    else:
        for one in node.children:
            yield from carried(one)


def parameters(scope: cst.CSTNode) -> list[str]:
    """The names of a function's parameters, without ``self``; none of a module."""
    given = scope.params.params if isinstance(scope, cst.FunctionDef) else ()
    return [name for one in given if (name := one.name.value) != "self"]


def calls(source: Source, function: cst.FunctionDef) -> Iterator[cst.Call]:
    """The calls of a function by its name, or of a class whose ``__init__`` it is."""
    name = function.name.value
    classes = (one.name.value for one in source.above(function) if isinstance(one, cst.ClassDef))
    yield from source.calls_of(next(classes, "") if name == "__init__" else name)


def _returned(source: Source, node: cst.CSTNode) -> list[tuple[cst.CSTNode, Scope]]:
    """What a call of a function of the script gives back, wherever that returns."""
    if not isinstance(node, cst.Call):
        return []
    every = ((one.value, source.scope(one)) for one in source.of_type(cst.Return))
    return [(value, there) for value, there in every if value is not None
            and isinstance(there, cst.FunctionDef)
            and there.name.value == name_called(node)]  # fmt: skip


def argument(call: cst.Call, function: cst.FunctionDef, name: str) -> cst.BaseExpression | None:
    """What a call hands over for a parameter."""
    for one in call.args:
        if one.keyword is not None and one.keyword.value == name:
            return one.value
    names = parameters(function)
    stars = [at for at, one in enumerate(call.args) if one.star == "*"]
    plain = [one for one in call.args[stars[-1] + 1 if stars else 0 :] if one.keyword is None]
    # what stands behind several that are handed over as one belongs to the last parameters
    place = names.index(name) - (len(names) - len(plain) if stars else 0)
    return plain[place].value if 0 <= place < len(plain) else None


def _arguments(
    source: Source, function: cst.FunctionDef, name: str
) -> list[tuple[cst.CSTNode, Scope]]:
    given = [(argument(call, function, name), source.scope(call))
             for call in calls(source, function)]  # fmt: skip
    defaults = [one.default for one in function.params.params
                if one.name.value == name and one.default]  # fmt: skip
    return [*((one, scope) for one, scope in given if one is not None),
            *((one, source.module) for one in defaults[:1])]  # fmt: skip


def literals(source: Source, starts: Sequence[cst.CSTNode]) -> list[Number]:
    """The numbers that are written where expressions get their values, the nearest first."""
    every = (one for node in made_of(source, starts) for one in within(node))
    return list(dict.fromkeys(one for one in every if isinstance(one, cst.Integer | cst.Float)))


def is_given(source: Source, number: Number) -> bool:
    """Whether a name is given a number as it is: in an assignment, or handed over to a function."""
    own = {one.name.value for one in source.of_type(cst.FunctionDef, cst.ClassDef)}
    for one in source.above(number):
        if isinstance(one, cst.Arg):
            call = source.parent(one)
            return isinstance(call, cst.Call) and name_called(call) in {*own, "add_argument"}
        if not isinstance(one, cst.Element | cst.Tuple):
            return isinstance(one, cst.Assign | cst.AnnAssign | cst.Param)
    return False


def made_of(source: Source, starts: Sequence[cst.CSTNode]) -> list[cst.CSTNode]:
    """Expressions, and those from which they get their values, also what functions give back."""
    given = (one.value for one in followed(source, starts) if one.value is not None)
    every = [*starts, *given, *_handed(source, starts)]
    called = [call for one in every for call in all_in(one, cst.Call)]
    return [*every, *(back for one in called for back, _ in _returned(source, one))]


def _handed(source: Source, starts: Sequence[cst.CSTNode]) -> list[cst.CSTNode]:
    """What is handed over to the functions on the way, defaults too."""
    names = {name for start in starts for name in names_in(start)}
    names |= {one.name for one in followed(source, starts)}
    names |= {name for one in followed(source, starts) if one.value for name in names_in(one.value)}
    found: list[cst.CSTNode] = []
    for function in source.of_type(cst.FunctionDef):
        for name in parameters(function):
            if name in names:
                found += [node for node, _ in _arguments(source, function, name)]
    return found


def on_lines(source: Source, lines: frozenset[int] | set[int]) -> list[cst.CSTNode]:
    """The simple statements on some lines."""
    return [one for one in source.of_type(cst.SimpleStatementLine)
            if lines.intersection(source.lines(one))]  # fmt: skip


def batch_of_turn(source: Source, turn: str, size: str) -> str:
    """The slice of the batch with the number of a turn: ``i * size:(i + 1) * size``."""
    begin, end = source.joined("*", turn, size), f"({source.joined('+', turn, '1')})"
    return f"{begin}:{source.joined('*', end, size)}"


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
