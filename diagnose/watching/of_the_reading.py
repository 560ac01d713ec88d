"""What is told of the steps as they were read; none of it holds where they were read wrongly.

Biases that a step trains and that nothing it computes ever takes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from diagnose.folding.elements import PACKED, Element, held
from diagnose.reading.learning_rate import factors_of, increments_of
from diagnose.reading.loops import Key
from diagnose.reading.parts import kept_in
from diagnose.reading.roles import Roles
from diagnose.reading.steps import Step, needed_by, same
from diagnose.recording.nodes import Ref
from diagnose.recording.sites import Site
from diagnose.style.text import plural
from diagnose.telling.record import Told, at, quoted
from diagnose.watching.understanding import Understood, as_contract

UNUSED = "unused-bias"


def unused_biases(understood: Understood, sites: list[Site]) -> list[Told]:
    """What is told of them: of layers without a bias that have as many units.

    The line is that which computes the layer, where there is one such, and else that of the step.
    """
    roles = understood.roles
    layers = _without_bias(understood)
    text = roles.step.text(roles.rate_place, sites) if roles.rate_place else ""
    if not text or not layers:
        return []
    loop, turn = roles.step.loop, roles.step.turn
    step = Step(loop, turn, list(dict.fromkeys([*roles.step.keys, *loop.carried(turn)])))
    arrays: list[tuple[int, int]] = []
    alone: Counter[int] = Counter()  # numbers of a list, one by one
    for key in _idle(roles, step):
        number = loop.made(turn, key)
        if number is not None and _has_the_rate(step, key, roles, text, sites):
            site, value = step.nodes[number].site, step.value(loop.carried(turn)[key])
            if np.ndim(value):
                arrays.append((site, int(np.size(value))))
            else:
                alone[site] += 1
    found = []
    for site, size in [*arrays, *alone.items()]:
        mine = [(count, sites[pre]) for count, units, pre in layers if units == size]
        if mine:
            found.append(_told(sites[site], size, mine))
    return found


def _told(stepped: Site, size: int, layers: list[tuple[int, Site]]) -> Told:
    """The finding; layers: to which it may belong, by number, with where each is computed."""
    count, place = layers[0]
    numbers = {"stepped": stepped.line, "size": size}
    trained = f"{quoted(stepped)} trains {plural(size, 'number')}"
    if len({one.at for _, one in layers}) > 1:
        said = f"{trained} that nothing takes which the network computes its output of"
        return at(stepped, UNUSED, said, numbers=numbers)
    said = (
        f"layer {count} is computed here without a bias, while in line {stepped.line} {trained}, "
        "one for each of its units, that nothing takes"
    )
    return at(place, UNUSED, said, numbers=numbers)


def _without_bias(understood: Understood) -> list[tuple[int, int, int]]:
    """Of each layer without a bias its number, its units, and the site where it is computed."""
    roles, passes = understood.roles, understood.passes
    step, names = roles.step, {key: name for name, key in passes.parameters.items()}
    state = {key: step.value(ref) for key, ref in step.carried.items()}
    found = []
    for count, layer in enumerate(roles.layers, 1):
        if layer.bias is None:
            weight = as_contract(
                understood, names[layer.weight], held(state, kept_in(layer.weight))
            )
            units = weight.shape[1 if roles.layout == "rows" else 0]
            found.append((count, units, step.nodes[layer.pre].site))
    return found


def _idle(roles: Roles, step: Step) -> Iterator[Key]:
    """What is stepped by what the network computes, and on which no weight or bias depends."""
    loop, turn = step.loop, step.turn
    bit = {key: 1 << at for at, key in enumerate(step.keys)}

    def depends_on(key: Key) -> int:
        number = loop.made(turn, key)
        return 0 if number is None else step.masks.get(number, 0)

    needed = needed_by(step, {one for key in roles.parameters for one in _states(key)})
    for key in loop.carried(turn):
        number = loop.made(turn, key)
        if key in needed or number is None or not depends_on(key) & sum(bit[one] for one in needed):
            continue
        if depends_on(key) & bit[key] and loop.is_stepped(turn, number, key):
            yield key


def _states(key: Key) -> set[Key]:
    """The states in which a parameter is kept."""
    if key[0] != PACKED:
        return {kept_in(key)}
    every = [one for row in key[1] for one in (row if isinstance(row, tuple) else (row,))]
    return {one.key for one in every if isinstance(one, Element) and one.key is not None}


def _has_the_rate(step: Step, key: Key, roles: Roles, text: str, sites: list[Site]) -> bool:
    """Whether what is added to a state is multiplied by the rate that the parameters have."""
    assert roles.rate_place is not None
    rate = roles.step.value(roles.step.places()[roles.rate_place])
    return any(
        factor.text == text and same(factor.value, rate)
        for taken in increments_of(step, key)
        if isinstance(taken, Ref)
        for factor in factors_of(step, taken, sites, True)
    )


# By the kind of what is told, who tells it.
OF_THE_READING: dict[str, Callable[[Understood, list[Site]], list[Told]]] = {
    UNUSED: unused_biases,
}
