"""What is carried beside the parameters, as it was before the first step of all."""

from __future__ import annotations

from typing import Any

from diagnose.reading.loops import Key, Loop
from diagnose.recording.tape import Const, Ref, leaves


def began(loop: Loop, turn: int, key: Key) -> Any:
    """Its value then; None where it was not kept. turn: one in which it is carried."""
    return _written(loop, key) if key[0] == "written" else _made(loop, turn, key)


def _written(loop: Loop, key: Key) -> Any:
    """Of an array that each step writes into: as it was made, or as it was when the loop began."""
    made = next((node for node in loop.tape.nodes if node.root == key[1]), None)
    if made is None:
        return None
    before = sum(one < loop.starts[0] for one in loop.tape.writes.get(key[1], ()))
    return loop.tape.versions.get((made.number, before)) if before else made.value


def _made(loop: Loop, turn: int, key: Key) -> Any:
    """Of a value that each step makes anew: what the first one took in the same place."""
    first = {one: number for number, one in loop.ordinals(0).items()}
    for node in loop.nodes(turn):
        for path, taken in leaves((node.args, node.kw)):
            if not isinstance(taken, Ref) or loop.key(taken, turn) != key:
                continue
            number = first.get(loop.ordinals(turn)[node.number])
            if number is None:
                return None
            there = loop.tape.nodes[number]
            found = dict(leaves((there.args, there.kw))).get(path)
            if isinstance(found, Const):
                return found.value
            if not isinstance(found, Ref):
                return None
            if found.version:
                return loop.tape.versions.get((found.node, found.version))
            return loop.tape.nodes[found.node].value
    return None
