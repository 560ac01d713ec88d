"""Forward and backward pass of the step, as Python that takes samples and targets of any number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from diagnose.network.activations import is_sloped
from diagnose.reading.began import CLOCK, Clock
from diagnose.reading.gradient_writing import GradientWriter, OneSample
from diagnose.reading.loops import STILL, Key, takes
from diagnose.reading.parts import kept_in
from diagnose.reading.writing import WRITES, Line, multiplied
from diagnose.recording.nodes import Node, Ref
from diagnose.recording.reaching import reached
from diagnose.recording.sites import Site


@dataclass(frozen=True, kw_only=True)
class Passes:
    """What is written of the step.

    parameters: by name the key of the state; state: what else is carried from step to step.
    forward, backward: their lines; trace: what forward returns; takes: what backward takes. layers:
    five words each. gradients: a name for each parameter, in their order. constants: arrays that
    the lines name. rate: the rate of the step. counts: where numbers stand that are as large as the
    batches that were seen, and are no count of samples. sample: what is done for each sample before
    ``backward``, which then takes the sums by the names that ``SUM`` numbers. masks: the names
    under which ``forward`` takes those of hidden layers, from the first on. ahead: what makes of
    the parameters those at which a step takes its gradient, if these are others.
    """

    parameters: dict[str, Key]
    forward: tuple[Line, ...]
    trace: tuple[str, ...]
    backward: tuple[Line, ...]
    takes: tuple[str, ...]
    gradients: tuple[str, ...]
    update: tuple[Line, ...]
    layers: tuple[str, ...]
    constants: dict[str, Any]
    rate: float
    state: dict[str, Key]
    counts: tuple[Site, ...] = ()
    sample: OneSample | None = None
    masks: tuple[str, ...] = ()
    clock: Clock | None = None
    ahead: tuple[Line, ...] = ()


class Halves(Protocol):
    """Where backward ends and the step begins, if the step carries more than the parameters."""

    def gradients(self, joint: int) -> list[str]:
        """Write the backward pass; the names of the gradients."""

    def update(self) -> tuple[Line, ...]:
        """Write the step."""

    def ahead(self) -> tuple[Line, ...]:
        """Write where it takes its gradient, if that is not at the parameters."""

    def whole(self, key: Key) -> Key:
        """The key of what is carried under the name of a state."""


@dataclass
class PassWriter(GradientWriter):
    """Writes the lines of both passes."""

    def written(self, carried: Halves | None = None) -> Passes:
        """Write both passes, and the step."""
        joint = self.roles.joint
        for name in self.parameters.values():
            self.names.used.add(name)
        self.unpack(self.parameters)
        masks = self._take_masks()
        beside = self._beside(joint)
        before = [node for node in self.step.graph[:joint] if node.number not in beside]
        behind = self._behind_the_output(before)
        self._put_forward([node for node in before if all(node is not one for one in behind)])
        layers = self._layers()
        forward = self.lines
        self.trace = {number: name for number, name in self.called.items() if number in self.at}
        # What the forward pass computed without the parameters is computed anew where it is needed.
        self.lines, self.called, self.taken, self.forward = [], {}, [], False
        for node in behind:
            self.put(node)
        gradients = carried.gradients(joint) if carried else self.written_gradients(joint)
        gradients = self._in_order(gradients)
        backward, arguments = self.lines, self.taken
        update = carried.update() if carried else self._update()
        ahead = carried.ahead() if carried else ()
        self.lines, self.taken = backward, arguments
        returned = self._returned(forward, layers)
        rates = self.roles.rate_place
        rate = abs(float(self.step.value(self.step.places()[rates]))) if rates else 1.0
        if self.roles.over_samples:
            rate *= self.step.loop.samples(self.step.turn)
        return Passes(
            parameters={name: key for key, name in self.parameters.items()},
            forward=tuple(forward),
            trace=tuple(returned),
            backward=tuple(self.lines),
            takes=tuple(self._arguments(returned)),
            gradients=tuple(gradients),
            update=update,
            ahead=ahead,
            layers=tuple(layers),
            constants=self.constants,
            rate=rate,
            state=self._carried(carried) if carried else {},
            clock=self.clock,
            counts=() if self.counted else tuple(self.counts),
            sample=self.sample,
            masks=masks,
        )

    def _put_forward(self, nodes: list[Node]) -> None:
        """Write the forward pass, with a copy of what is changed in place before it is needed."""
        pres = {one.pre for one in self.roles.layers}
        pres |= {one.out for one in self.roles.layers if one.mask}
        for node in nodes:
            self.put(node)
            if node.number in pres and self._changes_later(node):
                name = self.called[base(node)]
                kept = self.names.take(f"{name}_pre")
                self.lines.append(Line(self.sites[node.site].line, f"{kept} = {name}.copy()"))
                self.pres[node.number] = kept

    def _in_order(self, gradients: list[str]) -> list[str]:
        """The names of the gradients, written state by state, in the order of the parameters."""
        held: list[Key] = []
        for key in self.arrays:
            forms = self.roles.parts.get(key)
            held += [one.part for one in forms] if forms else [key]
        known = dict(zip(held, gradients, strict=True))
        return [known[key] for key in self.parameters]

    def _carried(self, halves: Halves) -> dict[str, Key]:
        found = {name: halves.whole(key) for key, name in self.states.items()}
        return {**found, self.ticks: CLOCK} if self.clock else found

    def _take_masks(self) -> tuple[str, ...]:
        """Hand the masks on from ``forward`` to ``backward``; the names that ``forward`` takes."""
        found: list[str] = []
        for number, name in self.masks.items():
            found.append(self.names.take(f"mask_{len(found) + 1}"))
            line = self.sites[self.step.nodes[number].site].line
            self.lines.append(Line(line, f"{name} = {found[-1]}"))
        return tuple(found)

    def _beside(self, joint: int) -> set[int]:
        """Operations that come before the network's output and belong to the step: ``0.9 * v``."""
        keys = self.step.keys
        bits = sum(1 << at for at, key in enumerate(keys) if key in self.states)

        def before(at: int) -> set[int]:
            made = {*self.step.loop.made_or_wrote(takes(self.step.graph[at]))}
            return {self.at.get(number, joint) for number in made - self.step.ahead.nodes}

        needed = reached([joint], before)
        return {
            node.number
            for at, node in enumerate(self.step.graph[:joint])
            if at not in needed and self.step.masks.get(node.number, 0) & bits
        }

    def _behind_the_output(self, before: list[Node]) -> list[Node]:
        """Operations that come before a target is met, and that no layer needs: of the error.

        So a copy of the outputs is one of what the layers give, also where these are others.
        """
        ends = {number for one in self.roles.layers for number in (one.pre, one.out)}
        here, written = {one.number for one in before}, dict[int, list[int]]()
        for one in before:
            if one.kind in WRITES:
                written.setdefault(base(one), []).append(one.number)

        def behind(number: int) -> set[int]:
            node = self.step.nodes[number]
            return here & {*self.step.loop.made_by(takes(node)), *written.get(base(node), ())}

        needed = reached(here & ends, behind)
        last = self.roles.layers[-1].out
        return [one for one in before if one.number > last and one.number not in needed]

    def _layers(self) -> list[str]:
        found = []
        for layer in self.roles.layers:
            arrays = []
            # where both are one array, what is written into it makes the one the other
            is_overwritten = layer.out == layer.pre and layer.activation != "linear"
            for number, is_kept in ((layer.pre, True), (layer.out, not is_overwritten)):
                kept = self.pres.get(number) if is_kept else None
                name = kept or self.called[base(self.step.nodes[number])]
                if np.ndim(self.step.nodes[number].value) < 2 and not self.roles.vectors:
                    shape = "(1, -1)" if self.roles.layout == "columns" else "(-1, 1)"
                    wide = self.names.take(f"{name}_2d")
                    line = self.sites[self.step.nodes[number].site].line
                    self.lines.append(Line(line, f"{wide} = np.reshape({name}, {shape})"))
                    self.called[-number] = wide
                    name = wide
                arrays.append(name)
            slope = f" {layer.slope!r}" if is_sloped(layer.activation) else ""
            bias = self.parameters[layer.bias] if layer.bias else "-"
            weight = self.parameters[layer.weight]
            found.append(f"{weight} {bias} {arrays[0]} {arrays[1]} {layer.activation}{slope}")
        return found

    def _changes_later(self, node: Node) -> bool:
        """Whether what an operation made is written into before the forward pass ends."""
        writes = self.step.loop.tape.writes.get(node.root, []) if node.root is not None else []
        joint, need = self.roles.joint, self.step.need
        end = need[joint] if joint < len(need) else 0
        return any(node.number < one < end and one in self.at for one in writes)

    def _returned(self, forward: list[Line], layers: list[str]) -> list[str]:
        """The arrays that the forward pass hands on: of its layers, and what backward takes."""
        of_layers = [word for one in layers for word in one.split()[2:4]]
        names = [line.text.split(" = ")[0] for line in forward if " = " in line.text]
        wanted = {*of_layers, *self.taken}
        return [
            name
            for name in dict.fromkeys(names)
            if name in wanted and name not in self.parameters.values()
        ]

    def _arguments(self, returned: list[str]) -> list[str]:
        every = ["x", *returned, *self.parameters.values(), "targets", "labels"]
        # the batch is counted on x
        return [
            name
            for name in every
            if name in self.taken or name == "x" or name in self.parameters.values()
        ]

    def _stepped(self, key: Key, name: str) -> str:
        """The name of what a step makes: another than its own of what is lost."""
        return self.names.take(f"{name}_lost") if kept_in(key)[0] == STILL else name

    def _update(self) -> tuple[Line, ...]:
        return tuple(
            Line(self.site(key).line, f"{self._stepped(key, name)} = {name} - {rate} * d{name}")
            for key, name in self.parameters.items()
            for rate in [multiplied("rate", self.roles.times(key) ** 2)]
        )


def base(node: Node) -> int:
    """The node under which an array is known: of what was written into, the one it was made by."""
    first = node.args[0] if node.kind in WRITES else None
    return first.node if isinstance(first, Ref) else node.number
