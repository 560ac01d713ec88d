"""Which loop of a program trains: one that changes in its turns what it multiplies.

And past the trainings before that which is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from types import FrameType

from diagnose.reading.accumulating import Accumulating, accumulating
from diagnose.reading.buffers import without_buffers
from diagnose.reading.loops import Loop
from diagnose.recording.nodes import Node
from diagnose.recording.sites import Site
from diagnose.recording.tape import Tape
from diagnose.watching.asked import Asked

# Turns of a loop after which it is looked at whether it trains.
LOOKED_AT = {4, 5, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096}
# Of steps that are long, number by number, as many as come to so many operations, and no fewer than
# this: a thousand of them take about a tenth of a second to read.
ENOUGH_NODES, FEWEST_READ = 20_000, 6
# A program with fewer arrays than this among what it makes computes number by number.
FEW_ARRAYS = 0.05
NOT_FOUND = "no training was found in what the program did first"
NUMBER_BY_NUMBER = (
    "{:,} single numbers were computed one after the other before its training could be read; with "
    "layers that are products of NumPy arrays, as in `W @ x + b`, it can be"
)


class Loops:
    """The loops of a program, as they are on the tape by now."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.accumulating: dict[int, Accumulating] = {}

    def on_tape(self, site: int) -> Loop:
        """A loop; of one that is known to accumulate gradients, what goes from step to step."""
        loop = Loop(self.tape, site, [at for at, one in self.tape.turns if one == site])
        return self.accumulating[site].steps(loop) if site in self.accumulating else loop

    def that_trains(self, site: int) -> Loop | None:
        """A loop, if it trains as far as is seen."""
        loop = self.on_tape(site)
        if len(loop.starts) < 4:
            return None
        loop = without_buffers(loop)
        if steps(loop):
            return loop
        found = accumulating(loop)
        if not found:
            return None
        self.accumulating[site] = found
        return found.steps(loop)

    def is_around(self, site: int, inner: int | None) -> bool:
        """Whether a loop is around another, if there is one, or comes when that is over.

        Around it each turn has several of that.
        """
        if inner is None:
            return True
        counts = self._within(site, inner)
        return len(counts) > 1 and (min(counts[:-1]) > 1 or not any(counts))

    def is_apart(self, site: int, other: int) -> bool:
        """Whether no turn of a loop has any of another."""
        return not any(self._within(site, other))

    def _within(self, site: int, inner: int) -> list[int]:
        """How many turns of another loop each turn of a loop has."""
        counts: list[int] = []
        for _, one in self.tape.turns:
            if one == site:
                counts.append(0)
            elif one == inner and counts:
                counts[-1] += 1
        return counts


def steps(loop: Loop) -> bool:
    """Whether a loop changes what it multiplies, in its last turns."""
    turn = len(loop.starts) - 2
    return turn > 1 and bool(loop.state(turn) and loop.state(turn - 1))


def are_long(loop: Loop, turns: Sequence[int]) -> bool:
    """Whether a few steps say enough, since each is so long."""
    if len(turns) < FEWEST_READ:
        return False
    return loop.starts[turns[-1] + 1] - loop.starts[turns[0]] > ENOUGH_NODES


def not_found(nodes: Sequence[Node], most: int) -> str:
    """Why nothing was found in all that is kept, which is so many operations at the most."""
    arrays = sum(one.root is not None for one in nodes)
    return NOT_FOUND if arrays > FEW_ARRAYS * len(nodes) else NUMBER_BY_NUMBER.format(most)


class PassingBy:
    """Of loops that belong to other trainings little is kept."""

    def __init__(self, asked: Asked, loops: Loops) -> None:
        self.asked, self.loops = asked, loops
        self.turns: Counter[int] = Counter()
        self.others: set[int] = set()  # loops that train, and were not asked for

    def begins(self, site: Site, frame: FrameType | None) -> bool:
        """Whether a turn of a loop, begun in a frame, is one of the training that is asked for."""
        if not self.asked.is_this(site, frame):
            return False
        self.loops.tape.recording = True
        del self.loops.tape.turns[:-1]
        return True

    def turn(self, site: int) -> None:
        """Another loop begins a turn."""
        tape = self.loops.tape
        self.turns[site] += 1
        known = self.turns[site] in LOOKED_AT and site in tape.begun
        if known and steps(self.loops.on_tape(site)):
            self.others.add(site)
        if site in self.others:
            tape.recording = False

    def end(self, site: int) -> None:
        """A loop has ended; what follows one that trains may be the training that is asked for."""
        if site in self.others:
            self.loops.tape.recording = True
