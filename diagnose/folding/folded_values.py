"""What the numbers of a step are called, with the lines that make them."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diagnose.folding.elements import Element, Numbers
from diagnose.folding.increments import as_stepped, made_of
from diagnose.folding.known_numbers import KnownNumbers
from diagnose.folding.units import UnitLayer
from diagnose.network.authors_code import expression_of, nodes_of, source_of
from diagnose.reading.gradient_writing import OneSample
from diagnose.reading.loops import Key, name_of, takes
from diagnose.reading.not_read import NotReadError
from diagnose.reading.roles import Roles
from diagnose.reading.steps import Place
from diagnose.reading.targets import Targets
from diagnose.reading.writing import Line, Names, Writer, kept_as, literal, plain_name, simple
from diagnose.recording.nodes import Const, Node, Ref, Taken, leaves
from diagnose.recording.operations import LINEAR
from diagnose.recording.sites import Site

# More operations than this are written for no step: a line of Python takes about a ten-thousandth
# of a millisecond, so that a sample takes half of one, and a training of ten thousand samples the
# seconds that people wait for.
MOST_OPERATIONS = 5000


@dataclass(eq=False, kw_only=True)
class FoldedValues:
    """Writes operations as lines, and what they take by its name.

    called: names by the node that made a number, and lanes those of the layers' numbers. sample:
    what is done for each sample of several; gone: what nothing after it knows. unit: whether the
    rate is taken out. prefer: which number of a sample a value is, where it may be several.
    """

    numbers: Numbers
    layers: list[UnitLayer]
    wanted_at: tuple[Place, ...]
    roles: Roles
    targets: Targets
    sites: list[Site]
    names: Names = field(default_factory=Names)
    lines: list[Line] = field(default_factory=list)
    called: dict[int, str] = field(default_factory=dict)
    lanes: dict[int, str] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    count: int = 0
    sample: OneSample | None = None
    gone: set[int] = field(default_factory=set)
    forward: bool = True
    unit: bool = False
    prefer: int | None = None

    def __post_init__(self) -> None:
        self.step = self.numbers.step
        self.batch = not self.roles.vectors and self.roles.layout == "rows"
        self.writer = Writer(self.sites, self.refer, self.const)
        self.known = KnownNumbers(
            self.numbers, self.layers, self.wanted_at, self.batch, self.targets.text
        )
        self.weights, self.biases = self._parameter_names()
        self.elements: dict[Element, str] = {}
        for n, layer in enumerate(self.layers):
            for j, unit in enumerate(layer.units):
                for i, element in enumerate(unit.weights):
                    at = f"{i}, {j}" if self.batch else f"{j}, {i}"
                    if not element.width:
                        self.elements.setdefault(element, f"{self.weights[n]}[{at}]")
                        continue
                    if self.batch or len(unit.weights) > 1:
                        raise NotReadError(
                            "a unit takes several vectors at once", self.sites[self.step.loop.site]
                        )
                    self.elements.setdefault(element, f"{self.weights[n]}[{j}]")
                    for k, one in enumerate(element.numbers()):
                        self.elements.setdefault(one, f"{self.weights[n]}[{j}, {k}]")
                if unit.bias is not None:
                    text = f"{self.biases[n]}[{j}]"
                    self.elements.setdefault(unit.bias, f"(-{text})" if layer.threshold else text)

    def _parameter_names(self) -> tuple[list[str], list[str]]:
        """What weights and biases are called: as their container is, where that is one name."""
        wanted = []
        for layer in self.layers:
            weights = [one for unit in layer.units for one in unit.weights]
            biases = [unit.bias for unit in layer.units if unit.bias is not None]
            wanted.append((self._container(weights), self._container(biases)))
        every = [name for pair in wanted for name in set(pair) if name]
        taken: tuple[list[str], list[str]] = ([], [])
        for n, (weight, bias) in enumerate(wanted, 1):
            free = weight and every.count(weight) == 1
            taken[0].append(self.names.take(weight if free else f"W{n}"))
            own = bias and every.count(bias) == 1 and bias != weight
            taken[1].append(self.names.take(bias if own else f"b{n}"))
        return taken

    def _container(self, elements: list[Element]) -> str:
        found = {self._text(one) for one in elements if one.key is not None}
        return found.pop() if len(found) == 1 else ""

    def _text(self, element: Element) -> str:
        made = self.made_of(element)
        node = self.numbers.made_by(made) if made is not None else None
        if node is None:
            return ""
        site = self.sites[node.site]
        text = site.target or (site.operands[0] if site.operands else "")
        while text.endswith("]") and "[" in text and plain_name(text) == "":
            text = text[: text.rindex("[")]
        head = text.partition("[")[0]
        return plain_name(text) if plain_name(head) and "[" not in text else plain_name(head)

    def made_of(self, element: Element) -> Taken | None:
        """What an element is after the step; None where the step does not change it."""
        return made_of(self.numbers, as_stepped(self.numbers, element))

    def parameters(self) -> dict[str, Key]:
        """The keys of the parameters, by their names."""
        found: dict[str, Key] = {}
        for n, layer in enumerate(self.roles.layers):
            found[self.weights[n]] = layer.weight
            if layer.bias is not None:
                found[self.biases[n]] = layer.bias
        return found

    def made(self, node: Node) -> str:
        """The name of what an operation makes, after the lines that make what it takes."""
        todo = [(node, False)]
        unit, self.unit = self.unit, False  # a line of its own is written with the rate as it is
        while todo:
            one, ready = todo.pop()
            if one.number in self.called:
                continue
            if not ready:
                todo.append((one, True))
                for taken in takes(one):
                    below = self.numbers.made_by(taken)
                    if below is not None and self.numbers.element(taken) is None:
                        todo.append((below, False))
                continue
            self.count += 1
            if self.count > MOST_OPERATIONS:
                raise NotReadError(
                    f"weights are multiplied one by one, and a step has more than "
                    f"{MOST_OPERATIONS:,} such operations; layers that are products of NumPy "
                    "arrays, as in `W @ x + b`, are read at any size",
                    self.sites[one.site],
                )
            site = self.sites[one.site]
            if one.number in self.gone:
                raise NotReadError("what only the last sample has made is used after it", site)
            text = self.expression(one)
            name = self.names.take(site.target)
            self.lines.append(Line(site.line, f"{name} = {text}"))
            self.called[one.number] = name
        self.unit = unit
        return self.called[node.number]

    def expression(self, node: Node) -> str:
        """An operation as Python."""
        text = self.writer.result(node)
        if node.done is math.exp and is_guarded(self.sites[node.site]):
            return text.replace("math.exp", "np.exp", 1)  # infinite, where that one would stop
        return text

    def const(self, taken: Const, node: Node, path: tuple[Any, ...]) -> str:
        """A value that the tape does not know."""
        return self._outside(taken, node, path)

    def refer(self, ref: Ref, node: Node, path: tuple[Any, ...]) -> str:
        """A value that the tape knows."""
        numbers = self.numbers
        if self.unit and (node.number, path) in self.roles.rates:
            return self.roles.unit_rate(self._count)
        element = numbers.element(ref)
        if element is not None:
            if element not in self.elements:
                raise NotReadError(
                    "a state beside the weights takes part in the step", self.sites[node.site]
                )
            return self.elements[element]
        made = numbers.made_by(ref)
        if made is None:
            resolved = numbers.resolved(ref)
            if isinstance(resolved, Ref | Const) and resolved is not ref:
                return (
                    self.refer(resolved, node, path)
                    if isinstance(resolved, Ref)
                    else literal(resolved.value, self.sites[node.site], self.constant)
                )
            return self._outside(ref, node, path)
        if self.unit and self.holds_rate(made.number):
            return simple(self.expression(made))
        return self.made(made)

    def constant(self, value: Any) -> str:
        """A value that is kept beside the lines, by its name."""
        return kept_as(value, self.constants, self.names)

    def holds_rate(self, number: int) -> bool:
        """Whether the rate is a factor of what an operation makes."""
        if number < self.numbers.start or number not in self.numbers.at:
            return False
        node = self.step.nodes[number]
        if any((number, path) in self.roles.rates for path, _ in leaves((node.args, node.kw))):
            return True
        if name_of(node) not in LINEAR:
            return False
        return any(self.holds_rate(ref.node) for ref in takes(node))

    def _outside(self, taken: Ref | Const, node: Node, path: tuple[Any, ...]) -> str:
        """A value from elsewhere: of a sample, of its target, or a constant."""
        site = self.sites[node.site]
        if self.unit and (node.number, path) in self.roles.rates:
            return self.roles.unit_rate(self._count)
        at = self.numbers.at.get(node.number)
        if at is None:
            raise NotReadError("what is used here is not known", site)
        place = (at, path)
        if place in self.wanted_at:
            return self.known.target(self.wanted_at.index(place))
        if not self.numbers.written_out(place):
            values = self.numbers.values(place)
            if self._is_count(values):
                return self._count
            known = self._known(values, node)
            if known:
                return known
            if self.numbers.varies(place) and (node.number, path) not in self.roles.rates:
                raise NotReadError(
                    "what is used here is another in each step, and nothing says why", site
                )
        value = self.step.value(taken)
        if value is None and not isinstance(taken, Const):
            raise NotReadError("a value of this operation was not kept", site)
        return literal(value, site, self.constant)

    @property
    def _count(self) -> str:
        return "x.shape[1]" if self.roles.layout == "columns" else "len(x)"

    def _is_count(self, values: list[Any]) -> bool:
        """Whether a number is that of the samples that the step has gone through."""
        counts = [one.loop.samples(one.turn) for one in self.numbers.steps]
        its = values[: len(counts)]
        return self.sample is not None and not any(map(np.ndim, its)) and counts == its

    def _known(self, values: list[Any], node: Node) -> str:
        """What a value is in all steps, of what is done for one sample."""
        if self.sample is not None:
            return ""
        target = "" if self.forward else self.known.of_target(values)
        return self.known.of_sample(values, self.prefer) or target


def is_guarded(site: Site) -> bool:
    """Whether the function around a call compares what the call takes, or catches its error."""
    around = [
        node
        for node in nodes_of(source_of(site.file))
        if isinstance(node, ast.FunctionDef) and node.lineno <= site.line <= (node.end_lineno or 0)
    ]
    call = expression_of(site.text)
    if not around or call is None:
        return False
    return any(_guards(node, _names(call)) for node in ast.walk(around[-1]))


def _guards(node: ast.AST, taken: set[str]) -> bool:
    if isinstance(node, ast.Try):
        return bool(node.handlers)
    tests = isinstance(node, ast.If | ast.IfExp) and isinstance(node.test, ast.Compare)
    return tests and bool(_names(node.test) & taken)  # type: ignore[attr-defined]


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
