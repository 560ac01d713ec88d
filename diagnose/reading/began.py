"""What is carried from step to step, as the first step of all takes it."""

from __future__ import annotations

from diagnose.reading.loops import Key
from diagnose.reading.steps import Step
from diagnose.recording.tape import Const, Ref, leaves


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
