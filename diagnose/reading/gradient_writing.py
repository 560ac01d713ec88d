"""The backward pass of the step: the gradient of each parameter, at a rate of 1."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diagnose.reading.layers import FoundLayer
from diagnose.reading.learning_rate import increment_of, is_beside_nothing
from diagnose.reading.loops import STILL, Key, takes
from diagnose.reading.parts import Form, Part, PartStep, put_together, steps_of
from diagnose.reading.roles import name_of
from diagnose.reading.values import Values
from diagnose.reading.writing import WRITES, Line, multiplied, simple
from diagnose.recording.nodes import Node, Ref
from diagnose.recording.operations import JOINED, LINEAR, TIMES
from diagnose.recording.reaching import reached

# The name of what is summed over the samples of a step, but for its number.
SUM = "sum_"


@dataclass(frozen=True, kw_only=True)
class OneSample:
    """Of a step that sums over samples: the lines of one sample, and what each sum adds of it.

    lasts: how many at the end of these are no sums, but what the last sample leaves behind.
    """

    lines: tuple[Line, ...]
    returned: tuple[str, ...]
    lasts: int = 0


@dataclass
class GradientWriter(Values):
    """Writes operations, and the gradients that come of them.

    sample: what is done for each sample, where the step goes through several one by one. left: at
    which line each result is made that the last of them leaves behind.
    """

    sample: OneSample | None = None
    left: dict[str, int] = field(default_factory=dict)

    def put_all(self, closure: set[int]) -> None:
        """Write the backward pass: where samples come one by one, what is done for each first."""
        within = self.step.within
        own = set(within.first) - set(within.sums) if within else set()
        for number in sorted(closure & own):
            self.put(self.step.nodes[number])
        if within:
            self._sum(
                {
                    at: way
                    for at, way in within.sums.items()
                    if {at, *(one.node for one in takes(self.step.nodes[at]))} & closure
                },
                sorted(within.lasts & closure),
            )
            self.copy_written(closure - own)
        for number in sorted(closure - own):
            self.put(self.step.nodes[number])

    def _sum(self, sums: dict[int, tuple[Any, ...]], lasts: list[int]) -> None:
        """End what is done for one sample, with what the sums add; their own lines follow."""
        returned, called = [], {}
        for count, (number, way) in enumerate(sorted(sums.items()), 1):
            node = self.step.nodes[number]
            added = node.args[way[1]]
            assert isinstance(added, Ref)
            returned.append(self.refer(added, node, way))
            called[added.node] = f"{SUM}{count}"
        for number in lasts:
            returned.append(self.called[number])
            called[number] = f"{SUM}{len(returned)}"
            self.left[called[number]] = self.sites[self.step.nodes[number].site].line
        self.sample = OneSample(lines=tuple(self.lines), returned=tuple(returned), lasts=len(lasts))
        # of what one sample made, nothing else is known afterwards
        self.lines, self.called, self.trace, self.summed = [], called, {}, True
        self.unpack(self.parameters)

    def put(self, node: Node) -> None:
        """Write one operation."""
        site = self.sites[node.site]
        if node.kind in WRITES:
            # ``dW *= rate`` before ``W -= dW``
            self.unit = any(number == node.number for number, _ in self.roles.rates)
            self.lines.append(Line(site.line, self.writer.statement(node)))
            self.unit = False
            target = node.args[0]
            if node.whole and isinstance(target, Ref):  # what it was before is in it no more
                self.called[target.node] = self.refer(target, node, (0, 0))
            return
        text = self.writer.expression(node)
        name = self.names.take(site.target)
        self.lines.append(Line(site.line, f"{name} = {text}"))
        self.called[node.number] = name

    def unpack(self, parameters: dict[Key, str]) -> None:
        """Give the author's code its parameters in the shapes that it keeps them in."""
        for layer in self.roles.layers:
            for key in (layer.weight, layer.bias):
                if key is None or isinstance(key, Part):
                    continue
                stored = self.stored(key)
                name = parameters[key]
                line = self._unpacked_at(key, layer)
                if key == layer.weight and layer.turned:
                    self.lines.append(Line(line, f"{name} = {name}.T"))
                elif key == layer.weight and np.ndim(stored) < 2:
                    self.lines.append(Line(line, f"{name} = {name}.reshape({np.shape(stored)})"))
                elif key == layer.bias and np.ndim(stored) == 0:
                    self.lines.append(Line(line, f"{name} = {name}[0]"))
                if (times := layer.times(key)) != 1:
                    self.lines.append(Line(line, f"{name} = {multiplied(name, 1 / times)}"))
        for key in self.roles.parts:
            line = self._unpacked_at(key, self.roles.layers[0])
            self.lines.append(Line(line, f"{self.arrays[key]} = {self.whole(key)}"))

    def _unpacked_at(self, key: Key, layer: FoundLayer) -> int:
        """The line for what the author has not written: of the layer that it is for, or the step.

        A function stands at its first line, which is to be one of its own.
        """
        if self.forward:
            return self.sites[self.step.nodes[layer.pre].site].line
        return self.site(key).line

    def whole(self, key: Key, prefix: str = "") -> str:
        """The array in which the author keeps several parameters, or their gradients."""
        forms = self.roles.parts[key]
        if prefix:
            forms = [one.of_gradient for one in forms]
        return put_together([(one, f"{prefix}{self.parameters[one.part]}") for one in forms])

    def is_reshaped(self, key: Key) -> bool:
        """Whether the contract wants a parameter in another shape than its author's."""
        ndim = np.ndim(self.stored(key))
        return ndim == 0 or (ndim == 1 and any(key == one.weight for one in self.roles.layers))

    def contract_shape(self, key: Key) -> Any:
        """The shape that it wants then."""
        layer = self.roles.layer(key)
        return layer.flat_shape(self.roles.layout) if key == layer.weight else 1

    def copy_written(self, closure: set[int]) -> None:
        """Parameters that the backward pass itself steps are stepped on copies."""
        for key, name in self.arrays.items():
            if any(one in closure for one in self._writes(key)):
                old = f"{name}_before"
                self.names.used.add(old)
                line = self.site(key).line
                self.lines.append(Line(line, f"{old} = {name}"))
                self.lines.append(Line(line, f"{name} = {name}.copy()"))

    def _writes(self, key: Key) -> list[int]:
        if key[0] != "written":  # bound anew: only what it was before may be written into
            return [
                number
                for number in self.at
                if (node := self.step.nodes[number]).kind in WRITES
                and isinstance(node.args[0], Ref)
                and self.step.state(node.args[0]) == key
            ]
        return [one for one in self.step.loop.tape.writes.get(key[1], ()) if one in self.at]

    def closure(self, refs: list[Ref], joint: int) -> set[int]:
        """The operations of the backward pass that some values need."""
        if joint >= len(self.step.need):
            return set()
        loop, after = self.step.loop, self.step.need[joint]
        within = self.step.within
        before = within.begins if within else 0  # what is done before the first sample

        def behind(refs: list[Ref]) -> list[int]:
            every = loop.made_or_wrote(refs)
            return [one for one in every if one in self.at and not before <= one < after]

        return reached(behind(refs), lambda number: behind(takes(self.step.nodes[number])))

    def written_gradients(self, joint: int) -> list[str]:
        """Write the backward pass; the names of the gradients, state by state."""
        every = list(self.arrays)
        keys = [key for key in every if not self.is_frozen(key)]
        closure = self.unused(every, joint)
        increments = {key: increment_of(self.step, key) for key in keys}
        direct = {key: one for key, (_, one) in increments.items() if one is not None}
        parted = {
            key: several
            for key, forms in self.roles.parts.items()
            if key not in direct and (several := steps_of(self.step, [one.part for one in forms]))
        }
        other = [key for key in keys if key not in direct and key not in parted]
        wanted = [*direct.values(), *(one.by for each in parted.values() for one in each)]
        closure |= self.closure(wanted, joint)
        for node in map(self.consumer, other):
            ends = {node.number}
            if node.kind in WRITES and node.root is not None:
                ends |= self.at.keys() & self.step.loop.tape.writes.get(node.root, [])
            for one in ends:
                closure |= {one} | self.closure(takes(self.step.nodes[one]), joint)
        self.unpack(self.parameters)
        self.copy_written(closure)
        self.put_all(closure)
        found: list[str] = []
        for key in every:
            if key in parted:
                found += [
                    self._part(*one) for one in zip(self.roles.parts[key], parted[key], strict=True)
                ]
                continue
            if self.is_frozen(key):
                text = self.not_taken(key)
            elif key in direct:
                text = self.at_unit_rate(direct[key], self.consumer(key))
                text = text if increments[key][0] < 0 else f"-{simple(text)}"
                shape = np.shape(self.stored(key))
                if key in self.roles.parts and np.shape(self.step.value(direct[key])) != shape:
                    text = f"np.broadcast_to({text}, {shape})"  # a number to each of its parts
            else:
                text = self._difference(key)
            found += self.gradients_of(key, text)
        return found

    def is_frozen(self, key: Key) -> bool:
        """Whether no step changes a parameter."""
        return key[0] == STILL and key[1] in self.step.loop.staying

    def unused(self, keys: list[Key], joint: int) -> set[int]:
        """The operations of the gradients that are made and not used."""
        found: set[int] = set()
        for key in filter(self.is_frozen, keys):
            number = self.step.made(key)
            if number is not None:
                found |= {number} | self.closure(takes(self.step.nodes[number]), joint)
        return found

    def not_taken(self, key: Key) -> str:
        """The gradient of a parameter that no step changes; 0 where none is made."""
        number = self.step.made(key)
        if number is None:
            return f"np.zeros_like({self.arrays[key]})"
        return self._without_rate(self.step.nodes[number])

    def _without_rate(self, made: Node) -> str:
        """A gradient that is not used; the rate is none of it where it is one of another's."""
        nodes = self.step.nodes
        alike = {
            path
            for at, path in self.roles.rates
            if (nodes[at].site, nodes[at].kind, nodes[at].done) == (made.site, made.kind, made.done)
        }
        if name_of(made) in TIMES and len(alike) == 1:
            other = made.args[1 - alike.pop()[1]]
            if isinstance(other, Ref) and other.node in self.called:
                text = self.called[other.node]
                return text if self.roles.rate_sign > 0 else f"-{simple(text)}"
        return self.called[made.number]

    def gradients_of(self, key: Key, text: str) -> list[str]:
        """Write the gradient of a state, or of each of the parameters that it holds."""
        if key not in self.roles.parts:
            return [self.gradient(key, text)]
        whole, line = self.names.take("whole"), self.site(key).line
        self.lines.append(Line(line, f"{whole} = {text}"))
        found = []
        for form in self.roles.parts[key]:
            found.append(self.names.take(f"d{self.parameters[form.part]}"))
            self.lines.append(Line(line, f"{found[-1]} = {form.of_gradient.text(whole)}"))
        return found

    def _part(self, form: Form, step: PartStep) -> str:
        """Write the gradient of a part that is stepped by itself; its name."""
        node = self.step.nodes[step.node]
        text = self.at_unit_rate(step.by, node)
        text = text if step.sign < 0 else f"-{simple(text)}"
        name = self.names.take(f"d{self.parameters[form.part]}")
        turned = ".T" if form.turned else ""
        text = multiplied(f"np.reshape({text}, {form.wanted}){turned}", 1 / form.times)
        self.lines.append(Line(self.sites[node.site].line, f"{name} = {text}"))
        return name

    def gradient(self, key: Key, text: str) -> str:
        """Write a gradient in the shape that the contract wants; its name."""
        layer = self.roles.layer(key)
        name = self.names.take(f"d{self.parameters[key]}")
        if key == layer.weight and layer.turned:
            text = f"{simple(text)}.T"
        elif self.is_reshaped(key):
            text = f"np.reshape({text}, {self.contract_shape(key)})"
        text = multiplied(text, 1 / layer.times(key))
        if text != name:
            left = [line for one, line in self.left.items() if re.search(rf"\b{one}\b", text)]
            self.lines.append(Line(next(iter(left), self.site(key).line), f"{name} = {text}"))
        return name

    def consumer(self, key: Key) -> Node:
        """The operation that makes a state anew."""
        made = self.step.made(key)
        assert made is not None
        return self.step.nodes[made]

    def _difference(self, key: Key) -> str:
        """What the step takes off, where it is not written as a difference."""
        name, node = self.arrays[key], self.consumer(key)
        before = f"{name}_before" if self._writes(key) else name
        rate = (
            repr(abs(float(self.step.value(self.step.places()[self.roles.rate_place]))))
            if self.roles.rate_place
            else "1.0"
        )
        if node.kind not in WRITES:
            return f"({before} - {self.called[node.number]}) / {rate}"
        into = node.args[0]
        if key[0] == "made" and isinstance(into, Ref) and into.node in self.called:
            return f"({before} - {self.called[into.node]}) / {rate}"  # bound anew, then stepped
        return f"({name}_before - {name}) / {rate}"

    def at_unit_rate(self, ref: Ref, consumer: Node) -> str:
        """An increment at a rate of 1: the rate is taken out where it is a factor."""
        node = self.step.nodes[ref.node]
        path = next((p for p, one in self._args(consumer) if one is ref), (0, 1))
        if not self.holds_rate(node):
            return self.refer(ref, consumer, path)
        product = name_of(node) in TIMES and node.kind == "binary"
        if product and not self.roles.over_samples:
            for at in range(len(node.args)):
                other = node.args[1 - at]
                if (node.number, (0, at)) in self.roles.rates and isinstance(other, Ref):
                    text = self.at_unit_rate(other, node)
                    return text if self.roles.rate_sign > 0 else f"-{simple(text)}"
        called = dict(self.called)
        self.called.pop(ref.node, None)
        self.unit = True
        for inner in takes(node):
            if self.holds_rate(self.step.nodes[inner.node]) and inner.node >= self.start:
                if self.step.is_active(inner):
                    self.called[inner.node] = simple(self.at_unit_rate(inner, node))
                    self.unit = True
                else:
                    self.called.pop(inner.node, None)
        text = self.writer.expression(node)
        self.unit = False
        self.called = called
        return text

    @staticmethod
    def _args(node: Node) -> list[tuple[tuple[Any, ...], Any]]:
        return [((0, at), one) for at, one in enumerate(node.args)]

    def holds_rate(self, node: Node) -> bool:
        """Whether the rate is a factor of what an operation makes."""
        if node.number < self.start:
            return False
        if any(number == node.number for number, _ in self.roles.rates):
            return True
        if name_of(node) not in LINEAR | JOINED and not is_beside_nothing(self.step, node):
            return False
        return any(self.holds_rate(self.step.nodes[ref.node]) for ref in takes(node))
