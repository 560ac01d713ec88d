"""How a program draws its parameters, written as a function of a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diagnose.reading.began import firsts_taken
from diagnose.reading.loops import Key
from diagnose.reading.not_read import NotReadError
from diagnose.reading.parts import Part, kept_in, stored
from diagnose.reading.roles import Roles
from diagnose.reading.steps import Step
from diagnose.reading.writing import WRITES, Line, Names, Writer, literal, multiplied
from diagnose.recording.nodes import Const, Node, Ref
from diagnose.recording.operations import is_random
from diagnose.recording.sites import Site

# Python's own random numbers, from a stream of their own for each seed.
GENERATOR = "generator = random.Random(seed)"
# More operations than this are no expression that somebody could read.
MOST = 400


@dataclass(frozen=True, kw_only=True)
class Initial:
    """The lines that draw the parameters; with what they name, what was drawn, and what came of it.

    returned: for each parameter an expression. first: as what the first step takes it. draws: what
    the script drew, in the order of the lines. values: the parameters with which it began. drawn:
    whether they are drawn at all.
    """

    lines: tuple[Line, ...]
    returned: dict[str, str]
    first: dict[str, Ref | Const]
    constants: dict[str, Any]
    draws: list[Any]
    values: dict[str, Any]
    drawn: bool


@dataclass
class InitialWriter:
    """Writes the lines; ``draws``: what the script drew, in their order."""

    roles: Roles
    parameters: dict[str, Key]
    sites: list[Site]
    names: Names = field(default_factory=Names)
    called: dict[int, str] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    draws: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.step = self.roles.step
        self.loop = self.step.loop
        self.writer = Writer(self.sites, self.refer, self.const)

    def written(self) -> Initial:
        """The lines for all parameters."""
        firsts = self.firsts([kept_in(key) for key in self.parameters.values()])
        first = {name: firsts[kept_in(key)] for name, key in self.parameters.items()}
        values = {name: self.value(one) for name, one in first.items()}
        returned: dict[str, str] = {}

        def needed_by(firsts: dict[str, Ref | Const]) -> set[int]:
            return self.closure([one for one in firsts.values() if isinstance(one, Ref)])

        needed = needed_by(first)
        if len(needed) > MOST:
            first = {name: self.as_made(one) for name, one in first.items()}
            needed = needed_by(first)
        if len(needed) <= MOST:
            for number in sorted(needed):
                self.put(self.loop.tape.nodes[number])
        else:
            self.called = {}
        for name, one in first.items():
            is_array = isinstance(one, Const) and isinstance(one.value, np.ndarray)
            if is_array or (len(needed) > MOST and isinstance(one, Ref)):
                text = self.constant(values[name])
            else:
                text = self.refer(one, None, ()) if isinstance(one, Ref) else repr(one.value)
            returned[name] = self._as_contract(name, text)
        return Initial(
            lines=tuple(self.lines), returned=returned, first=first, constants=self.constants,
            draws=self.draws, values=values, drawn=bool(self.draws),
        )  # fmt: skip

    def firsts(self, wanted: Sequence[Key]) -> dict[Key, Ref | Const]:
        """What the first step of the training takes as each state; NotReadError without those."""
        found = firsts_taken(self.step)
        if any(key not in found for key in wanted):
            raise NotReadError("it cannot be told what this parameter is in the first step")
        return found

    def value(self, taken: Ref | Const) -> Any:
        """What was taken, as it was then."""
        if isinstance(taken, Const):
            return taken.value
        return Step.value(self.step, taken)

    def as_made(self, taken: Ref | Const) -> Ref | Const:
        """An array without what was written into it, if each number is what it was before that.

        Whoever checks gradients by differences moves each number, and puts it back.
        """
        if isinstance(taken, Const) or not taken.version:
            return taken
        before = Ref(taken.node, 0)
        values = self.value(before), self.value(taken)
        if any(one is None for one in values):
            return taken
        return before if np.array_equal(*values, equal_nan=True) else taken

    def closure(self, refs: list[Ref], most: int = 4 * MOST) -> set[int]:
        """The operations that values come of, until they are more than can be written."""
        return {*self.loop.behind(self.loop.made_by(refs), most=most + 1)}

    def put(self, node: Node) -> None:
        """Write one operation."""
        site = self.sites[node.site]
        if node.kind == "leaf":
            return
        if node.kind in WRITES:
            self.lines.append(Line(site.line, self.writer.statement(node)))
            return
        name = self.names.take(site.target)
        self.lines.append(Line(site.line, f"{name} = {self._expression(node)}"))
        self.called[node.number] = name

    def _expression(self, node: Node) -> str:
        if node.kind != "call" or not is_random(node.done):
            return self.writer.expression(node)
        self.draw(node)
        return self.drawing(node)

    def drawing(self, node: Node) -> str:
        """A call that draws random numbers."""
        given = [self.writer.taken(one, node, (0, at)) for at, one in enumerate(node.args)]
        named = [
            f"{name}={self.writer.taken(one, node, (1, name))}" for name, one in node.kw.items()
        ]
        return f"{stream(node.done)}.{node.done.__name__}({', '.join([*given, *named])})"

    def draw(self, *nodes: Node) -> None:
        """Note what was drawn, in the order of the lines."""
        self.draws += [one.value for one in nodes]
        is_known = any(one.text == GENERATOR for one in self.lines)
        if stream(nodes[0].done) == "generator" and not is_known:
            self.lines.insert(0, Line(self.sites[nodes[0].site].line, GENERATOR))

    def constant(self, value: Any) -> str:
        """A value that is kept as it was."""
        name = self.names.take(f"start_{len(self.constants) + 1}")
        self.constants[name] = np.array(value)
        return f"{name}.copy()"

    def refer(self, ref: Ref, node: Node | None, path: tuple[Any, ...]) -> str:
        """A value by its name; one that was made out of sight as it was."""
        if ref.node in self.called:
            return self.called[ref.node]
        value = self.loop.tape.nodes[ref.node].value
        if value is None:
            raise NotReadError("an array that the parameters are made of was not kept")
        if isinstance(value, np.ndarray):
            self.called[ref.node] = name = self.names.take("start")
            self.constants[f"{name}_1"] = np.array(value)
            self.names.used.add(f"{name}_1")
            self.lines.append(Line(1, f"{name} = {name}_1.copy()"))
            return name
        return literal(value, self.sites[0], self.constant)

    def const(self, taken: Const, node: Node, path: tuple[Any, ...]) -> str:
        """A value that the tape does not know."""
        return literal(taken.value, self.sites[node.site], self.constant)

    def _as_contract(self, name: str, text: str) -> str:
        """A parameter in the shape that the contract wants it in."""
        key = self.parameters[name]
        if isinstance(key, Part):
            form = self.roles.form(key)
            return f"{form.text(text)}.copy()" if form.times == 1 else form.text(text)
        return multiplied(self._laid_out(key, text), self.roles.times(key))

    def _laid_out(self, key: Key, text: str) -> str:
        """The same, but for what it is multiplied by."""
        layer = self.roles.layer(key)
        ndim = np.ndim(stored(self.step, key))
        if key == layer.weight and layer.turned:
            return f"{text}.T.copy()"
        if key == layer.weight and ndim < 2:
            return f"np.reshape({text}, {layer.flat_shape(self.roles.layout)})"
        if ndim == 0:
            return f"np.reshape(np.float64({text}), 1)"
        return text


def stream(function: Any) -> str:
    """By which random stream a function draws."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.random.Generator):
        return "rng"
    if isinstance(owner, random.Random):
        return "generator"
    return "np.random"
