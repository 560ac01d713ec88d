"""Most steps of a training run unseen, nearly as fast as they would by themselves.

Of steps that are all alike some are looked at, and where one does what steps do not usually do, as
a test, the rest of it. Statements that are wholly usual, and in which nothing is followed, run as
they were written; where one calls a function that then does something unusual, it is the next
statement that is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from diagnose.recording.tape import Tape
from diagnose.recording.threads import NONE

# One step of so many is looked at, later one of so many as come to this part of those until then:
# programs that train for long come to their test in time. A prime number: programs count by tens
# and hundreds.
LOOKED_AT_AGAIN, PART = 17, 64
# Steps whose operations in common are the usual ones.
COMPARED = 2


class LookingAway:
    """Says at each step whether it is seen.

    see: the witness, who sees what is done. statements: the places of each that may run as it was
    written.
    """

    def __init__(
        self, tape: Tape, see: Callable[..., Any], statements: Sequence[frozenset[int]] = ()
    ) -> None:
        self.tape = tape
        self.see = see
        self.statements = statements
        self.did: list[set[int]] = []
        self.steps = 0
        self.next = LOOKED_AT_AGAIN  # of the steps, which is looked at
        self.known: tuple[set[int], int, int] = (set(), 0, 0)
        self.found: tuple[frozenset[int], frozenset[int]] = (NONE, NONE)
        tape.woken = self.look_on

    def step(self) -> None:
        """A step begins: the first ones show what steps usually do."""
        tape = self.tape
        if tape.noticed:
            self.did.append(tape.noticed)
            tape.usual = set.intersection(*self.did)
        compared = len(self.did) < COMPARED
        tape.noticed = set() if compared else None
        self.steps += not compared
        again = self.steps >= self.next
        looks = compared or again
        if tape.idle and not looks and self._is_known():
            return
        if again:
            self.next = self.steps + max(LOOKED_AT_AGAIN, self.steps // PART)
        self.look_on(looks)

    def end(self) -> None:
        """The steps are over: what follows is seen."""
        self.tape.noticed = None
        if self.tape.idle:
            self.look_on()

    def look_on(self, looks: bool = True) -> None:
        """See what is done from now on, or do not."""
        self.tape.idle = not looks
        self.tape.unseen, self.tape.plain = (NONE, NONE) if looks else self._unseen()
        self.tape.witness = self.see if looks else None

    def _unseen(self) -> tuple[frozenset[int], frozenset[int]]:
        """The usual sites that are not followed, and the statements of such; they seldom change."""
        if not self._is_known():
            tape = self.tape
            self.known = tape.usual, len(tape.followed), len(self.statements)
            self.found = self._not_followed(tape.followed)
        return self.found

    def _not_followed(self, followed: set[int]) -> tuple[frozenset[int], frozenset[int]]:
        sites = frozenset(self.tape.usual - followed)
        return sites, frozenset(at for at, one in enumerate(self.statements) if one <= sites)

    def _is_known(self) -> bool:
        """Whether nothing has come to be known since the last time."""
        usual, followed, statements = self.known
        tape = self.tape
        return (
            usual is tape.usual
            and followed == len(tape.followed)
            and statements == len(self.statements)
        )
