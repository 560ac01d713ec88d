"""Which values of a tape are kept: as many as fit, and of a step that is read what is looked at.

A step that goes through many samples makes the same arrays over and over; the first of them say
what it does.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any

import numpy as np

from diagnose.recording.nodes import Node
from diagnose.recording.operations import is_random

# Values are kept up to so many bytes each and altogether; those of random draws longest.
KEPT_EACH = 4 << 20
KEPT = 256 << 20
SMALL = 1 << 16
# Of large arrays that are written into before a step is read, so many bytes: a weight is drawn into
# a part of zeros, or its gradient checked number by number, before the first step takes it.
WRITTEN = 64 << 20
FIRST = 2  # times that a place does something in a step, of which everything is kept


class Keeping:
    """Keeps copies of values.

    always: whether a step is read now, whose values are kept however large they are. begins: the
    number of its first operation. folder: where samples are put that are to be handed over.
    """

    def __init__(self) -> None:
        self.always = False
        self.begins = 0
        self.folder: Path | None = None
        self.bytes = 0
        self.room = WRITTEN
        # how often each place had done something when the step began
        self.before: dict[tuple[int, str], int] = {}
        # what each place made last in this step, where more than enough of the like is kept
        self.last: dict[tuple[int, str], Node] = {}
        # What has a value that may be let go of: first of what a place has done once more.
        self.oldest: deque[Node] = deque()
        self.again: deque[Node] = deque()

    def begin(self, at: int, calls: dict[tuple[int, str], int]) -> None:
        """A step begins with operation number ``at``; calls: what each place has done by then."""
        self.begins, self.before = at, dict(calls)
        self.last.clear()

    def copy(self, value: Any) -> Any:
        """A copy of a value; None of one that is too large."""
        if not isinstance(value, np.ndarray):
            return value
        if value.dtype == object:
            return None
        if value.nbytes > KEPT_EACH:
            return np.asarray(value) if self.always else None
        self.bytes += value.nbytes
        return np.array(value, order="K")

    def written_into(self, value: np.ndarray) -> Any:
        """A copy of an array as it is now; None of a large one where no room is left for it.

        Before any step there is little room: a table may be filled place by place.
        """
        if not (self.always and self.before) and value.nbytes > SMALL:
            if value.nbytes > min(self.room, KEPT_EACH):
                return None
            self.room -= value.nbytes
        return self.copy(value)

    def made(self, node: Node, value: Any) -> Any:
        """A copy of what an operation made; None where more than enough of the like is kept."""
        return None if self._is_enough(node, value) else self.copy(value)

    def _is_enough(self, node: Node, value: Any) -> bool:
        large = isinstance(value, np.ndarray) and value.nbytes > SMALL
        before = self.before.get((node.site, node.kind), -1)
        return large and self.always and self.bytes > KEPT and node.call > before + FIRST

    def keep(self, node: Node, value: Any) -> None:
        """Keep what an operation made, and let go of what is oldest.

        Of what is more than enough the last is kept: a step that stands behind a loop takes what
        the last turn of that left.
        """
        if self._is_enough(node, value):
            last = self.last.get((node.site, node.kind))
            if last is not None and last.value is not None:
                self.bytes -= last.value.nbytes if last.value.nbytes <= KEPT_EACH else 0
                last.value = None
            self.last[node.site, node.kind] = node
        node.value = self.copy(value)
        if isinstance(node.value, np.ndarray):
            (self.again if node.call else self.oldest).append(node)
        while self.bytes > KEPT and not self.always and (self.again or self.oldest):
            old = (self.again or self.oldest).popleft()
            drawn = old.kind == "call" and is_random(old.done)
            if old.value is not None and not drawn:
                self.bytes -= old.value.nbytes
                old.value = None
