"""Gradients that are added up and never set back, so that each step makes all earlier ones again.

What is added to in every turn, changed in no other way, and taken from a parameter in every turn.
Momentum is multiplied by less than one in between; the sums of squares by which some rates are
divided only grow, and are no part of a sum that is taken off.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.reading.loops import Loop, name_of, takes
from diagnose.recording.calling import begins_at
from diagnose.recording.nodes import Node, Ref
from diagnose.recording.operations import MATRIX_PRODUCTS, SCALED, VIEWS
from diagnose.recording.sites import Site
from diagnose.telling.masks import behind
from diagnose.telling.record import Told, at, quoted
from diagnose.telling.witness import Witness

# In fewer turns, sums over a few batches, which are set back later, would look the same.
FEWEST = 6
DIVIDED = ("Div", "divide", "true_divide")
WRITES = ("in_place", "store", "write_method", "write_call")


def never_set_back(
    loop: Loop, turns: Sequence[int], sites: Sequence[Site], witness: Witness
) -> list[Told]:
    """The first sum that a step takes, with the place before which it should be set back."""
    if len(turns) < FEWEST:
        return []
    every = [_sums(loop, turn, sites) for turn in turns]
    for _, added, step in sorted(set.intersection(*every)):
        place = begins_at(witness.ways.get(added, ()), witness.ways.get(step, ()))
        site = sites[added]
        said = (
            f"{quoted(site)} in line {site.line} adds a gradient in each step, and "
            f"{quoted(sites[step])} in line {sites[step].line} steps by the whole sum: in "
            f"{len(turns)} steps that were looked at it was never set back to 0"
        )
        if place is None:
            return [at(site, "update-direction", said)]
        said += ", as it should be before this line"
        file, line = place
        seen = {"line_seen": site.line}
        return [Told(kind="update-direction", file=file, line=line, observed=said, numbers=seen)]
    return []


def _sums(loop: Loop, turn: int, sites: Sequence[Site]) -> set[tuple[int, int, int]]:
    """Arrays of before that a turn only adds to, and by which it steps another.

    Each by its memory, the place of the addition and that of the step.
    """
    nodes = loop.tape.nodes
    start = loop.starts[turn]
    writes: dict[int, list[Node]] = {}
    for node in loop.nodes(turn):
        if node.root is not None and node.kind in WRITES:
            writes.setdefault(node.root, []).append(node)
    only = {
        root: several
        for root, several in writes.items()
        if all(one.kind == "in_place" and name_of(one) == "Add" for one in several)
        and all(isinstance(one.args[0], Ref) and one.args[0].node < start for one in several)
    }
    found = set()
    for node in loop.nodes(turn):
        if node.root in only or not _is_step(node, sites[node.site], start):
            continue
        for ref in takes(node)[1:]:
            root = _taken(nodes, ref)
            if root in only and _is_gradient(loop, only[root][0], start):
                found.add((root, only[root][0].site, node.site))
    return found


def _is_step(node: Node, site: Site, start: int) -> bool:
    """Whether an operation changes, by adding or taking off, what was there before the turn.

    In place, or under the same name. A bias is added to what the turn has made.
    """
    if name_of(node) not in ("Sub", "Add") or not node.args or not isinstance(node.args[0], Ref):
        return False
    again = bool(site.operands) and site.target == site.operands[0]
    return node.args[0].node < start and (node.kind == "in_place" or again)


def _taken(nodes: list[Node], ref: Ref) -> int | None:
    """The memory that a value is a multiple of."""
    node = nodes[ref.node]
    while name_of(node) in SCALED | VIEWS or node.kind == "get":
        arrays = [nodes[one.node] for one in takes(node) if nodes[one.node].root is not None]
        if len(arrays) != 1 or (name_of(node) in DIVIDED and _is_number(nodes, node.args[0])):
            break  # a product of two, or something over it
        node = arrays[0]
    return node.root


def _is_number(nodes: list[Node], taken: object) -> bool:
    return not isinstance(taken, Ref) or nodes[taken.node].root is None


def _is_gradient(loop: Loop, added: Node, start: int) -> bool:
    """Whether what is added comes of a product in this turn."""
    if len(added.args) < 2 or not isinstance(added.args[1], Ref):
        return False
    made = behind(loop, added.args[1].node, start)
    return any(name_of(one) in MATRIX_PRODUCTS for one in made)
