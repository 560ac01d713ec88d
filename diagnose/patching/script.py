"""What the edits are made from: the source, what was read of it, and what the report says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import libcst as cst

from diagnose.network.record import Network
from diagnose.patching.nodes import all_in, within
from diagnose.patching.places import (
    Binding,
    bindings,
    calls,
    carried,
    followed,
    key,
    lines_of_role,
    name_called,
    names_in,
    on_lines,
)
from diagnose.patching.source import Edit, Source
from diagnose.report import PRESENT, Finding, Report

# The defect of a column that meets a row, so that each sample meets all of them.
TABLE = "broadcast-shape"
# What makes a generator of random numbers.
GENERATORS = ("default_rng", "RandomState")
# What only those of NumPy draw, and none of Python's own.
DRAWN = ("normal", "standard_normal", "permutation", "integers", "randn", "rand")


@dataclass(frozen=True, kw_only=True, eq=False)
class Script:
    """A script as it was read.

    roles: as of ``watching.script.Watched``. report: on the network as found. mends: the edits that
    its step was shown right with.
    """

    source: Source
    network: Network
    roles: Mapping[str, Mapping[str, Any]]
    report: Report
    mends: tuple[Edit, ...] = ()

    @property
    def _findings(self) -> Sequence[Finding]:
        return self.report.findings.get(self.network.name, [])

    @property
    def present(self) -> list[Finding]:
        """The findings of defects that are there."""
        return [one for one in self._findings if one.status == PRESENT]

    @cached_property
    def found(self) -> dict[str, dict[str, Any]]:
        """The numbers of each defect that is present."""
        return {one.defect: one.numbers for one in self.present}

    def observed(self, defect: str) -> str:
        """What a finding says of a defect that is present; nothing where there is none."""
        return next((one.observed for one in self.present if one.defect == defect), "")

    @cached_property
    def named(self) -> frozenset[int]:
        """The lines of this file that a finding names."""
        return self.lines_of()

    def lines_of(self, defect: str = "", part: str = "") -> frozenset[int]:
        """The lines of this file that a finding of a defect names, or of a part, or of any.

        Also those that it names for each parameter, or layer.
        """
        here = [one for one in self.present if defect in ("", one.defect)]
        here = [one for one in here if not part or one.part == part]
        places = [(one.where.file, one.where.line) for one in here if one.where]
        each = [its for one in here for its in one.numbers.get("lines", {}).values()]
        places += [(its["file"], its["line"]) for its in each]
        return frozenset(line for file, line in places if Path(file).name == self.source.name)

    def named_first(self, edits: Iterable[Edit]) -> list[Edit]:
        """Edits of the lines that findings of their part name before the others.

        Where none does, of the lines that any names. Also lines that are added for a defect that
        was found: they stand where none is named. Of these, those that mend what was found first.
        """
        return sorted(edits, key=lambda edit: (not self.names(edit), edit.defect not in self.found))

    def told(self, edits: Sequence[Edit]) -> list[Edit]:
        """For each defect that was found the first edit of it that writes at a named line."""
        first: dict[str, Edit] = {}
        for one in edits:
            if one.defect in self.found and self.lines_of(one.defect) & self.source.written(one):
                first.setdefault(one.defect, one)
        return [*first.values()]

    def names(self, edit: Edit) -> bool:
        """Whether a finding names a line that an edit writes at."""
        added = all(one.start == one.end for one in edit.splices)
        named = self.lines_of(part=edit.part) or self.named
        named |= self._filled if edit.part == "targets" else frozenset()
        return bool(named & self.source.written(edit)) or (added and edit.defect in self.found)

    @cached_property
    def _filled(self) -> frozenset[int]:
        """The lines that fill what is made where a finding of the targets names a line."""
        lines = self.lines_of(part="targets")
        made = {one.name for one in bindings(self.source)
                if self.source.line(one.statement) in lines}  # fmt: skip
        every = [*self.source.of_type(cst.Assign)]
        into = [one for one in every if isinstance(one.targets[0].target, cst.Subscript)
                and key(one.targets[0].target.value) in made]  # fmt: skip
        return frozenset(map(self.source.line, into))

    def lines(self, role: str) -> frozenset[int]:
        """The author's lines of a function of the network."""
        return lines_of_role(self.network, role, self.source.name)

    def statements(self, role: str) -> list[cst.CSTNode]:
        """The simple statements on the lines of a function, as far as they are no functions'.

        Of a backward pass also those that lie between and give it what it reads: what is computed
        of one sample and read for all may stand at the line to which it is handed on.
        """
        found = on_lines(self.source, self.lines(role))
        return [*found, *self._between(found)] if role == "backward" else found

    def _between(self, found: Sequence[cst.CSTNode]) -> list[cst.CSTNode]:
        """The assignments between some statements of which these get what they read."""
        source, known = self.source, set[int]()
        for role in ("init", "forward", "backward", "update"):
            known |= self.lines(role)
        ends: dict[int, tuple[int, int]] = {}
        for one in found:
            at, line = id(source.scope(one)), source.line(one)
            first, last = ends.get(at, (line, line))
            ends[at] = min(first, line), max(last, line)
        more: list[cst.CSTNode] = []
        names = {name for one in found for name in names_in(one)}
        for given in reversed(bindings(source)):
            first, last = ends.get(id(given.scope), (1, 0))
            line = source.line(given.statement)
            if given.name not in names or not first < line < last or line in known:
                continue
            if isinstance(given.statement, cst.Assign) and given.statement not in more:
                more.append(given.statement)
                names |= {*names_in(given.statement.value)}
        return more

    def at(self, role: str) -> list[cst.CSTNode]:
        """The statements on the line of a role."""
        line = int(self.roles.get(role, {}).get("line", 0))
        loops = (one for one in self.source.of_type(cst.For) if self.source.line(one) == line)
        return on_lines(self.source, {line}) or [*loops]

    def values(self, role: str) -> list[cst.CSTNode]:
        """What was read as samples or targets: the expression on its line, or all of the line."""
        text = str(self.roles.get(role, {}).get("text", ""))
        statements = self.at(role)
        every = (one for statement in statements for one in within(statement)
                 if isinstance(one, cst.BaseExpression))  # fmt: skip
        return [one for one in every if self.source.text(one) == text] or statements

    def flow(self, role: str) -> list[Binding]:
        """Where samples or targets come from, the nearest first, without weights and biases."""
        layers = self.network.layers
        own = {one.weight for one in layers} | {one.bias for one in layers if one.bias}
        every = followed(self.source, self.values(role), carried)
        return [one for one in every if one.name.split(".")[-1] not in own]

    @cached_property
    def loops(self) -> list[cst.For]:
        """The loops in which the training is done, one within the other, the outermost first."""
        line = int(self.roles.get("training loop", {}).get("line", 0))
        source, steps = self.source, self.lines("update")
        every = list(source.of_type(cst.For))
        inner = [one for one in every if source.line(one) == line]
        inner = inner or [one for one in every if steps.intersection(source.lines(one))][-1:]
        if not inner:
            return []
        around = [one for one in source.above(inner[0]) if isinstance(one, cst.For)]
        return [*reversed(around), inner[0]]

    def trains(self, node: cst.CSTNode) -> bool:
        """Whether a node stands within the loops of the training."""
        above = [*self.source.above(node)]
        return any(loop in above for loop in self.loops)

    @cached_property
    def samples_axis(self) -> int:
        """The axis of an array along which the samples lie."""
        return 0 if self.network.layout == "rows" else 1

    def inside(self, role: str, kind: type[Any]) -> list[Any]:
        """The nodes of a kind in the statements of a function, each once."""
        if role not in self._nodes:
            every = [one for statement in self.statements(role) for one in within(statement)]
            self._nodes[role] = [*{id(one): one for one in every}.values()]
        return [one for one in self._nodes[role] if isinstance(one, kind)]

    def made(self, role: str) -> list[Binding]:
        """What gets its value on the lines of a function."""
        lines = self.lines(role)
        return [one for one in bindings(self.source) if self.source.line(one.statement) in lines]

    def operations(self, role: str, *operators: type[Any]) -> list[cst.BinaryOperation]:
        """What a function computes of two sides by one of some operators."""
        every = self.inside(role, cst.BinaryOperation)
        return [one for one in every if isinstance(one.operator, operators)]

    def calls_of(self, role: str, *names: str) -> list[cst.Call]:
        """The calls of functions and methods of these names in a function."""
        return [one for one in self.inside(role, cst.Call) if name_called(one) in names]

    @cached_property
    def _nodes(self) -> dict[str, list[cst.CSTNode]]:
        """The nodes of the roles that were asked for."""
        return {}

    def called(self, role: str) -> list[cst.Call]:
        """The calls of the script's own functions on whose lines a function is computed."""
        lines = self.lines(role)
        functions = [one for one in self.source.of_type(cst.FunctionDef)
                     if lines & {*self.source.lines(one)}]  # fmt: skip
        return [call for one in functions for call in calls(self.source, one)]


# From a script to the edits that may mend one of its parts, the likeliest first.
Maker = Callable[[Script], Iterable[Edit]]


def parts_taken(source: Source, node: cst.CSTNode) -> list[str]:
    """Which parts of arrays an expression takes, as ``:80`` of the first of them."""
    every = all_in(node, cst.Subscript)
    return [source.text(each.slice) for one in every for each in one.slice
            if isinstance(each.slice, cst.Slice)]  # fmt: skip


def free_name(source: Source, name: str, beside: str) -> str:
    """A name that the script does not use yet."""
    return name if name not in source.names else f"{name}_{beside}"


def without_names(source: Source, node: cst.BaseExpression) -> str:
    """An expression without its names: ``train.reshape(len(train), 28*28)`` and that of the test.

    Of strings only that there is one; numbers stay.
    """
    text = re.sub(r"(['\"]).*?\1", "''", source.text(node))
    for name in sorted({*names_in(node)}, key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(name)}\b", "_", text)
    return re.sub(r"\s+", "", text)


def random_of(source: Source, node: cst.CSTNode) -> str:
    """What draws random numbers where a node stands: the script's own generator, or NumPy's.

    A script that seeds a generator of its own is to give the same numbers in each run.
    """
    begins, scope = source.span(node)[0], source.scope(node)
    for one in bindings(source):
        made = one.value
        if not isinstance(made, cst.Call) or name_called(made) not in GENERATORS:
            continue
        inside = one.scope is source.module and scope is not source.module
        before = one.scope is scope and source.span(one.statement)[1] <= begins
        if one.name.isidentifier() and (inside or before):
            return one.name
    given = scope.params.params if isinstance(scope, cst.FunctionDef) else ()
    drawing = {key(one.value) for one in source.of_type(cst.Attribute) if one.attr.value in DRAWN}
    for name in (one.name.value for one in given):
        if name in drawing:  # what a function is handed
            return name
    return f"{library(source)}.random"


def library(source: Source) -> str:
    """The name by which the script calls NumPy."""
    for one in source.of_type(cst.ImportAlias):
        if source.text(one.name) == "numpy":
            return source.text(one.asname.name) if one.asname else "numpy"
    return "np"
