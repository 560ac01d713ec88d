"""A tape on which loops over samples are one operation each."""

from __future__ import annotations

from bisect import bisect_left
from copy import copy
from dataclasses import dataclass, field
from functools import partial

from diagnose.reading.loops import Key, Loop
from diagnose.recording.nodes import Node, Ref, of_others, references
from diagnose.recording.tape import Tape


@dataclass(eq=False)
class RowLoop(Loop):
    """A training loop whose loops over samples are one operation each.

    seen: the same as it was seen. places: of operations that took the place of others, which they
    are there.
    """

    seen: Loop | None = None
    places: dict[int, int] = field(default_factory=dict)

    def ordinals(self, turn: int) -> dict[int, Key]:
        """The key of each node of a turn, by which it is known while the program runs."""
        assert self.seen is not None
        return self.seen.ordinals(turn)

    def seen_as(self, number: int) -> int:
        """The operation that the program does where one stands on the tape."""
        return self.places.get(number, number)


@dataclass
class Found:
    """One loop over the samples: the operations that stand for it."""

    nodes: dict[int, Node]
    gone: set[int] = field(default_factory=set)
    moved: dict[int, int] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)


@dataclass
class Change:
    """What becomes of a tape: other operations, writes that are none, arrays that are others.

    moved: by the node of an array, from which number on it is which node. places: as of RowLoop.
    """

    tape: Tape
    nodes: dict[int, Node] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    moved: dict[int, list[int]] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)
    known: dict[int, list[int]] = field(default_factory=dict)

    def on(self, loop: Loop, readable: frozenset[int] | None = None) -> Loop:
        """The loop on the tape, changed; as it is where nothing was."""
        if not self.nodes:
            return loop
        places = (loop.places if isinstance(loop, RowLoop) else {}) | self.places
        return RowLoop(
            tape=self.made(), site=loop.site, starts=loop.starts, readable=readable, seen=loop,
            places=places,
        )  # fmt: skip

    def made(self) -> Tape:
        """The tape, changed."""
        tape, made = self.tape, copy(self.tape)
        self.known = {}
        roots = {tape.nodes[one].root for one in self.gone}
        made.writes = dict(tape.writes)
        for root in roots:
            assert root is not None
            made.writes[root] = [one for one in tape.writes[root] if one not in self.gone]
        made.nodes = list(tape.nodes)
        first = min(self.nodes)
        for number in range(first, len(tape.nodes)):
            node = self.nodes.get(number, tape.nodes[number])
            refs = references(node.args, node.kw)
            if not any(
                one.node in self.moved or tape.nodes[one.node].root in roots for one in refs
            ):
                made.nodes[number] = node
                continue
            made.nodes[number] = of_others(node, partial(self._ref, number))
        made.versions = {}
        for (number, old), value in sorted(tape.versions.items(), key=lambda one: one[0]):
            made.versions.setdefault((number, self._version(number, old)), value)
            for one in self.moved.get(number, ()):
                made.versions[one, self._version(number, old)] = value
        return made

    def _version(self, node: int, old: int) -> int:
        root = self.tape.nodes[node].root
        if root is None:
            return old
        return old - bisect_left(self._gone_at(root), old)

    def _gone_at(self, root: int) -> list[int]:
        """How manieth of the writes into an array are gone."""
        if root not in self.known:
            writes = self.tape.writes.get(root, ())
            self.known[root] = [at for at, one in enumerate(writes) if one in self.gone]
        return self.known[root]

    def _ref(self, number: int, ref: Ref) -> Ref:
        """What an operation takes there."""
        since = [one for one in self.moved.get(ref.node, ()) if one < number]
        return Ref(since[-1] if since else ref.node, self._version(ref.node, ref.version))
