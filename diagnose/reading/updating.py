"""A step that carries more than the parameters: momentum, averages, sums that are never set back.

Backward and update part where the gradient is whole and nothing carried has joined it yet. What the
step does from there on is written as the update, which hands on what is carried beside the
parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from diagnose.reading.loops import Key, name_of, takes
from diagnose.reading.passes import Passes, PassWriter, halves
from diagnose.reading.roles import NotReadError, Roles, kept_in
from diagnose.reading.targets import Targets
from diagnose.reading.writing import WRITES, Line, simple
from diagnose.recording.rewriting import Site
from diagnose.recording.tape import Const, Node, Ref

# A gradient is found within so many operations before the first that something carried joins.
DEEPEST = 24


def write_passes(
    roles: Roles, targets: Targets, sites: list[Site], *, counted: bool = True
) -> Passes:
    """Write the step as functions; NotReadError for what cannot be written.

    counted: see ``Values``.
    """
    writer = PassWriter(roles, targets, sites, counted=counted)
    return writer.written(Carried(writer) if writer.states else None)


@dataclass
class Carried:
    """The two halves of such a step."""

    writer: PassWriter
    inner: dict[Key, set[int]] = field(default_factory=dict)
    cut: dict[Key, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        step = self.writer.step
        self.keys = [key for key in self.writer.parameters if key == kept_in(key)]
        self.fed = self._fed()
        self.bits = sum(1 << at for at, key in enumerate(step.keys) if key in self.writer.states)
        for key in self.keys:
            self.inner[key], self.cut[key] = self._parted(key)
        owned = {key for several in self.inner.values() for key in self._states(several)}
        lost = [key for key in self.writer.states if key not in owned]
        if lost:
            raise NotReadError(
                "what this is carried for could not be told", self.writer.site(lost[0])
            )

    def _fed(self) -> set[int]:
        """The operations that depend on samples; others, such as a decay, are no gradient."""
        found: set[int] = set()
        first = self.writer.step.need[self.writer.roles.x[0]]
        for number in self.writer.step.need:
            if number == first or any(one in found for one in self._before(number)):
                found.add(number)
        return found

    def _parted(self, key: Key) -> tuple[set[int], int]:
        """The operations of a parameter's update, and the node of its gradient."""
        step = self.writer.step
        made = step.loop.made(step.turn, key)
        assert made is not None
        inner = {made}
        todo = [made]
        edge: set[int] = set()
        while todo:
            number = todo.pop()
            for one in self._before(number):
                if one in inner:
                    continue
                if step.masks.get(one, 0) & self.bits or one not in self.fed:
                    inner.add(one)
                    todo.append(one)
                else:
                    edge.add(one)
            for state in self._states({number}):
                other = step.loop.made(step.turn, state)
                if other is not None and other not in inner:
                    inner.add(other)
                    todo.append(other)
        for _ in range(DEEPEST):
            edge -= inner
            if len(edge) == 1:
                return self._unweighted(inner, edge.pop())
            if not edge:
                break
            last = max(edge)
            edge.remove(last)
            inner.add(last)
            for one in self._before(last):
                (edge if one in self.fed else inner).add(one)
        raise NotReadError(
            "it could not be told where the gradient ends and the step begins",
            self.writer.site(key),
        )

    def _unweighted(self, inner: set[int], cut: int) -> tuple[set[int], int]:
        """The same, where an average weighs the gradient by what its own weight leaves of 1.

        That is how the average is taken, and no part of the gradient.
        """
        share, under = self._weight(cut)
        kept = [self._weight(one)[0] for one in inner]
        if under is None or share is None:
            return inner, cut
        if any(one is not None and abs(one + share - 1) < 1e-12 for one in kept):
            return inner | {cut}, under
        return inner, cut

    def _weight(self, number: int) -> tuple[float | None, int | None]:
        """The number that an operation multiplies by, and the operation of what it multiplies."""
        step, node = self.writer.step, self.writer.step.nodes[number]
        if name_of(node) not in ("Mult", "multiply") or len(node.args) != 2:
            return None, None
        for one, other in (node.args, node.args[::-1]):
            if isinstance(one, Ref | Const) and isinstance(value := step.value(one), float):
                known = isinstance(other, Ref) and other.node in self.fed
                return float(value), other.node if known else None  # type: ignore[union-attr]
        return None, None

    def _before(self, number: int) -> list[int]:
        """The operations of the step that an operation depends on."""
        step = self.writer.step
        found = []
        for ref in takes(step.nodes[number]):
            if step.state(ref) is None:
                found.append(ref.node)
            found += step.loop.written(ref)
        return [one for one in found if one in self.writer.at and one != number]

    def _states(self, inner: set[int]) -> set[Key]:
        step = self.writer.step
        keys = {step.state(ref) for number in inner for ref in takes(step.nodes[number])}
        return {key for key in keys if key in self.writer.states and key is not None}

    def gradients(self, joint: int) -> list[str]:
        """Write the backward pass; the names of the gradients."""
        writer, step = self.writer, self.writer.step
        wanted = {key: self._ref(key) for key in self.keys}
        closure = writer.closure(list(wanted.values()), joint)
        writer.unpack(writer.parameters)
        writer.copy_written(closure)
        held = {key: writer.holds_rate(step.nodes[self.cut[key]]) for key in self.keys}
        writer.put_all(closure)
        found: list[str] = []
        for key, ref in wanted.items():
            held_in = writer.at_unit_rate(ref, self._taker(key)) if held[key] else self._called(key)
            found += writer.gradients_of(key, held_in)
        return found

    def _called(self, key: Key) -> str:
        number = self.cut[key]
        if number in self.writer.called:
            return self.writer.called[number]
        return self.writer.refer(self._ref(key), self._taker(key), (0, 0))

    def _taker(self, key: Key) -> Node:
        """The operation that takes the gradient first."""
        step = self.writer.step
        every = [
            n
            for n in sorted(self.inner[key])
            if any(r.node == self.cut[key] for r in takes(step.nodes[n]))
        ]
        return step.nodes[every[0]]

    def _ref(self, key: Key) -> Ref:
        return next(ref for ref in takes(self._taker(key)) if ref.node == self.cut[key])

    def update(self) -> tuple[Line, ...]:
        """Write the step from the gradients on."""
        writer, step = self.writer, self.writer.step
        writer.lines, writer.taken, writer.updating = [], [], True
        called = writer.called
        writer.called = {}
        for key in self.keys:
            name = writer.parameters[key]
            gradient = f"d{name}"
            shape = np.shape(step.nodes[self.cut[key]].value)
            layer = next(one for one in writer.roles.layers if key in (one.weight, one.bias))
            if layer.ones:
                gradient = writer.with_bias(
                    layer, gradient, f"d{writer.parameters[layer.bias or ()]}"
                )
            elif layer.turned and key == layer.weight:
                gradient = f"{gradient}.T"
            elif writer.is_reshaped(key):
                gradient = f"{gradient}.reshape({shape})"
            held = writer.holds_rate(step.nodes[self.cut[key]])
            writer.called[self.cut[key]] = f"(rate * {gradient})" if held else gradient
        for key in (*self.keys, *writer.states):
            if key[0] == "written":
                name = writer.parameters.get(key) or writer.states[key]
                writer.lines.append(Line(writer.site(key).line, f"{name} = np.array({name})"))
        writer.unpack(writer.parameters)
        for number in sorted(set().union(*self.inner.values())):
            node = step.nodes[number]
            if number in writer.called:
                continue
            writer.put(node)
        for key in (*self.keys, *writer.states):
            made = step.loop.made(step.turn, key)
            if key[0] == "made" and made is not None and step.nodes[made].kind not in WRITES:
                name = writer.parameters.get(key) or writer.states[key]
                writer.lines.append(
                    Line(writer.site(key).line, f"{name}_after = {simple(writer.called[made])}")
                )
        for key in (*self.keys, *writer.states):
            if key[0] == "made":
                name = writer.parameters.get(key) or writer.states[key]
                writer.lines.append(Line(writer.site(key).line, f"{name} = {name}_after"))
        self._pack()
        writer.updating, writer.called = False, called
        return tuple(writer.lines)

    def _pack(self) -> None:
        """Give parameters the contract's shapes again."""
        writer = self.writer
        for key in self.keys:
            name, line = writer.parameters[key], writer.site(key).line
            layer = next(one for one in writer.roles.layers if key in (one.weight, one.bias))
            if layer.ones:
                bias = writer.parameters[layer.bias or ()]
                ndim = np.ndim(writer.stored(key))
                both = halves(name, ndim, writer.roles.layout, layer.ones)
                writer.lines.append(Line(line, f"{name}, {bias} = {', '.join(both)}"))
            elif key == layer.weight and layer.turned:
                writer.lines.append(Line(line, f"{name} = {name}.T"))
            elif writer.is_reshaped(key):
                shape = writer.contract_shape(key)
                writer.lines.append(Line(line, f"{name} = np.reshape({name}, {shape})"))
