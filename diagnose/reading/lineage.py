"""At which line of a program an array came to be what it is: samples, targets, parameters.

An array is followed back along the largest operand of each operation. On the way lie operations
that give numbers, and such that only hand on what is there: a choice of rows, a shuffle, a copy.
"""

from __future__ import annotations

import numpy as np

from diagnose.reading.loops import Loop, name_of
from diagnose.recording.nodes import Const, Group, Node, Ref, Taken, references
from diagnose.recording.operations import is_random
from diagnose.recording.rewriting import Site

# Operations that hand on numbers as they are, in another order or shape of memory.
HANDED_ON = {"shuffle", "permutation", "take", "copy", "ascontiguousarray", "T", "transpose"}
# Functions that write numbers down.
WRITTEN = {"where", "select", "clip", "eye", "identity", "zeros", "ones", "full"}


def lineage(loop: Loop, taken: Taken | None) -> list[Node]:
    """The operations by which an array came about, the last one first."""
    nodes, found = loop.tape.nodes, []
    written: set[int] = set()
    while isinstance(taken, Ref):
        # of a loop that fills an array place by place, one turn stands for all
        writes = [one for one in loop.written(taken) if nodes[one].site not in written]
        node = nodes[max(taken.node, *writes)] if writes else nodes[taken.node]
        if node.kind == "leaf":
            break
        if writes:
            written.add(node.site)
        found.append(node)
        taken = _largest(loop, node)
    return found


def _largest(loop: Loop, node: Node) -> Taken | None:
    """Of what an operation took, what its numbers come from."""

    def size(ref: Ref) -> float:
        value = loop.tape.nodes[ref.node].value
        return float("inf") if value is None else float(np.size(value))

    if node.kind in ("get", "item", "attribute", "method"):
        return node.args[0]
    refs = references(node.args, node.kw)
    if node.kind == "store":
        refs = [one for one in references(node.args[2]) if size(one) > 1]
        refs = refs or [one for one in node.args[:1] if isinstance(one, Ref)]
    return max(refs, key=size, default=None)


def only_hands_on(node: Node) -> bool:
    """Whether an operation gives no numbers, but chooses samples among those that are there."""
    if node.kind != "get":
        return name_of(node) in HANDED_ON
    index = node.args[1]
    if not (isinstance(index, Group) and index.of is tuple):
        return True
    return sum(not _is_everything(one) for one in index.items) < 2 and not any(
        isinstance(one, Const) and isinstance(one.value, int) for one in index.items
    )


def _is_everything(index: Taken) -> bool:
    """Whether an index is a colon alone."""
    ends = index.items if isinstance(index, Group) and index.of is slice else [index]
    return len(ends) == 3 and all(isinstance(one, Const) and one.value is None for one in ends)


def is_computed(node: Node) -> bool:
    """Whether an operation computes new numbers, or writes them down: 1 where a label says so."""
    if node.kind == "store":
        return not isinstance(node.args[2], Ref)
    return (
        node.kind in ("binary", "in_place", "unary", "compare")
        or isinstance(node.done, np.ufunc)
        or name_of(node) in WRITTEN
    )


def given_at(loop: Loop, taken: Taken | None, sites: list[Site]) -> Site | None:
    """Where an array last got its numbers: scaled, if it was, else made or loaded."""
    line = lineage(loop, taken)
    giving = [node for node in line if not only_hands_on(node)]
    last = next(filter(is_computed, giving), None) or next(iter(giving or line[-1:]), None)
    return _outside(loop, last, sites) if last else None


def shaped_at(loop: Loop, taken: Taken | None, sites: list[Site]) -> Site | None:
    """Where an array was last handed on or changed, but for rows that a turn takes of it."""
    line = lineage(loop, taken)
    own = (one for one in line if one.number < loop.starts[0] or not takes_rows(one))
    last = next(own, line[0] if line else None)
    return _outside(loop, last, sites) if last else None


def takes_rows(node: Node) -> bool:
    """Whether an operation takes some rows of an array, and leaves it as many axes."""
    if node.kind != "get":
        return False
    index = node.args[1]
    if isinstance(index, Group):
        return index.of is slice
    return isinstance(index, Ref)


def drawn_at(loop: Loop, taken: Taken | None, sites: list[Site]) -> Site | None:
    """Where a parameter was drawn; of one that is not, where it was made."""
    line = lineage(loop, taken)
    drawn = next((one for one in line if one.kind == "call" and is_random(one.done)), None)
    node = drawn or next(iter(line), None)
    return sites[node.site] if node else None


def _outside(loop: Loop, node: Node, sites: list[Site]) -> Site:
    """A node's place; the call of the author's function, where that draws what it returns.

    What makes samples up is one piece to whoever scales them: its result is scaled, no line in it.
    """
    for start, end, site in reversed(loop.tape.calls_done):
        if start <= node.number < end and any(
            one.kind == "call" and is_random(one.done) for one in loop.tape.nodes[start:end]
        ):
            return sites[site]
    return sites[node.site]
