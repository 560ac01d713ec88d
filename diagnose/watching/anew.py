"""Velocities and averages that begin anew in each step: what they should add up is always 0."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from diagnose.reading.learning_rate import is_beside_nothing
from diagnose.reading.loops import name_of, takes
from diagnose.reading.steps import Step
from diagnose.recording.nodes import Const, Node, Ref
from diagnose.recording.rewriting import Site
from diagnose.telling.record import Told, at, quoted
from diagnose.watching.understanding import Understood

ANEW = "velocity-anew"
PRODUCTS = {"Mult", "multiply"}


def velocities_anew(understood: Understood, sites: list[Site]) -> list[Told]:
    """What is told of zeros of this step that are multiplied by a number, and added to a gradient.

    The line is that which makes them. A sum that is set back before each step is no velocity: no
    number multiplies what is in it.
    """
    step = understood.roles.step
    found: dict[int, Told] = {}
    for node in step.graph:
        for product, zeros, number in _multiplied(step, node):
            made = sites[step.nodes[zeros].site]
            said = (
                f"{quoted(made)} makes it anew in each step, so that {quoted(sites[product.site])} "
                f"is always 0 (line {sites[product.site].line}): nothing is carried from one step "
                f"to the next, and the {number:g} does nothing"
            )
            found.setdefault(made.line, at(made, ANEW, said, numbers={"kept": number}))
    return list(found.values())


def _multiplied(step: Step, node: Node) -> Iterator[tuple[Node, int, float]]:
    """Products of a number with zeros of the same step to which a gradient is added."""
    if not is_beside_nothing(step, node):
        return
    start = step.loop.starts[step.turn]
    for ref in takes(node):
        product = step.nodes[ref.node]
        if step.is_active(ref) or ref.node < start or name_of(product) not in PRODUCTS:
            continue
        sides = [one for one in product.args[:2] if isinstance(one, Ref | Const)]
        arrays = [one for one in sides if isinstance(one, Ref) and np.ndim(step.value(one))]
        numbers = [float(step.value(one)) for one in sides if np.size(step.value(one)) == 1]
        if len(arrays) == len(numbers) == 1 and arrays[0].node >= start and numbers[0]:
            yield product, arrays[0].node, numbers[0]
