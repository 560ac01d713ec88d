"""A network that was handed over by a builder, beside the file in which its functions stand.

There is no tape of it: whose lines are whose is said by the functions that the builder was given,
and settings stand in its call. A copy is loaded and not watched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import libcst as cst

from diagnose.data import carried
from diagnose.network.record import Network
from diagnose.patching.nodes import all_in, assigned, named_arg
from diagnose.patching.notebooks import read
from diagnose.patching.orders import in_random_order
from diagnose.patching.places import key, name_called
from diagnose.patching.script import Script, library
from diagnose.patching.shown import shown_edits
from diagnose.patching.source import Edit, Source, Splice
from diagnose.report import Report
from diagnose.telling.record import Told
from diagnose.watching.script import Watched

BUILDERS = ("from_functions", "from_object", "from_layers")
# What a role is called by in what is read of a script, and the builder's word for it.
RETURNED = {"samples": "prepare", "targets": "encode", "learning rate": "learning_rate"}
SHUFFLED = '"shuffled"'


@dataclass(frozen=True, kw_only=True)
class Handed:
    """What there is of a network that was handed over, as of ``watching.script.Watched``."""

    network: Network
    roles: Mapping[str, dict[str, Any]]
    seen: tuple[Told, ...] = ()
    tested_after: float | None = None
    asked: int | None = None
    stopped: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class HandedScript(Script):
    """The file of a network that was handed over."""

    def lines(self, role: str) -> frozenset[int]:
        """The lines of the author's function for a role, and of those of the file it calls."""
        if role not in self._lines:
            found = frozenset[int]()
            begin = functions_of(self.source, self.network, role)
            begin += _named_in_the_call(self.source) if role == "backward" else []
            for one in _with_called(self.source, begin):
                head = self.source.line(one)
                found |= {*self.source.lines(one)} - {head}
            self._lines[role] = found
        return self._lines[role]

    @property
    def loops(self) -> list[cst.For]:
        """None: the training is not the author's, and a loop in a step goes over parameters."""
        return []

    @cached_property
    def _lines(self) -> dict[str, frozenset[int]]:
        """The lines of the roles that were asked for."""
        return {}


# A network as a copy of its file gives it.
Load = Callable[[Path], Network]


def handed(network: Network, source: Source, variable: str = "") -> Handed:
    """What there is of a network whose functions stand in a file.

    variable: its name there; nothing where it is the only one.
    """
    roles: dict[str, dict[str, Any]] = {}
    for name, role in RETURNED.items():
        for one in functions_of(source, network, role):
            for back in _returns(source, one):
                roles[name] = {"line": source.line(back), "text": source.text(back)}
    call = next(builder_calls(source, variable), None)
    if call is not None:
        line = source.line(call)
        roles.setdefault("learning rate", {"line": line, "text": ""})
        roles["training loop"] = {"line": line, "text": ""}
    return Handed(network=replace(network, data=network.data or carried), roles=roles)


def of_file(network: Network, path: Path, variable: str) -> Handed:
    """The same of a file. Raises BadInputError where it cannot be kept to the byte."""
    return handed(network, read(path), variable)


def script_of(source: Source, seen: Watched | Handed, network: Network, report: Report) -> Script:
    """What edits are made from: a script that was watched, or a file that hands a network over."""
    kind = HandedScript if isinstance(seen, Handed) else Script
    mends = tuple(one.edit for one in shown_edits([source], seen.seen))
    return kind(source=source, network=network, roles=seen.roles, report=report, mends=mends)


def builder_calls(source: Source, variable: str = "") -> Iterator[cst.Call]:
    """The calls of builders: those that give this variable its value, if there are any."""
    for one in source.calls_of(*BUILDERS):
        if not variable or assigned(source.parent(one)) == variable:
            yield one


def functions_of(source: Source, network: Network, role: str) -> list[cst.FunctionDef]:
    """The author's function for a role, where it stands in this file.

    Of a method all methods of that name, since layers are objects of several classes.
    """
    place = network.stands(role)
    if place is None or Path(place[0]).name != source.name:
        return []
    every = list(source.of_type(cst.FunctionDef))
    here = [one for one in every if min(map(source.line, (one, *one.decorators))) <= place[1]
            <= source.line(one)]  # fmt: skip
    methods = {one.name.value for one in here if _is_method(source, one)}
    return [*here, *(one for one in every if one.name.value in methods and one not in here
                     and one.name.value != "__init__" and _is_method(source, one))]  # fmt: skip


def _named_in_the_call(source: Source) -> list[cst.FunctionDef]:
    """The function from which the gradient begins, as a builder is told of it."""
    given = (named_arg(call, "loss_gradient") for call in builder_calls(source))
    names = {key(one) for one in given if one is not None}
    return [one for one in source.of_type(cst.FunctionDef) if one.name.value in names]


def of_handed_order(script: Script) -> Iterator[Edit]:
    """Samples mixed anew in each epoch: as the builder is told, or as the function gives them."""
    source = script.source
    for one in functions_of(source, script.network, "order"):
        names = [each.name.value for each in one.params.params]
        for back in _returns(source, one) if len(names) == 3 else ():
            labels, epoch, seed = names
            drawn_by = f"{library(source)}.random.default_rng([{seed}, {epoch}])"
            text = f"{drawn_by}.permutation(len({labels}))"
            yield in_random_order(source.replaced(back, text))
    for call in builder_calls(source):
        if isinstance(order := named_arg(call, "order"), cst.SimpleString):
            yield in_random_order(source.replaced(order, SHUFFLED))
        elif order is None and call.args:
            end = source.span(call.args[-1].value)[1]
            yield in_random_order(Splice(start=end, end=end, text=f", order={SHUFFLED}"))


def _returns(source: Source, function: cst.FunctionDef) -> list[cst.BaseExpression]:
    """What a function itself gives back."""
    return [one.value for one in all_in(function, cst.Return)
            if one.value is not None and source.scope(one) is function]  # fmt: skip


def _is_method(source: Source, function: cst.FunctionDef) -> bool:
    block = source.parent(function)
    return block is not None and isinstance(source.parent(block), cst.ClassDef)


def _with_called(source: Source, functions: list[cst.FunctionDef]) -> list[cst.FunctionDef]:
    """Functions, and those of the file that they call by name, and so on."""
    by_name = {one.name.value: one for one in source.of_type(cst.FunctionDef)}
    found = list(functions)
    for one in found:
        for call in all_in(one, cst.Call):
            called = by_name.get(name_called(call))
            if called is not None and called not in found:
                found.append(called)
    return found
