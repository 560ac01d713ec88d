"""A loop over samples that adds up their gradients, and steps in some of its turns only.

As with ``if (n + 1) % 10 == 0: W -= rate * dW``. From one such turn to the next it does what a step
does that goes through its samples in a loop of its own, and it is read as that.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from diagnose.reading.loops import Loop

# So many steps must have been seen: of two turns both may be what is not usual.
FEWEST = 3


@dataclass(eq=False)
class Accumulating:
    """The place of an operation that is done in no turn but those that step, by site and kind.

    ends: where the turns end that do it, as far as they were looked at.
    """

    place: tuple[int, str]
    ends: list[int] = field(default_factory=list)
    seen: int = 0

    def steps(self, loop: Loop) -> Loop:
        """The loop, with all turns from one step to the next as one."""
        for turn in range(self.seen, len(loop.starts) - 1):
            if any((node.site, node.kind) == self.place for node in loop.nodes(turn)):
                self.ends.append(loop.starts[turn + 1])
        self.seen = max(len(loop.starts) - 1, self.seen)
        return Loop(loop.tape, loop.site, [loop.starts[0], *self.ends])


def accumulating(loop: Loop) -> Accumulating | None:
    """How a loop tells the turns in which it steps from others; None where it does not."""
    lengths = [end - start for start, end in pairwise(loop.starts)]
    usual = Counter(lengths).most_common(1)[0][0]
    ends = [end for end, length in zip(loop.starts[1:], lengths, strict=True) if length > usual]
    passes = loop.tape.passes.get(loop.site)
    if len(ends) < FEWEST or passes is None or 2 * len({*ends} & {*passes}) > len(ends):
        return None  # what follows a loop counts for its last turn
    merged = Loop(loop.tape, loop.site, [loop.starts[0], *ends])
    turn = len(ends) - 1
    keys = merged.state(turn) and merged.state(turn - 1)
    made = merged.made(turn, keys[-1]) if keys else None
    if made is None:
        return None
    node = loop.tape.nodes[made]
    return Accumulating((node.site, node.kind))
