"""Steps that few turns of a loop make, where each of them computes the gradient.

As where ``W -= rate * dW`` is indented under the ``if`` that prints now and then. A sum of the
gradients of the turns between is none of these, nor is a gradient that only the turns compute that
step by it.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.reading.loops import Loop, name_of, takes
from diagnose.recording.nodes import Node
from diagnose.recording.operations import MATRIX_PRODUCTS
from diagnose.recording.rewriting import Site
from diagnose.telling.called import called_at, is_step
from diagnose.telling.masks import behind
from diagnose.telling.record import Told, at, quoted

# So many gradients are thrown away for each that is stepped by: who trains two networks in turn
# makes five steps of one for each of the other (Arjovsky et al. 2017, "Wasserstein GAN").
TIMES = 10


def seldom_made(loop: Loop, turns: Sequence[int], sites: Sequence[Site]) -> list[Told]:
    """The first step of the few turns that make one, if all compute what it is made of."""
    steps = {turn: made for turn in turns if (made := _steps(loop, turn, sites))}
    if not steps or len(turns) < TIMES * len(steps):
        return []
    places = {node.site for several in steps.values() for node, _ in several}
    others = [turn for turn in turns if turn not in steps]
    done = [{node.site for node in loop.nodes(turn)} for turn in others]
    if any(each & places for each in done):
        return []  # on some other turns, without effect
    left = {node.root for turn in others for node in loop.nodes(turn) if node.kind == "in_place"}
    left -= {None}
    for turn, several in steps.items():
        start = loop.starts[turn]
        for _, made in several:
            if not all({one.site for one in _products(made)} <= each for each in done):
                return []
            if _takes_of_others(loop, made, start, left, places):
                return []
    first = next(iter(steps))
    node, made = steps[first][0]
    place = called_at(loop, node, _products(made)[0], loop.starts[first])
    said = (
        f"{quoted(sites[place])} steps in {len(steps)} of {len(turns)} turns of the loop that were "
        "looked at, and each of them computes a gradient: those of the others are thrown away"
    )
    return [at(sites[place], "step-behind-loop", said)]


def _steps(loop: Loop, turn: int, sites: Sequence[Site]) -> list[tuple[Node, list[Node]]]:
    """The operations of a turn that change what it multiplies, by what a product of it makes.

    Each with what its change is made of in this turn, the nearest first.
    """
    nodes, start = loop.nodes(turn), loop.starts[turn]
    roots = {
        loop.tape.nodes[ref.node].root
        for node in nodes
        if name_of(node) in MATRIX_PRODUCTS
        for ref in takes(node)
    } - {None}
    found = []
    for node in nodes:
        refs = takes(node)
        if len(refs) != 2 or not is_step(node, sites[node.site]):
            continue
        if loop.tape.nodes[refs[0].node].root not in roots:
            continue
        made = [*behind(loop, refs[1].node, start)]
        if _products(made):
            found.append((node, made))
    return found


def _products(made: Sequence[Node]) -> list[Node]:
    return [one for one in made if name_of(one) in MATRIX_PRODUCTS]


def _takes_of_others(
    loop: Loop, made: Sequence[Node], start: int, left: set[int | None], steps: set[int]
) -> bool:
    """Whether a change is made of what earlier turns have made, or written into without a step.

    steps: the places of the steps, of which it may.
    """
    every = {ref.node for one in made for ref in takes(one) if ref.node < start}
    before = (loop.tape.nodes[one] for one in every)
    return any(
        node.root in left
        or (node.number >= loop.starts[0] and node.kind != "get" and node.site not in steps)
        for node in before
        if node.kind != "leaf"
    )
