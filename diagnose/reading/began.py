"""What is carried from step to step, as the first step of all takes it."""

from __future__ import annotations

from typing import Any

from diagnose.reading.loops import Key
from diagnose.reading.steps import Step
from diagnose.recording.nodes import Const, Ref, leaf_at, leaves
from diagnose.recording.operations import is_random

# More operations than this are not followed back.
MOST = 1600


def firsts_taken(step: Step) -> dict[Key, Ref | Const]:
    """What the first step takes where a later one takes its states, by the keys of these.

    step: the later one. A state is missing where the first step does other things.
    """
    loop = step.loop
    keys = loop.ordinals(step.turn)
    found: dict[Key, Ref | Const] = {}
    for node in step.graph:
        for path, one in leaves((node.args, node.kw)):
            key = step.state(one)
            if key is None or key in found:
                continue
            same = loop.number_of(0, keys.get(node.number))
            first = leaf_at(loop.tape.nodes[same], path) if same is not None else None
            if first is not None:
                found[key] = first
    return found


def taken_at_first(step: Step, number: int, path: tuple[Any, ...]) -> Any:
    """The value that the first step takes where an operation of a later one does; None if none."""
    loop = step.loop
    there = loop.number_of(0, loop.ordinals(step.turn).get(number))
    if there is None:
        return None
    node = step.nodes[there]
    taken = leaf_at(node, path)
    return None if taken is None else step.value(taken)


def made_at_first(step: Step, number: int) -> Any:
    """The value that the first step makes where a later one does; None if none."""
    loop = step.loop
    there = loop.number_of(0, loop.ordinals(step.turn).get(number))
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
