"""What a name stands for, told by how a program uses it: keys, plain containers, sets of data.

The same attributes and methods may belong to objects of several kinds: ``update`` to a network and
to a dictionary, ``data`` to a parameter and to what it is trained on.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from diagnose.watching.texts import CHANGING, Texts, last_name, pairs

# Functions that write into the first of what they are handed.
INTO_FIRST = {"copyto", "heappush", "place", "putmask"}
# What these make has methods of Python's own, or of a bar that shows how far a loop is.
CONTAINERS = {
    "Counter", "OrderedDict", "defaultdict", "deque", "dict", "list", "open", "set", "tqdm",
    "trange",
}  # fmt: skip
DISPLAYS = ast.Dict | ast.List | ast.Set | ast.DictComp | ast.ListComp | ast.SetComp


class ByTheirUse:
    """The names of a program, of all its files and functions together."""

    def __init__(self, texts: Texts) -> None:
        self.values: dict[str, list[ast.expr | None]] = {}
        self.stored: set[tuple[str, str]] = set()  # attributes that are written, with the name
        # and those that methods of a class write, but for the first time
        self.inside: set[tuple[str, str]] = set()
        self.bases: dict[str, set[str]] = {}  # of each class
        self.functions: set[str] = set()
        self.handed_on: set[str] = set()  # names that do not only stand before an attribute
        self._lay_out(texts.every, texts.outer)

    def _lay_out(self, every: Sequence[ast.AST], around: Mapping[ast.AST, ast.AST]) -> None:
        given = {
            each: of
            for one in every
            if isinstance(one, ast.Assign)
            for target in one.targets
            for each, of in pairs(target, one.value, whole=True)
        }
        for one in every:
            if isinstance(one, ast.arg):
                self.values.setdefault(one.arg, []).append(None)
            elif isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load):
                outer = around[one]
                sized = isinstance(outer, ast.Call) and last_name(outer.func) == "len"
                if not (isinstance(outer, ast.Attribute) or sized):
                    self.handed_on.add(one.id)
            elif isinstance(one, ast.Name):
                self.values.setdefault(one.id, []).append(given.get(one))
            elif isinstance(one, ast.Attribute) and _is_written(one, around):
                function, made = _within(one, around)
                if function != "__init__":
                    self.inside.add((made, one.attr))
                    self.stored.add((last_name(one.value), one.attr))
            elif isinstance(one, ast.ClassDef):
                self.bases.setdefault(one.name, set()).update(map(last_name, one.bases))
            elif isinstance(one, ast.FunctionDef):
                self.functions.add(one.name)

    def is_plain(self, name: str) -> bool:
        """Whether a name stands for nothing but containers of Python's own."""
        values = self.values.get(name, [])
        return bool(values) and all(
            isinstance(one, DISPLAYS)
            or (isinstance(one, ast.Call) and last_name(one.func) in CONTAINERS)
            for one in values
        )

    def is_left_as_it_is(self, name: str, attribute: str) -> bool:
        """Whether what an object has under a name is what it was made with, as in a set of data.

        It is made by a call, is used for its attributes alone, and nobody writes there.
        """
        values = self.values.get(name, [])
        made = {last_name(one.func) for one in values if isinstance(one, ast.Call)}
        for _ in self.bases:
            made |= set().union(*(self.bases.get(one, set()) for one in made))
        return (
            bool(values)
            and all(isinstance(one, ast.Call) for one in values)
            and name not in self.handed_on
            and not made & self.functions  # these may make an object of any class
            and not any((one, attribute) in self.inside for one in made)
            and (name, attribute) not in self.stored
        )


def is_key(target: ast.expr, of: ast.expr, loop: ast.For | ast.AsyncFor) -> bool:
    """Whether a loop goes through the keys of what it goes through, and takes what is under them.

    As ``for name in weights: weights[name] -= ...``; a key says nothing of the numbers.
    """
    if isinstance(of, ast.Call):
        inner = of.func.value if isinstance(of.func, ast.Attribute) else None
        of = inner if inner is not None and not of.args else of.args[0] if of.args else of
    if not isinstance(target, ast.Name) or not isinstance(of, ast.Name | ast.Attribute):
        return False
    return any(
        isinstance(one, ast.Subscript)
        and isinstance(one.slice, ast.Name)
        and one.slice.id == target.id
        and ast.unparse(one.value) == ast.unparse(of)
        for one in ast.walk(loop)
    )


def filled(one: ast.AST) -> ast.expr | None:
    """The container into which a call puts something, or that loses something by it."""
    if not isinstance(one, ast.Call) or last_name(one.func) not in CHANGING | INTO_FIRST:
        return None
    if isinstance(one.func, ast.Name) or last_name(one.func) in INTO_FIRST:
        return one.args[0] if one.args else None
    return getattr(one.func, "value", None)


def _within(node: ast.AST, around: Mapping[ast.AST, ast.AST]) -> tuple[str, str]:
    """The names of the function and of the class around a node; empty without one."""
    function = ""
    while not isinstance(node, ast.ClassDef | ast.Module):
        if isinstance(node, ast.FunctionDef):
            function = node.name
        node = around[node]
    return function, getattr(node, "name", "")


def _is_written(attribute: ast.Attribute, around: Mapping[ast.AST, ast.AST]) -> bool:
    """Whether an attribute gets a value, or something is put into it, or taken out."""
    part: ast.expr = attribute
    outer = around[part]
    while isinstance(outer, ast.Subscript) and outer.value is part:
        part, outer = outer, around[outer]
    if not isinstance(getattr(part, "ctx", None), ast.Load):
        return True
    if isinstance(outer, ast.Attribute):  # ``self.wrong.append(i)``
        return outer.attr in CHANGING
    return isinstance(outer, ast.Call) and last_name(outer.func) in CHANGING
