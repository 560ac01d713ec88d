"""Goes past the trainings of a script until that begins which is asked for."""

from __future__ import annotations

from collections import Counter
from types import FrameType

from diagnose.recording.rewriting import Site
from diagnose.watching.asked import Asked
from diagnose.watching.loop_that_trains import LOOKED_AT, Loops, steps


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
