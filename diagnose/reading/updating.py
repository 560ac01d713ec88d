"""A step that carries more than the parameters: momentum, averages, sums that are never set back.

Or one that holds parameters within bounds.

Backward and update part where the gradient is whole and nothing carried has joined it yet. What the
step does from there on is written as the update, which hands on what is carried beside the
parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diagnose.reading.bounded import stepped_first
from diagnose.reading.learning_rate import beside_a_decay, increments_of
from diagnose.reading.loops import Key, name_of, takes
from diagnose.reading.not_read import NotReadError
from diagnose.reading.passes import Passes, PassWriter
from diagnose.reading.roles import Roles
from diagnose.reading.steps import Step
from diagnose.reading.targets import Targets
from diagnose.reading.writing import WRITES, Line, multiplied, simple
from diagnose.recording.nodes import Const, Node, Ref, Taken
from diagnose.recording.operations import ADDS, SCALED, TIMES
from diagnose.recording.sites import Site

# A gradient is found within so many operations before the first that something carried joins.
DEEPEST = 24
UNTOLD = "it could not be told where the gradient ends and the step begins"
TOO_LATE = (
    "its gradient is computed with weights that the same step has changed before, by what it "
    "carries: compute all gradients first, and then step"
)
# The key of states that are read as one: their sum.
SUMMED = "summed"


def write_passes(
    roles: Roles, targets: Targets, sites: list[Site], *, counted: bool = True
) -> Passes:
    """Write the step as functions; NotReadError for what cannot be written.

    counted: see ``Values``.
    """
    writer = PassWriter(roles, targets, sites, counted=counted)
    held = any(is_held(writer.step, key) for key in writer.arrays if not writer.is_frozen(key))
    return writer.written(Carried(writer) if writer.states or held else None)


def is_held(step: Step, key: Key) -> bool:
    """Whether a parameter is stepped, and then held within bounds."""
    return not (increments_of(step, key) or beside_a_decay(step, key)) and bool(
        stepped_first(step, key)
    )


@dataclass
class Carried:
    """The two halves of such a step.

    inner: of each parameter, the operations of its update; cut: that of its gradient. others: where
    the gradient comes in several parts, each of which joins a sum of its own, as it does where
    layers share a bias, the operations of all other parts. alone: the states of those other sums,
    by that of the first, which is written as the sum of them all. nothing: what is left out then.
    """

    writer: PassWriter
    inner: dict[Key, set[int]] = field(default_factory=dict)
    cut: dict[Key, int] = field(default_factory=dict)
    others: dict[Key, list[int]] = field(default_factory=dict)
    alone: dict[Key, list[Key]] = field(default_factory=dict)
    nothing: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        step = self.writer.step
        self.every = list(self.writer.arrays)
        self.keys = [key for key in self.every if not self.writer.is_frozen(key)]
        self.fed = self._fed()
        self.bits = sum(1 << at for at, key in enumerate(step.keys) if key in self.writer.states)
        for key in self.keys:
            self.inner[key], self.cut[key] = self._parted(key)
        for key in self.writer.roles.parts:
            if np.shape(self._gradient(key)) != np.shape(self.writer.stored(key)):
                raise NotReadError(UNTOLD, self.writer.site(key))
        for key in (one for several in self.alone.values() for one in several):
            del self.writer.states[key]
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
        """The operations of a parameter's update, and the node of its gradient.

        NotReadError where what is carried enters a layer's output, so that no gradient is its own.
        """
        step = self.writer.step
        made = step.made(key)
        assert made is not None
        held = self._held(key, made) if is_held(step, key) else None
        inner, cut = held or self._apart(key, made)
        if any(one in self.fed and one < step.need[self.writer.roles.joint] for one in inner):
            raise NotReadError(TOO_LATE, self.writer.site(key))
        return inner, cut

    def _apart(self, key: Key, made: int) -> tuple[set[int], int]:
        """The same of a parameter that is stepped by what is carried."""
        step = self.writer.step
        inner = {made}
        todo = [made]
        edge: set[int] = set()
        while todo:
            number = todo.pop()
            carried = [step.made(state) for state in self._states({number})]
            for one in (*self._before(number), *carried):
                if one is None or one in inner:
                    continue
                if step.masks.get(one, 0) & self.bits or one not in self.fed:
                    inner.add(one)
                    todo.append(one)
                else:  # a gradient, also where it is what is carried
                    edge.add(one)
        edge = self._as_filled(edge - inner, inner)
        parts = sorted(edge)
        if self._in_parts(key, inner, parts):
            return inner, parts[0]
        for _ in range(DEEPEST):
            edge = self._as_filled(edge - inner, inner)
            if len(edge) == 1:
                return self._unweighted(inner, edge.pop())
            if not edge:
                break
            last = max(edge)
            edge.remove(last)
            inner.add(last)
            for one in self._before(last):
                (edge if one in self.fed else inner).add(one)
        raise NotReadError(UNTOLD, self.writer.site(key))

    def _as_filled(self, edge: set[int], inner: set[int]) -> set[int]:
        """The same, with all that fills one array as the last of it: a gradient is whole then.

        So is what made the array, where it is no gradient yet.
        """
        nodes, found = self.writer.step.nodes, set(edge)
        filled: dict[int, list[int]] = {}
        for number in edge:
            root = nodes[number].root
            if nodes[number].kind in WRITES and root is not None:
                filled.setdefault(root, []).append(number)
        for root, several in filled.items():
            taken = {
                (one.node, one.version)
                for number in inner
                for one in takes(nodes[number])
                if nodes[one.node].root == root
            }
            if len(taken) == 1:
                found -= {*several, *(node for node, _ in taken)} - {max(several)}
        return found

    def _held(self, key: Key, made: int) -> tuple[set[int], int] | None:
        """The same of a parameter that is held within bounds after its step.

        None where samples enter these bounds by another way, or momentum the step.
        """
        first, by = stepped_first(self.writer.step, key) or (None, None)
        if first is None or by is None or self.writer.step.masks.get(by.node, 0) & self.bits:
            return None
        inner, todo = {made, first.number}, [made]
        after = {first.number}
        for number in self.writer.step.need:
            if number > first.number and after.intersection(self._before(number)):
                after.add(number)
        while todo:
            for one in self._before(todo.pop()):
                if one in inner:
                    continue
                if one in self.fed and one not in after:
                    return None
                inner.add(one)
                todo.append(one)
        return inner, by.node

    def _in_parts(self, key: Key, inner: set[int], parts: list[int]) -> bool:
        """Whether each part of a gradient joins a state of its own, and all are only summed.

        Two averages of one gradient are none, since each is made of the whole.
        """
        if len(parts) < 2 or len({self._unscaled(one) for one in parts}) < len(parts):
            return False
        reached = set(parts)
        for number in sorted(inner):
            if reached.intersection(self._before(number)):
                reached.add(number)
                if name_of(self.writer.step.nodes[number]) not in ADDS | SCALED:
                    return False
        states = []
        for number in parts:
            takers = [one for one in sorted(inner) if number in self._before(one)]
            joined = self._states({takers[0]}) if takers else set()
            if len(joined) != 1 or name_of(self.writer.step.nodes[takers[0]]) not in ADDS:
                return False
            states += list(joined)
        if len(set(states)) < len(states):
            return False
        self.others[key] = parts[1:]
        self.alone[states[0]] = states[1:]
        return True

    def _unscaled(self, number: int) -> int:
        """The operation whose result an operation multiplies by a number, if it does."""
        under = self._weight(number)[1]
        return number if under is None else self._unscaled(under)

    def whole(self, key: Key) -> Key:
        """The key of what is carried under a name: of the sum of several states, where it is."""
        return (SUMMED, key, *self.alone[key]) if key in self.alone else key

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
        if name_of(node) not in TIMES or len(node.args) != 2:
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
            if step.state(ref) is None or ref.node in step.ahead.stands:
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
        wanted = {key: self._ref(key, self.cut[key]) for key in self.keys}
        more = {
            key: [(self._ref(key, number), self._taker(key, number)) for number in several]
            for key, several in self.others.items()
        }
        refs = [*wanted.values(), *(ref for several in more.values() for ref, _ in several)]
        closure = writer.closure(refs, joint) | writer.unused(self.every, joint)
        writer.unpack(writer.parameters)
        writer.copy_written(closure)
        held = {key: writer.holds_rate(step.nodes[self.cut[key]]) for key in self.keys}
        writer.put_all(closure)
        found: list[str] = []
        for key in self.every:
            if key not in wanted:
                found += writer.gradients_of(key, writer.not_taken(key))
                continue
            ref = wanted[key]
            texts = [
                writer.at_unit_rate(one, taker) if held[key] else self._called(one, taker)
                for one, taker in [(ref, self._taker(key, self.cut[key])), *more.get(key, ())]
            ]
            found += writer.gradients_of(key, " + ".join(texts))
        return found

    def _called(self, ref: Ref, taker: Node) -> str:
        if ref.node in self.writer.called:
            return self.writer.called[ref.node]
        return self.writer.refer(ref, taker, (0, 0))

    def _taker(self, key: Key, number: int) -> Node:
        """The operation that takes the gradient, or a part of it, first."""
        step = self.writer.step
        return next(
            step.nodes[one]
            for one in sorted(self.inner[key])
            if self._refs(step.nodes[one], number)
        )

    def _refs(self, node: Node, number: int) -> list[Ref]:
        """Where an operation takes what another makes, or has written into an array."""
        loop = self.writer.step.loop
        return [one for one in takes(node) if one.node == number or number in loop.written(one)]

    def _gradient(self, key: Key) -> Any:
        """The gradient of a parameter; where it is filled part by part, all of it."""
        return self.writer.step.value(self._ref(key, self.cut[key]))

    def _ref(self, key: Key, number: int) -> Ref:
        return self._refs(self._taker(key, number), number)[0]

    def _is_left_out(self, node: Node) -> bool:
        """Whether an operation only hands on a part that the sum of all parts stands for."""
        every = [self._is_nothing(one) for one in node.args]
        if not any(every):
            return False
        name = name_of(node)
        if every[0] and (node.kind in WRITES or name in SCALED or all(every)):
            self.nothing.add(node.number)
        elif every[:2] == [False, True] and name in ADDS and node.kind == "in_place":
            pass
        elif every[:2] == [False, True] and name in ADDS and isinstance(node.args[0], Ref):
            self.writer.called[node.number] = self.writer.refer(node.args[0], node, (0, 0))
        elif every[:2] == [False, True] and name in TIMES:
            self.nothing.add(node.number)
        else:
            raise NotReadError(UNTOLD, self.writer.sites[node.site])
        return True

    def _is_nothing(self, taken: Taken) -> bool:
        if not isinstance(taken, Ref):
            return False
        other = {number for several in self.others.values() for number in several}
        alone = [key for several in self.alone.values() for key in several]
        return taken.node in other | self.nothing or self.writer.step.state(taken) in alone

    def update(self) -> tuple[Line, ...]:
        """Write the step from the gradients on."""
        writer, step = self.writer, self.writer.step
        writer.lines, writer.taken, writer.updating = [], [], True
        called = writer.called
        writer.called = {}
        for key in self.keys:
            name = writer.arrays[key]
            gradient = f"d{name}"
            shape = np.shape(self._gradient(key))
            if key in writer.roles.parts:
                gradient = writer.whole(key, prefix="d")
            elif any(key == one.weight and one.turned for one in writer.roles.layers):
                gradient = f"{gradient}.T"
            elif writer.is_reshaped(key):
                gradient = f"{gradient}.reshape({shape})"
            if key not in writer.roles.parts:
                times = writer.roles.times(key)
                gradient = f"({multiplied(gradient, times)})" if times != 1 else gradient
            held = writer.holds_rate(step.nodes[self.cut[key]])
            text = f"(rate * {gradient})" if held else gradient
            writer.called[self._ref(key, self.cut[key]).node] = text
        self._unpack()
        for number in sorted(set().union(*self.inner.values())):
            node = step.nodes[number]
            if number in writer.called or self._is_left_out(node):
                continue
            writer.put(node)
        for key in (*self.keys, *writer.states):
            made = step.made(key)
            if key[0] == "made" and made is not None:
                into = step.nodes[made].args[0] if step.nodes[made].kind in WRITES else None
                text = writer.called[into.node if isinstance(into, Ref) else made]
                writer.lines.append(
                    Line(writer.site(key).line, f"{writer.name(key)}_after = {simple(text)}")
                )
        for key in (*self.keys, *writer.states):
            if key[0] == "made":
                name = writer.name(key)
                writer.lines.append(Line(writer.site(key).line, f"{name} = {name}_after"))
        if writer.clock:
            line = writer.site(self.keys[-1]).line
            writer.lines.append(Line(line, f"{writer.ticks} = {writer.ticks} + 1"))
        self._pack()
        writer.updating, writer.called = False, called
        return tuple(writer.lines)

    def ahead(self) -> tuple[Line, ...]:
        """Write where the step takes its gradient."""
        writer, step = self.writer, self.writer.step
        if not step.ahead.nodes:
            return ()
        called = writer.called
        writer.lines, writer.taken, writer.updating, writer.called = [], [], True, {}
        self._unpack()
        for number in sorted(step.ahead.nodes):
            writer.put(step.nodes[number])
        for number, key in step.ahead.stands.items():
            name, line = writer.arrays[key], writer.site(key).line
            writer.lines.append(Line(line, f"{name} = {simple(writer.called[number])}"))
        self._pack()
        writer.updating, writer.called = False, called
        return tuple(writer.lines)

    def _unpack(self) -> None:
        """Give the author's code what it steps: copies of what it writes into."""
        writer, step = self.writer, self.writer.step
        into = {
            step.state(node.args[0])
            for node in step.graph
            if node.kind in WRITES and isinstance(node.args[0], Ref)
        }
        for key in (*self.keys, *writer.states):
            if (key[0] == "written" or key in into) and key not in writer.roles.parts:
                name = writer.name(key)
                writer.lines.append(Line(writer.site(key).line, f"{name} = np.array({name})"))
        writer.unpack(writer.parameters)

    def _pack(self) -> None:
        """Give parameters the contract's shapes again."""
        writer = self.writer
        for key in self.keys:
            name, line = writer.arrays[key], writer.site(key).line
            if key in writer.roles.parts:
                for form in writer.roles.parts[key]:
                    part = writer.parameters[form.part]
                    writer.lines.append(Line(line, f"{part} = {form.text(name)}"))
            elif any(key == one.weight and one.turned for one in writer.roles.layers):
                writer.lines.append(Line(line, f"{name} = {name}.T"))
            elif writer.is_reshaped(key):
                shape = writer.contract_shape(key)
                writer.lines.append(Line(line, f"{name} = np.reshape({name}, {shape})"))
            if key not in writer.roles.parts and (times := writer.roles.times(key)) != 1:
                writer.lines.append(Line(line, f"{name} = {multiplied(name, times)}"))
