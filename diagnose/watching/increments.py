"""What a step adds to a number of the state."""

from __future__ import annotations

from diagnose.watching.elements import Element, Numbers, index_of
from diagnose.watching.roles import NotReadError
from diagnose.watching.tape import Node, Ref, Taken
from diagnose.watching.units import UnitLayer


def is_by_numbers(numbers: Numbers, element: Element) -> bool:
    """Whether a row is stepped number by number."""
    if not element.width or element.key is None or element.key[0] != "written":
        return False
    last = numbers.step.loop.made(numbers.step.turn, element.key)
    node = numbers.step.nodes[last] if last is not None else None
    if node is None or node.kind != "store":
        return False
    return index_of(node.args[1]) in {one.index for one in element.numbers()} or not isinstance(
        index_of(node.args[1]), type(element.index)
    )


def elements_of(numbers: Numbers, layers: list[UnitLayer]) -> list[Element]:
    """All numbers of the state that belong to layers, once each."""
    found = [
        number
        for layer in layers
        for unit in layer.units
        for element in (*unit.weights, unit.bias)
        if element is not None and element.key is not None
        for number in (element.numbers() if is_by_numbers(numbers, element) else [element])
    ]
    return list(dict.fromkeys(found))


STEPPED_WHOLE = "the weights of one unit after the other are taken, but all are stepped at once"


def made_of(numbers: Numbers, element: Element) -> Taken | None:
    """What an element is after the step; None where the step does not change it."""
    step = numbers.step
    assert element.key is not None
    if element.index is None:
        made = step.loop.made(step.turn, element.key)
        if made is None or element.key[0] == "made":
            return Ref(made, 0) if made is not None else None
        written = step.nodes[made].args[0]
        assert isinstance(written, Ref)
        return Ref(written.node, written.version + 1)
    if element.key[0] == "made":
        made = step.loop.made(step.turn, element.key)
        site = numbers.sites[step.nodes[made].site] if made is not None else None
        raise NotReadError(STEPPED_WHOLE, site)
    end = step.loop.starts[step.turn + 1]
    for number in reversed(step.loop.tape.writes.get(element.key[1], [])):
        if not numbers.start <= number < end:
            continue
        node = step.nodes[number]
        owner = node.args[0]
        is_row = isinstance(owner, Ref) and step.nodes[owner.node].kind == "get"
        if node.kind == "in_place" and is_row:
            continue  # a row is stored after it
        stored_at = index_of(node.args[1]) if node.kind == "store" else None
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
        if numbers.element(taken) == element:
            kept += sign
            continue
        other = numbers.made_by(taken)
        summands = numbers.summands(other) if other is not None else []
        # only what the old value is in is looked into; an increment stays one
        if other is not None and summands and _holds(numbers, other, element):
            todo += [(sign * turn, one) for turn, one, _ in summands]
        else:
            found.append((sign, taken))
    return (True, found) if kept == 1 else (False, [(1, made)])


def _holds(numbers: Numbers, node: Node, element: Element) -> bool:
    """Whether the old value is one of what a sum adds, through sums alone."""
    for _, one, _ in numbers.summands(node):
        if numbers.element(one) == element:
            return True
        other = numbers.made_by(one)
        if other is not None and numbers.summands(other) and _holds(numbers, other, element):
            return True
    return False
