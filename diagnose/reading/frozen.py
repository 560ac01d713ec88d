"""Parameters that no step ever changes: drawn before the training, and only ever used.

A weight of this kind is multiplied. A bias is added to such a product, to all samples alike; were
it not known for one, it would be the first that joins what the network computes, as targets do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from diagnose.reading.loops import Key, name_of, takes
from diagnose.reading.parts import part_of
from diagnose.reading.roles import alike
from diagnose.reading.steps import Step, same
from diagnose.recording.nodes import Const, Node, Ref, leaves, references
from diagnose.recording.operations import MATRIX_PRODUCTS, PLUS, SUMS, TIMES, is_random
from diagnose.recording.reaching import reached

# What a sum over the inputs of a unit is made of, number by number.
UNIT_SUMS = TIMES | PLUS
SCALED = TIMES | {"Div", "divide"}


def frozen(steps: list[Step]) -> dict[int, Key | None]:
    """The operations that made such arrays.

    With each the key of the operation that makes its gradient, where one is made and not used.
    """
    step = steps[0]
    used = list(_used(step))
    products = [node for node in used if name_of(node) in MATRIX_PRODUCTS]
    samples = [step.value(one) for node in products for one in _beside_a_state(step, node)]
    found: dict[int, Key | None] = {}
    for node in products:
        refs = references(node.args)
        fixed = [one for one in refs if _is_fixed(step, one)]
        if len(refs) != 2 or len(fixed) != 1 or any(step.state(one) for one in refs):
            continue
        value = step.value(fixed[0])
        if not any(alike(value, one) for one in samples) and _stays(steps, node, value):
            names = MATRIX_PRODUCTS | {"outer"}
            found[fixed[0].node] = _gradient(step, used, value, names)
    return found | _biases(steps, used, products, set(found)) | _of_units(steps, used)


def _of_units(steps: list[Step], used: list[Node]) -> dict[int, Key | None]:
    """Single numbers of units that no step changes: they stand where those of others are stepped.

    What the same line multiplies, or adds, is for one unit a number of the state, and for another
    one that was drawn before the training. Its gradient is 0, whatever the author makes of it.
    """
    step = steps[0]
    stands = [
        (node, (node.site, node.kind, path), one)
        for node in used
        if name_of(node) in UNIT_SUMS
        for path, one in leaves(node.args)
    ]
    stepped = {place for _, place, one in stands if step.state(one)}
    found: dict[int, Key | None] = {}
    for node, place, one in stands:
        if not isinstance(one, Ref) or one.node >= step.loop.starts[0] or step.state(one):
            continue
        value = step.value(one)
        is_alike = place in stepped and isinstance(value, float)
        if is_alike and _comes_of_a_draw(step, one) and _stays(steps, node, value):
            found[one.node] = None
    return found


def _comes_of_a_draw(step: Step, ref: Ref) -> bool:
    """Whether any random number is in a value: in a weight, other than in a rate."""
    numbers = reached([ref.node], lambda number: [one.node for one in takes(step.nodes[number])])
    nodes = (step.nodes[number] for number in numbers)
    return any(node.kind == "call" and is_random(node.done) for node in nodes)


def _biases(
    steps: list[Step], used: list[Node], products: list[Node], weights: set[int]
) -> dict[int, Key | None]:
    """The same of biases; weights: the operations that made those that no step changes."""
    step = steps[0]
    layers: dict[int, Ref] = {}
    for node in products:
        for one in takes(node):
            if isinstance(part_of(step, one), tuple) or one.node in weights:
                layers[node.number] = one
    found: dict[int, Key | None] = {}
    for node in used:
        if name_of(node) not in PLUS or len(node.args) != 2:
            continue
        refs = [one for one in node.args if isinstance(one, Ref)]
        to = [at for one in refs if (at := step.origin(one)) in layers and isinstance(at, int)]
        fixed = [one for one in refs if one.node < step.loop.starts[0]]
        if len(to) != 1 or len(fixed) != 1 or step.state(fixed[0]) or step.loop.written(fixed[0]):
            continue
        value, product = step.value(fixed[0]), step.nodes[to[0]]
        if _is_spread(step, value, layers[to[0]], product) and _stays(steps, node, value):
            errors = _met_by_gradient(step, layers[to[0]])
            found[fixed[0].node] = _gradient(step, used, value, SUMS, errors)
    return found


def _met_by_gradient(step: Step, weight: Ref) -> set[Key | int | None]:
    """What the gradient of a weight multiplies: the error of its layer, and what enters it."""
    key = part_of(step, weight)
    made = step.made(key) if isinstance(key, tuple) else None
    todo, met = [made] if made is not None else [], set[int]()
    while todo:
        node = step.nodes[todo.pop()]
        if node.number in met or node.number < step.start:
            continue
        met.add(node.number)
        if name_of(node) in MATRIX_PRODUCTS:
            return {step.origin(one) for one in takes(node)}
        todo += [one.node for one in takes(node)]
    return set()


def _is_spread(step: Step, bias: Any, weight: Ref, product: Node) -> bool:
    """Whether an array has a number for each unit of a product, which all samples get."""
    shape, weights = np.shape(product.value), np.shape(step.value(weight))
    if not isinstance(bias, np.ndarray) or len(shape) not in (1, 2) or len(weights) != 2:
        return False
    units = int(len(shape) == 2 and next(iter(takes(product))) is not weight)
    wide = bias.shape if bias.ndim == len(shape) else (*[1] * (len(shape) - bias.ndim), *bias.shape)
    return wide == tuple(size if at == units else 1 for at, size in enumerate(shape))


def _gradient(
    step: Step,
    used: list[Node],
    parameter: Any,
    names: set[str],
    errors: Collection[Key | int | None] = (),
) -> Key | None:
    """The only such operation of its shape that nothing comes of, times a number at most.

    Not times the rate: ``db = lr * db`` is what a step should have taken away. errors: of several,
    that one is meant which takes one of these.
    """
    known = {one.number for one in used}
    nodes = [node for node in step.loop.nodes(step.turn) if node.number not in known]
    found = [
        node
        for node in nodes
        if name_of(node) in names
        and step.masks.get(node.number)
        and np.shape(node.value) == np.shape(parameter)
    ]
    if len(found) > 1:
        found = [node for node in found if any(step.origin(one) in errors for one in takes(node))]
    if len(found) != 1:
        return None
    made = found[0]
    for node in nodes:
        refs = takes(node)
        by_number = all(one.node == made.number or not np.ndim(step.value(one)) for one in refs)
        of_it = by_number and any(one.node == made.number for one in refs)
        if of_it and name_of(node) in SCALED and not _is_by_one_of(step, node, _factors(step)):
            made = node
    return step.loop.ordinals(step.turn)[made.number]


def _factors(step: Step) -> list[Ref | Const]:
    """The floats that multiply what is taken from parameters, or added to them, in a turn."""
    changes = [step.nodes[at] for key in step.keys if (at := step.made(key))]
    refs = [one for node in changes for one in takes(node) if not step.state(one)]
    taken = [step.nodes[one.node] for one in refs]
    return [one for node in taken for one in _floats(step, node)]


def _floats(step: Step, node: Node) -> list[Ref | Const]:
    """The floats that an array is multiplied by."""
    found = [one for _, one in leaves(node.args)] if name_of(node) in TIMES else []
    return [one for one in found if isinstance(step.value(one), float)]


def _is_by_one_of(step: Step, node: Node, factors: list[Ref | Const]) -> bool:
    """Whether an array is multiplied by one of these very numbers, and not by one as large."""
    return any(
        step.value(one) is step.value(other) for one in _floats(step, node) for other in factors
    )


def _used(step: Step) -> Iterator[Node]:
    """The operations of a turn that its step needs, also those that depend on no state."""
    known = sorted(step.loop.behind(step.need, step.start))
    yield from (step.nodes[number] for number in known)


def _beside_a_state(step: Step, node: Node) -> list[Ref]:
    """What a state is multiplied by, where that comes from elsewhere: samples."""
    refs = references(node.args)
    states = [one for one in refs if isinstance(part_of(step, one), tuple)]
    return [one for one in refs if states and one not in states and step.is_outside(one)]


def _is_fixed(step: Step, ref: Ref) -> bool:
    """Whether a value is a matrix that was drawn before the loop and never written into."""
    before = ref.node < step.loop.starts[0] and not step.loop.written(ref)
    return before and _dimensions(step.value(ref)) == 2 and _is_drawn(step, ref)


def _is_drawn(step: Step, ref: Ref) -> bool:
    """Whether an array is random numbers, stretched or moved by numbers at most."""
    node = step.nodes[ref.node]
    if node.kind == "call" and is_random(node.done):
        return True
    refs = references(node.args)
    arrays = [one for one in refs if _dimensions(step.value(one))]
    return len(arrays) == 1 and _is_drawn(step, arrays[0])


def _dimensions(value: Any) -> int:
    """How many axes a value has; a list of batches of several sizes has one."""
    try:
        return np.ndim(value)
    except ValueError:
        return 1


def _stays(steps: list[Step], node: Node, value: Any) -> bool:
    """Whether the same matrix stands there in all steps."""
    for other in steps[1:]:
        number = steps[0].number_in(other.turn, node.number)
        there = other.nodes[number] if number is not None else None
        if there is None or not any(
            isinstance(one, Ref) and same(value, other.value(one)) for _, one in leaves(there.args)
        ):
            return False
    return True
