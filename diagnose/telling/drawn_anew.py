"""Parameters that each turn of a loop draws anew before it steps them: no step is kept.

``for epoch in range(n): W = rng.normal(size=...)`` with a step at the end of each turn goes back to
the start each time. Who trains several networks one after the other has a loop for each of them
within that, and the steps of it are carried from turn to turn.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.reading.loops import Loop, name_of, takes
from diagnose.recording.nodes import Node
from diagnose.recording.operations import MATRIX_PRODUCTS, SCALED, VIEWS, is_random
from diagnose.recording.rewriting import Site
from diagnose.telling.called import called_at, is_step
from diagnose.telling.masks import behind
from diagnose.telling.record import Told, at, quoted

# In fewer turns, others may be trained one after the other, with a step or two each.
FEWEST = 5


def drawn_in_each_turn(loop: Loop, turns: Sequence[int], sites: Sequence[Site]) -> list[Told]:
    """The first draw of what is multiplied and stepped in each turn, and drawn again in the next.

    It points at the call that draws, in the block in which the steps are made.
    """
    if len(turns) < FEWEST:
        return []
    every = [_drawn_and_stepped(loop, turn, sites) for turn in turns]
    in_all = set.intersection(*map(set, every))
    # who draws many networks, and keeps the best after a step each, asks all of them behind it
    asked = {one for one in in_all if all(found[one] for found in every)}
    for place, draw, step in sorted(in_all - asked):
        said = (
            f"each turn of the loop draws anew, by {quoted(sites[draw])} in line "
            f"{sites[draw].line}, what {quoted(sites[step])} in line {sites[step].line} steps: in "
            f"{len(turns)} turns that were looked at no step was kept"
        )
        return [at(sites[place], "drawn-anew", said)]
    return []


def _drawn_and_stepped(
    loop: Loop, turn: int, sites: Sequence[Site]
) -> dict[tuple[int, int, int], bool]:
    """The places of draws and of the steps from them, in a turn, of arrays that are multiplied.

    Before them, that of the call that draws and does not step. Each with whether what was stepped
    is multiplied again in that turn.
    """
    nodes, start = loop.nodes(turn), loop.starts[turn]
    drawn = {
        node.number: draw
        for node in nodes
        if node.root is not None and (draw := _draw(loop, node, start)) is not None
    }
    if not drawn:
        return {}
    products = [node for node in nodes if name_of(node) in MATRIX_PRODUCTS]
    multiplied = {ref.node for node in products for ref in takes(node)}
    found = dict[tuple[int, int, int], bool]()
    for node in nodes:
        refs = takes(node)
        if not is_step(node, sites[node.site]) or len(refs) != 2:
            continue
        draw = drawn.get(refs[0].node) if refs[0].node in multiplied else None
        made = behind(loop, refs[1].node, start) if draw is not None else ()
        if draw is not None and any(name_of(one) in MATRIX_PRODUCTS for one in made):
            later = [ref for one in products if one.number > node.number for ref in takes(one)]
            again = any(loop.tape.nodes[ref.node].root == node.root for ref in later)
            found[called_at(loop, draw, node, start), draw.site, node.site] = again
    return found


def _draw(loop: Loop, node: Node, start: int) -> Node | None:
    """The draw of the random numbers that an array is, or is a multiple of, drawn since then."""
    while name_of(node) in SCALED | VIEWS:
        arrays = [loop.tape.nodes[ref.node] for ref in takes(node)]
        arrays = [one for one in arrays if one.root is not None]
        if len(arrays) != 1:
            return None
        node = arrays[0]
    is_draw = node.kind in ("call", "method") and is_random(node.done) and node.number >= start
    return node if is_draw else None
