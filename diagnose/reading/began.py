"""What is carried from step to step, as the first step of all takes it."""

from __future__ import annotations

from typing import Any

from diagnose.reading.loops import Key, takes
from diagnose.reading.steps import Step
from diagnose.recording.operations import is_random
from diagnose.recording.tape import Const, Ref, leaf_at, leaves

# More operations than this are not followed back.
MOST = 1600


def first_taken(step: Step, key: Key) -> Ref | Const | None:
    """What the first step takes where a later one takes a state; None where it does other things.

    key: of that state, in the later step.
    """
    loop = step.loop
    keys = loop.ordinals(step.turn)
    for number in step.need:
        node = step.nodes[number]
        for path, one in leaves((node.args, node.kw)):
            if not (isinstance(one, Ref) and step.state(one) == key):
                continue
            same = loop.number_of(0, keys[number])
            if same is None:
                break
            there = loop.tape.nodes[same]
            found = dict(leaves((there.args, there.kw)))
            if path in found:
                return found[path]
    return None


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
    refs = [one for key in step.keys if isinstance(one := first_taken(step, key), Ref)]
    todo = [number for ref in refs for number in (ref.node, *loop.written(ref))]
    met: set[int] = set()
    while todo and len(met) < MOST:
        number = todo.pop()
        if number not in met:
            met.add(number)
            for ref in takes(step.nodes[number]):
                todo += [ref.node, *loop.written(ref)]
    drawn = [node for number in met if is_random((node := step.nodes[number]).done)]
    within = {node.site for node in step.nodes[loop.starts[0] :]}
    return {node.site for node in drawn} - within
