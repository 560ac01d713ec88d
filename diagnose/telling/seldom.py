"""Steps that few turns of a loop make, where each of them computes the gradient.

As where ``W -= rate * dW`` is indented under the ``if`` that prints now and then. A sum of the
gradients of the turns between is none of these, nor is a gradient that only the turns compute that
step by it, nor a step that is made of what the network answered wrongly, which few samples may be.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence

from diagnose.network.authors_code import nodes_of, source_of
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
    """The first step of few, under a condition, if what it is made of is computed far more often.

    Turns from one step to the next may have been put together to one.
    """
    steps = {turn: found for turn in turns if (found := _steps(loop, turn, sites))}
    if not steps:
        return []
    places = {node.site for several in steps.values() for node, _ in several}
    others = [node for turn in turns if turn not in steps for node in loop.nodes(turn)]
    left = {node.root for node in others if node.kind == "in_place"} - {None}
    used: dict[int, Node] = {}
    for turn, several in steps.items():
        for _, made in several:
            used |= {one.number: one for one in _products(made)}
            if _takes_of_others(loop, made, loop.starts[turn], left, places):
                return []
    total = Counter(node.site for turn in turns for node in loop.nodes(turn))
    taken = Counter(one.site for one in used.values())
    if any(total[site] < TIMES * count for site, count in taken.items()):
        return []
    every = [pair for several in steps.values() for pair in several]
    stepped = {loop.tape.nodes[takes(node)[0].node].root for node, _ in every}
    node, made = every[0]
    product, start = _products(made)[0], loop.starts[next(iter(steps))]
    place = called_at(loop, node, product, start)
    beside = called_at(loop, product, node, start)
    if not _is_for_a_reason(sites[place], sites[beside]):
        return []
    if not _go_back(loop, list(used.values()), stepped):
        return []
    said = (
        f"{quoted(sites[product.site])} in line {sites[product.site].line} was computed "
        f"{total[product.site]:,} times in what was looked at, and {quoted(sites[place])} stepped "
        f"by {taken[product.site]:,} of these gradients: the others are thrown away"
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


def _is_for_a_reason(step: Site, beside: Site) -> bool:
    """Whether a step stands under an ``if`` that what is computed for it does not stand under.

    One that asks how far the training is. Who learns of mistakes only, asks what was computed.
    """
    every = nodes_of(source_of(step.file))
    return any(
        isinstance(one, ast.If)
        and one.lineno < step.line <= (one.end_lineno or 0)
        and not (beside.file == step.file and one.lineno <= beside.line <= (one.end_lineno or 0))
        and not _asks_what_was_computed(one.test, every)
        for one in every
    )


def _asks_what_was_computed(test: ast.expr, every: Sequence[ast.AST]) -> bool:
    """Whether a condition calls anything, takes an element, or has a name that is made of such."""
    computes = ast.Call | ast.Subscript
    around = [one for one in every if isinstance(one, ast.For | ast.While | ast.FunctionDef)]
    lines = [one for loop in around for one in ast.walk(loop) if isinstance(one, ast.Assign)]
    made = {
        ast.unparse(name)
        for line in lines if any(isinstance(one, computes) for one in ast.walk(line.value))
        for target in line.targets for name in ast.walk(target)
        if isinstance(name, ast.Name | ast.Attribute) and isinstance(name.ctx, ast.Store)
    }  # fmt: skip
    return any(isinstance(one, computes) or ast.unparse(one) in made for one in ast.walk(test))


def _go_back(loop: Loop, products: Sequence[Node], stepped: set[int | None]) -> bool:
    """Whether some products are of a backward pass, and not all are of a forward one.

    What is stepped is taken by products in two places, or what comes of such a product by one that
    takes nothing that is stepped.
    """
    own = {
        one.number: {loop.tape.nodes[ref.node].root for ref in takes(one)} & (stepped - {None})
        for one in products
    }
    sites: dict[int | None, set[int]] = {}
    for one in products:
        for root in own[one.number]:
            sites.setdefault(root, set()).add(one.site)
    if any(len(several) > 1 for several in sites.values()):
        return True
    return any(
        own.get(before.number)
        for one in products
        if not own[one.number]
        for before in behind(loop, one.number)
    )


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
