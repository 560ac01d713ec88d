"""What is carried from step to step, as the first step of all takes it.

And a number that counts the steps, such as Adam's bias correction takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from diagnose.reading.loops import Key
from diagnose.reading.steps import Step
from diagnose.recording.nodes import Const, Node, Ref, leaf_at, leaves
from diagnose.recording.operations import is_random

# What is carried from step to step under this key: how many steps were done before.
CLOCK: Key = ("clock",)
# More operations than this are not followed back.
MOST = 1600


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


def firsts_taken(step: Step) -> dict[Key, Ref | Const]:
    """What the first step takes where a later one takes its states, by the keys of these.

    step: the later one. A state is missing where the first step does other things. Looked for once:
    as long as batches are collected, each of them asks for it.
    """
    asked = ("firsts", step.turn, *step.keys)
    if asked not in step.loop.cache:
        step.loop.cache[asked] = _firsts_taken(step)
    return {**step.loop.cache[asked]}


def _firsts_taken(step: Step) -> dict[Key, Ref | Const]:
    found: dict[Key, Ref | Const] = {}
    for node in step.graph:
        for path, one in leaves((node.args, node.kw)):
            key = step.state(one)
            if key is None or key in found:
                continue
            first = step.taken_in(0, node.number, path)
            if first is not None:
                found[key] = first
    return found


def taken_at_first(step: Step, number: int, path: tuple[Any, ...]) -> Any:
    """The value that the first step takes where an operation of a later one does; None if none."""
    taken = step.taken_in(0, number, path)
    return None if taken is None else step.value(taken)


def made_at_first(step: Step, number: int) -> Any:
    """The value that the first step makes where a later one does; None if none."""
    there = step.number_in(0, number)
    return None if there is None else step.nodes[there].value


def drawn_at(step: Step) -> set[int]:
    """The places at which what is carried was drawn, and at which the training draws no more.

    When the program comes to one of them again, it begins another training.
    """
    loop = step.loop
    refs = [one for one in firsts_taken(step).values() if isinstance(one, Ref)]
    met = {*loop.behind(loop.made_by(refs), most=MOST)}
    drawn = [node for number in met if is_random((node := step.nodes[number]).done)]
    within = {node.site for node in step.nodes[loop.starts[0] :]}
    return {node.site for node in drawn} - within
