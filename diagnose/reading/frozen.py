"""Weights that no step ever changes: drawn before the training, and only ever multiplied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from diagnose.reading.loops import Key, name_of, takes
from diagnose.reading.parts import part_of
from diagnose.reading.roles import alike
from diagnose.reading.steps import Step, same
from diagnose.recording.operations import MATRIX_PRODUCTS, is_random
from diagnose.recording.tape import Node, Ref, leaves


def frozen(steps: list[Step]) -> dict[int, Key | None]:
    """The operations that made such arrays; each multiplies samples, or what a step computes.

    With each the key of the operation that makes its gradient, where one is made and not used.
    """
    step = steps[0]
    used = list(_used(step))
    products = [node for node in used if name_of(node) in MATRIX_PRODUCTS]
    samples = [step.value(one) for node in products for one in _beside_a_state(step, node)]
    found: dict[int, Key | None] = {}
    for node in products:
        refs = [one for _, one in leaves(node.args) if isinstance(one, Ref)]
        fixed = [one for one in refs if _is_fixed(step, one)]
        if len(refs) != 2 or len(fixed) != 1 or any(step.state(one) for one in refs):
            continue
        value = step.value(fixed[0])
        if not any(alike(value, one) for one in samples) and _stays(steps, node, value):
            found[fixed[0].node] = _gradient(step, {one.number for one in used}, value)
    return found


def _gradient(step: Step, used: set[int], weight: Any) -> Key | None:
    """The only product of the weight's shape that nothing comes of, divided by a number at most."""
    nodes = [node for node in step.loop.nodes(step.turn) if node.number not in used]
    found = [
        node
        for node in nodes
        if name_of(node) in MATRIX_PRODUCTS | {"outer"}
        and step.masks.get(node.number)
        and np.shape(node.value) == np.shape(weight)
    ]
    if len(found) != 1:
        return None
    made = found[0]
    for node in nodes:
        if name_of(node) in ("Div", "divide") and any(
            one.node == made.number for one in takes(node)
        ):
            made = node
    return step.loop.ordinals(step.turn)[made.number]


def _used(step: Step) -> Iterator[Node]:
    """The operations of a turn that its step needs, also those that depend on no state."""
    start = step.loop.starts[step.turn]
    todo, known = list(step.need), set[int]()
    while todo:
        number = todo.pop()
        if number < start or number in known:
            continue
        known.add(number)
        for ref in takes(step.nodes[number]):
            todo += [ref.node, *step.loop.written(ref)]
    yield from (step.nodes[number] for number in sorted(known))


def _beside_a_state(step: Step, node: Node) -> list[Ref]:
    """What a state is multiplied by, where that comes from elsewhere: samples."""
    refs = [one for _, one in leaves(node.args) if isinstance(one, Ref)]
    states = [one for one in refs if isinstance(part_of(step, one), tuple)]
    return [one for one in refs if states and one not in states and step.is_outside(one)]


def _is_fixed(step: Step, ref: Ref) -> bool:
    """Whether a value is a matrix that was drawn before the loop and never written into."""
    before = ref.node < step.loop.starts[0] and not step.loop.written(ref)
    return before and np.ndim(step.value(ref)) == 2 and _is_drawn(step, ref)


def _is_drawn(step: Step, ref: Ref) -> bool:
    """Whether an array is random numbers, stretched or moved by numbers at most."""
    node = step.nodes[ref.node]
    if node.kind == "call" and is_random(node.done):
        return True
    refs = [one for _, one in leaves(node.args) if isinstance(one, Ref)]
    arrays = [one for one in refs if np.ndim(step.value(one))]
    return len(arrays) == 1 and _is_drawn(step, arrays[0])


def _stays(steps: list[Step], node: Node, value: Any) -> bool:
    """Whether the same matrix stands there in all steps."""
    step = steps[0]
    key = step.loop.ordinals(step.turn)[node.number]
    for other in steps[1:]:
        number = other.loop.number_of(other.turn, key)
        there = other.nodes[number] if number is not None else None
        if there is None or not any(
            isinstance(one, Ref) and same(value, other.value(one)) for _, one in leaves(there.args)
        ):
            return False
    return True
