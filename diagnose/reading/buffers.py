"""Arrays that each step fills anew before it takes anything out of them: ``np.dot(x, W, out=z)``.

They are made once and outlive the steps, but nothing in them does. What fills one is read as what
makes an array of its own, so a step is read as it would be if it were written without buffers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diagnose.reading.loops import Loop, name_of
from diagnose.reading.writing import WRITES
from diagnose.recording.nodes import Node, Ref, is_everything, leaves, of_others
from diagnose.recording.operations import SHAPED, is_random
from diagnose.recording.tape import Tape


@dataclass
class Filling:
    """An operation that fills a buffer.

    made: the same as what makes an array. into: the node of what it fills; seen_as: the nodes
    through which what it filled in is seen.
    """

    number: int
    made: Node
    into: int
    seen_as: set[int]


@dataclass
class Buffers:
    """The buffers of a loop, by their memory, each with what fills it in the order of the tape.

    views: of an array that looks at what filled a buffer, the operation that did.
    """

    loop: Loop
    fillings: dict[int, list[Filling]] = field(default_factory=dict)
    views: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Go through all turns, where anything is filled."""
        tape, first = self.loop.tape, self.loop.starts[0]
        late = [one for one in tape.writes.values() if one[-1:] > [first]]
        if not any(filled_by(tape, tape.nodes[number]) for one in late for number in one):
            return
        self.carrying: set[int] = set()
        for turn in range(len(self.loop.starts)):
            now: dict[int, Filling] = {}
            for node in self.loop.nodes(turn):
                self._pass(node, now)
        for root in self.carrying:
            self.fillings.pop(root, None)

    def _pass(self, node: Node, now: dict[int, Filling]) -> None:
        """One operation; now: what each array was filled with by now, in this turn."""
        nodes, root = self.loop.tape.nodes, node.root
        filled = filled_by(self.loop.tape, node)
        for _, ref in leaves((node.args, node.kw) if filled is None else (filled.args, filled.kw)):
            of = nodes[ref.node].root if isinstance(ref, Ref) else None
            if of is None or not isinstance(ref, Ref) or name_of(node) in SHAPED:
                continue
            known = of in now and ref.node in now[of].seen_as
            if of == root and node.kind not in WRITES:
                if known:
                    now[of].seen_as.add(node.number)
                    self.views[node.number] = now[of].number
            elif not known:
                self.carrying.add(of)
        if filled is not None and root is not None:
            into = node.args[0]
            assert isinstance(into, Ref)
            now[root] = Filling(node.number, filled, into.node, {into.node})
            self.fillings.setdefault(root, []).append(now[root])


def filled_by(tape: Tape, node: Node) -> Node | None:
    """What makes the numbers that an operation fills an array with; None if it does not fill one.

    It has to be true without the array: of ``np.add(a, b, out=z)`` where ``a + b`` is smaller than
    z it is not.
    """
    into = node.args[0] if node.kind in ("write_call", "store") else None
    if not isinstance(into, Ref) or node.value is None:
        return None
    shape = np.shape(node.value)
    made = copy(node)
    made.kind, made.whole, made.root = "call", False, -node.number
    if "out" in node.kw:
        function, made.args = node.done, node.args[1:]
        made.kw = {name: one for name, one in node.kw.items() if name != "out"}
        known = isinstance(function, np.ufunc) or getattr(np, name_of(node), None) is function
        if isinstance(function, str):
            known, made.kind = True, "method"
        if not known or is_random(function) or "where" in node.kw:
            return None
        if (
            not isinstance(function, np.ufunc)
            or function.signature
            or len(made.args) > function.nin
        ):
            return made
        shapes = [_shape(tape, one) for one in made.args]
        wide = None not in shapes and np.broadcast_shapes(*filter(None, shapes)) == shape
        return made if wide else None
    if node.kind == "store":
        value = node.args[2] if is_everything(node.args[1]) else None
    else:
        is_copy = node.done is np.copyto and len(node.args) == 3 and not node.kw
        value = node.args[2] if is_copy else None
    if not isinstance(value, Ref) or _shape(tape, value) != shape:
        return None
    made.done, made.args = np.array, [value]
    return made


def _shape(tape: Tape, taken: Any) -> tuple[int, ...] | None:
    """The shape of what an operation takes; None if it is not known."""
    if not isinstance(taken, Ref):
        return ()
    value = tape.nodes[taken.node].value
    return None if value is None else np.shape(value)


def without_buffers(loop: Loop) -> Loop:
    """The loop with what fills a buffer as what makes an array; as it is where it has none."""
    found = Buffers(loop)
    if not found.fillings:
        return loop
    return Loop(Without(loop, found).made(), loop.site, loop.starts)


@dataclass
class Without:
    """A tape on which each filling of a buffer is an array of its own.

    ends: how manieth of the writes into its memory each filling is; before: how many of them are
    older than the loop.
    """

    loop: Loop
    buffers: Buffers

    def __post_init__(self) -> None:
        """Number the fillings."""
        self.before: dict[int, int] = {}
        self.ends: dict[int, list[int]] = {}
        for root, fillings in self.buffers.fillings.items():
            writes = self.loop.tape.writes[root]
            self.before[root] = bisect_left(writes, self.loop.starts[0])
            self.ends[root] = [bisect_right(writes, one.number) for one in fillings]

    def made(self) -> Tape:
        """The tape."""
        tape, made = self.loop.tape, copy(self.loop.tape)
        made.nodes, made.writes = list(tape.nodes), dict(tape.writes)
        filling = {}
        for root, fillings in self.buffers.fillings.items():
            writes, ends = tape.writes[root], self.ends[root]
            made.writes[root] = writes[: self.before[root]]
            for one, start, end in zip(fillings, ends, [*ends[1:], len(writes) + 1], strict=True):
                made.writes[-one.number] = writes[start : end - 1]
                filling[one.number] = one.made
        for number in range(self.loop.starts[0], len(tape.nodes)):
            node = filling.get(number, tape.nodes[number])
            other = made.nodes[number] = of_others(node, self._ref)
            if other.root in self.buffers.fillings and other.kind in WRITES:
                into = other.args[0]
                other.root = made.nodes[into.node].root if isinstance(into, Ref) else None
            elif number in self.buffers.views:
                other.root = -self.buffers.views[number]
        made.versions = {}
        for (number, version), value in tape.versions.items():
            ref = self._ref(Ref(number, version))
            made.versions.setdefault((ref.node, ref.version), value)
        return made

    def _ref(self, ref: Ref) -> Ref:
        root = self.loop.tape.nodes[ref.node].root
        fillings = self.buffers.fillings.get(root) if root is not None else None
        if root is None or fillings is None:
            return ref
        last = bisect_right(self.ends[root], ref.version) - 1
        if last < 0 or ref.node not in fillings[last].seen_as:
            return Ref(ref.node, min(ref.version, self.before[root]))
        one = fillings[last]
        node = one.number if ref.node == one.into else ref.node
        return Ref(node, ref.version - self.ends[root][last])
