"""A number that counts the steps, such as Adam's bias correction takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from diagnose.reading.loops import Key
from diagnose.reading.steps import Step
from diagnose.recording.nodes import Node, leaf_at

# What is carried from step to step under this key: how many steps were done before.
CLOCK: Key = ("clock",)


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Where a step takes it: the operation's key and the way into what it takes.

    offset: what is taken in the first step of all.
    """

    key: Key
    path: tuple[Any, ...]
    offset: int


def read_clock(steps: list[Step], node: Node, path: tuple[Any, ...]) -> Clock | None:
    """The clock that an operation of the first step takes there; None if it is no such number.

    All turns of the loop that were seen must agree, also those that nothing else is read of.
    """
    first = steps[0]
    loop, key = first.loop, first.loop.ordinals(first.turn).get(node.number)
    if key is None:
        return None
    seen: dict[int, Any] = {}
    for turn in range(len(loop.starts) - 1):
        there = loop.number_of(turn, key)
        if there is None:
            continue
        taken = leaf_at(loop.tape.nodes[there], path)
        seen[turn] = first.value(taken) if taken is not None else None
    offsets = {
        value - turn if isinstance(value, int) and not isinstance(value, bool) else None
        for turn, value in seen.items()
    }
    offset = offsets.pop() if len(offsets) == 1 else None
    if offset is None or not {one.turn for one in steps} <= set(seen) or len(seen) < 2:
        return None
    return Clock(key=key, path=path, offset=offset)
