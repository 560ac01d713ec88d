"""A step that takes its gradient ahead of the parameters: at ``w + momentum * v``, as Nesterov's.

What is multiplied there is no parameter but the sum of one and of what is carried beside it. The
passes are read as if it were the parameter: what they compute is true of any. Where the gradient is
taken is a matter of the step, and written beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from diagnose.reading.loops import Key, Loop, name_of, takes
from diagnose.recording.nodes import Node, Ref, references
from diagnose.recording.operations import ADDS, LESS, MATRIX_PRODUCTS, PLUS, SCALED, TIMES, VIEWS
from diagnose.recording.reaching import reached


@dataclass(frozen=True)
class Ahead:
    """The operations that look ahead; stands: the arrays so made, by the parameter of each."""

    nodes: frozenset[int] = frozenset()
    stands: dict[int, Key] = field(default_factory=dict)


def masks_of(loop: Loop, turn: int, keys: list[Key], ahead: Ahead) -> dict[int, int]:
    """On which of the keys each node of a turn depends, of what stands for a key on that alone."""
    bit = {key: 1 << at for at, key in enumerate(keys)}
    found: dict[int, int] = {}
    for node in loop.nodes(turn):
        mask, own = 0, node.number in ahead.nodes
        for ref in takes(node):
            if not own and ref.node in ahead.stands:
                mask |= bit[ahead.stands[ref.node]]
                continue
            mask |= bit.get(loop.key(ref, turn) or (), 0) | found.get(ref.node, 0)
            # a step that is made in place goes on from there
            on = own or (node.kind == "in_place" and ref is node.args[0])
            for one in loop.written(ref):
                if on or one not in ahead.nodes:
                    mask |= found.get(one, 0)
        found[node.number] = mask
    return found


class Looking:
    """What is made of the state alone, within a turn, and which of it the products take."""

    def __init__(self, loop: Loop, turn: int, keys: list[Key], masks: dict[int, int]) -> None:
        self.loop, self.turn, self.masks = loop, turn, masks
        self.keys = set(keys)
        self.start = loop.starts[turn]
        self.alone: set[int] = set()
        for node in loop.nodes(turn):
            if masks[node.number] and self._is_alone(node):
                self.alone.add(node.number)

    def found(self) -> Ahead:
        """Where a turn takes its gradient, if that is not at its parameters; else nothing."""
        if not any(self._is_joint(one) for one in self.alone):
            return Ahead()
        arrays = self._of_arrays()
        return arrays if arrays.nodes else self._of_numbers()

    def _of_arrays(self) -> Ahead:
        """Arrays that are, and single numbers that are made beside such."""
        ends: set[int] = set()
        stands: dict[int, Key] = {}
        first: set[Key] = set()
        parameters: set[Key] = set()
        for node in self.loop.nodes(self.turn):
            if node.number in self.alone:
                continue
            for ref in takes(node):
                base = self._base(ref)
                key = self.loop.key(base, self.turn)
                writes = self._writes(base)
                if key in self.keys and key is not None:
                    if key not in first and writes and self._is_ahead(writes):
                        ends.update(writes)
                        parameters.add(key)
                    first.add(key)
                elif base.node in self.alone and self._is_used(node, ref):
                    key = self._stands_for(base)
                    if key is not None:
                        stands[base.node] = key
                        ends.update((base.node, *writes))
        nodes = self._closure(ends)
        beside = self.keys - parameters - {*stands.values()}
        taken = {
            self.loop.key(ref, self.turn)
            for number in nodes
            for ref in takes(self.loop.tape.nodes[number])
        }
        if any(self._is_plain(key) for key in beside & taken):
            return Ahead()  # the sum of two parameters, each of which is stepped
        return Ahead(frozenset(nodes), stands)

    def _of_numbers(self) -> Ahead:
        """Single numbers that are ahead: ``w + momentum * v``, where w is stepped by v.

        By the form alone that might be a bias and a weight times a sample: these are not stepped
        one by the other.
        """
        nodes: set[int] = set()
        stands: dict[int, Key] = {}
        for number in sorted(self.alone):
            node = self.loop.tape.nodes[number]
            if name_of(node) not in ADDS or node.kind != "binary" or np.ndim(node.value):
                continue
            for at, taken in enumerate(node.args):
                times = node.args[1 - at]
                key = self.loop.key(taken, self.turn) if isinstance(taken, Ref) else None
                is_first = at == 0 or name_of(node) in PLUS
                if key not in self.keys or key is None or not isinstance(times, Ref):
                    continue
                velocity = self._scaled_number(times)
                if is_first and velocity and self._steps(velocity, key):
                    nodes |= {number, times.node}
                    stands[number] = key
        return Ahead(frozenset(nodes), stands)

    def _scaled_number(self, ref: Ref) -> Key | None:
        """The state that a product multiplies by a number from elsewhere; None for any other."""
        node = self.loop.tape.nodes[ref.node]
        if node.number not in self.alone or name_of(node) not in TIMES:
            return None
        found = [self.loop.key(one, self.turn) for one in node.args if isinstance(one, Ref)]
        known = [one for one in found if one in self.keys]
        return known[0] if len(known) == 1 and not self._is_joint(node.number) else None

    def _steps(self, velocity: Key, key: Key) -> bool:
        """Whether what a turn makes of one state is what another is moved by, as it is."""
        made, moved = self.loop.made(self.turn, velocity), self.loop.made(self.turn, key)
        if made is None or moved is None or self._is_plain(velocity):
            return False
        node = self.loop.tape.nodes[moved]
        by = [one.node for one in node.args if isinstance(one, Ref)]
        return name_of(node) in ADDS and made in by and self._is_plain(key)

    def _is_plain(self, key: Key) -> bool:
        """Whether a state becomes what it was plus something, as a parameter does.

        Of what is carried beside parameters, a part fades: it is multiplied by the momentum.
        """
        made = self.loop.made(self.turn, key)
        todo = [] if made is None else [made]
        while todo:
            node = self.loop.tape.nodes[todo.pop()]
            if node.number < self.start or name_of(node) not in ADDS | VIEWS:
                continue
            for ref in takes(node):
                before = [one for one in self._writes(ref) if one < node.number]
                if self.loop.key(ref, self.turn) != key:
                    todo.append(ref.node)
                elif not any(name_of(self.loop.tape.nodes[one]) in SCALED for one in before):
                    return True
        return False

    def _is_joint(self, number: int) -> bool:
        """Whether an operation depends on more than one state."""
        return self.masks[number].bit_count() > 1

    def _is_ahead(self, writes: list[int]) -> bool:
        return all(one in self.alone for one in writes) and any(map(self._is_joint, writes))

    def _is_alone(self, node: Node) -> bool:
        """Whether an operation adds, scales or copies the state, and takes nothing else."""
        if name_of(node) not in ADDS | SCALED | VIEWS:
            return False
        for ref in takes(node):
            known = self.loop.key(ref, self.turn) in self.keys or ref.node in self.alone
            is_number = ref.node < self.start or not self.masks.get(ref.node)
            if not known and not (is_number and not np.ndim(self.loop.tape.nodes[ref.node].value)):
                return False
            if any(one not in self.alone for one in self._writes(ref)):
                return False
        return True

    def _writes(self, ref: Ref) -> list[int]:
        return [one for one in self.loop.written(ref) if one >= self.start]

    def _base(self, ref: Ref) -> Ref:
        """What a value is another shape of; a copy that was written into is what it is itself."""
        nodes = self.loop.tape.nodes
        while self.loop.key(ref, self.turn) not in self.keys and ref.node in self.alone:
            node = nodes[ref.node]
            inner = node.args[0] if node.args else None
            if name_of(node) not in VIEWS or not isinstance(inner, Ref):
                break
            if node.root != nodes[inner.node].root and self._writes(ref):
                break
            ref = inner
        return ref

    def _is_used(self, node: Node, ref: Ref) -> bool:
        """Whether an operation multiplies by a weight, or adds a bias to such a product."""
        if name_of(node) in MATRIX_PRODUCTS or name_of(node) in VIEWS:
            return True
        others = [one for one in references(node.args) if one is not ref]
        return name_of(node) in PLUS and any(map(self._is_product, others))

    def _is_product(self, ref: Ref) -> bool:
        node = self.loop.tape.nodes[ref.node]
        while name_of(node) in VIEWS and node.args and isinstance(node.args[0], Ref):
            node = self.loop.tape.nodes[node.args[0].node]
        return node.number >= self.start and name_of(node) in MATRIX_PRODUCTS

    def _stands_for(self, ref: Ref) -> Key | None:
        """The parameter of a sum: the one state that is added as it is; None if there are more."""
        found = set(self._added(ref))
        return found.pop() if len(found) == 1 else None

    def _added(self, ref: Ref) -> list[Key]:
        base = self._base(ref)
        key = self.loop.key(base, self.turn)
        if key in self.keys and key is not None:
            return [] if self._writes(base) else [key]
        node = self.loop.tape.nodes[base.node]
        if node.number not in self.alone:
            return []
        refs = [one for one in node.args if isinstance(one, Ref)]
        if name_of(node) in VIEWS:
            return self._added(refs[0]) if self._is_ahead(self._writes(base)) else []
        if name_of(node) not in ADDS:
            return []
        added = refs[:1] if name_of(node) in LESS else refs
        return [one for each in added for one in self._added(each)]

    def _closure(self, ends: set[int]) -> set[int]:
        def before(number: int) -> Iterator[int]:
            for ref in takes(self.loop.tape.nodes[number]):
                yield from self.alone.intersection((ref.node, *self._writes(ref)))

        return reached(ends & self.alone, before)
