"""A parameter that is held within bounds once it is stepped: clipped, or shrunk to a norm."""

from __future__ import annotations

from diagnose.reading.loops import Key, name_of, takes
from diagnose.reading.steps import Step
from diagnose.recording.nodes import Node, Ref
from diagnose.recording.reaching import reached

ADDS = ("add", "sub", "subtract")


def stepped_first(step: Step, key: Key) -> tuple[Node, Ref] | None:
    """The operation that steps a parameter, and by what, where its new value is made of the result.

    As in ``W -= lr * dW; W = np.clip(W, -1, 1)``. None where the step is all there is, and where
    the parameter as it was goes into more than the step.
    """
    if key not in step.bounded:
        step.bounded[key] = _stepped_first(step, key)
    return step.bounded[key]


def _stepped_first(step: Step, key: Key) -> tuple[Node, Ref] | None:
    made = step.made(key)
    if made is None:
        return None
    found = [
        (step.nodes[number], by)
        for number in sorted(_behind(step, made))
        if (by := _increment(step, step.nodes[number], key)) is not None
    ]
    if len(found) != 1 or found[0][0].number == made:
        return None
    first = found[0][0].number
    later = [number for number in _behind(step, made, first) if number > first]
    if any(_is_as_it_was(step, ref, key, first) for one in later for ref in takes(step.nodes[one])):
        return None
    return found[0]


def _behind(step: Step, made: int, until: int | None = None) -> set[int]:
    """The operations that one depends on, with itself, back to a certain one."""
    needed = {*step.need} - {until}

    def before(number: int) -> list[int]:
        every = step.loop.made_or_wrote(takes(step.nodes[number]))
        return [one for one in every if one < number and one in needed]

    return reached({made} & needed, before)


def _increment(step: Step, node: Node, key: Key) -> Ref | None:
    """By what an operation steps a parameter; None where it does not."""
    if name_of(node).lower() not in ADDS or len(node.args) != 2:
        return None
    left, right = node.args
    for one, other in ((left, right), (right, left)):
        if not (isinstance(one, Ref) and isinstance(other, Ref)) or step.state(one) != key:
            continue
        if one is right and name_of(node).lower() != "add":
            continue
        return other if step.is_active(other) else None
    return None


def _is_as_it_was(step: Step, ref: Ref, key: Key, first: int) -> bool:
    """Whether what is taken is the parameter before it was stepped."""
    return step.state(ref) == key and first not in step.loop.written(ref)
