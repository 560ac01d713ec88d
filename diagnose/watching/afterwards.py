"""What a program does between the steps of its training, and behind them: how it tests.

Once the training is read, the tape begins anew behind each pass of its loop, up to the next one. So
a test is there as it was done, whenever it comes, and whatever network is tested.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from diagnose.recording.recorder import Recorder
from diagnose.recording.tape import Tape

# Operations that are noted in all: a second's worth.
MOST = 100_000


class Looks(Protocol):
    """What looks at a tape."""

    tape: Any


class Afterwards:
    """Begins the tape anew behind each pass of a loop.

    tapes: the first of what was noted, and the last.
    """

    def __init__(self, tape: Recorder, loop: int) -> None:
        self.tape, self.loop, self.noted = tape, loop, 0
        self.tapes: list[Tape] = []
        self.begun = False

    def begin(self, lookers: Sequence[Looks]) -> None:
        """The loop has ended; lookers: what goes on with the tape as it was before."""
        if self.begun or self.noted >= MOST:
            return
        earlier = self.tape.begin_anew()
        for one in lookers:
            if one.tape is self.tape:
                one.tape = earlier
        self.begun = True

    def turn(self, site: int) -> None:
        """A loop begins another turn."""
        if self.begun and (site == self.loop or len(self.tape.nodes) + self.noted > MOST):
            self.over()

    def over(self) -> None:
        """Note nothing any more, until the loop has ended again."""
        if not self.begun:
            return
        self.noted += len(self.tape.nodes)
        self.tapes = [*self.tapes[:1], self.tape.begin_anew()]
        self.tape.recording = self.tape.keeping.always = self.begun = False
