"""What a step adds to a number of the state."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from diagnose.folding.elements import Element, Numbers, whole
from diagnose.folding.units import UnitLayer
from diagnose.reading.loops import STILL, Key
from diagnose.reading.not_read import NotReadError
from diagnose.reading.writing import multiplied
from diagnose.recording.nodes import Node, Ref, Taken


def is_by_numbers(numbers: Numbers, element: Element) -> bool:
    """Whether a row is stepped number by number."""
    if not element.width or element.key is None or element.key[0] != "written":
        return False
    last = numbers.step.made(element.key)
    node = numbers.step.nodes[last] if last is not None else None
    if node is None or node.kind != "store":
        return False
    at = numbers.spot(node)[1]
    return at in {one.index for one in element.numbers()} or not isinstance(at, type(element.index))


def elements_of(numbers: Numbers, layers: list[UnitLayer]) -> list[Element]:
    """All numbers of the state that belong to layers, once each."""
    found = [
        number
        for layer in layers
        for unit in layer.units
        for element in (*unit.weights, unit.bias)
        if element is not None and element.key is not None
        for number in (
            element.numbers() if is_by_numbers(numbers, element) else [as_stepped(numbers, element)]
        )
    ]
    return list(dict.fromkeys(found))


STEPPED_WHOLE = "the weights of one unit after the other are taken, but all are stepped at once"


def as_stepped(numbers: Numbers, element: Element) -> Element:
    """An element, or the whole array that it is a place of, if the step steps that at once."""
    step = numbers.step
    if element.key is None or element.index is None:
        return element
    made = step.made(element.key)
    if made is None:
        return element
    owner = step.nodes[made].args[0] if step.nodes[made].args else None
    of_whole = isinstance(owner, Ref) and step.state(owner) == element.key
    if element.key[0] == "made" or (step.nodes[made].kind == "in_place" and of_whole):
        return whole(element.key, np.shape(step.value(step.carried[element.key])))
    return element


def made_of(numbers: Numbers, element: Element) -> Taken | None:
    """What an element is after the step; None where the step does not change it."""
    step = numbers.step
    assert element.key is not None
    if element.key[0] == STILL and element.key[1] in step.loop.staying:
        return None
    if element.index is None:
        made = step.made(element.key)
        if made is None or element.key[0] in ("made", STILL):
            return Ref(made, 0) if made is not None else None
        written = step.nodes[made].args[0]
        assert isinstance(written, Ref)
        return Ref(written.node, written.version + 1)
    end = step.loop.starts[step.turn + 1]
    for number in reversed(step.loop.tape.writes.get(element.key[1], [])):
        if not numbers.start <= number < end:
            continue
        node = step.nodes[number]
        owner = node.args[0]
        is_row = isinstance(owner, Ref) and step.nodes[owner.node].kind == "get"
        if node.kind == "in_place" and is_row:
            continue  # a row is stored after it
        stored_at = numbers.spot(node)[1] if node.kind == "store" else None
        if stored_at is None:
            raise NotReadError(STEPPED_WHOLE, numbers.sites[node.site])
        if stored_at == element.index:
            return node.args[2]
    return None


def increments(numbers: Numbers, element: Element) -> tuple[bool, list[tuple[int, Taken]]]:
    """What a step adds to an element, each with its sign; whether it is written as a sum at all."""
    made = made_of(numbers, element)
    if made is None:
        return True, []
    node = numbers.made_by(made)
    if node is None:
        return False, [(1, made)]
    found: list[tuple[int, Taken]] = []
    kept = 0
    todo: list[tuple[int, Taken]] = [(1, Ref(node.number, 0))]
    while todo:
        sign, taken = todo.pop()
        taken = numbers.resolved(taken)
        if numbers.element(taken) == element:
            kept += sign
            continue
        other = numbers.made_by(taken)
        summands = numbers.summands(other) if other is not None else []
        # only what the old value is in is looked into; an increment stays one
        if other is not None and summands and holds(numbers, other, element):
            todo += [(sign * turn, one) for turn, one, _ in summands]
        else:
            found.append((sign, taken))
    return (True, found) if kept == 1 else (False, [(1, made)])


def holds(numbers: Numbers, node: Node, element: Element) -> bool:
    """Whether the old value is one of what a sum adds, through sums alone."""
    for _, one, _ in numbers.summands(node):
        if numbers.element(one) == element:
            return True
        other = numbers.made_by(one)
        if other is not None and numbers.summands(other) and holds(numbers, other, element):
            return True
    return False


@dataclass(frozen=True)
class Laid:
    """A whole array of the state, whose numbers are those of one parameter.

    text: the array in Python, out of the parameter. how: "" if both lie alike, "T" if one lies
    across, else the parameter's shape. shape: the array's. times: 1, or -1 of thresholds.
    """

    whole: Element
    text: str
    how: str
    shape: tuple[int, ...]
    times: float = 1.0

    def own(self, text: str) -> str:
        """What has the parameter's shape, in the array's."""
        text = text if self.times == 1 else f"({multiplied(text, self.times)})"
        if self.how in ("", "T"):
            return f"{text}.T" if self.how else text
        return f"{text}.reshape({self.shape})"

    def back(self, text: str) -> str:
        """What has the array's shape, in the parameter's."""
        text = multiplied(text, self.times)
        if self.how in ("", "T"):
            return f"({text}).T" if self.how else text
        return f"np.reshape({text}, {self.how})"


def laid_out(numbers: Numbers, name: str, key: Key, times: float) -> Laid | None:
    """How the numbers of a parameter lie in one array; None where they lie in no one or otherwise.

    name: what the parameter is called; times: -1 where it is of thresholds.
    """
    rows = [list(one) if isinstance(one, tuple) else [one] for one in key[1]]
    states = {one.key for row in rows for one in row}
    state = next(iter(states))
    carried = numbers.step.carried
    if len(states) != 1 or state is None or state not in carried:
        return None
    shape = np.shape(numbers.step.value(carried[state]))
    own = whole(state, shape)
    found = [
        (
            *((one.index,) if isinstance(one.index, int) else one.index or ()),
            *([n] if one.width else []),
        )
        for row in rows
        for one in row
        for n in range(one.width or 1)
    ]
    order = list(np.ndindex(*shape))
    is_vector = not isinstance(key[1][0], tuple)
    wanted = (len(rows),) if is_vector else (len(rows), len(found) // len(rows))
    if not shape or sorted(found) != order:
        return None
    if found == order:
        if shape == wanted:
            return _laid(own, name, "", shape, times)
        return _laid(own, name, f"{wanted}", shape, times)
    across = [index[::-1] for index in np.ndindex(*shape[::-1])]
    return (
        _laid(own, name, "T", shape, times) if found == across and shape == wanted[::-1] else None
    )


def _laid(own: Element, name: str, how: str, shape: tuple[int, ...], times: float) -> Laid:
    found = Laid(own, name, how, shape, times)
    return replace(found, text=found.own(name))
