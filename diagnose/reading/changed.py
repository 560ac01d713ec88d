"""A loop on a tape of which some operations are others, or are taken for others."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field

from diagnose.reading.loops import Key, Loop
from diagnose.recording.nodes import Node, Ref, of_others, references
from diagnose.recording.tape import Tape


@dataclass(eq=False)
class ChangedLoop(Loop):
    """A training loop on a tape that was changed; seen: the same as it was seen."""

    seen: Loop | None = None

    def ordinals(self, turn: int) -> dict[int, Key]:
        """The key of each node of a turn, by which it is known while the program runs."""
        assert self.seen is not None
        return self.seen.ordinals(turn)


@dataclass
class Change:
    """What becomes of a tape: other operations, and those that are taken for others (moved)."""

    tape: Tape
    nodes: dict[int, Node] = field(default_factory=dict)
    moved: dict[int, int] = field(default_factory=dict)

    def on(self, loop: Loop, readable: frozenset[int] | None = None) -> Loop:
        """The loop on the tape, changed; as it is where nothing was."""
        if not self.nodes:
            return loop
        return ChangedLoop(
            tape=self.made(), site=loop.site, starts=loop.starts, readable=readable, seen=loop
        )

    def made(self) -> Tape:
        """The tape, changed."""
        tape, made = self.tape, copy(self.tape)
        made.nodes = list(tape.nodes)
        for number in range(min(self.nodes), len(tape.nodes)):
            node = self.nodes.get(number, tape.nodes[number])
            is_moved = any(one.node in self.moved for one in references(node.args, node.kw))
            made.nodes[number] = of_others(node, self._ref) if is_moved else node
        made.versions = dict(tape.versions)
        for (number, version), value in tape.versions.items():
            if number in self.moved:
                made.versions[self.moved[number], version] = value
        return made

    def _ref(self, ref: Ref) -> Ref:
        """What an operation takes there."""
        return Ref(self.moved.get(ref.node, ref.node), ref.version)
